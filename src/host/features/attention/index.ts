import * as vscode from 'vscode';
import type { AttentionResult } from '../../../protocol/attention';
import type {
  HeadTarget,
  AttentionTarget,
  AttentionViewRequests,
  ComparedAttention,
} from '../../../protocol/views';
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
import { AskedFor, settingsFrom } from './askedFor';
import { registerPinCommands, registerShownCommands } from './commands';
import { chooseOther, Comparison, textsOf } from './compare';
import { copyHeadLink } from './copyHeadLink';
import { everyHead } from './everyHead';
import { registerHeadLinks } from './openHeadLink';
import { traceHandlers } from './traceHandlers';

/** Bytes of attention above which a person is asked before the run. */
const budgetBytes = 512 * 2 ** 20;

/**
 * The commands and the two places that show what each head of each layer attends to: a view of the sidebar that
 * follows the selection until it is pinned, and a panel that stays with its text until it is let follow.
 */
export function registerAttention(services: Services): vscode.Disposable {
  const { engine, models } = services;
  const asks = (): Asks => ({ askedFor: new AskedFor(), comparison: new Comparison(engine, models) });
  const [inSidebar, inPanel] = [asks(), asks()];
  const forgetting = models.onDidChange(() =>
    [inSidebar, inPanel].forEach(({ askedFor }) => askedFor.open(null, null)),
  );
  const sidebar: InspectionSidebar<ComparedAttention, AttentionViewRequests> = new InspectionSidebar(
    services,
    { viewId: 'headlight.attention', title: vscode.l10n.t('Attention') },
    attentionInspection(services, inSidebar, () => sidebar),
  );
  const panel: InspectionPanel<ComparedAttention, AttentionViewRequests> = new InspectionPanel(
    services,
    { viewType: 'headlight.attentionExplorer', title: vscode.l10n.t('Attention Explorer') },
    attentionInspection(services, inPanel, () => ({ inspector: panel.inspector, follower })),
  );
  const follower = new SelectionFollower(services, panel.inspector, {
    id: 'headlight.attentionExplorer',
    followsAtFirst: false,
    isVisible: () => panel.visible,
  });
  const command = (name: string, place: typeof sidebar | typeof panel, { askedFor, comparison }: Asks) =>
    vscode.commands.registerCommand(name, async (argument?: unknown) => {
      const link = linkFrom<AttentionTarget>(argument);
      askedFor.open(link?.model ?? null, link?.target.head ?? null);
      if (link) comparison.set(link.target.comparedWith);
      const source = (link && (await sourceOf(link))) ?? questionFromEditor();
      if (typeof source === 'string') void vscode.window.showInformationMessage(source);
      else await place.open(source);
    });
  const shown = (place: typeof sidebar | typeof panel, { comparison }: Asks) => ({
    inspector: place.inspector,
    isVisible: () => place.visible,
    compareWith: (what: 'model' | 'selection' | 'nothing') =>
      compareWith(models, comparison, place.inspector, what),
  });
  return vscode.Disposable.from(
    sidebar,
    follower,
    panel,
    forgetting,
    command('headlight.showAttention', sidebar, inSidebar),
    command('headlight.exploreAttention', panel, inPanel),
    registerHeadLinks(services, async (model, source, link) => {
      inPanel.askedFor.restore({ ...link, model });
      inPanel.askedFor.open(model, link);
      inPanel.comparison.set(null);
      await panel.open(source);
    }),
    registerShownCommands({ compare: 'headlight.compareAttention', export: 'headlight.exportAttention' }, [
      shown(panel, inPanel),
      shown(sidebar, inSidebar),
    ]),
    registerShownCommands({ compare: 'headlight.attention.compare', export: 'headlight.attention.export' }, [
      shown(sidebar, inSidebar),
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

/** What a place asks for. */
interface Asks {
  askedFor: AskedFor;
  comparison: Comparison;
}

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
  { askedFor, comparison }: Asks,
  place: () => Place,
): Inspection<ComparedAttention, AttentionViewRequests> {
  const inspector = (): Place['inspector'] => place().inspector;
  let asked: string | null = null;
  return {
    bundle: 'attention',
    kind: 'attention',
    busyMessage: vscode.l10n.t('Reading attention…'),
    keepsSelection: () => place().follower.follows,
    settings: () => {
      const { model, window, stride, generates } = askedFor;
      return { model, window, stride, generates, comparedWith: comparison.comparedWith };
    },
    restore(kept) {
      const { comparedWith, ...settings } = settingsFrom(kept);
      askedFor.restore(settings);
      comparison.set(comparedWith);
    },
    async ask(asks, options, anyway) {
      asked = askedFor.model ?? asks.model;
      models.requireTrust(asked);
      const question = { ...asks, model: asked };
      askedFor.turnTo(question);
      askedFor.anyway ||= anyway;
      const { window, stride, generates } = askedFor;
      const given = { ...question, window, stride, budgetBytes: askedFor.anyway ? Infinity : budgetBytes };
      const { question: whole, ...written } = generates
        ? await withGenerated(engine, given, options)
        : { question: given, generated: null, generationProblem: null };
      const result = await engine.request('attention', whole, options);
      const compared = await comparison.run(whole, result.trace, options);
      const head = askedFor.takeHead();
      const isThere = head !== null && hasHead(result, head);
      if (head && !isThere) sayNoHead(result, head);
      return {
        ...{ ...result, ...compared, ...written, generates, stride },
        readTexts: textsOf(whole),
        opened: isThere ? head : null,
      };
    },
    handlers: (common) => ({
      ...common,
      ...traceHandlers(engine, (trace) => {
        // What is on show is made anew.
        const { result } = inspector();
        if (result?.trace !== trace && result?.other?.result.trace !== trace) return;
        void inspector().ask();
      }),
      ...exportHandlers,
      async saveAll({ name, ...stack }) {
        const shape = inspector().result?.stacks.find((each) => each.stack === stack.stack);
        if (shape) await saveFile(name, () => everyHead(engine, stack, shape));
        return null;
      },
      async copyLink(head) {
        const { result, sourceState: source, textsOnShow: texts } = inspector();
        if (asked === null || !source) return null;
        if (!result) {
          void vscode.window.showInformationMessage(
            vscode.l10n.t('The text has changed, or is being read. Run again, then copy the link.'),
          );
          return null;
        }
        const { window, stride, generates } = askedFor;
        await copyHeadLink({ ...head, model: models.idOf(asked), window, stride, generates }, source, texts);
        return null;
      },
      async compareWith({ what }) {
        await compareWith(models, comparison, inspector(), what);
        return null;
      },
      async generate({ generates: wanted }) {
        askedFor.generates = wanted;
        await inspector().ask();
        return null;
      },
      async openForward(target) {
        const source = inspector().sourceState;
        if (asked) await followLink('headlight.showForwardPass', { model: asked, source, target });
        return null;
      },
      async readWindow({ index, stride: wanted }) {
        askedFor.window = index;
        askedFor.stride = wanted ?? askedFor.stride;
        await inspector().ask();
        return null;
      },
    }),
  };
}

function hasHead({ stacks }: AttentionResult, { stack, layer, head }: HeadTarget): boolean {
  return stacks.some((each) => each.stack === stack && layer < each.layers && head < each.heads);
}

function sayNoHead({ model, stacks }: AttentionResult, { stack, layer, head }: HeadTarget): void {
  const own = stacks.find((each) => each.stack === stack);
  const name = `${layer}.${head}`;
  void vscode.window.showWarningMessage(
    own
      ? vscode.l10n.t(
          'Head {0} cannot be opened: of this text, {1} has attention of {2} layers × {3} heads, counted from 0.',
          name,
          model,
          own.layers,
          own.heads,
        )
      : vscode.l10n.t(
          'Head {0} cannot be opened: {1} has no such attention of this text. Give it a target.',
          name,
          model,
        ),
  );
}
