import type { Locator } from '@playwright/test';

export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Where a rendered line shows a text, in pixels of the window; undefined when the line does not hold it. */
export async function rectangleOf(line: Locator, text: string): Promise<Rectangle | undefined> {
  const rectangle = await line.evaluate((element, wanted) => {
    // The editor renders blanks as no-break spaces and cuts a line into many spans.
    const plain = (string: string): string => string.replaceAll('\u00a0', ' ');
    const start = plain(element.textContent ?? '').indexOf(plain(wanted));
    if (start < 0) return null;
    const range = document.createRange();
    const nodes = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    let before = 0;
    while (nodes.nextNode()) {
      const node = nodes.currentNode;
      const length = node.textContent?.length ?? 0;
      const from = start - before;
      const to = from + wanted.length;
      if (from >= 0 && from < length) range.setStart(node, from);
      if (to > 0 && to <= length) {
        range.setEnd(node, to);
        break;
      }
      before += length;
    }
    const { x, y, width, height } = range.getBoundingClientRect();
    return { x, y, width, height };
  }, text);
  return rectangle ?? undefined;
}
