/** A run of words with one label; indices of words, the last included. */
export interface WordSpan {
  label: string;
  first: number;
  last: number;
}

interface Tag {
  /** '' where the tag has none. */
  prefix: string;
  label: string;
}

/** B, I, E, S of BIO and BIOES; L and U are BILOU's names for E and S, M another one for I. */
const prefixed = /^([BIESLUM])[-_](.+)$/;

/**
 * The things that tags mark, as CoNLL's evaluation counts them: a B or S begins one, an E or S ends one, and so does a
 * change of label; an I or E with nothing of its label before it begins one as well (conlleval of CoNLL-2000).
 * Without prefixes, equal neighbours make one thing where there is a tag “O” for words of none; where there is not,
 * as with parts of speech, every word is one of its own.
 * @param tags of the words in order. @param labels all that the model can give.
 */
export function spansOfTags(tags: readonly string[], labels: readonly string[]): WordSpan[] {
  const hasPrefixes = labels.some((label) => prefixed.test(label));
  const joins = hasPrefixes || labels.includes('O');
  const spans: WordSpan[] = [];
  let open: WordSpan | null = null;
  let before: Tag | null = null;
  tags.forEach((name, index) => {
    const tag = hasPrefixes ? split(name) : name === 'O' && joins ? null : { prefix: '', label: name };
    const begins =
      tag !== null && (!open || !joins || 'BSU'.includes(tag.prefix || '-') || tag.label !== before?.label);
    if (open && (tag === null || begins)) open = null;
    if (tag !== null && begins) spans.push((open = { label: tag.label, first: index, last: index }));
    else if (open) open.last = index;
    // What has ended takes no more words.
    if (tag && 'ESLU'.includes(tag.prefix || '-')) open = null;
    before = tag;
  });
  return spans;
}

/** null for “O”. */
function split(tag: string): Tag | null {
  if (tag === 'O') return null;
  const [, prefix = '', label = tag] = prefixed.exec(tag) ?? [];
  return { prefix, label };
}
