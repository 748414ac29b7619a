import * as vscode from 'vscode';
import type { AttentionTarget, AttentionViewRequests, ComparedAttention } from '../../../protocol/views';
import { withGenerated } from '../../services/generated';
import { InspectionPanel } from '../../services/inspectionPanel';
import { InspectionSidebar } from '../../services/inspectionSidebar';
import type { Inspection, Inspector } from '../../services/inspector';
import { questionFromEditor } from '../../services/question';
import { exportHandlers, saveFile } from '../../services/saveFile';
import { SelectionFollower } from '../../services/selectionFollower';
import type { Models } from '../../services/models';
import type { Services } from '../../services/services';
import { followLink, linkFrom, sourceOf } from '../../services/viewLink';
import { registerPinCommands, registerShownCommands } from './commands';
import { chooseOther, Comparison, textsOf } from './compare';
import { everyHead } from './everyHead';
import { traceHandlers } from './traceHandlers';

/** Bytes of attention above which a person is asked before the run. */
const budgetBytes = 512 * 2 ** 20;

/**
 * The commands and the two places that show what each head of each layer attends to: a view of the sidebar that
 * follows the selection until it is pinned, and a panel that stays with its text until it is let follow.
 */
export function registerAttention(services: Services): vscode.Disposable {
  const links: Links = new Map();
  const forgetting = services.models.onDidChange(() => links.clear());
  const { engine, models } = services;
  const comparisons = { sidebar: new Comparison(engine, models), panel: new Comparison(engine, models) };
  const sidebar: InspectionSidebar<ComparedAttention, AttentionViewRequests> = new InspectionSidebar(
    services,
    { viewId: 'headlight.attention', title: vscode.l10n.t('Attention') },
    attentionInspection(services, links, comparisons.sidebar, () => sidebar),
  );
  const panel: InspectionPanel<ComparedAttention, AttentionViewRequests> = new InspectionPanel(
    services,
    { viewType: 'headlight.attentionExplorer', title: vscode.l10n.t('Attention Explorer') },
    attentionInspection(services, links, comparisons.panel, () => ({ inspector: panel.inspector, follower })),
  );
  const follower = new SelectionFollower(services, panel.inspector, {
    id: 'headlight.attentionExplorer',
    followsAtFirst: false,
    isVisible: () => panel.visible,
  });
  const command = (name: string, which: 'sidebar' | 'panel'): vscode.Disposable =>
    vscode.commands.registerCommand(name, async (argument?: unknown) => {
      const place = { sidebar, panel }[which];
      const link = linkFrom<AttentionTarget>(argument);
      links.set(place.inspector, { model: link?.model ?? null, target: link?.target ?? null });
      if (link) comparisons[which].set(link.target.comparedWith);
      const source = (link && (await sourceOf(link))) ?? questionFromEditor();
      if (typeof source === 'string') void vscode.window.showInformationMessage(source);
      else await place.open(source);
    });
  const shown = (which: 'sidebar' | 'panel', place: Place, isVisible: () => boolean) => ({
    inspector: place.inspector,
    isVisible,
    compareWith: (what: 'model' | 'selection' | 'nothing') =>
      compareWith(models, comparisons[which], place.inspector, what),
  });
  const inSidebar = shown('sidebar', sidebar, () => sidebar.visible);
  return vscode.Disposable.from(
    sidebar,
    follower,
    panel,
    comparisons.sidebar,
    comparisons.panel,
    forgetting,
    command('headlight.showAttention', 'sidebar'),
    command('headlight.exploreAttention', 'panel'),
    registerShownCommands({ compare: 'headlight.compareAttention', export: 'headlight.exportAttention' }, [
      shown('panel', { inspector: panel.inspector, follower }, () => panel.visible),
      inSidebar,
    ]),
    registerShownCommands({ compare: 'headlight.attention.compare', export: 'headlight.attention.export' }, [
      inSidebar,
    ]),
    registerPinCommands('headlight.attention', sidebar.follower),
    registerPinCommands('headlight.attentionExplorer', follower),
  );
}

/** Where attention is shown. */
interface Place {
  inspector: Inspector<ComparedAttention, AttentionViewRequests>;
  follower: SelectionFollower;
}

/** The model and what else another view has linked to, for each place. */
type Links = Map<object, { model: string | null; target: AttentionTarget | null }>;

async function compareWith(
  models: Models,
  comparison: Comparison,
  inspector: Place['inspector'],
  what: AttentionViewRequests['compareWith']['params']['what'],
): Promise<void> {
  const next = what === 'nothing' ? null : typeof what === 'string' ? await chooseOther(models, what) : what;
  if (next === undefined) return;
  comparison.set(next);
  await inspector.ask();
}

/** What a place asks of the engine for itself. */
function attentionInspection(
  { engine, models }: Services,
  links: Links,
  comparison: Comparison,
  place: () => Place,
): Inspection<ComparedAttention, AttentionViewRequests> {
  const inspector = (): Place['inspector'] => place().inspector;
  /** What a person chose for the text and model that were asked about last. */
  let chosen = { of: '', window: 0, anyway: false };
  let stride = 0;
  let generates = false;
  let asked: string | null = null;
  return {
    bundle: 'attention',
    kind: 'attention',
    busyMessage: vscode.l10n.t('Reading attention…'),
    keepsSelection: () => place().follower.follows,
    async ask(asks, options, anyway) {
      const link = links.get(inspector());
      asked = link?.model ?? asks.model;
      models.requireTrust(asked);
      const question = { ...asks, model: asked };
      const of = JSON.stringify(question);
      if (of !== chosen.of) chosen = { of, window: 0, anyway: false };
      chosen.anyway ||= anyway;
      const given = {
        ...question,
        window: chosen.window,
        stride,
        budgetBytes: chosen.anyway ? Infinity : budgetBytes,
      };
      const { question: whole, ...written } = generates
        ? await withGenerated(engine, given, options)
        : { question: given, generated: null, generationProblem: null };
      const result = await engine.request('attention', whole, options);
      const compared = await comparison.run(whole, options);
      const opened = link?.target?.head ?? null;
      // From now on a person chooses the head.
      if (link) link.target = null;
      return {
        ...{ ...result, ...compared, ...written, generates, stride },
        readTexts: textsOf(whole),
        opened,
      };
    },
    handlers: (common) => ({
      ...common,
      ...traceHandlers(engine, (trace) => {
        // What is on show is made anew.
        const { result } = inspector();
        if (result?.trace !== trace && result?.other?.result.trace !== trace) return;
        comparison.traceGone();
        void inspector().ask();
      }),
      ...exportHandlers,
      async saveAll({ name, ...stack }) {
        const shape = inspector().result?.stacks.find((each) => each.stack === stack.stack);
        if (shape) await saveFile(name, () => everyHead(engine, stack, shape));
        return null;
      },
      async compareWith({ what }) {
        await compareWith(models, comparison, inspector(), what);
        return null;
      },
      async generate({ generates: wanted }) {
        generates = wanted;
        await inspector().ask();
        return null;
      },
      async openForward(target) {
        const source = inspector().sourceState;
        if (asked) await followLink('headlight.showForwardPass', { model: asked, source, target });
        return null;
      },
      async readWindow({ index, stride: wanted }) {
        chosen.window = index;
        stride = wanted ?? stride;
        await inspector().ask();
        return null;
      },
    }),
  };
}
