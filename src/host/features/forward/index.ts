import * as vscode from 'vscode';
import { toHeadlightError } from '../../../core/errors';
import type { ForwardStepResult } from '../../../protocol/forward';
import type {
  AttentionTarget,
  ForwardTarget,
  ForwardViewRequests,
  ForwardViewResult,
} from '../../../protocol/views';
import { withGenerated } from '../../services/generated';
import { InspectionPanel } from '../../services/inspectionPanel';
import { questionFromEditor } from '../../services/question';
import { exportHandlers } from '../../services/saveFile';
import type { Services } from '../../services/services';
import { followLink, linkFrom, sourceOf } from '../../services/viewLink';

/** What a person chose for a text and model. */
interface Chosen {
  /** Which these are. */
  of: string;
  window: number;
  /** Tokens that a decoder has written; all when absent. */
  written?: number;
  /** The question with what the model wrote, once it is known. */
  read?: Awaited<ReturnType<typeof withGenerated>>;
}

/** The command and the view that walk through the forward pass of a text. */
export function registerForward(services: Services): vscode.Disposable {
  const { engine, models } = services;
  /** The model that a link named; null for the current one. */
  let named: string | null = null;
  /** The model on show. */
  let asked: string | null = null;
  const forgetting = models.onDidChange(() => (named = null));
  /** What a person chose for the text and model that were asked about last. */
  let chosen: Chosen = { of: '', window: 0 };
  let generates = false;
  let opened: ForwardTarget | null = null;
  const place = { viewType: 'headlight.forward', title: vscode.l10n.t('Forward Pass') };
  const view = new InspectionPanel<ForwardViewResult, ForwardViewRequests>(services, place, {
    bundle: 'forward',
    kind: 'attention',
    busyMessage: vscode.l10n.t('Running the model…'),
    async ask(question, options) {
      asked = named ?? question.model;
      models.requireTrust(asked);
      const own = { ...question, model: asked };
      const of = JSON.stringify(own);
      if (of !== chosen.of) chosen = { of, window: 0 };
      // A person may choose something else meanwhile.
      const now = chosen;
      const { window, written } = now;
      now.read ??= generates
        ? await withGenerated(engine, { ...own, window }, options)
        : { question: { ...own, window }, generated: null, generationProblem: null };
      const { question: whole, ...byModel } = now.read;
      const result = await engine.request('forward', { ...whole, window, written }, options);
      const shown = { ...result, ...byModel, generates, opened };
      // From now on a person chooses the step.
      opened = null;
      return shown;
    },
    handlers: (common) => ({
      ...common,
      step: async (question) =>
        compact(await fromTrace(question.trace, engine.request('forwardStep', question))),
      experiment: async (question) =>
        structuredClone(await fromTrace(question.trace, engine.request('forwardExperiment', question))),
      ...exportHandlers,
      values: async (question) =>
        (await fromTrace(question.trace, engine.request('forwardValues', question))).slice(),
      async generate({ generates: wanted }) {
        generates = wanted;
        chosen = { of: chosen.of, window: chosen.window };
        await view.inspector.ask();
        return null;
      },
      async readWritten({ written }) {
        chosen.written = written;
        await view.inspector.ask();
        return null;
      },
      async readWindow({ index }) {
        chosen = { of: chosen.of, window: index };
        await view.inspector.ask();
        return null;
      },
      async openAttention(head) {
        const source = view.inspector.sourceState;
        const target: AttentionTarget = { head, comparedWith: null };
        if (asked) await followLink('headlight.exploreAttention', { model: asked, source, target });
        return null;
      },
      async openModel(place) {
        const source = view.inspector.sourceState;
        if (asked) await followLink('headlight.showModel', { model: asked, source, target: place });
        return null;
      },
    }),
  });

  /** An answer from a trace; the trace on show is made anew when an idle or dead engine took it with it. */
  async function fromTrace<Answer>(trace: string, answer: Promise<Answer>): Promise<Answer> {
    try {
      return await answer;
    } catch (error) {
      const isOnShow = view.inspector.result?.trace === trace;
      if (isOnShow && toHeadlightError(error).code === 'TraceGone') void view.inspector.ask();
      throw error;
    }
  }

  const command = vscode.commands.registerCommand('headlight.showForwardPass', async (argument?: unknown) => {
    const link = linkFrom<ForwardTarget>(argument);
    [opened, named] = [link?.target ?? null, link?.model ?? null];
    const source = (link && (await sourceOf(link))) ?? questionFromEditor();
    if (typeof source === 'string') void vscode.window.showInformationMessage(source);
    else await view.open(source);
  });
  return vscode.Disposable.from(view, command, forgetting);
}

/** What comes from another process may lie in a larger buffer, all of which would travel on. */
function compact(result: ForwardStepResult): ForwardStepResult {
  return structuredClone({
    ...result,
    bytes: result.bytes.slice(),
    norms: result.norms.slice(),
    row: result.row.slice(),
    recomputed: result.recomputed?.slice() ?? null,
  });
}
