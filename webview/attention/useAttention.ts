import { useEffect, useRef, useState } from 'preact/hooks';
import { toHeadlightError } from '../../src/core/errors';
import type { CallOptions } from '../../src/core/rpc';
import type {
  AttentionBytes,
  AttentionResult,
  MatrixQuestion,
  TraceRequests,
} from '../../src/protocol/attention';
import type { AttentionContent, AttentionViewRequests } from '../../src/protocol/views';
import type { Host } from '../shared/host';

export type AttentionHost = Host<AttentionContent, AttentionViewRequests>;

/** Cells of a tile: more than a tile of a wide panel has pixels. */
const atlasCells = 64;

/** A trace and its pictures, all of one run. */
export interface LoadedAttention {
  result: AttentionResult;
  texts: string[];
  atlas: AttentionBytes;
  matrix: AttentionBytes;
  /** What the matrix is of; what was before for as long as another is on its way. */
  question: MatrixQuestion;
  /** What that is, in words. */
  title: string;
  /** When the newest of it arrived, in milliseconds of the performance timeline. */
  arrived: number;
}

/**
 * The newest run and its pictures. What is shown changes at once when all of it has arrived.
 * @returns the attention, and why it could not be had.
 */
export function useAttention(
  host: AttentionHost,
  result: AttentionResult,
  texts: string[],
  question: MatrixQuestion,
  title: string,
): { loaded: LoadedAttention | null; problem: string | null } {
  const [loaded, setLoaded] = useState<LoadedAttention | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    const { signal } = abort;
    const { trace, stack, source, shape } = question;
    const before = loaded?.question;
    const isNew = before?.trace !== trace || before.stack !== stack;
    const load = async (): Promise<void> => {
      const ask = (slice: TraceRequests['attentionSlice']['params']['slice']): Promise<AttentionBytes> =>
        host.request('attentionSlice', { trace, stack, slice }, { signal });
      const [atlas, matrix] = await Promise.all([
        isNew ? ask({ kind: 'atlas', cells: atlasCells }) : loaded!.atlas,
        ask({ kind: 'matrix', source, shape }),
      ]);
      if (signal.aborted) return;
      setLoaded({ result, texts, atlas, matrix, question, title, arrived: performance.now() });
      setProblem(null);
    };
    load().catch((thrown: unknown) => {
      const error = toHeadlightError(thrown);
      // The host runs the model again for a trace that is gone.
      if (!signal.aborted && error.code !== 'TraceGone') setProblem(error.message);
    });
    return () => abort.abort();
  }, [JSON.stringify(question)]);
  return { loaded, problem };
}

/** Rows and columns of a few heads at 512 tokens: 4 MB. */
const keptAnswers = 2048;

type Answer<Name extends keyof TraceRequests> = AttentionViewRequests[Name]['result'];

/** Asks anew when the engine died: the next one says that the trace is gone, and the host runs the model again. */
async function askTrace<Name extends keyof TraceRequests>(
  host: AttentionHost,
  name: Name,
  question: AttentionViewRequests[Name]['params'],
  options?: CallOptions,
): Promise<Answer<Name>> {
  try {
    return await host.request(name, question, options);
  } catch (thrown) {
    if (toHeadlightError(thrown).code !== 'EngineDied') throw thrown;
    return host.request(name, question, options);
  }
}

/** Answers from a trace to several questions, kept for when they are asked again; null while they are on their way. */
export function useAnswers<Name extends keyof TraceRequests>(
  host: AttentionHost,
  name: Name,
  questions: AttentionViewRequests[Name]['params'][],
): (Answer<Name> | null)[] {
  const answers = useRef(new Map<string, Answer<Name>>());
  const [, setArrived] = useState(0);
  const keys = questions.map((question) => JSON.stringify(question));
  useEffect(() => {
    questions.forEach((question, index) => {
      const key = keys[index]!;
      if (answers.current.has(key)) return;
      askTrace(host, name, question).then(
        (answer) => {
          if (answers.current.size >= keptAnswers) answers.current.clear();
          answers.current.set(key, answer);
          setArrived((count) => count + 1);
        },
        () => {}, // The pictures of the same trace say what is wrong.
      );
    });
  }, [keys.join()]);
  return keys.map((key) => answers.current.get(key) ?? null);
}

/** An answer from a trace to one question; the one before while another is on its way, null before the first. */
export function useFromTrace<Name extends keyof TraceRequests>(
  host: AttentionHost,
  name: Name,
  question: AttentionViewRequests[Name]['params'] | null,
): Answer<Name> | null {
  const [answer, setAnswer] = useState<Answer<Name> | null>(null);
  useEffect(() => {
    if (!question) return;
    const abort = new AbortController();
    askTrace(host, name, question, { signal: abort.signal }).then(
      (found) => !abort.signal.aborted && setAnswer(found),
      () => {}, // The pictures of the same trace say what is wrong.
    );
    return () => abort.abort();
  }, [JSON.stringify(question)]);
  return answer;
}
