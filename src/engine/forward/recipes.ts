import type { Activation, NormKind } from '../../protocol/architecture';
import type { RolePlace } from '../../protocol/models';
import { GraphView } from '../onnx/architecture/graphView';
import { Norms } from '../onnx/architecture/norms';
import type { TensorSource } from '../onnx/architecture/types';
import { roleSources } from '../models/roles';
import type { Architecture, AttentionSublayer, FeedForward } from '../onnx/architecture/types';
import type { OnnxModel } from '../onnx/types';
import { ForwardGraph } from './graph';
import { headStages, type Stage } from './headStages';
import { linearBehind, type LinearUse } from './linear';
import { scoresBehind } from './scores';
import { sumBehind, type Term } from './sums';
import { tableBehind } from './tables';

/** A tensor of the forward pass, by the number of its step. */
export type StepIndex = number;

/** How a step's tensor follows from those of earlier steps and the weights of the file. */
export type Recipe =
  /** Rows of a table, chosen by token, position or segment. */
  | { kind: 'lookup'; by: 'id' | 'position' | 'segment'; table: string; isSinusoidal: boolean }
  /** Sines and cosines of the position. */
  | { kind: 'sinusoid' }
  /** Each tensor times its factor, added up. */
  | { kind: 'sum'; terms: Term[]; biases: string[] }
  | {
      kind: 'norm';
      input: StepIndex;
      norm: NormKind;
      scale: string;
      bias: string | undefined;
      epsilon: number;
    }
  | { kind: 'linear'; input: StepIndex; use: LinearUse }
  | { kind: 'scores'; query: StepIndex; key: StepIndex; mask: StepIndex | null; factor: number | null }
  | { kind: 'softmax'; scores: StepIndex }
  | { kind: 'context'; probabilities: StepIndex; value: StepIndex }
  | { kind: 'concatenation'; context: StepIndex }
  | { kind: 'activation'; inner: StepIndex; gate: StepIndex | null; activation: Activation }
  /** A head, or the pooler: functions one after the other. */
  | { kind: 'stages'; input: StepIndex; stages: Stage[] }
  /** What the file is fed: another file has computed it. */
  | { kind: 'fed' }
  /** 0 where a query may read a key, hidden elsewhere: padding, and with `isCausal` every later token. */
  | { kind: 'mask'; isCausal: boolean }
  /** In a form that is not recomputed. */
  | { kind: 'unknown' };

/** One step of the forward pass. */
export interface Step extends RolePlace {
  /** The graph that it is in. */
  graph: ForwardGraph;
  /** Which file that is: 0 the model's own, 1 its decoder's. */
  file: 0 | 1;
  source: Exclude<TensorSource, { how: 'missing' }>;
  recipe: Recipe;
}

/** The forward pass of a model, step by step in the order of computation. */
export interface ForwardPass {
  steps: Step[];
  /** The step that gives a tensor of a role, whichever of its roles is asked for; -1 where none does. */
  indexOf(place: RolePlace): StepIndex;
}

/** Takes a Transformer apart into steps; none for an empty architecture. */
export function forwardPassOf(onnx: OnnxModel, architecture: Architecture): ForwardPass {
  const view = new GraphView(onnx);
  const all = roleSources(architecture);
  const graph = new ForwardGraph(
    view,
    all.map(({ source }) => source),
  );
  const found = all.flatMap(({ source, ...place }) =>
    source.how === 'missing' ? [] : [{ ...place, source }],
  );
  const places = inOrder(architecture, found);
  const byTensor = new Map<string, StepIndex>();
  const steps: Step[] = [];
  const fed = encoderInput(graph, architecture);
  if (fed !== undefined) {
    byTensor.set(fed, 0);
    const source = { how: 'present', tensor: fed } as const;
    steps.push({
      role: 'lastHiddenState',
      stack: 'encoder',
      layer: null,
      source,
      graph,
      file: 0,
      recipe: { kind: 'fed' },
    });
  }
  for (const place of places) {
    const base = graph.base(place.source.tensor);
    // One tensor may have several roles: the first of them is its step.
    if (byTensor.has(base) && !isOwnStep(place.role)) continue;
    if (!byTensor.has(base)) byTensor.set(base, steps.length);
    steps.push({ ...place, graph, file: 0, recipe: { kind: 'unknown' } });
  }
  const indexOf = (place: RolePlace): StepIndex => {
    const same = (each: RolePlace): boolean =>
      each.role === place.role && each.stack === place.stack && each.layer === place.layer;
    const own = steps.findIndex(same);
    const source = own < 0 ? found.find(same)?.source : undefined;
    return source ? (byTensor.get(graph.base(source.tensor)) ?? -1) : own;
  };
  const finder = new RecipeFinder(graph, new Norms(view), architecture, steps, byTensor);
  steps.forEach((step, at) => {
    if (step.recipe.kind !== 'fed') step.recipe = finder.recipeOf(step, at);
  });
  return { steps, indexOf };
}

/** The input of a decoder's file that takes the encoder's result; undefined where there is none. */
function encoderInput(graph: ForwardGraph, { stacks }: Architecture): string | undefined {
  const cross = stacks.flatMap(({ layers }) => layers.flatMap(({ crossAttention }) => crossAttention ?? []));
  const use = cross[0] && linearBehind(graph, cross[0].tensors.key);
  const input = use && graph.base(use.input);
  return graph.view.model.inputs.find(({ name }) => name === input)?.name;
}

/** Tensors that are steps of their own even where an earlier one has the same numbers in another form. */
function isOwnStep(role: RolePlace['role']): boolean {
  return role.endsWith('Heads');
}

/** Places in the order of computation: a norm before or after its function, heads behind the stacks. */
function inOrder<Place extends RolePlace>(architecture: Architecture, places: readonly Place[]): Place[] {
  const rank = (place: Place): number => {
    const { role, stack, layer } = place;
    if (stack === null) return Infinity;
    const at = architecture.stacks.findIndex(({ kind }) => kind === stack);
    const base = at * 1e6;
    if (role === 'finalNorm' || role === 'lastHiddenState') return base + 9e5;
    if (layer === null) return base;
    const { attention, crossAttention, feedForward } = architecture.stacks[at]!.layers[layer]!;
    const sublayer = role.startsWith('cross')
      ? crossAttention
      : role.startsWith('feed')
        ? feedForward
        : attention;
    const start = sublayer === attention ? 0 : sublayer === crossAttention ? 30 : 60;
    const isNormBefore = role.endsWith('Norm') && sublayer?.normPlacement === 'before';
    const last = role === 'hiddenState' ? 99 : start + (isNormBefore ? 0 : 1 + (partRank(role) ?? 0));
    return base + 1000 * (layer + 1) + last;
  };
  return places
    .map((place, at) => ({ place, rank: rank(place), at }))
    .sort((one, other) => (one.rank === other.rank ? one.at - other.at : one.rank - other.rank))
    .map(({ place }) => place);
}

const partOrder = [
  ...['Query', 'Key', 'Value', 'Mask', 'Scores', 'Probabilities', 'Context', 'Heads'],
  ...['Inner', 'Gate', 'Activation', 'Output', 'ResidualSum', 'Norm'],
];

function partRank(role: string): number {
  return partOrder.findIndex((part) => role.endsWith(part));
}

class RecipeFinder {
  constructor(
    private readonly graph: ForwardGraph,
    private readonly norms: Norms,
    private readonly architecture: Architecture,
    private readonly steps: readonly Step[],
    private readonly byTensor: ReadonlyMap<string, StepIndex>,
  ) {}

  recipeOf(step: Step, at: StepIndex): Recipe {
    return this.found(step, at) ?? { kind: 'unknown' };
  }

  private found(step: Step, at: StepIndex): Recipe | undefined {
    const { role, stack, layer } = step;
    if (stack === null) return this.behind(step);
    const { embeddings, layers } = this.stackOf(step);
    switch (role) {
      case 'tokenEmbedding':
        return this.lookup(step, 'id');
      case 'positionEmbedding':
        // A table of them may have been rounded where it is stored.
        return (
          this.lookup(step, 'position', embeddings.positions.includes('sinusoidal')) ??
          (embeddings.positions.includes('sinusoidal') ? { kind: 'sinusoid' } : undefined)
        );
      case 'segmentEmbedding':
        return this.lookup(step, 'segment');
      case 'embeddingSum':
        return this.sum(step, at);
      case 'embeddingNorm':
        return this.norm(step, this.roleIn(step, 'embeddingSum'));
      case 'embeddingProjection':
        return this.linear(step);
      case 'finalNorm':
        return this.norm(step, undefined);
    }
    const own = layer === null ? undefined : layers[layer];
    if (!own) return undefined;
    if (role.startsWith('feedForward')) return this.feedForward(step, at, own.feedForward);
    const sublayer = role.startsWith('cross') ? own.crossAttention : own.attention;
    return sublayer && this.attention(step, at, sublayer);
  }

  private attention(step: Step, at: StepIndex, sublayer: AttentionSublayer): Recipe | undefined {
    const prefix = step.role.startsWith('cross') ? 'crossAttention' : 'attention';
    const of = (part: string): StepIndex => this.roleIn(step, `${prefix}${part}`);
    const both = (one: StepIndex, other: StepIndex): boolean => one >= 0 && other >= 0;
    switch (step.role.slice(prefix.length)) {
      case 'Query':
      case 'Key':
      case 'Value':
      case 'Output':
        return this.linear(step);
      case 'Mask': {
        // Biases by distance come in the same tensor.
        const hasBias = this.stackOf(step).embeddings.relativeBias.how !== 'missing';
        return hasBias && prefix === 'attention'
          ? undefined
          : { kind: 'mask', isCausal: sublayer.tensors.stack === 'decoder' };
      }
      case 'Scores': {
        const [query, key] = [of('Query'), of('Key')];
        const found = both(query, key) ? scoresBehind(this.graph, sublayer.tensors) : undefined;
        // One mask serves all layers: it is a step of the first.
        const mask = this.stepOf(sublayer.tensors.mask ?? '');
        return found && { kind: 'scores', query, key, mask: mask < 0 ? null : mask, factor: found.factor };
      }
      case 'Probabilities':
        return of('Scores') < 0 ? undefined : { kind: 'softmax', scores: of('Scores') };
      case 'Context': {
        const [probabilities, value] = [of('Probabilities'), of('Value')];
        return both(probabilities, value) ? { kind: 'context', probabilities, value } : undefined;
      }
      case 'Heads':
        return of('Context') < 0 ? undefined : { kind: 'concatenation', context: of('Context') };
      case 'ResidualSum':
        return this.sum(step, at);
      case 'Norm':
        return this.norm(step, of('ResidualSum'));
    }
    return undefined;
  }

  private feedForward(step: Step, at: StepIndex, network: FeedForward): Recipe | undefined {
    const of = (part: string): StepIndex => this.roleIn(step, `feedForward${part}`);
    switch (step.role) {
      case 'feedForwardInner':
      case 'feedForwardGate':
      case 'feedForwardOutput':
        return this.linear(step);
      case 'feedForwardActivation': {
        const [inner, gate] = [of('Inner'), of('Gate')];
        const { activation, isGated } = network;
        if (inner < 0 || activation === 'unknown' || (isGated && gate < 0)) return undefined;
        return { kind: 'activation', inner, gate: isGated ? gate : null, activation };
      }
      case 'feedForwardResidualSum':
        return this.sum(step, at);
      case 'feedForwardNorm':
        return this.norm(step, of('ResidualSum'));
    }
    return undefined;
  }

  private behind({ source }: Step): Recipe | undefined {
    const isKnown = (tensor: string): boolean => this.byTensor.has(this.graph.base(tensor));
    const found = headStages(this.graph, this.norms, source.tensor, isKnown);
    return found && { kind: 'stages', input: this.stepOf(found.input), stages: found.stages };
  }

  private lookup(
    { source }: Step,
    by: 'id' | 'position' | 'segment',
    isSinusoidal = false,
  ): Recipe | undefined {
    const table = tableBehind(this.graph, source.tensor);
    return table === undefined ? undefined : { kind: 'lookup', by, table, isSinusoidal };
  }

  private linear({ source }: Step): Recipe | undefined {
    const use = linearBehind(this.graph, source.tensor);
    const input = use ? this.stepOf(use.input) : -1;
    return use && input >= 0 ? { kind: 'linear', input, use } : undefined;
  }

  private sum(step: Step, at: StepIndex): Recipe | undefined {
    const output = this.roleIn(step, step.role.replace('ResidualSum', 'Output') as RolePlace['role']);
    const steps = {
      of: (tensor: string) => this.stepOf(tensor),
      sum: at,
      output: output === at ? -1 : output,
    };
    const found = sumBehind(this.graph, step.source.tensor, steps);
    if (found) return { kind: 'sum', ...found };
    const isInside = this.graph.producer(step.source.tensor)?.opType === 'EmbedLayerNormalization';
    return isInside ? { kind: 'sum', terms: this.embedded(step), biases: [] } : undefined;
  }

  /** What onnxruntime's fused embedding adds up. */
  private embedded(step: Step): Term[] {
    const parts = ['tokenEmbedding', 'positionEmbedding', 'segmentEmbedding'];
    return parts
      .map((part) => ({ step: this.roleIn(step, part), factor: 1 }))
      .filter(({ step: at }) => at >= 0);
  }

  /** @param sum what is normed where an operator sums inside and does not give the sum out; -1 for none. */
  private norm({ source, role }: Step, sum: StepIndex | undefined): Recipe | undefined {
    const norm = this.norms.giving(source.tensor);
    const [scale, bias] = norm?.weights ?? [];
    if (!norm || scale === undefined) return undefined;
    const input = norm.input === undefined ? (sum ?? this.lastSum(role)) : this.stepOf(norm.input);
    if (input < 0) return undefined;
    return { kind: 'norm', input, norm: norm.kind, scale, bias, epsilon: norm.epsilon };
  }

  /** The residual sum before a norm behind all layers. */
  private lastSum(role: RolePlace['role']): StepIndex {
    return role === 'finalNorm'
      ? this.steps.findLastIndex((step) => step.role === 'feedForwardResidualSum')
      : -1;
  }

  private stackOf({ stack }: Step): Architecture['stacks'][number] {
    return this.architecture.stacks.find(({ kind }) => kind === stack)!;
  }

  private roleIn({ stack, layer }: Step, role: string): StepIndex {
    return this.steps.findIndex((each) => each.role === role && each.stack === stack && each.layer === layer);
  }

  private stepOf(tensor: string): StepIndex {
    return this.byTensor.get(this.graph.base(tensor)) ?? -1;
  }
}
