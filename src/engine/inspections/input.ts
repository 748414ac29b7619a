import * as l10n from '@vscode/l10n';
import { throwIfCancelled, type CallContext } from '../../core/rpc';
import type { TextQuestion } from '../../protocol/inspections';
import type { RolePlace } from '../../protocol/models';
import { inputRoles, type InputPart, type InputResult, type InputRole } from '../../protocol/tensor';
import { feedsOf } from '../feeds';
import { forwardPassOf } from '../forward/recipes';
import { sourceAt } from '../models/roles';
import type { Model } from '../models/store';
import type { TensorSource } from '../onnx/architecture/types';
import type { SessionCache } from '../sessions';
import { matrixOf, pictureOf, type TensorMatrix } from '../tensorMatrix';
import { hearCancellation } from '../turns';
import { readText } from './longText';

/**
 * Runs the model once over a text or pair and gives the embeddings that add up to what its first layer reads.
 * @throws HeadlightError as `readText`.
 */
export async function input(
  model: Model,
  sessions: SessionCache,
  question: TextQuestion,
  { signal, progress }: CallContext,
): Promise<InputResult> {
  throwIfCancelled(signal);
  if (model.config.problem) throw model.config.problem;
  const { graph, name, architecture } = model;
  const { tokens, window, tokenCount } = await readText(model, question);
  const stack = architecture.stacks[0]?.kind ?? null;
  const found: { role: InputRole; source: TensorSource }[] = inputRoles.map((role) => ({
    role,
    source: sourceAt(architecture, { role, stack, layer: null }),
  }));
  const had = found.flatMap(({ role, source }) => (source.how === 'missing' ? [] : [{ role, source }]));
  const missing = found.flatMap(({ role, source }) =>
    source.how === 'missing' ? [{ role, reason: source.reason }] : [],
  );
  const read = { model: name, tokens, tokenCount, maximumLength: model.maximumLength, window };
  if (had.length === 0) return { ...read, parts: [], missing, difference: null };

  progress({ message: l10n.t('Opening the model {0}…', name) });
  const session = await sessions.open(model, 'every role');
  progress({ message: l10n.t('Running {0} on {1} tokens…', name, tokens.length) });
  await hearCancellation(signal);
  const feeds = feedsOf(graph.inputs, tokens, model.firstPosition, graph.file);
  const tapped = await session.taps(
    feeds,
    had.map(({ source }) => source),
  );
  await hearCancellation(signal);
  const factors = had.map(({ role }) => factorOf(model, stack, role));
  const matrices = tapped.map((tensor, index) => matrixOf(tensor, had[index]!.role));
  const parts: InputPart[] = had.map(({ role }, index) => ({
    role,
    factor: factors[index]!,
    picture: pictureOf(matrices[index]!, tapped[index]!.dims),
  }));
  const hasSum = had.at(-1)!.role === 'embeddingSum' && had.length > 1;
  return { ...read, parts, missing, difference: hasSum ? differenceOf(matrices, factors) : null };
}

/** By how much the graph multiplies an embedding before it adds it: √H in Vaswani et al. 2017, section 3.4. */
function factorOf({ graph, architecture }: Model, stack: RolePlace['stack'], role: InputRole): number {
  const pass = forwardPassOf(graph.onnx, architecture);
  const recipe = pass.steps[pass.indexOf({ role: 'embeddingSum', stack, layer: null })]?.recipe;
  const own = pass.indexOf({ role, stack, layer: null });
  const terms = recipe?.kind === 'sum' ? recipe.terms : [];
  return terms.find(({ step }) => step === own)?.factor ?? 1;
}

/** How far the last matrix is from the sum of those before it. One row, as of a segment, is added to every row. */
function differenceOf(matrices: readonly TensorMatrix[], factors: readonly number[]): number {
  const sum = matrices.at(-1)!.values;
  const addends = matrices.slice(0, -1).map(({ values }) => values);
  let largest = 0;
  for (let index = 0; index < sum.length; index++) {
    const total = addends.reduce((all, values, at) => all + values[index % values.length]! * factors[at]!, 0);
    largest = Math.max(largest, Math.abs(total - sum[index]!));
  }
  return largest;
}
