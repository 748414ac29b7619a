import * as l10n from '@vscode/l10n';
import { OnnxFormatError } from '../errors';
import type { OnnxModel, OnnxNode } from '../types';
import { attentionFunctions, functionName, hidesAttention } from './branches';
import { createContext, type AttentionContext } from './context';
import { fusedRecipes } from './fused';
import { presentAttention } from './patterns';
import { recomputeStandard } from './standard';
import { UnknownForm, type AttentionLayer, type AttentionTensors, type MissingAttention } from './types';

export { tensorNames } from './types';
export type {
  AttentionEdit,
  AttentionLayer,
  AttentionNames,
  AttentionRole,
  AttentionStack,
  AttentionTensors,
  MissingAttention,
} from './types';

/** Operators that compute attention inside, and whose weights are not recomputed. */
const unknownOperators = new Set(
  (
    'PackedAttention PackedMultiHeadAttention LongformerAttention SparseAttention PagedAttention ' +
    'DecoderAttention DecoderMaskedSelfAttention DecoderMaskedMultiHeadAttention'
  ).split(' '),
);

/** More than any Transformer has. */
const mostLayers = 1024;

/** Recomputing masks takes operators and forms of operators that came with this operator set. */
const leastOpset = 10;

/**
 * Every attention of a graph, in graph order: those whose probabilities the graph computes, found by what feeds
 * what and never by names; those inside fused operators, recomputed by nodes to add; and those that cannot be had,
 * with the reason.
 */
export function attentionLayers(model: OnnxModel): AttentionLayer[] {
  const context = createContext(model);
  const functions = attentionFunctions(model, isFused);
  const layers: AttentionLayer[] = [];
  for (const node of model.nodes) {
    const layer = functions.has(functionName(node)) ? insideFunction(node) : layerAt(context, node);
    if (layer) layers.push(layer);
    if (layers.length > mostLayers)
      throw new OnnxFormatError(`The graph has more than ${String(mostLayers)} attentions.`);
  }
  return layers;
}

/** The attention of a graph whose tensors can be had, in graph order. */
export function findAttention(model: OnnxModel): AttentionTensors[] {
  return attentionLayers(model).filter((layer) => layer.how !== 'missing');
}

function layerAt(context: AttentionContext, node: OnnxNode): AttentionLayer | undefined {
  const { model } = context.index;
  if (isFused(node)) {
    const opset = model.opsets.get('') ?? 0;
    if (opset < leastOpset) return missing(node, new UnknownForm(`operator set ${opset}`));
    if (node.domain === '') return recomputeStandard(context, node);
    const recipe = fusedRecipes.get(node.opType);
    const layer = recipe?.(context, node) ?? new UnknownForm('no kernel for the CPU that reads whole texts');
    return layer instanceof UnknownForm ? missing(node, layer) : layer;
  }
  if (hidesAttention(model, node, isFused)) return insideBranches(node);
  return presentAttention(context, node);
}

function isFused({ domain, opType }: OnnxNode): boolean {
  if (domain === '') return opType === 'Attention';
  return domain === 'com.microsoft' && (fusedRecipes.has(opType) || unknownOperators.has(opType));
}

function missing({ opType }: OnnxNode, { part }: UnknownForm): MissingAttention {
  return {
    how: 'missing',
    operator: opType,
    reason: l10n.t(
      'Headlight cannot show the attention inside the fused operator {0} in this form: {1}. Choose the file from before the optimisation (model.onnx, say), or export the model again without it: optimum-cli export onnx --model MODEL FOLDER',
      opType,
      part,
    ),
  };
}

function insideBranches({ opType }: OnnxNode): MissingAttention {
  return {
    how: 'missing',
    operator: opType,
    reason: l10n.t(
      'The attention is inside the branches of the operator {0}, as in a decoder merged of two. Choose the decoder that reads the whole text at once (decoder_model.onnx), or export it: optimum-cli export onnx --no-post-process --model MODEL FOLDER',
      opType,
    ),
  };
}

function insideFunction({ opType }: OnnxNode): MissingAttention {
  return {
    how: 'missing',
    operator: opType,
    reason: l10n.t(
      'The attention is inside the function {0} of the file. Write the functions out, with onnx.inliner.inline_local_functions of the Python package onnx, and choose that file.',
      opType,
    ),
  };
}
