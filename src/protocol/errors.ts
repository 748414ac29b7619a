/** What went wrong, as a closed set, so that every side can react without reading messages. */
export type ErrorCode =
  | 'Cancelled'
  | 'EngineDied'
  | 'TimedOut'
  | 'OutOfMemory'
  | 'ModelNotFound'
  | 'NotTrusted'
  | 'OnnxMissing'
  | 'OnnxInvalid'
  | 'TokenizerMissing'
  | 'TokenizerInvalid'
  | 'ConfigInvalid'
  | 'InputsUnsupported'
  | 'NoMlmHead'
  | 'NoMask'
  | 'NoHead'
  | 'NoPair'
  | 'NoTokens'
  | 'NoAttention'
  | 'TensorMissing'
  | 'OverBudget'
  | 'TraceGone'
  | 'NotComparable'
  | 'TextTooLong'
  | 'NoRuns'
  | 'HubDenied'
  | 'DownloadFailed'
  | 'FileUnusable'
  | 'MappingInvalid'
  | 'WrongUsage'
  | 'Internal';

/** What travels beside an error's message. The message says what is wrong with which file and what to do next. */
export interface ErrorData {
  code: ErrorCode;
  /** A command for a terminal that mends it. */
  command?: string;
}
