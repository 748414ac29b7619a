/** The kinds of question that a model can be asked; each has a current model of its own. */
export type QuestionKind = 'tokens' | 'maskedWords' | 'attention';

/** One input or output of the graph; a dimension is a size, a symbolic name, or null when the file does not say. */
export interface TensorFacts {
  name: string;
  type: string;
  shape: (number | string | null)[];
}

/** Something that a model folder lacks, and what to do about it. */
export interface MissingPart {
  part: 'onnx' | 'tokenizer' | 'config' | 'mlmHead' | 'attention';
  message: string;
}

/** What is known of a model before it runs. Numbers are null where neither config.json nor the graph tells. */
export interface ModelFacts {
  /** The folder's name, or the file's for a bare `.onnx`. */
  model: string;
  /** The folder or file that was opened, absolute. */
  path: string;
  /** The `.onnx` file that answers, absolute; null for a folder with a tokenizer alone. */
  onnxFile: string | null;
  /** Every `.onnx` variant beside it, absolute. */
  variants: string[];
  /** The tokenizer's file, absolute. */
  tokenizerFile: string | null;
  /** `model_type` of config.json. */
  family: string | null;
  layers: number | null;
  heads: number | null;
  hiddenSize: number | null;
  vocabularySize: number | null;
  /** The most tokens that the model reads at once, special tokens included. */
  maximumLength: number | null;
  /** Weights counted once each. */
  parameters: number | null;
  producer: string | null;
  opsets: { domain: string; version: number }[];
  inputs: TensorFacts[];
  outputs: TensorFacts[];
  answers: QuestionKind[];
  missing: MissingPart[];
}
