import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';

interface FoldProps {
  title: string;
  /** Whether it is open before a person says otherwise. */
  open?: boolean;
  class?: string;
  children: ComponentChildren;
}

/** Contents that are made when they are opened: closed ones cost nothing while logs grow. */
export function Fold({ title, open = false, class: name = '', children }: FoldProps): JSX.Element {
  const [isOpen, setIsOpen] = useState(open);
  return (
    <details class={name} open={isOpen} onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>{title}</summary>
      {isOpen && children}
    </details>
  );
}
