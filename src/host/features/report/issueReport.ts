import { isNativeError } from 'node:util/types';
import type { ModelFacts } from '../../../protocol/models';

/** What a report about Headlight says of the place where it ran. */
export interface IssueFacts {
  headlight: string;
  vscode: string;
  application: string;
  remote: string | undefined;
  language: string;
  trusted: boolean;
  /** Headlight's settings that are not at their default, by full name. */
  settings: [name: string, value: unknown][];
  engineRuns: boolean;
  /** The kind of question that was asked last; undefined before the first. */
  question: string | undefined;
  /** Whether the model that was asked last came with Headlight. */
  embedded: boolean | undefined;
  model: ModelFacts | Error | undefined;
}

/**
 * The report as Markdown: versions, settings and the facts of the model that was asked last. It holds no text that was
 * selected, no path, and the name of no model but Headlight's own. In English, whatever the editor speaks.
 */
export function issueReport(facts: IssueFacts): string {
  const settings = facts.settings.map(([name, value]) =>
    // A mirror may be nobody else's business.
    name === 'headlight.hub.url' ? `${name}: set` : `${name}: ${JSON.stringify(value)}`,
  );
  return `## What happened

## What you expected

## How to see it


<details><summary>Versions and facts</summary>

${list([
  `Headlight ${facts.headlight}`,
  `${facts.application} ${facts.vscode}, ${facts.language}${facts.remote === undefined ? '' : `, remote: ${facts.remote}`}`,
  `${process.platform} ${process.arch}, Node ${process.versions.node}`,
  `workspace ${facts.trusted ? 'trusted' : 'in Restricted Mode'}`,
  `engine ${facts.engineRuns ? 'running' : 'not running'}`,
  ...settings,
  `last question: ${facts.question ?? 'none'}`,
])}

${describeModel(facts)}
</details>
`;
}

function describeModel({ model, embedded }: IssueFacts): string {
  if (model === undefined) return '';
  if (isNativeError(model)) return `The model cannot be read: ${model.name}\n`;
  const tensor = ({ name, type, shape }: ModelFacts['inputs'][number]): string =>
    `${name}: ${type} [${shape.map((size) => size ?? '?').join(', ')}]`;
  const how = (kinds: { how: string }[]): string =>
    ['present', 'recomputed', 'missing']
      .map((kind) => `${kinds.filter((one) => one.how === kind).length} ${kind}`)
      .join(', ');
  return `Model:

${list([
  embedded ? `embedded: ${model.model}` : 'not embedded',
  `family: ${model.family ?? 'unknown'}`,
  `layers ${model.layers ?? '?'}, heads ${model.heads ?? '?'}, hidden size ${model.hiddenSize ?? '?'}, vocabulary ${model.vocabularySize ?? '?'}, maximum length ${model.maximumLength ?? '?'}`,
  `weights: ${model.parameters ?? '?'}, bytes: ${model.fileSize ?? '?'}, variants: ${model.variants.length}`,
  `producer: ${model.producer ?? 'unknown'}, opsets: ${model.opsets.map(({ domain, version }) => `${domain || 'ai.onnx'} ${version}`).join(', ')}`,
  ...model.inputs.map((input) => `input ${tensor(input)}`),
  ...model.outputs.map((output) => `output ${tensor(output)}`),
  `attention: ${how(model.attention)}; tensors: ${how(model.roles)}`,
  `answers: ${model.answers.join(', ') || 'nothing'}`,
  `missing: ${model.missing.map(({ part }) => part).join(', ') || 'nothing'}`,
])}
`;
}

const list = (lines: string[]): string => lines.map((line) => `- ${line}`).join('\n');
