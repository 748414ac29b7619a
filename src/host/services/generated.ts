import type { EngineClient } from '../../client/engineClient';
import { toHeadlightError } from '../../core/errors';
import type { CallOptions } from '../../core/rpc';
import type { TextQuestion } from '../../protocol/inspections';

/** What is read, and what of it the model wrote: null with the reason, or because there was nothing to write. */
interface ReadQuestion<Question> {
  question: Question;
  generated: string | null;
  generationProblem: string | null;
}

/** The most tokens that are generated to be looked at. */
const mostTokens = 64;

/**
 * The same question with what the model itself writes, greedily: a decoder goes on with the text, an encoder and a
 * decoder make a target of it. As it was where nothing is generated; why that failed does not take the rest away.
 */
export async function withGenerated<Question extends TextQuestion & { window?: number }>(
  engine: EngineClient,
  question: Question,
  options: CallOptions,
): Promise<ReadQuestion<Question>> {
  try {
    return await generatedFor(engine, question, options);
  } catch (thrown) {
    const error = toHeadlightError(thrown);
    if (error.code === 'Cancelled') throw error;
    return { question, generated: null, generationProblem: error.message };
  }
}

async function generatedFor<Question extends TextQuestion & { window?: number }>(
  engine: EngineClient,
  question: Question,
  options: CallOptions,
): Promise<ReadQuestion<Question>> {
  const { model, text } = question;
  const nothing = { question, generated: null, generationProblem: null };
  const { answers } = await engine.request('facts', { model }, options);
  if (!answers.includes('generation')) return nothing;
  const asked = { model, text, beams: 1, length: mostTokens, topK: 1 };
  const { kind, cut, gap, generated } = await engine.request('generate', asked, options);
  const written = generated[0]?.text ?? '';
  // A target is of the beginning of a source that is cut; between two texts, or after a gap, there is no place.
  const hasPlace =
    kind === 'encoderDecoder' ? !(cut && question.window) : question.pair === undefined && gap === null;
  if (written.trim() === '' || !hasPlace) return nothing;
  return {
    question: kind === 'decoder' ? { ...question, text: text + written } : { ...question, pair: written },
    generated: written,
    generationProblem: null,
  };
}
