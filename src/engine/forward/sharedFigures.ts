/** What is drawn here as other views draw it: the input figure of the tokens, query and key of the attention explorer. */
import { maskAt } from '../../core/forward/attention';
import { softmax } from '../../core/forward/functions';
import type { InputDetails, ScoresDetails } from '../../protocol/forward';
import { inputRoles, type InputPart, type InputRole } from '../../protocol/tensor';
import { pictureOfKept } from './pictures';
import type { Recipe } from './recipes';
import { rowOf } from './states';
import type { ForwardTrace } from './trace';

/** The embeddings that a step adds up; null where it adds something else, too. */
export async function inputParts(
  trace: ForwardTrace,
  at: number,
  { terms, biases }: Extract<Recipe, { kind: 'sum' }>,
): Promise<InputDetails | null> {
  const parts: InputPart[] = [];
  for (const { step, factor } of [...terms, { step: at, factor: 1 }]) {
    const role = trace.pass.steps[step]!.role as InputRole;
    if (!inputRoles.includes(role)) return null;
    parts.push({ role, factor, picture: pictureOfKept(await trace.tensor(step)) });
  }
  if (biases.length > 0) return null;
  const place = ({ role }: InputPart): number => inputRoles.indexOf(role);
  return { kind: 'input', parts: parts.sort((one, other) => place(one) - place(other)) };
}

/** How a token's query comes to its weights in each head; null where heads share their keys. */
export async function headScores(
  trace: ForwardTrace,
  at: number,
  recipe: Extract<Recipe, { kind: 'scores' }>,
  token: number,
): Promise<ScoresDetails | null> {
  const matrixAt = async (step: number) => (await trace.tensor(step)).matrix;
  const [query, key, own] = [await matrixAt(recipe.query), await matrixAt(recipe.key), await matrixAt(at)];
  if (query.columns !== key.columns || own.columns !== own.heads * key.rows) return null;
  const mask = recipe.mask === null ? undefined : await matrixAt(recipe.mask);
  const size = query.columns / query.heads;
  const softmaxStep = trace.pass.steps.findIndex(
    (step) => step.recipe.kind === 'softmax' && step.recipe.scores === at,
  );
  const given = softmaxStep < 0 ? undefined : rowOf(await matrixAt(softmaxStep), token);
  const scale = recipe.factor ?? 1 / Math.sqrt(size);
  const eachKey = (number: (key: number) => number): Float32Array =>
    Float32Array.from({ length: key.rows }, (_, other) => number(other));
  // A score that a mask hides is as low as can be.
  const shown = (score: number): number => (Number.isNaN(score) ? -Infinity : score);
  const heads = Array.from({ length: query.heads }, (_, head) => {
    const [start, first] = [head * size, head * key.rows];
    const part = rowOf(query, token).slice(start, start + size);
    const keys = new Float32Array(key.rows * size);
    for (let other = 0; other < key.rows; other++)
      keys.set(rowOf(key, other).subarray(start, start + size), other * size);
    const scores = rowOf(own, token)
      .slice(first, first + key.rows)
      .map(shown);
    return {
      ...{ query: part, keys, scale, scores },
      products: eachKey((other) =>
        part.reduce((sum, number, place) => sum + number * keys[other * size + place]!, 0),
      ),
      added: mask ? eachKey((other) => shown(maskAt(mask, token, head, other))) : null,
      weights: given?.slice(first, first + key.rows) ?? Float32Array.from(softmax(scores)),
    };
  });
  return { kind: 'scores', heads };
}
