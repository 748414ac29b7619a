import * as vscode from 'vscode';
import { headsText } from '../../../core/attention/summary';
import { HeadlightError } from '../../../core/errors';
import { fillText, tokensText } from '../../../core/plainText';
import type { CallOptions } from '../../../core/rpc';
import { classesText } from '../../../core/sentencesText';
import type { QuestionKind } from '../../../protocol/models';
import type { HeadlightApi } from '../../api';
import type { Services } from '../../services/services';

/** What an assistant gives a tool, as the schemas in package.json say. */
interface ToolInput {
  text: string;
  pair?: string;
  byLine?: boolean;
}

/** A tool's answer as plain text, which is what an assistant reads. */
type Answer = (input: ToolInput, options: CallOptions) => Promise<string>;

/** What an assistant may ask of the current models, where the host lets extensions offer tools. */
export function registerAssistantTools(services: Services, api: HeadlightApi): vscode.Disposable {
  // Not every host that runs VS Code's extensions has assistants.
  const { lm } = vscode as { lm?: Partial<typeof vscode.lm> };
  if (!lm?.registerTool) return vscode.Disposable.from();
  const tools: [string, QuestionKind, Answer][] = [
    [
      'headlight_tokens',
      'tokens',
      async ({ text, pair }, options) => {
        const result = await api.tokens(text, { pair, ...options });
        return `${result.model}\n${tokensText(result)}`;
      },
    ],
    [
      'headlight_fill',
      'maskedWords',
      async ({ text, pair }, options) => {
        const result = await api.fill(text, { pair, ...options });
        return `${result.model}\n${fillText(result)}`;
      },
    ],
    [
      'headlight_classify',
      'classes',
      async ({ text, pair, byLine }, options) => {
        const result = await api.classify(text, { pair, byLine, ...options });
        return `${result.model}\n${classesText(result, text)}`;
      },
    ],
    ['headlight_attention', 'attention', (input, options) => attentionOf(services, input, options)],
  ];
  return vscode.Disposable.from(
    ...tools.map(([name, kind, answer]) =>
      lm.registerTool!<ToolInput>(name, {
        async invoke({ input }, token) {
          const controller = new AbortController();
          const listener = token.onCancellationRequested(() => controller.abort());
          try {
            const text = await answer(checked(input), { signal: controller.signal });
            return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(text)]);
          } catch (error) {
            throw await services.models.explained(error, kind);
          } finally {
            listener.dispose();
          }
        },
      }),
    ),
  );
}

/** Not every host checks what an assistant gives. */
function checked(input: ToolInput): ToolInput {
  const { text, pair } = input as { text: unknown; pair?: unknown };
  if (typeof text !== 'string') throw new HeadlightError('WrongUsage', 'Give the text as "text".');
  if (pair !== undefined && typeof pair !== 'string') {
    throw new HeadlightError('WrongUsage', 'Give the second text as "pair", or leave it out.');
  }
  return input;
}

async function attentionOf(
  { engine, models }: Services,
  { text, pair }: ToolInput,
  options: CallOptions,
): Promise<string> {
  const model = await models.current('attention');
  const result = await engine.request('attention', { model, text, pair, budgetBytes: Infinity }, options);
  const parts = result.stacks.map(async ({ stack, layers, heads }) => {
    const statistics = await engine.request('attentionStatistics', { trace: result.trace, stack }, options);
    return `${stack}\n${headsText({ layers, heads }, statistics)}`;
  });
  const read = result.tokens.map(({ token }) => token).join(' ');
  const { window } = result;
  const part = window
    ? [
        `The text is longer than the model reads at once: part ${window.index + 1} of ${window.count} was read.`,
      ]
    : [];
  return [result.model, ...part, `tokens: ${read}`, ...(await Promise.all(parts))].join('\n');
}
