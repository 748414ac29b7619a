import type { RunFormat } from '../../protocol/runs';
import type { CallContext } from '../../core/rpc';
import type { LogData } from '../logData';

/** How one kind of log is recognised and read. Another format is another file beside this one, listed in `all.ts`. */
export interface LogFormat {
  readonly name: RunFormat;
  /** Whether a file of this name is worth opening. */
  mayBe(fileName: string): boolean;
  /** Whether a file that begins with these bytes is of this format. */
  begins(head: Buffer, file: string): boolean;
  /** The folder or file that a log of this format belongs to: files with the same root are one run. */
  root(file: string): string;
  /** What the tags of this file are put below in its run, as `train/`. */
  prefix?(file: string): string;
  /** The files by whose times a log was last written, where that is not the file alone; some may not be there. */
  written?(file: string): string[];
  open(file: string, options: ReadOptions): LogReader;
}

/** What a person may choose of how logs are read. */
export interface ReadOptions {
  /** Whether the contents of records are held against their checksums, too, and not their lengths alone. */
  checkData: boolean;
}

/** Reads a file, and later what was added to it. */
export interface LogReader {
  /** What is known so far; another object when the file was written anew. */
  readonly data: LogData;
  /** Of a file that holds several runs, what is known of each by its name; `data` is of none of them then. */
  readonly runs?: ReadonlyMap<string, LogData>;
  /** Reads what is new. @returns whether there was anything. @throws when the file cannot be read; data stays. */
  read(context: CallContext): Promise<boolean>;
}
