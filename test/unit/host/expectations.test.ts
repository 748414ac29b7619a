import path from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type * as vscode from 'vscode';
import { Expectations } from '../../../src/host/features/maskedWords/expectations';
import type { Services } from '../../../src/host/services/services';
import type { LoadedModel } from '../../../src/protocol/engine';

vi.mock('vscode', () => {
  class Position {
    constructor(
      readonly line: number,
      readonly character: number,
    ) {}
  }
  class Range {
    readonly start: Position;
    readonly end: Position;
    constructor(line: number, from: number, endLine: number, to: number) {
      this.start = new Position(line, from);
      this.end = new Position(endLine, to);
    }
    contains = (): boolean => true;
  }
  return { Position, Range, workspace: { getConfiguration: () => ({ get: () => 5 }) } };
});

const model = path.resolve('models/bert');
const text = 'A cup of [MASK].';
const document = {
  uri: { toString: () => 'file:///a.md' },
  version: 1,
  lineCount: 1,
  lineAt: () => ({ text, firstNonWhitespaceCharacterIndex: 0, isEmptyOrWhitespace: false }),
  getText: () => text,
  offsetAt: ({ character }: vscode.Position) => character,
  positionAt: (offset: number) => ({ line: 0, character: offset }),
} as unknown as vscode.TextDocument;
const overMask = { line: 0, character: 11 } as vscode.Position;

/** Of the engine's questions, whose answers do not come before they are cancelled. */
let signals: AbortSignal[];
let loaded: LoadedModel[];
let leave: () => void;

beforeEach(() => {
  [signals, loaded] = [[], []];
});

function hoverOverMask(): Promise<unknown> {
  const request = (_: string, __: unknown, { signal }: { signal: AbortSignal }): Promise<never> => {
    signals.push(signal);
    return new Promise((_resolve, reject) =>
      signal.addEventListener('abort', () => reject(new Error('Cancelled.'))),
    );
  };
  const engine = {
    request,
    get loaded() {
      return loaded;
    },
  };
  const services = { engine, models: { current: async () => model } } as unknown as Services;
  const token = {
    onCancellationRequested(listener: () => void) {
      leave = listener;
      return { dispose: () => {} };
    },
  } as unknown as vscode.CancellationToken;
  return new Expectations(services).at(document, overMask, token);
}

describe('a pointer that leaves', () => {
  it.each([model, path.join(model, 'onnx/model.onnx')])(
    'cancels the run of a model that is open as %s',
    async (onnxFile) => {
      loaded = [{ onnxFile, bytes: 1 }];
      const asked = hoverOverMask();
      await vi.waitFor(() => expect(signals).toHaveLength(1));
      leave();
      await expect(asked).rejects.toThrow('Cancelled.');
    },
  );

  it('lets a model be opened to its end', async () => {
    loaded = [{ onnxFile: `${model}-large/model.onnx`, bytes: 1 }];
    void hoverOverMask().catch(() => {});
    await vi.waitFor(() => expect(signals).toHaveLength(1));
    leave();
    expect(signals[0]!.aborted).toBe(false);
  });
});
