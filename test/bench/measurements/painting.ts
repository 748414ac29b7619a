import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { chromium, type Browser, type Frame, type Locator, type Page } from '@playwright/test';
import { chromiumFlags, ensureChromium } from '../../support/chromium';
import { Workbench } from '../../support/pages/workbench';
import { repositoryRoot } from '../../support/paths';
import { ServerWorkbench } from '../../support/serverWorkbench';
import { benchModel, type BenchModel } from '../benchModel';
import { takeTurns, type Measurement, type Row } from '../measurement';

/** Two frames at 60 Hz. */
const twoFrames = { of: 'value', atMost: 34 } as const;

/** A text of so many tokens, as a model reads it. */
interface Shown {
  model: BenchModel;
  tokens: number;
}

/**
 * From the data in the webview to the painted frame, as the view of attention notes it on the performance timeline
 * of a real workbench, over a bare copy of as many bytes and the next painted frame in the same document.
 */
export const painting: Measurement = {
  name: 'painting',
  async measure(model) {
    const browser = await chromium.launch({ executablePath: await ensureChromium(), args: chromiumFlags });
    try {
      return [
        ...(await paintingOf(browser, { model, tokens: 512 }, true)),
        ...(await paintingOf(browser, { model: benchModel('narrow-24x16-random'), tokens: 512 }, false)),
        ...(await paintingOf(browser, { model: benchModel('narrow-1024-random'), tokens: 1024 }, false)),
      ];
    } finally {
      await browser.close();
    }
  },
};

/** @param isPlain it has aims, and is compared with the technique of peers; larger ones are to work, too. */
async function paintingOf(browser: Browser, shown: Shown, isPlain: boolean): Promise<Row[]> {
  const { tokens } = shown;
  const { layers, heads } = shown.model.sizes;
  const server = await ServerWorkbench.start({ extensions: [repositoryRoot] });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    const workbench = await showAttention(server, page, shown);
    let frame = await attentionFrame(workbench, shown);
    const atlas = await takeTurns(8, {
      async value() {
        // A view that was hidden comes back as a new document.
        await workbench.openSidebar('Explorer');
        await workbench.openSidebar('Headlight');
        frame = await attentionFrame(workbench, shown);
        return nextEntry(frame, 'headlight.atlasPaint');
      },
      baseline: () => copyAndPaint(frame, layers * heads * 64 * 64),
    });
    const openHead = async (name: string): Promise<number> => {
      const before = await newestEntry(frame, 'headlight.headPaint');
      await frame.locator(`[data-head="${name}"]`).click();
      return nextEntry(frame, 'headlight.headPaint', before);
    };
    let head = 0;
    const switched = await takeTurns(8, {
      value: () => openHead(`6.${++head}`),
      baseline: () => copyAndPaint(frame, tokens * tokens),
    });
    const pointed = await takeTurns(8, {
      value: () => pointAndPaint(frame),
      baseline: () => copyAndPaint(frame, 0),
    });
    const peers = isPlain
      ? await takeTurns(2, {
          value: () => openHead(`7.${++head - 8}`),
          baseline: () => svgLines(frame, tokens),
        })
      : [];
    const of = `${layers} × ${heads} heads, ${tokens} tokens`;
    const over = 'copying its bytes, an empty frame';
    const rows: Row[] = [
      {
        what: `painting the atlas, ${of}`,
        over,
        unit: 'ms',
        pairs: atlas,
        aim: isPlain ? { of: 'value', atMost: 100 } : null,
      },
      {
        what: `painting another head, ${of}`,
        over,
        unit: 'ms',
        pairs: switched,
        aim: isPlain ? twoFrames : null,
      },
      {
        what: `pointing at another weight, ${of}`,
        over: 'an empty frame',
        unit: 'ms',
        pairs: pointed,
        aim: isPlain ? twoFrames : null,
      },
    ];
    if (isPlain) {
      rows.push({
        what: `painting another head, ${of}`,
        over: 'one SVG line for each of its weights',
        unit: 'ms',
        pairs: peers,
        aim: null,
      });
    }
    await page.close();
    return rows;
  } finally {
    await server.stop();
  }
}

/** Opens a window and asks there for the attention of a model over a bench text. */
async function showAttention(
  server: ServerWorkbench,
  page: Page,
  { model, tokens }: Shown,
): Promise<Workbench> {
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

/** The document of the view, once it shows the attention; a run above the budget is let go on. */
async function attentionFrame(workbench: Workbench, { model, tokens }: Shown): Promise<Frame> {
  const name = `${tokens} tokens, ${model.sizes.layers} layers × ${model.sizes.heads} heads`;
  const heading = (frame: Frame): Locator => frame.getByRole('heading', { name });
  const anyway = (frame: Frame): Locator => frame.getByRole('button', { name: 'Run Anyway' });
  const { frame } = await workbench.webview((each) => heading(each).or(anyway(each)));
  if (await anyway(frame).isVisible()) {
    await anyway(frame).click();
    await heading(frame).waitFor();
  }
  return frame;
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

/** Milliseconds from the pointer's moving over the matrix to the frame that shows what it is on. */
function pointAndPaint(frame: Frame): Promise<number> {
  return frame.evaluate(async () => {
    const matrix = document.querySelector('.matrix')!;
    const { left, top } = matrix.getBoundingClientRect();
    const [x, y] = [120 + Math.random() * 60, 120 + Math.random() * 60];
    const start = performance.now();
    matrix.dispatchEvent(new MouseEvent('mousemove', { bubbles: true, clientX: left + x, clientY: top + y }));
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const { port1, port2 } = new MessageChannel();
    const painted = new Promise((resolve) => (port1.onmessage = resolve));
    port2.postMessage(null);
    await painted;
    port1.close();
    return performance.now() - start;
  });
}

/** Milliseconds to the frame that shows a head the way that peers draw it: an SVG line from each query to each key. */
function svgLines(frame: Frame, count: number): Promise<number> {
  return frame.evaluate(async (size) => {
    const namespace = 'http://www.w3.org/2000/svg';
    const start = performance.now();
    const svg = document.createElementNS(namespace, 'svg');
    svg.setAttribute('width', '400');
    svg.setAttribute('height', String(size * 20));
    for (let query = 0; query < size; query++) {
      for (let key = 0; key < size; key++) {
        const line = document.createElementNS(namespace, 'line');
        line.setAttribute('x1', '100');
        line.setAttribute('x2', '300');
        line.setAttribute('y1', String(query * 20 + 10));
        line.setAttribute('y2', String(key * 20 + 10));
        line.setAttribute('stroke', 'steelblue');
        line.setAttribute('stroke-opacity', String(1 / size));
        svg.append(line);
      }
    }
    document.body.append(svg);
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const { port1, port2 } = new MessageChannel();
    const painted = new Promise((resolve) => (port1.onmessage = resolve));
    port2.postMessage(null);
    await painted;
    port1.close();
    const milliseconds = performance.now() - start;
    svg.remove();
    return milliseconds;
  }, count);
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
