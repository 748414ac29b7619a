import * as l10n from '@vscode/l10n';
import { constantInts } from '../constants';
import { findLogitsOutputs, type LogitsOutput } from '../logits';
import { intAttribute, intsAttribute } from '../structure';
import type { OnnxNode } from '../types';
import { isFormOnly, readsShapeOnly, type GraphView } from './graphView';
import { linearAt, weightOf } from './linear';
import { missing, present } from './sources';
import type { Head, HeadKind, TensorSource } from './types';

/** What config.json tells about outputs. */
export interface HeadHints {
  /** `architectures`: class names of the reference library. */
  readonly architectures: readonly string[];
  /** `model_type` */
  readonly family: string | null;
  /** Whether scores of the vocabulary are for the token that comes next. */
  readonly predictsNextToken: boolean;
}

/** What a head hangs on: the stack that it reads, and its vocabulary. */
export interface HeadGround {
  /** The last stack's result. */
  readonly state: string;
  readonly isDecoder: boolean;
  readonly vocabularySize: number | undefined;
}

export interface FoundHeads {
  readonly pooler: TensorSource;
  readonly poolerWeights: readonly string[];
  readonly heads: readonly (Head & { readonly weights: readonly string[] })[];
}

/** Decoders give out keys and values of each layer, too. */
const mostOutputs = 2048;

/** The deepest heads have some forty nodes. */
const mostNodes = 400;

/** The pooler, and the outputs of the graph that are computed from the last stack's result by weights. */
export function headsOf(view: GraphView, ground: HeadGround, hints: HeadHints): FoundHeads {
  const pooler = poolerOf(view, ground.state);
  const bases = new Set(
    [ground.state, ...(pooler ? [pooler.output] : [])].map((tensor) => view.base(tensor)),
  );
  const outputs = findLogitsOutputs(view.model)
    .slice(0, mostOutputs)
    .flatMap((output) => {
      const weights = weightsUpTo(view, output.name, bases);
      return weights?.length ? [{ output, weights }] : [];
    });
  const ends = outputs.filter(({ output }) => isEnd(output));
  const isPretraining = outputs.some(({ output }) => isVocabulary(output, ground));
  const heads = outputs.flatMap(({ output, weights }) => {
    const end = ends.length === 2 ? ends.findIndex((each) => each.output === output) : -1;
    const kind = end < 0 ? kindOf(output, ground, hints, isPretraining) : answerEnds[end];
    return kind
      ? [{ kind, logits: output.name, size: isEnd(output) ? undefined : output.size, weights }]
      : [];
  });
  return {
    pooler: pooler ? present(pooler.output) : noPooler(),
    poolerWeights: pooler?.weights ?? [],
    heads,
  };
}

/** Why there is no pooler. */
export const noPooler = (): TensorSource =>
  missing(l10n.t('No dense layer with tanh reads the first token of the last layer.'));

const answerEnds: readonly HeadKind[] = ['answerStart', 'answerEnd'];

/** One number for each token. */
function isEnd({ rank, tokenAxis }: LogitsOutput): boolean {
  return rank === 2 && tokenAxis === 1;
}

function isVocabulary({ perToken, size }: LogitsOutput, { vocabularySize }: HeadGround): boolean {
  return perToken && size !== undefined && size === vocabularySize;
}

const pairClass = /(NextSentencePrediction|ForPreTraining)$/;
const tagClass = /TokenClassification$/;

function kindOf(
  output: LogitsOutput,
  ground: HeadGround,
  hints: HeadHints,
  isPretraining: boolean,
): HeadKind | undefined {
  const isOf = (pattern: RegExp): boolean => hints.architectures.some((name) => pattern.test(name));
  if (isVocabulary(output, ground) && !isOf(tagClass)) {
    return ground.isDecoder || hints.predictsNextToken ? 'nextToken' : 'maskedWord';
  }
  if (isEnd(output) || (output.perToken && output.size === 1)) return 'replacedToken';
  if (output.perToken) return 'tag';
  if (output.rank !== 2) return undefined;
  const isPair = output.size === 2 && (isPretraining || isOf(pairClass));
  if (isPair) return hints.family === 'albert' ? 'sentenceOrder' : 'nextSentence';
  return 'class';
}

/** Constants of the nodes between some tensors and an output; undefined where it is not computed from these alone. */
function weightsUpTo(view: GraphView, output: string, ends: ReadonlySet<string>): string[] | undefined {
  const weights = new Set<string>();
  const open = new Set([output]);
  let reached = false;
  for (const tensor of open) {
    if (ends.has(view.base(tensor))) {
      reached = true;
      continue;
    }
    if (view.isConstant(tensor)) {
      if ((view.shapes.get(tensor)?.length ?? 0) > 0) weights.add(tensor);
      continue;
    }
    const node = view.producer(tensor);
    if (!node) continue;
    if (open.size > mostNodes) return undefined;
    if (!readsShapeOnly(node)) for (const input of numbersOf(node)) open.add(input);
  }
  return reached ? [...weights] : undefined;
}

/** The inputs whose numbers enter the result, those that tell places and shapes left out. */
function numbersOf(node: OnnxNode): string[] {
  const first =
    isFormOnly(node) ||
    ['Expand', 'Gather', 'GatherElements', 'GatherND', 'Slice', 'Split', 'Tile'].includes(node.opType);
  const inputs = first
    ? node.inputs.slice(0, 1)
    : node.opType === 'Where'
      ? node.inputs.slice(1)
      : node.inputs;
  return inputs.filter((input) => input !== '');
}

/** tanh(dense(first token)), as BERT gives it to what judges whole texts (Devlin et al. 2019). */
function poolerOf(
  view: GraphView,
  state: string,
): { output: string; weights: readonly string[] } | undefined {
  for (const copy of view.copies(view.base(state))) {
    for (const reader of view.readers(copy)) {
      if (!takesFirstToken(view, reader) || !reader.outputs[0]) continue;
      for (const first of view.copies(reader.outputs[0])) {
        for (const product of view.readers(first)) {
          if (product.inputs[0] !== first || weightOf(view, product) === undefined) continue;
          const linear = linearAt(view, product);
          const tanh = view
            .copies(linear.output)
            .flatMap((each) => view.readers(each))
            .find(({ opType }) => opType === 'Tanh');
          if (tanh?.outputs[0]) return { output: tanh.outputs[0], weights: linear.weights };
        }
      }
    }
  }
  return undefined;
}

/** Whether a node gives the first token of its input alone. */
export function takesFirstToken(view: GraphView, node: OnnxNode): boolean {
  if (node.opType === 'Gather')
    return intAttribute(node, 'axis', 0) === 1 && constantInts(view.index, node.inputs[1])?.join() === '0';
  if (node.opType !== 'Slice') return false;
  const list = (name: string, at: number): readonly number[] =>
    intsAttribute(node, name) ?? constantInts(view.index, node.inputs[at]) ?? [];
  const [starts, ends, axes] = [list('starts', 1), list('ends', 2), list('axes', 3)];
  const at = axes.length ? axes.indexOf(1) : 1;
  return at >= 0 && starts[at] === 0 && ends[at] === 1;
}
