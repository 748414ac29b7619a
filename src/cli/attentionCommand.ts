import type { EngineClient } from '../client/engineClient';
import { everyToken, oneHead, tokensOfStack } from '../core/attention/units';
import { HeadlightError } from '../core/errors';
import type { AttentionStack, HeadIndex } from '../protocol/attention';
import type { Token } from '../protocol/encoding';
import type { Window } from '../protocol/inspections';
import { attentionText } from '../core/plainText';
import { type Options, chosen } from './options';
import { type Answer, tokenJson, nineDigits, lengthNotice } from './answer';

export async function attentionCommand(
  engine: EngineClient,
  model: string,
  text: string,
  { pair, layer, head, stack: wanted }: Options,
): Promise<Answer> {
  const result = await engine.request('attention', { model, text, pair, budgetBytes: Infinity });
  const { trace, stacks } = result;
  const shown = wanted === undefined ? stacks[0] : stacks.find(({ stack }) => stack === wanted);
  if (!shown) {
    const names = stacks.map(({ stack }) => stack).join(', ');
    throw new HeadlightError('WrongUsage', `--stack takes an attention of this model: ${names}.`);
  }
  const layers = chosen('layer', layer, shown.layers);
  const heads = chosen('head', head, shown.heads);
  const rows = async (index: HeadIndex): Promise<number[][]> => {
    const question = { trace, stack: shown.stack, source: oneHead(index), shape: everyToken };
    return rowsOf(await engine.request('attentionWeights', question), keys.length);
  };
  const { queries, keys } = tokensOfStack(result, shown.stack);
  const tokens = result.tokens.map(tokenJson);
  const window = result.window && { window: result.window };
  const target = result.target && { target: result.target.map(tokenJson), stack: shown.stack };
  return {
    json: attentionJson({ model: result.model, tokens, ...target, ...window, layers, heads }, rows),
    text: attentionLines({ queries, keys }, layers, heads, rows),
    notice: lengthNotice(result.tokenCount, result),
  };
}

/** All of an attention's JSON but the weights. */
interface AttentionHeader {
  model: string;
  tokens: Token[];
  /** What a decoder read beside an encoder, and which attention it is. */
  target?: Token[];
  stack?: AttentionStack;
  window?: Window;
  layers: number[];
  heads: number[];
}

type RowsOfHead = (index: HeadIndex) => Promise<number[][]>;

/** Head by head: the weights of a long text are more than one string can hold. */
async function* attentionJson(header: AttentionHeader, rows: RowsOfHead): AsyncGenerator<string> {
  yield `${JSON.stringify(header).slice(0, -1)},"weights":[`;
  for (const [l, layer] of header.layers.entries()) {
    yield l === 0 ? '[' : ',[';
    for (const [h, head] of header.heads.entries()) {
      yield (h === 0 ? '' : ',') + JSON.stringify(await rows({ layer, head }));
    }
    yield ']';
  }
  yield ']}';
}

async function* attentionLines(
  tokens: { queries: Token[]; keys: Token[] },
  layers: number[],
  heads: number[],
  rows: RowsOfHead,
): AsyncGenerator<string> {
  let separator = '';
  for (const layer of layers) {
    for (const head of heads) {
      yield separator + attentionText(tokens, { layer, head }, await rows({ layer, head }));
      separator = '\n\n';
    }
  }
}

/** A square of weights as rows, with as many digits as float32 has. */
function rowsOf(weights: Float32Array, size: number): number[][] {
  return Array.from({ length: size }, (_, row) =>
    Array.from(weights.subarray(row * size, (row + 1) * size), nineDigits),
  );
}
