import * as l10n from '@vscode/l10n';
import type { OnnxNode } from '../types';
import { addendsOf, fusedAddendsOf, tableRows, type Addend } from './addends';
import type { GraphView } from './graphView';
import { linearBefore, outputSize } from './linear';
import { addedInside, type Norms } from './norms';
import { addedAgain, missing, present, recomputed } from './sources';
import type { Embeddings, Positions, TensorSource } from './types';
import { isComputedWave, isTableOfWaves } from './waves';

/** The embeddings of a stack before its layers are known. */
export interface FoundEmbeddings {
  readonly description: Omit<Embeddings, 'positions' | 'relativeBias'>;
  readonly position: Extract<Positions, 'learned' | 'sinusoidal'> | undefined;
  /** Numbers for each token behind the projection, where there is one. */
  readonly hiddenSize: number | undefined;
  /** Constants: tables, norm and projection. */
  readonly weights: readonly string[];
}

/** Takes apart what the first layer of a stack reads. @param stream [B, S, H] */
export function embeddingsOf(view: GraphView, norms: Norms, stream: string): FoundEmbeddings {
  // ALBERT and ELECTRA project narrow embeddings to hidden states.
  const projection = linearBefore(view, view.base(stream));
  const embedded = unmasked(view, norms, view.base(projection?.input ?? stream));
  const norm = norms.giving(embedded);
  const addends = norm?.adder ? addendsInside(view, norm.adder) : addendsOf(view, [norm?.input ?? embedded]);
  const first = (kind: Addend['kind']): Addend | undefined => addends.find((addend) => addend.kind === kind);
  const [token, position, segment] = [first('token'), first('position'), first('segment')];
  const width = view.width(token?.table ?? embedded);
  return {
    description: {
      token: token?.source ?? unreadTokens(view, norm?.input ?? embedded),
      position: position?.source ?? missing(l10n.t('No position embedding is added to the token embedding.')),
      segment: segment?.source ?? missing(l10n.t('No segment embedding is added to the token embedding.')),
      sum:
        norm?.adder && norm.input === undefined
          ? summedAgain(view, norm.adder, addends)
          : present(norm?.input ?? embedded),
      norm: norm ? present(norm.output) : missing(l10n.t('The embeddings are not normed.')),
      projection: projection
        ? present(projection.output)
        : missing(l10n.t('The embeddings are as wide as the hidden states.')),
      rows: {
        token: tableRows(view, token?.table),
        position: tableRows(view, position?.table),
        segment: tableRows(view, segment?.table),
      },
      width,
    },
    hiddenSize: projection ? outputSize(view, projection) : width,
    position: position && (isSinusoidal(view, position) ? 'sinusoidal' : 'learned'),
    weights: [
      ...addends.flatMap(({ table }) => table ?? []),
      ...(norm?.weights ?? []),
      ...(projection?.weights ?? []),
    ],
  };
}

/** DeBERTa multiplies its normed embeddings with the attention mask. */
function unmasked(view: GraphView, norms: Norms, tensor: string): string {
  const node = view.producer(tensor);
  const normed = node?.opType === 'Mul' ? node.inputs.find((input) => norms.giving(input)) : undefined;
  return normed !== undefined && !norms.giving(tensor) ? normed : tensor;
}

/** The vectors that an operator adds before it norms their sum. */
function addendsInside(view: GraphView, adder: OnnxNode): Addend[] {
  const inside = addedInside(view, adder);
  return inside ? addendsOf(view, inside.terms) : fusedAddendsOf(view, adder);
}

/** The sum that an operator makes before it norms it. */
function summedAgain(view: GraphView, adder: OnnxNode, addends: readonly Addend[]): TensorSource {
  const inside = addedInside(view, adder);
  if (inside) {
    const biases = inside.bias === undefined ? [] : [inside.bias];
    return addedAgain(view, [...inside.terms, ...biases], adder.opType);
  }
  const terms = addends.flatMap(({ source }) => (source.how === 'recomputed' ? source : []));
  const builder = view.builder();
  const sum = terms.map(({ tensor }) => tensor).reduce((left, right) => builder.op('Add', [left, right]));
  const edits = [...terms.map(({ edit }) => edit), builder.edit];
  const edit = {
    addNodes: edits.flatMap(({ addNodes }) => addNodes),
    addInitializers: edits.flatMap(({ addInitializers }) => addInitializers),
  };
  return recomputed({ edit }, sum, adder.opType);
}

function unreadTokens(view: GraphView, tensor: string): TensorSource {
  const isInput = view.model.inputs.some(({ name }) => name === view.base(tensor));
  return missing(
    isInput
      ? l10n.t('The graph takes embeddings in place of token ids.')
      : l10n.t('The graph looks up no table by token ids.'),
  );
}

function isSinusoidal(view: GraphView, { source, table }: Addend): boolean {
  return table === undefined ? isComputedWave(view, source) : isTableOfWaves(view, table);
}
