import type { EngineClient } from '../client/engineClient';
import { generatedText } from '../core/generatedText';
import { tokenJson, type Answer } from './answer';
import { wholeNumber, type Options } from './options';

export async function generateCommand(
  engine: EngineClient,
  model: string,
  text: string,
  { beams, length, 'top-k': topK }: Options,
): Promise<Answer> {
  const result = await engine.request('generate', {
    ...{ model, text, topK: Number(topK) },
    ...(beams !== undefined && { beams: wholeNumber('beams', beams, 1, 8) }),
    ...(length !== undefined && { length: wholeNumber('length', length, 1, 512) }),
  });
  const part = result.kind === 'decoder' ? 'end' : 'beginning';
  const notice = result.cut
    ? `The text is longer than ${result.model} reads: its ${part} was read.`
    : undefined;
  return {
    json: { ...result, tokens: result.tokens.map(tokenJson) },
    text: generatedText(result),
    notice,
  };
}
