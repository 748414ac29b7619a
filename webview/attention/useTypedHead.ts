import { useEffect, useRef } from 'preact/hooks';
import type { HeadIndex } from '../../src/protocol/attention';

/** Milliseconds after which a new number is begun. */
const pause = 1500;

/** The head that has been typed so far, as in `5.11`; null for none. */
export function typedHead(typed: string, layers: number, heads: number): HeadIndex | null {
  const match = /(?:^|\D)(\d+)\.(\d+)$/.exec(typed);
  if (!match) return null;
  const [layer, head] = [Number(match[1]), Number(match[2])];
  return layer < layers && head < heads ? { layer, head } : null;
}

/** Opens a head when its number is typed anywhere but in a field. */
export function useTypedHead(layers: number, heads: number, onChoose: (index: HeadIndex) => void): void {
  const typing = useRef({ typed: '', last: 0 });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const isField = (event.target as Element | null)?.closest('input, textarea, vscode-dropdown');
      if (isField || event.ctrlKey || event.metaKey || event.altKey || !/^[\d.]$/.test(event.key)) return;
      const { typed: before, last } = typing.current;
      const typed = (event.timeStamp - last > pause ? '' : before) + event.key;
      typing.current = { typed, last: event.timeStamp };
      const index = typedHead(typed, layers, heads);
      if (index) onChoose(index);
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  });
}
