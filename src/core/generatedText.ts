import type { GenerateResult } from '../protocol/generation';
import { percent } from './percent';
import { table } from './plainText';

/** Each generated text with its score; of the best each token with what else was probable. */
export function generatedText({ generated }: GenerateResult): string {
  const texts = generated.map(({ score, text }) => [score.toFixed(3), text.trim()]);
  const steps = (generated[0]?.tokens ?? []).map(({ token, logProbability, predictions }) => [
    token,
    percent(Math.exp(logProbability)),
    ...predictions
      .filter((other) => other.token !== token)
      .map((other) => `${other.token} ${percent(other.probability)}`),
  ]);
  return [table([['mean log p', 'text'], ...texts]), table(steps)].join('\n\n');
}
