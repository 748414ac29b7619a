import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeDropdown,
  vsCodeOption,
} from '@vscode/webview-ui-toolkit';
import type { ComponentChildren, FunctionComponent, JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

// The only file that knows the toolkit: what it draws can be replaced here.
provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeDropdown(), vsCodeOption());

type DropdownElement = HTMLElement & { value: string };

/** A custom element as a component: to Preact they are the same, and its types need no declarations for all. */
function element<Props>(tag: string): FunctionComponent<JSX.HTMLAttributes<HTMLElement> & Props> {
  return tag as unknown as FunctionComponent<JSX.HTMLAttributes<HTMLElement> & Props>;
}
const VsCodeButton = element<{ appearance: 'primary' | 'secondary' | 'icon'; disabled?: boolean }>(
  'vscode-button',
);
const VsCodeDropdown = element<{ ref: { current: DropdownElement | null } }>('vscode-dropdown');
const VsCodeOption = element<{ value: string }>('vscode-option');

interface ButtonProps {
  secondary?: boolean;
  onClick: () => void;
  children: ComponentChildren;
}

/** A button with words on it. */
export function Button({ secondary, onClick, children }: ButtonProps): JSX.Element {
  return (
    <VsCodeButton appearance={secondary ? 'secondary' : 'primary'} onClick={onClick}>
      {children}
    </VsCodeButton>
  );
}

interface IconButtonProps {
  label: string;
  disabled?: boolean;
  onClick: () => void;
  children: ComponentChildren;
}

/** A small button with a sign on it, and its name as a tooltip. */
export function IconButton({ label, disabled = false, onClick, children }: IconButtonProps): JSX.Element {
  return (
    <VsCodeButton appearance="icon" aria-label={label} title={label} disabled={disabled} onClick={onClick}>
      <span class="sign">{children}</span>
    </VsCodeButton>
  );
}

interface DropdownProps<Value extends string> {
  label: string;
  value: Value;
  choices: { value: Value; label: string }[];
  onChange: (value: Value) => void;
}

/** A choice of one of a few, with its label before it. */
export function Dropdown<Value extends string>(props: DropdownProps<Value>): JSX.Element {
  const { label, value, choices, onChange } = props;
  const dropdown = useRef<DropdownElement>(null);
  // The element takes a value only once it has its options.
  useEffect(() => {
    if (dropdown.current) dropdown.current.value = value;
  });
  return (
    <span class="dropdown">
      <span aria-hidden="true">{label}</span>
      <VsCodeDropdown
        ref={dropdown}
        aria-label={label}
        onChange={() => {
          const chosen = choices.find((choice) => choice.value === dropdown.current?.value);
          if (chosen && chosen.value !== value) onChange(chosen.value);
        }}
      >
        {choices.map((choice) => (
          <VsCodeOption key={choice.value} value={choice.value}>
            {choice.label}
          </VsCodeOption>
        ))}
      </VsCodeDropdown>
    </span>
  );
}

interface NumberDropdownProps {
  label: string;
  value: number;
  choices: number[];
  onChange: (value: number) => void;
}

/** A choice of one of a few numbers, and the present one where it is none of them. */
export function NumberDropdown({ label, value, choices, onChange }: NumberDropdownProps): JSX.Element {
  const listed = choices.includes(value) ? choices : [...choices, value].sort((a, b) => a - b);
  return (
    <Dropdown
      label={label}
      value={String(value)}
      choices={listed.map((choice) => ({ value: String(choice), label: String(choice) }))}
      onChange={(chosen) => onChange(Number(chosen))}
    />
  );
}

interface TabsProps<Value extends string> {
  label: string;
  value: Value;
  choices: { value: Value; label: string }[];
  onChange: (value: Value) => void;
}

/** Ways to look at the same thing, side by side. One tab stop; arrow keys change. */
export function Tabs<Value extends string>({
  label,
  value,
  choices,
  onChange,
}: TabsProps<Value>): JSX.Element {
  const list = useRef<HTMLDivElement>(null);
  const at = choices.findIndex((choice) => choice.value === value);
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = (at + step + choices.length) % choices.length;
    onChange(choices[next]!.value);
    list.current?.querySelectorAll<HTMLElement>('[role=tab]')[next]?.focus();
  };
  return (
    <div ref={list} class="tabs" role="tablist" aria-label={label} onKeyDown={onKeyDown}>
      {choices.map((choice) => (
        <button
          key={choice.value}
          type="button"
          role="tab"
          aria-selected={choice.value === value}
          tabIndex={choice.value === value ? 0 : -1}
          onClick={() => onChange(choice.value)}
        >
          {choice.label}
        </button>
      ))}
    </div>
  );
}
