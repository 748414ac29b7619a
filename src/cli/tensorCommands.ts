import type { EngineClient } from '../client/engineClient';
import { HeadlightError } from '../core/errors';
import type { RoleFacts } from '../protocol/models';
import { forwardText, inputText, tensorText } from '../core/plainText';
import { type Options, chosen } from './options';
import { type Answer, tokenJson, nineDigits, lengthNotice } from './answer';

export async function tensorCommand(
  engine: EngineClient,
  model: string,
  text: string,
  values: Options,
): Promise<Answer> {
  const { roles } = await engine.request('facts', { model });
  const { role, stack, layer } = roleIn(roles, values);
  const result = await engine.request('tensor', { model, text, pair: values.pair, role, stack, layer });
  const { window, shape, statistics } = result;
  const json = {
    model: result.model,
    ...{ role, stack, layer },
    tokens: result.tokens.map(tokenJson),
    ...(window && { window }),
    ...{ shape, statistics, norms: Array.from(result.norms, nineDigits) },
  };
  return { json, text: tensorText(result), notice: lengthNotice(result.tokenCount, result) };
}

export async function inputCommand(
  engine: EngineClient,
  model: string,
  text: string,
  { pair }: Options,
): Promise<Answer> {
  const result = await engine.request('input', { model, text, pair });
  const { window, missing, difference } = result;
  const parts = result.parts.map(({ role, factor, picture: { shape, statistics, norms } }) => ({
    ...{ role, factor, shape, statistics },
    norms: Array.from(norms, nineDigits),
  }));
  const tokens = result.tokens.map(tokenJson);
  const json = { model: result.model, tokens, ...(window && { window }), parts, missing, difference };
  return { json, text: inputText(result), notice: lengthNotice(result.tokenCount, result) };
}

export async function forwardCommand(
  engine: EngineClient,
  model: string,
  text: string,
  { pair, layer }: Options,
): Promise<Answer> {
  const result = await engine.request('forward', { model, text, pair });
  const { trace, window } = result;
  const layers = Math.max(...result.steps.map((step) => (step.layer ?? -1) + 1));
  const [wanted] = layer === undefined ? [] : chosen('layer', layer, layers);
  const steps = [];
  for (const [step, { alsoAt: _, ...described }] of result.steps.entries()) {
    if (wanted !== undefined && described.layer !== wanted) continue;
    const question = { trace, step, token: 0, mostProducts: Infinity };
    const { shape, statistics, check } = await engine.request('forwardStep', question);
    steps.push({ step, ...described, shape, statistics, check });
  }
  const tokens = result.tokens.map(tokenJson);
  return {
    json: {
      model: result.model,
      tokens,
      ...(result.target && { target: result.target.map(tokenJson) }),
      ...(window && { window }),
      steps,
    },
    text: forwardText(steps),
    notice: lengthNotice(result.tokenCount, result),
  };
}

/** The tensor that the options name. */
function roleIn(roles: RoleFacts[], { role, stack, layer }: Options): RoleFacts {
  const named = roles.filter((each) => each.role === role);
  if (named.length === 0) {
    const names = [...new Set(roles.map((each) => each.role))].join(', ');
    throw new HeadlightError('WrongUsage', `--role takes a tensor of this model: ${names || 'it has none'}.`);
  }
  const wanted = layer === undefined ? null : Number(layer);
  const found = named.find((each) => each.layer === wanted && (stack === undefined || each.stack === stack));
  if (found) return found;
  const layers = named.flatMap((each) => each.layer ?? []);
  const hint = layers.length > 0 ? `takes --layer from 0 to ${Math.max(...layers)}` : 'takes no --layer';
  throw new HeadlightError('WrongUsage', `${role} ${hint}, and is in: ${stacksOf(named)}.`);
}

function stacksOf(roles: RoleFacts[]): string {
  return [...new Set(roles.map(({ stack }) => stack ?? 'no stack'))].join(', ');
}
