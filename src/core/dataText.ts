import type { ApplyMappingResult, Coverage } from '../protocol/mapping';
import type { MaskFileResult } from '../protocol/masking';
import { percent } from './percent';

/** What training data holds, for the terminal. @param rate what was asked for, 0 to 1. */
export function maskFileText(
  { output, examples, maskable, masked, actions, pairs }: MaskFileResult,
  rate: number,
): string {
  const share = (count: number, of: number): string => percent(of === 0 ? 0 : count / of);
  const { mask, random, keep } = actions;
  return [
    `${output}: ${examples} examples`,
    `masked     ${masked} of ${maskable} tokens, ${share(masked, maskable)} (asked for ${percent(rate)})`,
    `shown as   [MASK] ${share(mask, masked)}, random ${share(random, masked)}, unchanged ${share(keep, masked)}`,
    ...(pairs ? [`pairs      ${pairs.positive} that belong together, ${pairs.negative} that do not`] : []),
  ].join('\n');
}

/** What became of a text whose words became codes again, for the terminal. */
export function restoredText(result: ApplyMappingResult): string {
  const { output, occurrences, mapped, distinctMapped, marked } = result;
  return [
    output,
    `restored   ${mapped} of ${occurrences} (${percent(occurrences === 0 ? 0 : mapped / occurrences)}), ${distinctMapped} different codes`,
    `kept       ${occurrences - mapped - marked} that are no words of the mapping`,
    ...(marked > 0 ? [`unmarked   ${marked} that look like words of the mapping, an underscore less`] : []),
  ].join('\n');
}

/** How much of a text a mapping covers, for the terminal. */
export function coverageText(result: Coverage & { output: string; marked?: number; words?: number }): string {
  const { output, occurrences, mapped, distinct, distinctMapped, unseen, marked = 0, words } = result;
  return [
    output,
    `mapped     ${mapped} of ${occurrences} (${percent(occurrences === 0 ? 0 : mapped / occurrences)})`,
    `different  ${distinctMapped} of ${distinct}${words === undefined ? '' : `, with ${words} words to choose from`}`,
    ...(unseen.length > 0
      ? [`not in it  ${unseen.join(' ')}${distinct - distinctMapped > unseen.length ? ' …' : ''}`]
      : []),
    ...(marked > 0 ? [`marked     ${marked} that look like words of the mapping, with an underscore`] : []),
  ].join('\n');
}
