import type { EngineClient } from '../../../client/engineClient';
import type { CallOptions } from '../../../core/rpc';
import type { AttentionQuestion } from '../../../protocol/attention';

/** The most tokens that are generated to be looked at. */
const mostTokens = 64;

/**
 * The same question with what the model itself writes, greedily: a decoder goes on with the text, an encoder and a
 * decoder make a target of it. As it was where nothing is generated.
 */
export async function withGenerated(
  engine: EngineClient,
  question: AttentionQuestion,
  options: CallOptions,
): Promise<{ question: AttentionQuestion; generated: string | null }> {
  const { model, text } = question;
  const { answers } = await engine.request('facts', { model }, options);
  if (!answers.includes('generation')) return { question, generated: null };
  const asked = { model, text, beams: 1, length: mostTokens, topK: 1 };
  const { kind, cut, gap, generated } = await engine.request('generate', asked, options);
  const written = generated[0]?.text ?? '';
  // A target is of the beginning of a source that is cut; between two texts, or after a gap, there is no place.
  const hasPlace =
    kind === 'encoderDecoder' ? !(cut && question.window) : question.pair === undefined && gap === null;
  if (written.trim() === '' || !hasPlace) return { question, generated: null };
  return {
    question: kind === 'decoder' ? { ...question, text: text + written } : { ...question, pair: written },
    generated: written,
  };
}
