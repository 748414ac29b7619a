import type { JSX } from 'preact';
import { splitCommand } from './listing';

/** Why a tensor is not in the file as it is, and the command that would give it. */
export function Reason({ reason }: { reason: string }): JSX.Element {
  const { text, command } = splitCommand(reason);
  return (
    <div class="reason">
      {text}
      {command !== null && <code>{command}</code>}
    </div>
  );
}
