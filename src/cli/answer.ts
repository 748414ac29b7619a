import { once } from 'node:events';
import type { EngineClient } from '../client/engineClient';
import type { Token } from '../protocol/encoding';
import type { Options } from './options';

/** What a command found, for scripts and for people. */
export interface Answer {
  json: object | AsyncIterable<string>;
  text: string | AsyncIterable<string>;
  /** Something to know beside the answer; goes to standard error. */
  notice?: string;
}

export type TextCommand = (
  engine: EngineClient,
  model: string,
  text: string,
  values: Options,
) => Promise<Answer>;

export async function print({ json, text, notice }: Answer, values: Options): Promise<void> {
  const output = values.json ? (isChunked(json) ? json : JSON.stringify(json)) : text;
  if (typeof output === 'string') process.stdout.write(output);
  else {
    for await (const chunk of output) {
      if (!process.stdout.write(chunk)) await once(process.stdout, 'drain');
    }
  }
  process.stdout.write('\n');
  if (notice) process.stderr.write(`${notice}\n`);
}

function isChunked(json: object): json is AsyncIterable<string> {
  return Symbol.asyncIterator in json;
}

export function tokenJson({
  token,
  id,
  segmentId,
  positionId,
  attentionMask,
  special,
  start,
  end,
}: Token): Token {
  return { token, id, segmentId, positionId, attentionMask, special, start, end };
}

export function nineDigits(value: number): number {
  return Number(value.toPrecision(9));
}

export function lengthNotice(
  count: number,
  { model, maximumLength }: { model: string; maximumLength: number | null },
): string | undefined {
  if (maximumLength === null || count <= maximumLength) return undefined;
  return `The text has ${count} tokens; ${model} reads ${maximumLength} at once.`;
}
