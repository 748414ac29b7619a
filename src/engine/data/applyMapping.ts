import * as l10n from '@vscode/l10n';
import { CodeMap, replaceUnits } from '../../core/codes';
import type { CallContext } from '../../core/rpc';
import type { ApplyMappingQuestion, ApplyMappingResult } from '../../protocol/mapping';
import { closedPieces, CoverageCount } from './codeCounts';
import { byteProgress, sizeOf, textOf, writeWhole } from './files';
import { readMapping } from './mappingFile';

/**
 * Writes a text with its codes replaced by the words of a mapping, or the other way round, piece by piece. Everything
 * between codes stays as it is, and so does the input.
 * @throws HeadlightError `MappingInvalid`, `FileUnusable`, `Cancelled`.
 */
export async function applyMapping(
  { mapping, input, output, reverse }: ApplyMappingQuestion,
  context: CallContext,
): Promise<ApplyMappingResult> {
  const { signal } = context;
  const map = new CodeMap((await readMapping(mapping, signal)).pairs);
  const onBytes = byteProgress(
    await sizeOf(input),
    reverse ? l10n.t('Putting codes back…') : l10n.t('Mapping…'),
    context,
  );
  const count = new CoverageCount();
  let marked = 0;
  const replacement = (found: string): string => {
    const { text, kind } = reverse ? map.reverse(found) : map.apply(found);
    count.add(found, kind === 'mapped');
    if (kind === 'marked') marked++;
    return text;
  };
  const { bytes } = await writeWhole({ output, inputs: [input, mapping] }, signal, async (emit) => {
    for await (const piece of closedPieces(textOf(input, signal, onBytes), input)) {
      await emit(replaceUnits(piece, replacement));
    }
  });
  return { output, bytes, marked, ...count.coverage };
}
