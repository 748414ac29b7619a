import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { EncodedToken } from '../../src/protocol/encoding';

interface TokenChoiceProps {
  name: string;
  tokens: EncodedToken[];
  token: number;
  onChoose: (token: number) => void;
  onPoint: (token: number | null) => void;
}

/** The tokens of the text, one of them chosen. */
export function TokenChoice({ name, tokens, token, onChoose, onPoint }: TokenChoiceProps): JSX.Element {
  const list = useRef<HTMLDivElement>(null);
  const chosen = (): HTMLElement | null =>
    list.current?.querySelector<HTMLElement>('[aria-selected="true"]') ?? null;
  useLayoutEffect(() => chosen()?.scrollIntoView({ block: 'nearest' }), [token]);
  const move = (to: number): void => {
    onChoose(Math.min(Math.max(to, 0), tokens.length - 1));
    requestAnimationFrame(() => chosen()?.focus());
  };
  return (
    <div
      ref={list}
      class="token-choice mono"
      role="listbox"
      aria-label={name}
      title={name}
      aria-orientation="horizontal"
      onMouseLeave={() => onPoint(null)}
      onKeyDown={(event) => {
        const to = { ArrowRight: token + 1, ArrowLeft: token - 1, Home: 0, End: tokens.length - 1 }[
          event.key
        ];
        if (to === undefined) return;
        event.preventDefault();
        move(to);
      }}
    >
      {tokens.map((each, at) => (
        <span
          key={at}
          role="option"
          class={each.special ? 'chip special' : 'chip'}
          aria-selected={at === token}
          tabIndex={at === token ? 0 : -1}
          dir="auto"
          onClick={() => onChoose(at)}
          onMouseEnter={() => onPoint(at)}
        >
          {each.token}
        </span>
      ))}
    </div>
  );
}
