import type { EngineClient } from '../client/engineClient';
import { locateModel } from '../client/models';
import { askTokens, compareTokens } from '../client/tokens';
import type { FillResult, TokensResult } from '../protocol/inspections';
import { alignedText, fillText, jointText, scoreText, tokensText, wordText } from '../core/plainText';
import { tokenWindows } from '../core/windows';
import { type Options, wholeNumber } from './options';
import { type Answer, tokenJson, lengthNotice } from './answer';

export async function tokensCommand(
  extensionRoot: string,
  engine: EngineClient,
  model: string,
  text: string,
  { pair, with: second, stride }: Options,
): Promise<Answer> {
  if (second !== undefined) {
    const comparison = await compareTokens(engine, { model, text, pair }, locateModel(second, extensionRoot));
    const { one, other, groups } = comparison;
    return {
      json: { ...tokensJson(one), other: tokensJson(other), aligned: groups },
      text: alignedText(comparison, [text, pair ?? '']),
    };
  }
  const result = await askTokens(engine, { model, text, pair });
  const windows = tokenWindows(result, wholeNumber('stride', stride, 0, Number.MAX_SAFE_INTEGER));
  return {
    json: { ...tokensJson(result), ...(windows.length > 0 && { windows }) },
    text: tokensText(result),
    notice: lengthNotice(result.tokens.length, result),
  };
}

export async function fillCommand(
  engine: EngineClient,
  model: string,
  text: string,
  values: Options,
): Promise<Answer> {
  const topK = Number(values['top-k']);
  const result = await engine.request('fill', { model, text, pair: values.pair, topK });
  return { json: fillJson(result), text: fillText(result), notice: lengthNotice(result.tokenCount, result) };
}

export async function jointCommand(
  engine: EngineClient,
  model: string,
  text: string,
  { pair, beams }: Options,
): Promise<Answer> {
  const result = await engine.request('fillJointly', {
    ...{ model, text, pair },
    beams: wholeNumber('beams', beams ?? '5', 1, 20),
  });
  return {
    json: withoutCounts(result),
    text: jointText(result),
    notice: lengthNotice(result.tokenCount, result),
  };
}

export async function wordCommand(
  engine: EngineClient,
  model: string,
  text: string,
  { pair, at, 'top-k': topK }: Options,
): Promise<Answer> {
  const offset = wholeNumber('at', at, 0, Number.MAX_SAFE_INTEGER);
  const result = await engine.request('word', { model, text, pair, offset, topK: Number(topK) });
  return { json: result, text: wordText(result) };
}

export async function scoreCommand(
  engine: EngineClient,
  model: string,
  text: string,
  { pair, window }: Options,
): Promise<Answer> {
  const index = wholeNumber('window', window, 0, Number.MAX_SAFE_INTEGER);
  const result = await engine.request('score', { model, text, pair, window: index });
  const json = { ...withoutCounts(result), tokens: result.tokens.map(tokenJson) };
  return { json, text: scoreText(result), notice: lengthNotice(result.tokenCount, result) };
}

/** What a notice tells is no part of the answer. */
function withoutCounts<Result extends { tokenCount: number; maximumLength: number | null }>(
  result: Result,
): Omit<Result, 'tokenCount' | 'maximumLength'> {
  const { tokenCount: _, maximumLength: __, ...rest } = result;
  return rest;
}

/** What scripts read does not change with the views: only the fields that the README promises. */
function tokensJson({ model, tokens, notes, counts }: TokensResult): object {
  return { model, tokens: tokens.map(tokenJson), notes, counts };
}

function fillJson({ model, masks }: FillResult): object {
  return {
    model,
    masks: masks.map(({ position, window, predictions }) => ({
      position,
      ...(window && { window }),
      predictions: predictions.map(({ token, id, probability }) => ({ token, id, probability })),
    })),
  };
}
