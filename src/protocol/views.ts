import type { AttentionResult, AttentionStack, HeadIndex, StackQuestion, TraceRequests } from './attention';
import type { ComparisonResult } from './comparison';
import type { TextRange } from './encoding';
import type { FileQuestion, RowsQuestion, RowsResult } from './files';
import type {
  ForwardExperimentQuestion,
  ForwardExperimentResult,
  ForwardResult,
  ForwardStepQuestion,
  ForwardStepResult,
  ForwardValuesQuestion,
} from './forward';
import type { GenerateResult } from './generation';
import type { FillResult, MaskPredictions, TokensResult } from './inspections';
import type { MaskingPolicy, MaskingResult, PairTask } from './masking';
import type { ModelFacts, RolePlace } from './models';
import type { Run, RunProblem } from './runs';
import type {
  AnswersResult,
  ClassesResult,
  KnockOutResult,
  OcclusionResult,
  OcclusionWay,
  PairResult,
  SimilarityResult,
  TagsResult,
} from './sentences';
import type { InputResult, TensorResult } from './tensor';
import type { JointResult, ScoreResult } from './words';

/** A range in one of the texts that were inspected: 0 the text, 1 its pair. */
export interface SourceRange extends TextRange {
  sequence: 0 | 1;
}

/** A next step that a view offers; the host carries it out. */
export type ViewAction = 'runAgain' | 'runAnyway' | 'cancel' | 'selectModel' | 'openSample' | 'showLog';

/** What a view shows: work under way, a reason why there is nothing, or a result. */
export type ViewContent<Result> = { kind: 'busy'; message: string } | NoResultContent | ResultContent<Result>;

/** Why there is nothing to show, and the ways out. */
export interface NoResultContent {
  kind: 'failed' | 'empty';
  message: string;
  actions: ViewAction[];
  /** Models that can answer instead. */
  models?: ModelChoice[];
  /** A command for a terminal that mends it. */
  command?: string;
}

/** A model that a person can choose. */
export interface ModelChoice {
  path: string;
  name: string;
}

export interface ResultContent<Result> {
  kind: 'result';
  result: Result;
  /** The text and, if there is one, its pair, as they were inspected; none for a view that was opened without. */
  texts: string[];
  /** Name of the source file. */
  source: string;
  /** The editor's text is no longer what was inspected. */
  stale: boolean;
  /** What is being done about a newer result; null when nothing is. */
  running: string | null;
}

/** Predictions, and how many of them were asked for. */
export interface MaskedWordsResult extends FillResult {
  topK: number;
}

/** A step of the forward pass to open: a tensor that another view shows. */
export interface ForwardTarget extends RolePlace {
  token?: number;
  head?: number;
}

/** A forward pass, and the step that it was opened for; null where it was opened as a whole. */
export interface ForwardViewResult extends ForwardResult, WrittenByModel {
  opened: ForwardTarget | null;
}

export type ForwardContent = ViewContent<ForwardViewResult>;
/** A run, and the folder of an ONNX model that came out of it. */
export interface ShownRun extends Run {
  model: string | null;
}

/** The runs on show. */
export interface ShownRuns {
  /** What was opened: kept by the view, to be opened again after a reload. */
  paths: string[];
  runs: ShownRun[];
  problems: RunProblem[];
}

export type RunsContent = ViewContent<ShownRuns>;

/** What the views of sentences show: one family, a picture for each kind of question. */
export type SentencesResult =
  | ({ kind: 'pair' } & PairResult)
  | ({ kind: 'classes' } & ClassesResult)
  | ({ kind: 'tags' } & TagsResult)
  | ({ kind: 'answer' } & AnswersResult)
  | ({ kind: 'similarity' } & SimilarityResult);

export type SentencesContent = ViewContent<SentencesResult>;

export type ComparisonContent = ViewContent<ComparisonResult>;

/** The answers to a question about each row of a file: what was asked, and how many rows there are so far. */
export interface FilesResult extends FileQuestion {
  modelName: string;
  rows: number;
  /** Nothing is missing. */
  complete: boolean;
}

export type FilesContent = ViewContent<FilesResult>;

/** Generated text, and what stands beside it. */
export interface GenerationResult extends GenerateResult {
  /** What a model of masked words, which sees both sides, expects in the gap; null without a gap, or such a model. */
  masked: { model: string; mask: MaskPredictions } | null;
}

export type GenerationContent = ViewContent<GenerationResult>;

/** Tokens on show, and those of another tokenizer beside them. */
export interface TokensViewResult extends TokensResult {
  /** null when there is none to compare with. */
  other: TokensResult | null;
  /** Why there is none although it was asked for; null when it was not, or there is. */
  otherProblem: string | null;
}

export type TokensContent = ViewContent<TokensViewResult>;
export type MaskedWordsContent = ViewContent<MaskedWordsResult>;
export type ScoreContent = ViewContent<ScoreResult>;
/** What attention is compared with: that of another model, of other texts, or of the text with a word masked. */
export type ComparedWith =
  | { kind: 'model'; model: string }
  | { kind: 'texts'; texts: string[] }
  /** `texts` are those that the word lies in: of others there is nothing to compare. */
  | { kind: 'masked'; word: SourceRange; texts: string[] };

/** Another run that heads are compared with. */
export interface ComparedRun {
  result: AttentionResult;
  texts: string[];
}

/** A head to open. */
export interface HeadTarget extends HeadIndex {
  stack: AttentionStack;
}

/** A head to open, once: a view that is shown again stays where a person has gone since. */
export interface OpenedHead extends HeadTarget {
  /** Names this opening. */
  opening: string;
}

/** What another view opens attention at, and what it is to be compared with; null for neither. */
export interface AttentionTarget {
  head: HeadTarget | null;
  comparedWith: ComparedWith | null;
}

/** What the model was let write, to be read with the rest. */
export interface WrittenByModel {
  /** After the text, or as its target; null where it was not let, or cannot. */
  generated: string | null;
  /** Why it could not write; null where it could, or was not let. */
  generationProblem: string | null;
  /** Whether it is to write for each text. */
  generates: boolean;
}

/** Attention on show, and what it is compared with. */
export interface ComparedAttention extends AttentionResult, WrittenByModel {
  /** The head that the view was opened for; null where it was opened as a whole. */
  opened: OpenedHead | null;
  /** Why there is none to compare with although it was asked for; null when it was not, or there is. */
  otherProblem: string | null;
  other: ComparedRun | null;
  /** The text and its pair as they were read, what was generated included. */
  readTexts: string[];
  /** Content tokens that a window of a long text shares with the one before. */
  stride: number;
  /** What was asked to be compared with. */
  comparedWith: ComparedWith | null;
}

export type AttentionContent = ViewContent<ComparedAttention>;
/** A model, and the tensor that the view was opened for; null where it was opened as a whole. */
export interface ModelViewResult extends ModelFacts {
  target: RolePlace | null;
}

export type ModelContent = ViewContent<ModelViewResult>;

/** What was inspected, as far as is needed to ask again after the window was reloaded. */
export interface SourceState {
  documentUri: string;
  ranges: TextRange[];
}

/** What a view keeps while it is hidden and over a reload of the window. */
export interface ViewState {
  version: 2;
  source: SourceState | null;
  /** What else was asked for beside the text; the host's own affair. */
  settings?: unknown;
  /** What the view remembers of itself: the head that was open, say; its own affair. */
  place?: unknown;
}

/** What a view shows, and what it keeps for a reload. */
export interface ViewUpdate<Content> {
  content: Content;
  source: SourceState | null;
  settings?: unknown;
}

/** What a view needs before its first picture. */
export interface ViewStart<Content> extends ViewUpdate<Content> {
  caret: SourcePosition | null;
  translations: Record<string, string | { message: string; comment: string[] }>;
}

/** Requests every view sends to the host. */
export interface ViewRequests<Content> {
  start: { params: null; result: ViewStart<Content> };
  act: { params: { action: ViewAction }; result: null };
  /** Let another model answer this kind of question from now on. */
  useModel: { params: { model: string }; result: null };
  /** Put the command on show into the clipboard. */
  copyCommand: { params: null; result: null };
  /** The pointer or the focus is on these ranges; on none when it left. */
  highlight: { params: { ranges: SourceRange[] }; result: null };
  /** Show this range in the editor and select it; `focus` moves the keyboard there too. */
  reveal: { params: { range: SourceRange; focus: boolean }; result: null };
}

/** What the view of tokens asks of the host. */
export interface TokensViewRequests extends ViewRequests<TokensContent> {
  /** Run the model on the text on show, for the embeddings that it reads. */
  input: { params: null; result: InputResult };
  /** Show the tokens of a model that a person picks beside these, or of none any more. */
  compareWith: { params: { what: 'model' | 'nothing' }; result: null };
  /** Mark where these tokens begin in the editor; none takes the marks away. */
  mark: { params: { tokens: (SourceRange & { look: BoundaryLook })[] }; result: null };
}

/** What a token's boundary in the editor tells. */
export type BoundaryLook = 'word' | 'piece' | 'unknown';

/** What the view of masked words asks of the host. */
export interface MaskedWordsViewRequests extends ViewRequests<MaskedWordsContent> {
  /** Put texts in the places of masks, as one undo step. */
  fill: { params: { fills: { mask: number; text: string }[] }; result: null };
  /** Words for all masks together. */
  fillJointly: { params: null; result: JointResult };
  setTopK: { params: { topK: number }; result: null };
  /** Open the attention over the text on show beside that over the text with a mask filled. */
  compareAttention: { params: { mask: number; text: string }; result: null };
}

/** What the view of generated text asks of the host. */
export interface GenerationViewRequests extends ViewRequests<GenerationContent> {
  setBeams: { params: { beams: number }; result: null };
}

/** What the view of scored words asks of the host. */
export interface ScoreViewRequests extends ViewRequests<ScoreContent> {
  /** Read another window of a long text, from 0. */
  readWindow: { params: { index: number }; result: null };
  /** Mark these words in the editor, the most surprising most; none takes the marks away. */
  mark: { params: { words: (SourceRange & { level: number })[] }; result: null };
  /** Open the attention over the text on show beside that over it with a word masked. */
  compareAttention: { params: { word: SourceRange }; result: null };
}

/** What a person chose in the masking workshop; remembered in the workspace. */
export interface MaskingSettings {
  rate: number;
  seed: number;
  epochs: number;
  /** Entities by a list; empty where a tagging model finds them. */
  entities: string[];
}

/** Patterns on show, and what they were asked for with. */
export interface MaskingViewResult extends MaskingResult {
  settings: MaskingSettings;
}

export type MaskingContent = ViewContent<MaskingViewResult>;

/** What the masking workshop asks of the host. */
export interface MaskingViewRequests extends ViewRequests<MaskingContent> {
  setMasking: { params: MaskingSettings; result: null };
  /** Read another window of a long text, from 0. */
  readWindow: { params: { index: number }; result: null };
  /** Write training data where a person says, of the text on show or of files that a person picks. */
  exportData: {
    params: { what: 'selection' | 'files'; policy: MaskingPolicy; epochs: number; pairs: PairTask | null };
    result: null;
  };
}

/** What a view asks of the host to take out what it shows. */
export interface ExportRequests {
  /** Write a file where a person wants it; `name` is what it is called at first. */
  save: { params: { name: string; bytes: Uint8Array }; result: null };
  copy: { params: { text: string }; result: null };
}

/** What the view of attention asks of the host, beside what it asks of the trace on show. */
export interface AttentionViewRequests extends ViewRequests<AttentionContent>, TraceRequests, ExportRequests {
  /** Read another window of a long text, from 0; `stride`: content tokens shared with the one before, as last when absent. */
  readWindow: { params: { index: number; stride?: number }; result: null };
  /** Save every head of a stack as a NumPy file, `[layer][head][query][key]`. */
  saveAll: { params: StackQuestion & { name: string }; result: null };
  /** Put a link that opens a head of what is shown into the clipboard. */
  copyLink: { params: HeadTarget; result: null };
  /** Show another run beside this: of a model that a person picks, over the text that is selected, or as it says. */
  compareWith: { params: { what: 'model' | 'selection' | 'nothing' | ComparedWith }; result: null };
  /** Let the model write, greedily, what it reads after the text or as its target; or no longer. */
  generate: { params: { generates: boolean }; result: null };
  /** Open the forward pass of the text on show at the attention of a head. */
  openForward: { params: ForwardTarget; result: null };
}

/** What the views of sentences ask of the host. */
export interface SentencesViewRequests extends ViewRequests<SentencesContent> {
  /** Classify each line, or all of the text as one. */
  setByLine: { params: { byLine: boolean }; result: null };
  /** What each word does to an output of the head that answered. */
  occlude: { params: { way: OcclusionWay; output: number }; result: OcclusionResult };
  /** What each attention head does to it. */
  knockOut: { params: { output: number }; result: KnockOutResult };
  /** Open a head among all others, over the text on show. */
  openAttention: { params: HeadTarget; result: null };
  /** Ask a person for another question about the text. */
  askQuestion: { params: null; result: null };
  /** Save a table as CSV where the person says. */
  exportTable: { params: { name: string; rows: string[][] }; result: null };
}

/** What the view of two models asks of the host. */
export interface ComparisonViewRequests extends ViewRequests<ComparisonContent> {
  /** Let a person choose the two models anew. */
  chooseModels: { params: null; result: null };
  /** The second becomes the first. */
  swap: { params: null; result: null };
}

/** What the view of the rows of a file asks of the host. */
export interface FilesViewRequests extends ViewRequests<FilesContent> {
  rows: { params: Pick<RowsQuestion, 'filter' | 'start' | 'count'>; result: RowsResult };
  /** Go on where the run ended. */
  resume: { params: null; result: null };
  /** Save the rows that match as CSV where a person says. */
  saveRows: { params: { filter: string }; result: null };
  openOutput: { params: null; result: null };
  /** Show a row in the file that is read. */
  openRow: { params: { row: number }; result: null };
}

/** What the view of a model asks of the host. */
export interface ModelViewRequests extends ViewRequests<ModelContent> {
  /** A tensor of a run over the text on show, or over a window of it. */
  tensor: { params: RolePlace & { window: number }; result: TensorResult };
  /** Take the text that is selected in the editor now. */
  useSelection: { params: null; result: null };
  /** Open the forward pass of the text on show at a tensor. */
  openForward: { params: ForwardTarget; result: null };
}

/** What the view of the forward pass asks of the host. */
export interface ForwardViewRequests extends ViewRequests<ForwardContent>, ExportRequests {
  /** A step of the trace on show. */
  step: { params: ForwardStepQuestion; result: ForwardStepResult };
  /** All numbers of a step, `[rows][columns]`. */
  values: { params: ForwardValuesQuestion; result: Float32Array };
  /** Let the model write what it reads after the text or as its target; or no longer. */
  generate: { params: { generates: boolean }; result: null };
  /** Read as many tokens as a decoder has written, from 1. */
  readWritten: { params: { written: number }; result: null };
  /** Something tried out on the model and text on show. */
  experiment: { params: ForwardExperimentQuestion; result: ForwardExperimentResult };
  /** Read another window of a long text, from 0. */
  readWindow: { params: { index: number }; result: null };
  /** Open the drawing of the model at a tensor. */
  openModel: { params: RolePlace; result: null };
  /** Open a head among all others. */
  openAttention: { params: HeadTarget; result: null };
}

/** What the view of training runs asks of the host. */
export interface RunsViewRequests extends ViewRequests<RunsContent> {
  /** Write a file where a person says. */
  save: { params: { name: string; content: string | Uint8Array }; result: null };
  /** Put a text into the clipboard. */
  copy: { params: { text: string }; result: null };
  /** Make the model of a run the current one. */
  useModel: { params: { model: string }; result: null };
}

/** A place in one of the inspected texts. */
export interface SourcePosition {
  sequence: 0 | 1;
  offset: number;
}

/** A form in which attention leaves the view. */
export type ExportFormat = 'png' | 'svg' | 'csv' | 'npy' | 'everyHead' | 'link';

/** What the host tells a view; nothing is answered, since a hidden view is not there to answer. */
export interface HostNotices<Content> {
  show: ViewUpdate<Content>;
  /** What is being done about a newer result than the one on show; the result is not sent again for it. */
  running: { message: string };
  /** A command asks for what is shown as a file, or in the clipboard. */
  exportAs: { format: ExportFormat };
  /** The caret in the editor is here, or nowhere in the inspected text. */
  caret: { at: SourcePosition | null };
}
