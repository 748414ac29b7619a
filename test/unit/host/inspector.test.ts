import { describe, expect, it, vi } from 'vitest';
import { Inspector, type Inspection } from '../../../src/host/services/inspector';
import type { Services } from '../../../src/host/services/services';
import type { Surface } from '../../../src/host/services/viewPage';
import type { ViewContent, ViewRequests } from '../../../src/protocol/views';

const { nothing } = vi.hoisted(() => ({ nothing: () => ({ dispose: () => {} }) }));
vi.mock('vscode', () => ({
  window: { onDidChangeTextEditorSelection: nothing },
  Disposable: { from: nothing },
}));
vi.mock('../../../src/host/services/viewPage', () => ({
  ViewPage: class {
    tell(): void {}
  },
}));

type Asked = Inspection<string, ViewRequests<ViewContent<string>>>;

/** Begins a long question, and chooses another model meanwhile. @returns the signals of what was asked. */
async function chooseDuring(ownModel: boolean): Promise<AbortSignal[]> {
  const listeners: (() => void)[] = [];
  const models = {
    onDidChange: (listener: () => void) => (listeners.push(listener), nothing()),
    current: () => Promise.resolve('a model'),
  };
  const services = { models, context: {}, highlighter: { show: () => {} } } as unknown as Services;
  const signals: AbortSignal[] = [];
  const inspector = new Inspector(services, {
    ...{ bundle: 'files', kind: 'classes', busyMessage: '…', takesNoText: true, ownModel },
    ask: (_, { signal }) => (signals.push(signal!), new Promise(() => {})),
    handlers: (common) => common,
  } satisfies Asked);
  inspector.attach({
    ...{ visible: true, onDidChangeVisible: nothing, onDidDispose: nothing },
  } as unknown as Surface);
  void inspector.ask();
  await vi.waitFor(() => expect(signals).toHaveLength(1));
  for (const listener of listeners) listener();
  await new Promise((resolve) => setImmediate(resolve));
  return signals;
}

describe('another choice of a model', () => {
  it('asks again', async () => {
    expect((await chooseDuring(false)).map(({ aborted }) => aborted)).toEqual([true, false]);
  });

  it('leaves alone a question that names its model', async () => {
    expect((await chooseDuring(true)).map(({ aborted }) => aborted)).toEqual([false]);
  });
});
