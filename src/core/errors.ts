import type { ErrorCode } from '../protocol/errors';

/** An error that a person reads: its message says what is wrong with which file and what to do next. */
export class HeadlightError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    /** A command for a terminal that mends it. */
    readonly command?: string,
  ) {
    super(message);
    this.name = 'HeadlightError';
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Anything that was thrown as a HeadlightError; what nobody foresaw gets the code `Internal`. */
export function toHeadlightError(error: unknown): HeadlightError {
  return error instanceof HeadlightError ? error : new HeadlightError('Internal', messageOf(error));
}
