import type { FillResult, TokensResult } from './inspections';
import type { ClassesResult, PairResult, TagsResult } from './sentences';

/** What one of two models answers, or why it cannot. */
export type Side<Result> = { result: Result; problem: null } | { result: null; problem: string };

export type BothSides<Result> = [Side<Result>, Side<Result>];

/** Two models on one text. What neither of them can answer is null, and so are masked words of a text without masks. */
export interface ComparisonResult {
  models: [string, string];
  tokens: BothSides<TokensResult>;
  masked: BothSides<FillResult> | null;
  /** Of a pair, how its texts go together. */
  pair: BothSides<PairResult> | null;
  classes: BothSides<ClassesResult> | null;
  tags: BothSides<TagsResult> | null;
}
