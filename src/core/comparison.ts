import type { FillResult } from '../protocol/inspections';
import type { LabelScore, TagSpan } from '../protocol/sentences';
import { percent } from './percent';
import { scoreText } from './sentencesText';

/** Something that one of two models says, or both. */
export interface ComparedRow {
  /** A class, a word, or the place of a tag. */
  name: string;
  /** What each says of it; null for nothing. */
  sides: [string | null, string | null];
  /** What the second gives more than the first: of numbers of one kind that both have. */
  difference: number | null;
  /** The numbers are probabilities, and not a head's own. */
  areProbabilities: boolean;
  /** One of them puts it first, or says it, and the other does not. */
  differs: boolean;
}

interface Named {
  name: string;
  text: string;
  /** Probability, or a head's own number. */
  value: number;
  isProbability: boolean;
}

/** Labels of two models by their names, those that the first is surest of before the others. */
export function compareLabels(
  one: readonly LabelScore[] | null,
  other: readonly LabelScore[] | null,
): ComparedRow[] {
  const named = (scores: readonly LabelScore[] | null): Named[] | null =>
    scores &&
    [...scores]
      .sort((a, b) => b.logit - a.logit)
      .map((score) => ({
        name: score.label,
        text: scoreText(score),
        value: score.probability ?? score.logit,
        isProbability: score.probability !== null,
      }));
  return joined(named(one), named(other));
}

/** The predictions of two models for each mask that either has. */
export function compareMasks(one: FillResult | null, other: FillResult | null): ComparedRow[][] {
  const named = (result: FillResult | null, mask: number): Named[] | null =>
    result &&
    (result.masks[mask]?.predictions ?? []).map(({ text, probability }) => ({
      ...{ name: text, text: percent(probability), value: probability, isProbability: true },
    }));
  const count = Math.max(one?.masks.length ?? 0, other?.masks.length ?? 0);
  return Array.from({ length: count }, (_, mask) => joined(named(one, mask), named(other, mask)));
}

/** What two models tag in a text, in its order: a part that both tag alike, or that one tags. */
export function compareSpans(
  text: string,
  one: readonly TagSpan[] | null,
  other: readonly TagSpan[] | null,
): (ComparedRow & { start: number; end: number })[] {
  const places = new Map<string, [TagSpan | null, TagSpan | null]>();
  [one, other].forEach((spans, side) =>
    spans?.forEach((span) => {
      const key = `${span.start} ${span.end}`;
      const both = places.get(key) ?? [null, null];
      both[side] = span;
      places.set(key, both);
    }),
  );
  return [...places.values()]
    .map((both) => {
      const { start, end } = (both[0] ?? both[1])!;
      const said = (span: TagSpan | null): string | null =>
        span && `${span.label} ${percent(span.probability)}`;
      const isTold = one !== null && other !== null;
      return {
        ...{ start, end, name: text.slice(start, end) },
        sides: [said(both[0]), said(both[1])] as [string | null, string | null],
        difference: both[0] && both[1] ? both[1].probability - both[0].probability : null,
        areProbabilities: true,
        differs: isTold && both[0]?.label !== both[1]?.label,
      };
    })
    .sort((a, b) => a.start - b.start || a.end - b.end);
}

/** Both lists by name; null for a model that has none. */
function joined(one: Named[] | null, other: Named[] | null): ComparedRow[] {
  const names = [...new Set([...(one ?? []), ...(other ?? [])].map(({ name }) => name))];
  const isTold = one !== null && other !== null;
  return names.map((name) => {
    const sides = [one, other].map((list) => list?.find((each) => each.name === name) ?? null);
    const [left, right] = sides as [Named | null, Named | null];
    return {
      name,
      sides: [left?.text ?? null, right?.text ?? null],
      difference:
        left && right && left.isProbability === right.isProbability ? right.value - left.value : null,
      areProbabilities: (left ?? right)!.isProbability,
      differs: isTold && (one[0]?.name === name) !== (other[0]?.name === name),
    };
  });
}
