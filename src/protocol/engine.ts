import type { AttentionQuestion, AttentionResult, TraceRequests } from './attention';
import type { ColumnsResult, FileQuestion, FileResult, RowsQuestion, RowsResult } from './files';
import type {
  ForwardExperimentQuestion,
  ForwardExperimentResult,
  ForwardQuestion,
  ForwardResult,
  ForwardStepQuestion,
  ForwardStepResult,
  ForwardValuesQuestion,
} from './forward';
import type { GenerateQuestion, GenerateResult } from './generation';
import type {
  FillQuestion,
  FillResult,
  TextQuestion,
  TokenColumns,
  TokensQuestion,
  TokensResult,
} from './inspections';
import type {
  ApplyMappingQuestion,
  ApplyMappingResult,
  MakeMappingQuestion,
  MakeMappingResult,
} from './mapping';
import type { MaskFileQuestion, MaskFileResult, MaskingQuestion, MaskingResult } from './masking';
import type { ModelFacts } from './models';
import type { InputResult, TensorQuestion, TensorResult } from './tensor';
import type {
  AnswerQuestion,
  AnswersResult,
  ClassesQuestion,
  ClassesResult,
  KnockOutQuestion,
  KnockOutResult,
  OcclusionQuestion,
  OcclusionResult,
  PairResult,
  SimilarityResult,
  TagsResult,
} from './sentences';
import type {
  JointQuestion,
  JointResult,
  ScoreQuestion,
  ScoreResult,
  WordQuestion,
  WordResult,
} from './words';

/** What a model runs on, by the names of onnxruntime's execution providers; `wasm` is its WebAssembly build. */
export type Device = 'cpu' | 'cuda' | 'coreml' | 'dml' | 'webgpu' | 'wasm';

/** What the engine is told once, before anything else. */
export interface EngineSettings {
  /** Threads for one operator; 0 lets the runtime choose. */
  threads: number;
  /** The CPU when absent; the CPU also runs what the device cannot. */
  device?: Device;
  /** Resident bytes above which the engine ends itself, so that the machine does not have to. */
  memoryLimitBytes: number;
  /** Translations of the engine's messages, as `vscode.l10n.bundle` gives them. */
  translations?: Record<string, string | { message: string; comment: string[] }>;
}

/** The last words of an engine that ends itself, one JSON line on its last-words pipe. */
export interface LastWords {
  code: 'OutOfMemory';
  residentBytes: number;
}

/** The file descriptor of the last-words pipe in the engine process. */
export const lastWordsDescriptor = 4;

/** Requests that the engine answers. */
export interface EngineRequests extends TraceRequests {
  initialize: { params: EngineSettings; result: null };
  /** Answered at once unless a run blocks the engine. */
  ping: { params: null; result: null };
  facts: { params: { model: string }; result: ModelFacts };
  /** Opens a model before the first question about it. */
  load: { params: { model: string }; result: null };
  /** Frees what a model takes; the next question opens it again. */
  unload: { params: { model: string }; result: null };
  /** Many tokens cross faster as columns. */
  tokens: {
    params: TokensQuestion;
    result: Omit<TokensResult, 'tokens'> & { columns: TokenColumns };
  };
  fill: { params: FillQuestion; result: FillResult };
  fillJointly: { params: JointQuestion; result: JointResult };
  word: { params: WordQuestion; result: WordResult };
  score: { params: ScoreQuestion; result: ScoreResult };
  /** A text under the masking patterns of training, by every policy, with the model's loss on each. */
  masking: { params: MaskingQuestion; result: MaskingResult };
  /** Writes training data for masked words. */
  maskFile: { params: MaskFileQuestion; result: MaskFileResult };
  makeMapping: { params: MakeMappingQuestion; result: MakeMappingResult };
  applyMapping: { params: ApplyMappingQuestion; result: ApplyMappingResult };
  /** The embeddings that add up to what the first layer reads. */
  input: { params: TextQuestion; result: InputResult };
  tensor: { params: TensorQuestion; result: TensorResult };
  /** How two texts go together, by whichever head judges pairs. */
  pair: { params: TextQuestion; result: PairResult };
  classes: { params: ClassesQuestion; result: ClassesResult };
  /** What each word does to an output of the head that judges texts or pairs. */
  occlusion: { params: OcclusionQuestion; result: OcclusionResult };
  /** What each attention head does to it. */
  knockOut: { params: KnockOutQuestion; result: KnockOutResult };
  tags: { params: TextQuestion; result: TagsResult };
  answers: { params: AnswerQuestion; result: AnswersResult };
  /** Asks about each row of a file, and writes what comes of it; the same question goes on where it was cancelled. */
  answerFile: { params: FileQuestion; result: FileResult };
  /** What rows of a file can be read from. */
  fileColumns: { params: { file: string }; result: ColumnsResult };
  fileRows: { params: RowsQuestion; result: RowsResult };
  /** Writes the matching rows as CSV to `target`. */
  saveFileRows: { params: RowsQuestion & { target: string }; result: null };
  /** The lines of a text against each other. */
  similarity: { params: TextQuestion; result: SimilarityResult };
  /** Tells what is written so far as progress. */
  generate: { params: GenerateQuestion; result: GenerateResult };
  /** Runs the model and keeps its attention as a trace, until newer ones need the memory. */
  attention: { params: AttentionQuestion; result: AttentionResult };
  /** Runs the model and keeps its tensors as a trace, until newer ones need the memory. */
  forward: { params: ForwardQuestion; result: ForwardResult };
  /** Rejected with `TraceGone` when the trace is no longer kept. */
  forwardStep: { params: ForwardStepQuestion; result: ForwardStepResult };
  /** All numbers of a step, `[rows][columns]`. */
  forwardValues: { params: ForwardValuesQuestion; result: Float32Array };
  forwardExperiment: { params: ForwardExperimentQuestion; result: ForwardExperimentResult };
}

/** A model that is in the engine's memory. */
export interface LoadedModel {
  /** Its `.onnx` file, absolute. */
  onnxFile: string;
  /** By how many bytes the engine grew when it was opened, for all kinds of question; an estimate. */
  bytes: number;
}

/** What the engine tells without being asked. */
export interface EngineNotices {
  /** The models in memory are others now. */
  loaded: LoadedModel[];
  /** A model runs on something else than the device of the settings, which cannot be had. */
  fellBack: { device: Device; used: 'cpu' | 'wasm'; reason: string };
}

/** How far a long request is. */
export interface Progress {
  message: string;
  /** 0 to 1; absent when unknown. */
  fraction?: number;
  /** What is written so far, of a request that generates text. */
  text?: string;
}
