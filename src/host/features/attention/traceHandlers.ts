import type { EngineClient } from '../../../client/engineClient';
import { toHeadlightError } from '../../../core/errors';
import type { CallContext, Handlers } from '../../../core/rpc';
import type { TraceRequests } from '../../../protocol/attention';
import type { EngineRequests } from '../../../protocol/engine';

/**
 * Answers what a view asks of a trace with what the engine has of it.
 * @param onGone called with the name of a trace that an idle or dead engine took with it.
 */
export function traceHandlers(
  engine: EngineClient,
  onGone: (trace: string) => void,
): Handlers<TraceRequests> {
  const read =
    <Name extends keyof TraceRequests>(name: Name) =>
    async (
      question: EngineRequests[Name]['params'],
      { signal }: CallContext,
    ): Promise<EngineRequests[Name]['result']> => {
      try {
        return owned(await engine.request(name, question, { signal }));
      } catch (error) {
        if (toHeadlightError(error).code === 'TraceGone') onGone(question.trace);
        throw error;
      }
    };
  return {
    attentionSlice: read('attentionSlice'),
    attentionWeights: read('attentionWeights'),
    attentionEdges: read('attentionEdges'),
    attentionStatistics: read('attentionStatistics'),
    attentionMap: read('attentionMap'),
    attentionDivergence: read('attentionDivergence'),
    attentionScores: read('attentionScores'),
  };
}

/** A message with numbers of its own: what comes from another process may lie in a larger buffer, all of which would travel on. */
function owned<Message>(message: Message): Message {
  if (message instanceof Uint8Array || message instanceof Uint32Array || message instanceof Float32Array)
    return message.slice() as Message;
  if (typeof message !== 'object' || message === null) return message;
  return Object.fromEntries(
    Object.entries(message).map(([name, part]) => [name, owned<unknown>(part)]),
  ) as Message;
}
