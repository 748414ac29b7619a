import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { chromium, type Frame, type Page } from '@playwright/test';
import { bertBaseSizes } from '../../support/bertGraph';
import { chromiumFlags, ensureChromium } from '../../support/chromium';
import { Workbench } from '../../support/pages/workbench';
import { repositoryRoot } from '../../support/paths';
import { ServerWorkbench } from '../../support/serverWorkbench';
import type { BenchModel } from '../benchModel';
import { takeTurns, type Measurement } from '../measurement';

const tokens = 512;
const { layers, heads } = bertBaseSizes;

/**
 * From the data in the webview to the painted frame, as the view of attention notes it on the performance timeline
 * of a real workbench, over a bare copy of as many bytes and the next painted frame in the same document.
 */
export const painting: Measurement = {
  name: 'painting',
  async measure(model) {
    const executablePath = await ensureChromium();
    const server = await ServerWorkbench.start({ extensions: [repositoryRoot] });
    const browser = await chromium.launch({ executablePath, args: chromiumFlags });
    try {
      const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
      const workbench = await showAttention(server, page, model);
      let frame = await attentionFrame(workbench);
      const atlas = await takeTurns(8, {
        async value() {
          // A view that was hidden comes back as a new document.
          await workbench.openSidebar('Explorer');
          await workbench.openSidebar('Headlight');
          frame = await attentionFrame(workbench);
          return nextEntry(frame, 'headlight.atlasPaint');
        },
        baseline: () => copyAndPaint(frame, layers * heads * 64 * 64),
      });
      let head = 0;
      const switched = await takeTurns(8, {
        async value() {
          const before = await newestEntry(frame, 'headlight.headPaint');
          await frame.locator(`[data-head="6.${++head}"]`).click();
          return nextEntry(frame, 'headlight.headPaint', before);
        },
        baseline: () => copyAndPaint(frame, tokens * tokens),
      });
      const over = 'copying its bytes, an empty frame';
      return [
        {
          what: `painting the atlas, ${tokens} tokens`,
          over,
          unit: 'ms',
          pairs: atlas,
          aim: { of: 'value', atMost: 100 },
        },
        {
          what: `painting another head, ${tokens} tokens`,
          over,
          unit: 'ms',
          pairs: switched,
          // Two frames at 60 Hz.
          aim: { of: 'value', atMost: 34 },
        },
      ];
    } finally {
      await browser.close();
      await server.stop();
    }
  },
};

/** Opens a window and asks there for the attention of the bench model over the bench text. */
async function showAttention(server: ServerWorkbench, page: Page, model: BenchModel): Promise<Workbench> {
  const folder = path.join(server.scratch, 'workspace');
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'text.txt'), model.text(tokens));
  const binding = { key: 'ctrl+alt+f11', command: 'headlight.selectModel', args: model.folder };
  writeFileSync(path.join(server.scratch, 'user-data/User/keybindings.json'), JSON.stringify([binding]));

  const workbench = new Workbench(page, server, folder);
  await workbench.open();
  await workbench.openFile('text.txt');
  await workbench.editor.selectAll();
  await page.keyboard.press('Control+Alt+F11');
  await page.locator('.part.statusbar', { hasText: 'now answers' }).waitFor();
  await workbench.runCommand('Headlight: Show Attention');
  return workbench;
}

/** The document of the view, once it shows the bench model's attention. */
async function attentionFrame(workbench: Workbench): Promise<Frame> {
  const name = `${tokens} tokens, ${layers} layers × ${heads} heads`;
  const view = await workbench.webview((frame) => frame.getByRole('heading', { name }));
  return view.frame;
}

interface TimelineEntry {
  startTime: number;
  duration: number;
}

/** The newest entry under a name on the performance timeline. */
function newestEntry(frame: Frame, name: string): Promise<TimelineEntry | undefined> {
  return frame.evaluate(
    (wanted) => performance.getEntriesByName(wanted).at(-1)?.toJSON() as TimelineEntry | undefined,
    name,
  );
}

/** Milliseconds of the first entry under a name that is not `before`. */
async function nextEntry(frame: Frame, name: string, before?: TimelineEntry): Promise<number> {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await delay(50)) {
    const entry = await newestEntry(frame, name);
    if (entry && entry.startTime !== before?.startTime) return entry.duration;
  }
  throw new Error(`The view noted no ${name}.`);
}

/** Milliseconds from here to the frame in which an empty canvas is painted, with a copy of some bytes made before. */
function copyAndPaint(frame: Frame, length: number): Promise<number> {
  return frame.evaluate(async (count) => {
    const bytes = new Uint8Array(count);
    const start = performance.now();
    structuredClone(bytes);
    const canvas = document.body.appendChild(document.createElement('canvas'));
    await new Promise((resolve) => requestAnimationFrame(resolve));
    // A message is handled after the frame was painted.
    const { port1, port2 } = new MessageChannel();
    const painted = new Promise((resolve) => (port1.onmessage = resolve));
    port2.postMessage(null);
    await painted;
    const milliseconds = performance.now() - start;
    port1.close();
    canvas.remove();
    return milliseconds;
  }, length);
}
