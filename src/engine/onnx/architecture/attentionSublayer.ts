import * as l10n from '@vscode/l10n';
import type { AttentionTensors } from '../attention';
import type { GraphView } from './graphView';
import { linearAt, weightOf, type Linear } from './linear';
import type { Norms } from './norms';
import { projectionsOf, type Projections } from './projections';
import { residualAfter, surroundings, unknownSublayer, type Residual, type Surroundings } from './residual';
import { scoringOf, type Scoring } from './scoring';
import { missing, present } from './sources';
import type { AttentionSublayer } from './types';

/** One attention and where it stands. */
export interface FoundAttention {
  readonly attention: AttentionTensors;
  /** The weighted sums of the values: of each head, or of all side by side where a fused operator gives them. */
  readonly context: string;
  readonly projections: Projections;
  readonly scoring: Scoring;
  readonly residual: Residual | undefined;
  /** undefined where its output is added to no stream. */
  readonly around: Surroundings | undefined;
  readonly description: AttentionSublayer;
  /** Constants of its projections, of its biases by distance, and of its norm. */
  readonly weights: readonly string[];
}

/** Follows an attention's context to the sum that it enters, and its queries to what they are projected from. */
export function attentionSublayerOf(
  view: GraphView,
  norms: Norms,
  attention: AttentionTensors,
): FoundAttention {
  const projections = projectionsOf(view, norms, attention);
  const scoring = scoringOf(view, attention);
  const context = attention.operator?.outputs[0] || (attention.inGraph ?? attention).context;
  const merged = mergedHeads(view, context);
  const residual =
    merged && residualAfter(view, norms, merged.linear.product.outputs[0] ?? '', projections.input);
  const around = residual && surroundings(view, norms, residual, projections.input);
  const unknown = missing(
    merged
      ? l10n.t('The output of this attention is not added to the hidden state that it reads.')
      : l10n.t('The heads of this attention enter no product with a weight matrix.'),
  );
  return {
    attention,
    context,
    projections,
    scoring,
    residual,
    around,
    description: {
      ...(around?.sublayer ?? unknownSublayer(unknown)),
      tensors: attention,
      window: scoring.window,
      concatenatedHeads: merged ? present(merged.heads) : unknown,
    },
    weights: [
      ...projections.weights,
      ...scoring.weights,
      ...(merged?.linear.weights ?? []),
      ...(residual?.bias === undefined ? [] : [residual.bias]),
      ...(around?.norm?.weights ?? []),
    ],
  };
}

/** The heads' contexts side by side, and the projection that reads them. */
function mergedHeads(view: GraphView, context: string): { heads: string; linear: Linear } | undefined {
  for (const copy of view.copies(context)) {
    const product = view
      .readers(copy)
      .find((node) => node.inputs[0] === copy && weightOf(view, node) !== undefined);
    if (!product) continue;
    const linear = linearAt(view, product);
    return { heads: unflattened(view, linear.input), linear };
  }
  return undefined;
}

/** Before batch and tokens are merged into one axis, as some tools do for a product. */
function unflattened(view: GraphView, tensor: string): string {
  const node = view.producer(tensor);
  const [before = ''] = node?.opType === 'Reshape' ? node.inputs : [];
  return view.shapes.get(tensor)?.length === 2 && view.shapes.get(before)?.length === 3 ? before : tensor;
}
