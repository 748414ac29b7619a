import * as vscode from 'vscode';
import { toHeadlightError } from '../../../core/errors';
import type { CallOptions } from '../../../core/rpc';
import type { GenerateResult } from '../../../protocol/generation';
import type { GenerationResult, GenerationViewRequests } from '../../../protocol/views';
import { InspectionPanel } from '../../services/inspectionPanel';
import { questionFromEditor } from '../../services/question';
import type { Services } from '../../services/services';

/** The beams that a person chose; without a choice, what the model's generation_config.json says. */
const beamsKey = 'headlight.generation.beams';

/** Predictions that are listed of each step. */
const topK = 10;

/** The command and the view that go on with a text, or translate it, token by token. */
export function registerGeneration(services: Services): vscode.Disposable {
  const { engine, context } = services;
  const place = { viewType: 'headlight.generation', title: vscode.l10n.t('Generated Text') };
  const view = new InspectionPanel<GenerationResult, GenerationViewRequests>(services, place, {
    bundle: 'generation',
    kind: 'generation',
    busyMessage: vscode.l10n.t('Generating…'),
    async ask({ model, text }, { signal, onProgress }) {
      const asked = { model, text, beams: context.workspaceState.get<number>(beamsKey), topK };
      const result = await engine.request('generate', asked, {
        signal,
        // What is written so far is worth more than how far that is.
        onProgress: (progress) => onProgress?.({ message: progress.text?.trim() || progress.message }),
      });
      return {
        ...result,
        masked: await expectedInGap(services, text, result, { signal, onProgress }),
      };
    },
    handlers: (common) => ({
      ...common,
      async setBeams({ beams }) {
        await context.workspaceState.update(beamsKey, beams);
        await view.inspector.ask();
        return null;
      },
    }),
  });
  const command = vscode.commands.registerCommand('headlight.generate', async () => {
    const source = questionFromEditor({ asOne: true });
    if (typeof source === 'string') void vscode.window.showInformationMessage(source);
    else await view.open(source);
  });
  return vscode.Disposable.from(view, command);
}

/**
 * What the current model of masked words, which sees both sides of a gap, expects there; null where it cannot say, which
 * does not take the generated text away.
 */
async function expectedInGap(
  { engine, models }: Services,
  text: string,
  { gap }: GenerateResult,
  options: CallOptions,
): Promise<GenerationResult['masked']> {
  if (gap === null) return null;
  try {
    const model = models.chosen('maskedWords') ?? (await models.defaultFor('maskedWords'));
    const filled = await engine.request('fill', { model, text, topK }, options);
    const mask = filled.masks.find(({ start }) => start === gap.start);
    return mask ? { model: filled.model, mask } : null;
  } catch (thrown) {
    const error = toHeadlightError(thrown);
    if (error.code === 'Cancelled') throw error;
    return null;
  }
}
