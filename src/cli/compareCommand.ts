import { compareModels } from '../client/compareModels';
import type { EngineClient } from '../client/engineClient';
import { locateModel } from '../client/models';
import { comparisonText } from '../core/comparisonText';
import { HeadlightError } from '../core/errors';
import type { Answer } from './answer';
import type { Options } from './options';

export async function compareCommand(
  extensionRoot: string,
  engine: EngineClient,
  model: string,
  text: string,
  { pair, with: other }: Options,
): Promise<Answer> {
  if (other === undefined) throw new HeadlightError('WrongUsage', 'Name the second model with --with.');
  const models = [model, locateModel(other, extensionRoot)] as const;
  const result = await compareModels(engine, models, { text, pair }, {});
  return { json: result, text: comparisonText(result, text) };
}
