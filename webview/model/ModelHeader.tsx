import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { ModelFacts } from '../../src/protocol/models';
import { ModelButton } from '../shared/modelButton';
import { compact } from './names';

/** A model in numbers. */
export function ModelHeader({ facts, onSelect }: { facts: ModelFacts; onSelect: () => void }): JSX.Element {
  return (
    <header class="summary">
      <h1>{sizeOf(facts)}</h1>
      {numbersOf(facts).map((number) => (
        <span key={number}>{number}</span>
      ))}
      <ModelButton model={facts.model} onClick={onSelect} />
    </header>
  );
}

function sizeOf({ family, architecture, layers, heads, hiddenSize }: ModelFacts): string {
  const counts = architecture?.stacks.map((stack) => stack.layers.length).join(' + ') ?? layers;
  const sizes = l10n.t('{0} layers × {1} heads × {2}', counts ?? '?', heads ?? '?', hiddenSize ?? '?');
  return family === null ? sizes : `${family} · ${sizes}`;
}

function numbersOf({
  parameters,
  vocabularySize,
  maximumLength,
  files,
  fileSize,
  variants,
}: ModelFacts): string[] {
  const numbers: string[] = [];
  if (parameters !== null) numbers.push(l10n.t('{0} parameters', compact(parameters)));
  if (vocabularySize !== null) numbers.push(l10n.t('vocabulary {0}', vocabularySize));
  if (maximumLength !== null) numbers.push(l10n.t('at most {0} tokens', maximumLength));
  if (fileSize !== null) {
    const names = files.map(({ file }) => file.replace(/^.*[\\/]/, '')).join(' + ');
    const size = `${names}, ${(fileSize / 1e6).toFixed(1)} MB`;
    numbers.push(variants.length > 1 ? `${size} (${l10n.t('one of {0} variants', variants.length)})` : size);
  }
  return numbers;
}
