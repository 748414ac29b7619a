import type { TextRange } from './encoding';
import type { Prediction } from './inspections';
import type { QuestionKind } from './models';
import type { LabelScore, TagSpan } from './sentences';

/** What a model is asked of each row: its class, its tags, the words of its masks, how it scores. */
export type RowQuestion = 'classes' | 'tags' | 'fill' | 'score';

/** Which models can be asked it. */
export const questionKindOf = {
  classes: 'classes',
  tags: 'tags',
  fill: 'maskedWords',
  score: 'maskedWords',
} as const satisfies Record<RowQuestion, QuestionKind>;

/** Whether a file is a table, by its name: a row of it may have several lines. */
export function isTable(file: string): boolean {
  return /\.(csv|tsv)$/i.test(file);
}

export interface FileQuestion {
  model: string;
  kind: RowQuestion;
  /** Lines of text; or a table, told by its name: `.csv`, `.tsv`, or `.jsonl` with an object on each line. */
  file: string;
  /** The column of a table, or the field of objects, that is read; null for lines of text. */
  column: string | null;
  /** The JSON Lines file to write, a `FileRow` on each line. It appears under this name when all of it is there. */
  output: string;
}

export interface FileResult {
  output: string;
  /** Rows in the output. */
  rows: number;
  /** Rows that were there already, from a run that was cancelled. */
  resumed: number;
}

/** One row of a file, and what the model says of it. */
export interface FileRow {
  /** Counts from 1; the heading of a table is none. */
  row: number;
  text: string;
  /** In words: the surest class, what is tagged, the words of the masks. */
  result: string;
  /** Of the class its probability or number, of tags and words the mean probability, else the pseudo-log-likelihood. */
  score: number | null;
  /** Classes, the surest first; of many the first five. */
  scores?: LabelScore[];
  spans?: TagSpan[];
  masks?: (TextRange & { predictions: Prediction[] })[];
  /** Tokens that were scored. */
  tokens?: number;
  pseudoPerplexity?: number;
  /** The text is longer than the model reads: its beginning was read. */
  cut?: true;
  /** Why there is no result. */
  problem?: string;
}

/** The columns of a table, or the fields of its first object; none for lines of text. */
export interface ColumnsResult {
  columns: string[];
}

/** Rows of results: those of a finished run, or those that a cancelled one has written so far. */
export interface RowsQuestion extends FileQuestion {
  /** Only rows whose text, result or problem has this in it, whatever the case; '' for all. */
  filter: string;
  /** From this one of the matching rows on, so many. */
  start: number;
  count: number;
}

export interface RowsResult {
  /** All rows that are written. */
  total: number;
  matching: number;
  rows: FileRow[];
  /** The run has ended: nothing is missing. */
  complete: boolean;
}
