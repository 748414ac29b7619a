import * as l10n from '@vscode/l10n';
import { exportCommand } from '../../core/checkpoints';
import { HeadlightError, messageOf } from '../../core/errors';
import type { ModelFacts, TensorFacts } from '../../protocol/models';
import {
  attentionLayers,
  type AttentionLayer,
  type AttentionTensors,
  type MissingAttention,
} from '../onnx/attention';
import { OnnxFormatError } from '../onnx/errors';
import { findLogitsOutputs } from '../onnx/logits';
import { readOnnxModel } from '../onnx/model';
import { rawBytes } from '../onnx/readTensor';
import { roundsInBetween } from '../onnx/rounding';
import { indexOf } from '../onnx/structure';
import type { OnnxModel, OnnxValue } from '../onnx/types';
import { embeddingSizes, type EmbeddingSizes } from './embeddings';
import { inputsProblem, unfillableByPair } from '../feeds';
import type { ModelLayout } from './layout';

/** A model's graph, read without its weights. */
export interface ModelGraph {
  file: string;
  onnx: OnnxModel;
  inputs: TensorFacts[];
  outputs: TensorFacts[];
  sizes: EmbeddingSizes;
  /** Name of the output with one score per token and vocabulary entry; null when there is none. */
  logits: string | null;
  /** Each layer's attention, in graph order. */
  attention: AttentionTensors[];
  /** Attention that there is but cannot be had, in graph order. */
  missingAttention: MissingAttention[];
  /**
   * Whether tensors of attention are to be had from a session of their own. The runtime computes all of a graph in
   * every run: what recomputes attention would slow others down, and some taps would change what a model says.
   */
  tapsApart: boolean;
  /** Why there is no attention to show, and what would give it; null when there is some. */
  attentionProblem: string | null;
  /** Weights, counted once each. */
  parameters: number;
  /** In which type most of them are stored; null without any. */
  weightType: string | null;
  /** Bytes of the file, and of its weights in files beside it. */
  fileSize: number;
  producer: string | null;
  opsets: ModelFacts['opsets'];
}

/** Reads the graph of a model. @throws HeadlightError `OnnxMissing` or `OnnxInvalid`. */
export function readGraph(layout: ModelLayout): ModelGraph {
  const file = layout.onnxFile;
  if (!file) throw graphMissing(layout);
  try {
    const onnx = readOnnxModel(file);
    checkNames(onnx);
    const sizes = embeddingSizes(onnx);
    const layers = attentionLayers(onnx);
    const attention = layers.filter((layer) => layer.how !== 'missing');
    const missingAttention = layers.filter((layer) => layer.how === 'missing');
    return {
      file,
      onnx,
      inputs: onnx.inputs.map(tensorFacts),
      outputs: onnx.outputs.map(tensorFacts),
      sizes,
      logits: findVocabularyLogits(onnx, sizes),
      attention,
      missingAttention,
      tapsApart: attention.some(({ how }) => how === 'recomputed') || roundsInBetween(onnx),
      attentionProblem: attentionProblem(onnx, layers, file),
      ...countWeights(onnx),
      fileSize: onnx.fileSize + externalSize(onnx),
      producer: [onnx.producerName, onnx.producerVersion].filter(Boolean).join(' ') || null,
      opsets: [...onnx.opsets].map(([domain, version]) => ({ domain, version })),
    };
  } catch (error) {
    throw unreadable(file, error);
  }
}

function graphMissing({ path, checkpoint }: ModelLayout): HeadlightError {
  const command = exportCommand(path, path);
  return new HeadlightError(
    'OnnxMissing',
    checkpoint === null
      ? l10n.t('There is no .onnx file in {0}. Export the model, for example with: {1}', path, command)
      : l10n.t(
          '{0} holds a checkpoint ({1}) and no .onnx file. Export it, then run again: {2}',
          path,
          checkpoint,
          command,
        ),
    command,
  );
}

/** @throws OnnxFormatError for a tensor that is used and nothing gives. */
function checkNames(onnx: OnnxModel): void {
  const index = indexOf(onnx);
  const given = new Set(onnx.inputs.map(({ name }) => name));
  const check = (name: string, user: string): void => {
    if (name === '' || index.isConstant(name) || index.producer(name) || given.has(name)) return;
    throw new OnnxFormatError(`${user} is “${name}”, which nothing in the graph gives.`);
  };
  for (const { inputs, opType, index: at } of onnx.nodes) {
    for (const name of inputs) check(name, `An input of node ${String(at)} (${opType})`);
  }
  for (const { name } of onnx.outputs) check(name, 'An output of the graph');
}

/** Says that a graph is damaged; what is no fault of the file is thrown on as it is. */
export function unreadable(file: string, error: unknown): HeadlightError {
  const isOfFile = error instanceof OnnxFormatError || (error instanceof Error && 'syscall' in error);
  if (!isOfFile) throw error;
  return new HeadlightError(
    'OnnxInvalid',
    l10n.t('{0} cannot be read. Fetch or export it again, or choose another. {1}', file, messageOf(error)),
  );
}

function tensorFacts({ name, elementType, dims }: OnnxValue): TensorFacts {
  return { name, type: elementType, shape: (dims ?? []).map((dimension) => dimension ?? null) };
}

/** An output with a score for each entry of the vocabulary, at every token. */
function findVocabularyLogits(onnx: OnnxModel, { vocabularySize }: EmbeddingSizes): string | null {
  if (vocabularySize === null) return null;
  const logits = findLogitsOutputs(onnx).find(({ size, perToken }) => perToken && size === vocabularySize);
  return logits?.name ?? null;
}

function attentionProblem(onnx: OnnxModel, layers: AttentionLayer[], file: string): string | null {
  const unfilled = unfillableByPair(onnx.inputs.map(tensorFacts));
  const [missing] = layers.filter((layer) => layer.how === 'missing');
  if (layers.some(({ how }) => how !== 'missing')) {
    return unfilled.length === 0 ? null : inputsProblem(file, unfilled);
  }
  if (missing) return `${file}: ${missing.reason}`;
  if (onnx.nodes.some(({ opType }) => opType === 'Softmax')) {
    return l10n.t(
      'Headlight recognises no attention in {0}: none of the softmaxes in its graph is over the products of queries and keys in a form that it knows. Export the model as a plain graph: optimum-cli export onnx --model MODEL FOLDER',
      file,
    );
  }
  return l10n.t(
    '{0} has no attention: there is no softmax in its graph. Choose a Transformer, such as BERT, exported as a plain graph: optimum-cli export onnx --model MODEL FOLDER',
    file,
  );
}

/** Floating-point and quantised weights, without their scales and zero points; index tables such as position ids are not counted. */
function countWeights(onnx: OnnxModel): Pick<ModelGraph, 'parameters' | 'weightType'> {
  const quantisers = onnx.nodes.filter(({ opType }) => /^(Quantize|Dequantize)Linear$/.test(opType));
  const scalesAndZeros = new Set(quantisers.flatMap(({ inputs }) => inputs.slice(1)));
  const counts = new Map<string, number>();
  for (const [name, { dims, elementType }] of onnx.initializers) {
    if (/^(float|bfloat|int4|uint4|int8|uint8)/.test(elementType) && !scalesAndZeros.has(name)) {
      const count = dims.reduce((product, size) => product * size, 1);
      counts.set(elementType, (counts.get(elementType) ?? 0) + count);
    }
  }
  const [most] = [...counts].sort(([, one], [, other]) => other - one);
  return {
    parameters: [...counts.values()].reduce((sum, count) => sum + count, 0),
    weightType: most?.[0] ?? null,
  };
}

/** Bytes of the weights that lie in other files, as the model says. */
function externalSize({ initializers }: OnnxModel): number {
  return [...initializers.values()].reduce((sum, tensor) => {
    const { payload } = tensor;
    return payload.kind === 'external' ? sum + (payload.length ?? rawBytes(tensor) ?? 0) : sum;
  }, 0);
}
