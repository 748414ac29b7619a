import type { EncodedToken, TextRange } from './encoding';
import type { Prediction } from './inspections';
import type { Standing } from './words';

export interface GenerateQuestion {
  model: string;
  /** What a decoder goes on with; of an encoder and a decoder, the source. */
  text: string;
  /**
   * Hypotheses that the search keeps, 1 to 8; with 1 the most probable token is taken at each step. When absent, as many
   * as generation_config.json says, else 1.
   */
  beams?: number;
  /**
   * The most tokens to generate, 1 to 512; fewer where the model has no room for them. When absent, as many as
   * generation_config.json says, else 64.
   */
  length?: number;
  /** How many of the most probable tokens are told at each step, 1 to 100. */
  topK: number;
}

/** One generated token, and the distribution that it was chosen from. */
export interface GeneratedToken extends Standing {
  token: string;
  id: number;
  /** Bits, of the whole distribution. */
  entropy: number;
  /** The most probable tokens of this step. */
  predictions: Prediction[];
}

/** One text that a model generates. */
export interface Generated {
  /** With what parts it from the text before; without the end token. */
  text: string;
  /** The end token is the last, where it was reached. */
  tokens: GeneratedToken[];
  /** Mean of the tokens' log probabilities: what hypotheses are ranked by. */
  score: number;
  /** The model ended it; false where the most tokens were reached. */
  ended: boolean;
}

export interface GenerateResult {
  model: string;
  /** `decoder`: the text goes on. `encoderDecoder`: another text is made of it. */
  kind: 'decoder' | 'encoderDecoder';
  /** What the model read: the text, or the source. */
  tokens: EncodedToken[];
  /** The text is longer than the model reads: a decoder reads its end, an encoder its beginning. */
  cut: boolean;
  /** The first `[MASK]` of a text that a decoder goes on with: it reads what stands left of it. */
  gap: TextRange | null;
  /** Hypotheses that the search kept. */
  beams: number;
  /** The best first. */
  generated: Generated[];
}
