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

interface DropdownProps {
  label: string;
  value: number;
  choices: number[];
  onChange: (value: number) => void;
}

/** A choice of one of a few numbers, with its label before it. */
export function NumberDropdown({ label, value, choices, onChange }: DropdownProps): JSX.Element {
  const dropdown = useRef<DropdownElement>(null);
  // The element takes a value only once it has its options.
  useEffect(() => {
    if (dropdown.current) dropdown.current.value = String(value);
  });
  const listed = choices.includes(value) ? choices : [...choices, value].sort((a, b) => a - b);
  return (
    <span class="dropdown">
      <span aria-hidden="true">{label}</span>
      <VsCodeDropdown
        ref={dropdown}
        aria-label={label}
        onChange={() => onChange(Number(dropdown.current?.value ?? value))}
      >
        {listed.map((choice) => (
          <VsCodeOption key={choice} value={String(choice)}>
            {choice}
          </VsCodeOption>
        ))}
      </VsCodeDropdown>
    </span>
  );
}
