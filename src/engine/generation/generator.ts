import * as l10n from '@vscode/l10n';
import { HeadlightError } from '../../core/errors';
import type { EncodedToken } from '../../protocol/encoding';
import type { GenerateResult } from '../../protocol/generation';
import { feedsOf, feedsOfPair, inputsOfCache, inputsProblem, readsTarget, unfillableByPair } from '../feeds';
import { partsAround, readText } from '../inspections/longText';
import { startOfTarget } from '../inspections/target';
import { withId } from '../inspections/vocabulary';
import type { Model } from '../models/store';
import type { SessionCache, TensorValues } from '../sessions';
import { encode } from '../tokenizers/encode';

/** A model that has read a text and says what comes next. */
export interface Generator extends Pick<GenerateResult, 'kind' | 'tokens' | 'cut'> {
  /** The most tokens that it has room for after what it read. */
  room: number;
  /** The token that generated ones follow in the text; null where they begin one. */
  before: EncodedToken | null;
  /** The decoder's input for generated tokens: of a target its start token first. */
  inputOf(ids: readonly number[]): EncodedToken[];
  /** Logits of the token after generated ones. */
  next(ids: readonly number[]): Promise<Float32Array>;
}

/** The graph that predicts the next token: the model's own, or its decoder's; null where there is none. */
function generatingPart(model: Model): Model | null {
  const part = model.decoder ?? model;
  return model.config.predictsNextToken && part.graph.logits !== null ? part : null;
}

/** Whether a model generates text. */
export function generates(model: Model): boolean {
  const part = generatingPart(model);
  return part !== null && unfilled(model, part).length === 0;
}

/** @throws HeadlightError `NoHead`, `InputsUnsupported`, and the problem of a broken config.json. */
function requireGeneratingPart(model: Model): Model {
  if (model.config.problem) throw model.config.problem;
  const part = generatingPart(model);
  if (part === null) {
    throw new HeadlightError(
      'NoHead',
      l10n.t(
        '{0} does not predict the token that comes next, so it cannot generate text. Choose a model exported for text-generation or text2text-generation.',
        model.graph.file,
      ),
    );
  }
  const inputs = unfilled(model, part);
  if (inputs.length === 0) return part;
  const cached = inputsOfCache(inputs).length > 0;
  throw new HeadlightError(
    'InputsUnsupported',
    cached
      ? l10n.t(
          '{0} wants the keys and values of earlier tokens, which Headlight does not keep. Export the model without them: optimum-cli export onnx --task {1} --model MODEL FOLDER',
          part.graph.file,
          model.decoder ? 'text2text-generation' : 'text-generation',
        )
      : inputsProblem(part.graph.file, inputs),
  );
}

function unfilled(model: Model, { graph }: Model): Model['graph']['inputs'] {
  const beside = model.decoder ? /^encoder_(hidden_states|attention_mask)$/ : null;
  return unfillableByPair(graph.inputs.filter(({ name }) => !beside?.test(name)));
}

/**
 * Reads a text to generate from. The whole text is run again for each token: keys and values of earlier tokens would
 * save time with long texts, but take another graph, and nothing could be looked at inside it.
 * @param length how many tokens are wanted.
 * @throws HeadlightError as `requireGeneratingPart`, `NoTokens`, `ConfigInvalid` without a start token.
 */
export async function readToGenerate(
  model: Model,
  sessions: SessionCache,
  text: string,
  length: number,
): Promise<Generator> {
  const part = requireGeneratingPart(model);
  if (model.decoder || readsTarget(model.graph.inputs)) {
    const read = await readText(model, { model: '', text });
    return generatorFrom(model, part, sessions, read.tokens, read.window !== null);
  }
  return goingOn(model, sessions, text, length);
}

/** A decoder after an encoder that reads `source`. */
async function generatorFrom(
  model: Model,
  part: Model,
  sessions: SessionCache,
  source: EncodedToken[],
  cut: boolean,
): Promise<Generator> {
  const start = startOfTarget(model);
  const encoded = model.decoder ? await encoderOutput(model, sessions, source) : null;
  const inputOf: Generator['inputOf'] = (ids) => follow([start], ids, model);
  return {
    ...{ kind: 'encoderDecoder', tokens: source, cut, before: null, inputOf },
    room: (model.maximumLength ?? Infinity) - 1,
    async next(ids) {
      const target = inputOf(ids);
      const { inputs, file } = part.graph;
      const feeds = feedsOfPair(inputs, { source, target }, encoded, model.firstPosition, file);
      const session = await sessions.open(part, 'next token');
      return (await session.logits(feeds, [target.length - 1]))[0]!;
    },
  };
}

async function encoderOutput(
  model: Model,
  sessions: SessionCache,
  source: EncodedToken[],
): Promise<TensorValues> {
  const { inputs, file, onnx } = model.graph;
  const session = await sessions.open(model, 'attention');
  const feeds = feedsOf(inputs, source, model.firstPosition, file);
  const [output] = await session.taps(feeds, [{ how: 'present', tensor: onnx.outputs[0]!.name }]);
  return output!;
}

/** A decoder by itself, which goes on with a text. Of a long one it reads the end. */
async function goingOn(
  model: Model,
  sessions: SessionCache,
  text: string,
  length: number,
): Promise<Generator> {
  const { graph, firstPosition, maximumLength } = model;
  const encoded = await encode(model.tokenizer, text, undefined, firstPosition);
  // An end token that the tokenizer adds would end the text before it goes on.
  const { before, content } = partsAround(encoded, ({ sequence }) => sequence !== null);
  if (content.length === 0) {
    throw new HeadlightError(
      'NoTokens',
      l10n.t('The text has no tokens for {0}. Select another text.', model.name),
    );
  }
  const most = maximumLength ?? Infinity;
  const wanted = Math.min(length, Math.max(1, Math.floor(most / 2)));
  const kept = Math.max(1, Math.min(content.length, most - wanted - before.length));
  const prompt = inPlace([...before, ...content.slice(-kept)], firstPosition);
  const inputOf: Generator['inputOf'] = (ids) => follow(prompt, ids, model);
  return {
    ...{ kind: 'decoder', tokens: prompt, cut: kept < content.length, inputOf },
    room: most - prompt.length,
    before: prompt.at(-1)!,
    async next(ids) {
      const tokens = inputOf(ids);
      const session = await sessions.open(model, 'next token');
      const feeds = feedsOf(graph.inputs, tokens, firstPosition, graph.file);
      return (await session.logits(feeds, [tokens.length - 1]))[0]!;
    },
  };
}

/** Tokens with generated ones after them; these stand in no text yet, and have no ranges. */
function follow(tokens: EncodedToken[], ids: readonly number[], model: Model): EncodedToken[] {
  const { native, unknownTokenId, maskTokenId } = model.tokenizer;
  const last = tokens.at(-1)!;
  const generated = ids.map((id): EncodedToken => ({
    ...withId(last, id),
    ...{ id, token: native.idToToken(id) ?? String(id), special: false, start: null, end: null, word: null },
    ...{ sequence: last.sequence ?? 1, unknown: id === unknownTokenId, mask: id === maskTokenId },
  }));
  return inPlace([...tokens, ...generated], model.firstPosition);
}

function inPlace(tokens: EncodedToken[], firstPosition: number): EncodedToken[] {
  return tokens.map((token, index) => ({ ...token, positionId: firstPosition + index }));
}
