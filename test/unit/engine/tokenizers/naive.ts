/**
 * Tokenizers written plainly after their papers and the published reference code, to check the engine's ids and ranges
 * against. They carry every character's place in the source along, and are slow.
 */

/** A piece, and the UTF-16 range of the source that it stands for. */
export interface Piece {
  token: string;
  start: number;
  end: number;
}

/** A character on its way through a tokenizer, with its place in the source. */
interface Placed {
  character: string;
  start: number;
  end: number;
}

function placed(text: string): Placed[] {
  let start = 0;
  return [...text].map((character) => {
    const own = { character, start, end: start + character.length };
    start = own.end;
    return own;
  });
}

/**
 * BERT's tokenizer (google-research/bert, tokenization.py): basic tokenizer, then longest match first.
 * @param cased letters and their accents stay as they are.
 */
export function wordPiece(text: string, vocabulary: ReadonlySet<string>, cased = false): Piece[] {
  const normal = placed(text).flatMap((each) => normalized(each, cased));
  return wordsOf(normal).flatMap((word) => pieces(word, vocabulary));
}

function normalized({ character, start, end }: Placed, cased: boolean): Placed[] {
  const at = (each: string): Placed => ({ character: each, start, end });
  if (/[\t\n\r]|\p{White_Space}/u.test(character)) return [at(' ')];
  if (character === '\ufffd' || /\p{C}/u.test(character)) return [];
  if (cased) return [at(character)];
  return [...character.normalize('NFD')]
    .filter((each) => !/\p{Mn}/u.test(each))
    .flatMap((each) => [...each.toLowerCase()])
    .map(at);
}

const alone =
  /[!-/:-@[-`{-~]|\p{P}|[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/u;

function wordsOf(characters: Placed[]): Placed[][] {
  const words: Placed[][] = [];
  let open = false;
  for (const each of characters) {
    if (each.character === ' ') open = false;
    else if (alone.test(each.character)) {
      words.push([each]);
      open = false;
    } else if (open) words.at(-1)!.push(each);
    else {
      words.push([each]);
      open = true;
    }
  }
  return words;
}

function pieces(word: Placed[], vocabulary: ReadonlySet<string>): Piece[] {
  const whole = [{ token: '[UNK]', start: word[0]!.start, end: word.at(-1)!.end }];
  if (word.length > 100) return whole;
  const found: Piece[] = [];
  for (let start = 0; start < word.length;) {
    let end = word.length;
    const token = (): string =>
      (start > 0 ? '##' : '') +
      word
        .slice(start, end)
        .map(({ character }) => character)
        .join('');
    while (end > start && !vocabulary.has(token())) end--;
    if (end === start) return whole;
    found.push({ token: token(), start: word[start]!.start, end: word[end - 1]!.end });
    start = end;
  }
  return found;
}

/** Bytes as letters (openai/gpt-2, encoder.py, `bytes_to_unicode`). */
export const letterOfByte: readonly string[] = (() => {
  const isKept = (byte: number): boolean =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  let other = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(isKept(byte) ? byte : other++));
})();

const chunks = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/** Byte-level BPE (Radford et al. 2019). @param ranks of each merge, written with a space between its halves. */
export function byteLevel(text: string, ranks: ReadonlyMap<string, number>): Piece[] {
  // A lone surrogate is read as U+FFFD, and takes as much room.
  const readable = text.replace(/\p{Cs}/gu, '\ufffd');
  return [...readable.matchAll(chunks)].flatMap(({ 0: chunk, index }) =>
    merged(
      placed(chunk).flatMap(({ character, start, end }) =>
        [...new TextEncoder().encode(character)].map((byte) => ({
          token: letterOfByte[byte]!,
          start: index + start,
          end: index + end,
        })),
      ),
      ranks,
    ),
  );
}

function merged(bytes: Piece[], ranks: ReadonlyMap<string, number>): Piece[] {
  const parts = [...bytes];
  for (;;) {
    let best = { rank: Infinity, at: -1 };
    for (let at = 0; at + 1 < parts.length; at++) {
      const rank = ranks.get(`${parts[at]!.token} ${parts[at + 1]!.token}`) ?? Infinity;
      if (rank < best.rank) best = { rank, at };
    }
    if (best.at < 0) return parts;
    const [left, right] = [parts[best.at]!, parts[best.at + 1]!];
    parts.splice(best.at, 2, { token: left.token + right.token, start: left.start, end: right.end });
  }
}

/** Learns merges, the most frequent pair first (Sennrich et al. 2016, algorithm 1). */
export function learnMerges(corpus: string[], count: number): string[] {
  const ranks = new Map<string, number>();
  while (ranks.size < count) {
    const pairs = new Map<string, number>();
    for (const text of corpus) {
      const parts = byteLevel(text, ranks);
      parts.forEach(({ token, end }, index) => {
        const next = parts[index + 1];
        // Pairs lie within a chunk: a space begins the next.
        if (!next || next.start < end || /^[ĠĊĉč]/.test(next.token)) return;
        if (!/^Ġ?[A-Za-z]*$/.test(token) || !/^[A-Za-z]+$/.test(next.token)) return;
        const pair = `${token} ${next.token}`;
        pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
      });
    }
    const [best] = [...pairs].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    if (!best || best[1] < 2) break;
    ranks.set(best[0], ranks.size);
  }
  return [...ranks.keys()];
}

/**
 * The most probable pieces of a text (Kudo 2018, eq. 4), by trying every way. As SentencePiece has it, `▁` stands for a
 * space and begins a word, one is put before the first word, and neighbours that are not known are one piece.
 */
export function unigram(text: string, scores: ReadonlyMap<string, number>, unknownScore: number): Piece[] {
  // A lone surrogate is read as U+FFFD, and takes as much room.
  const own = placed(text.replace(/\p{Cs}/gu, '\ufffd')).map((each) =>
    each.character === ' ' ? { ...each, character: '▁' } : each,
  );
  // What is put before the first word has the place of its first character: there is no space to have.
  if (own.length > 0 && own[0]!.character !== '▁') own.unshift({ ...own[0]!, character: '▁' });
  const words: Placed[][] = [];
  for (const each of own) {
    if (each.character === '▁') words.push([]);
    words.at(-1)!.push(each);
  }
  return words.flatMap((word) => {
    const fused: Piece[] = [];
    for (const piece of bestOf(word, scores, unknownScore)) {
      const before = fused.at(-1);
      const isFused = before !== undefined && !scores.has(before.token) && !scores.has(piece.token);
      if (isFused) {
        before.token += piece.token;
        before.end = piece.end;
      } else fused.push({ ...piece });
    }
    return fused.map(withoutSpaces);
  });
}

/** White space at the ends of a piece is no part of it, unless it is all of it. */
function withoutSpaces({ token, start, end }: Piece): Piece {
  const trimmed = token.trim();
  if (trimmed === '') return { token, start, end };
  const before = token.length - token.trimStart().length;
  const after = token.length - token.trimEnd().length;
  return { token: trimmed, start: start + before, end: end - after };
}

function bestOf(word: Placed[], scores: ReadonlyMap<string, number>, unknownScore: number): Piece[] {
  const best: { score: number; pieces: Piece[] }[] = [{ score: 0, pieces: [] }];
  for (let end = 1; end <= word.length; end++) {
    best[end] = { score: -Infinity, pieces: [] };
    for (let start = 0; start < end; start++) {
      const token = word
        .slice(start, end)
        .map(({ character }) => character)
        .join('');
      const own = scores.get(token) ?? (end - start === 1 ? unknownScore : -Infinity);
      const score = best[start]!.score + own;
      if (score <= best[end]!.score) continue;
      const piece = { token, start: word[start]!.start, end: word[end - 1]!.end };
      best[end] = { score, pieces: [...best[start]!.pieces, piece] };
    }
  }
  return best.at(-1)!.pieces;
}
