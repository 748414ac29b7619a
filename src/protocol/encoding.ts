/** A half-open range of UTF-16 code units in a text, as editors count. */
export interface TextRange {
  start: number;
  end: number;
}

/** One token as the model reads it. */
export interface Token {
  token: string;
  id: number;
  segmentId: number;
  positionId: number;
  attentionMask: 0 | 1;
  /** Added by the tokenizer ([CLS], [SEP]); false for a literal `[MASK]` in the text. */
  special: boolean;
  /** UTF-16 range in the text, or in the pair's own text where `sequence` is 1; null for added tokens. */
  start: number | null;
  end: number | null;
}

/** A token with what views need beyond the model's own inputs. */
export interface EncodedToken extends Token {
  /** 0 for the text, 1 for its pair, null for added tokens. */
  sequence: 0 | 1 | null;
  /** Index of the word within its sequence, null for added tokens. */
  word: number | null;
  /** The tokenizer has no piece for this part of the text. */
  unknown: boolean;
  /** The model's mask token. */
  mask: boolean;
}
