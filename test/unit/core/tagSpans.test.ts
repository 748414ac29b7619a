import { describe, expect, it } from 'vitest';
import { spansOfTags } from '../../../src/core/tagSpans';

/** `LABEL first-last`, joined. */
function spans(tags: string, labels = tags.split(' ')): string {
  return spansOfTags(tags.split(' '), labels)
    .map(({ label, first, last }) => `${label} ${first}-${last}`)
    .join(', ');
}

describe('what tags mark', () => {
  it('reads BIO as in the CoNLL-2003 paper: "U.N. official Ekeus heads for Baghdad."', () => {
    expect(spans('I-ORG O I-PER O O I-LOC O')).toBe('ORG 0-0, PER 2-2, LOC 5-5');
    expect(spans('B-ORG O B-PER O O B-LOC O')).toBe('ORG 0-0, PER 2-2, LOC 5-5');
  });

  it("reads seqeval's examples, by its default (conlleval's) rules", () => {
    expect(spans('B-PER I-PER O B-LOC')).toBe('PER 0-1, LOC 3-3');
    expect(spans('O O O B-MISC I-MISC I-MISC O')).toBe('MISC 3-5');
    expect(spans('O O B-MISC I-MISC I-MISC I-MISC O')).toBe('MISC 2-5');
  });

  it("reads conlleval's cases: a new B, a change of label, an I without a B", () => {
    expect(spans('B-NP B-NP I-NP')).toBe('NP 0-0, NP 1-2');
    expect(spans('B-NP I-VP I-VP')).toBe('NP 0-0, VP 1-2');
    expect(spans('O I-NP I-NP O')).toBe('NP 1-2');
  });

  it('reads BIOES and BILOU (Ratinov and Roth 2009) as the same things', () => {
    expect(spans('S-PER O B-ORG I-ORG E-ORG S-ORG')).toBe('PER 0-0, ORG 2-4, ORG 5-5');
    expect(spans('U-PER O B-ORG I-ORG L-ORG U-ORG')).toBe('PER 0-0, ORG 2-4, ORG 5-5');
    expect(spans('B-PER E-PER I-PER E-PER')).toBe('PER 0-1, PER 2-3');
  });

  it('joins equal neighbours of tags without prefixes where there is an O, and never parts of speech', () => {
    expect(spans('PER PER O LOC PER')).toBe('PER 0-1, LOC 3-3, PER 4-4');
    expect(spans('NOUN NOUN VERB')).toBe('NOUN 0-0, NOUN 1-1, VERB 2-2');
    expect(spans('PER PER', ['O', 'PER'])).toBe('PER 0-1');
  });

  it('has nothing in words of nothing, or in no words', () => {
    expect(spans('O O', ['O', 'B-X'])).toBe('');
    expect(spansOfTags([], ['O'])).toEqual([]);
  });
});
