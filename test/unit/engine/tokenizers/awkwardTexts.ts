import fc from 'fast-check';

/** Texts as people have them, in which tokenizers and editors count differently. */
export const awkwardTexts: string[] = [
  '',
  ' ',
  '\r\n',
  'The lighthouse keeper counted seventeen ships before breakfast.',
  'It isn’t "easy"; they\'re co-operating — don\'t you think? (Yes.)',
  'unbelievably antidisestablishmentarianism',
  `one ${'x'.repeat(101)} word`,
  'line one\r\nline two\r\n\r\n\tindented\ttwice\n\n',
  'trailing spaces   \n   and leading ones',
  '我今天很高兴，因为下雨了。',
  '中文English混排123，没有空格',
  '「引号」、《书名号》……——！？',
  '㐀𠀀𪚥 ideographs of the extensions',
  'ＡＢＣ　１２３　ｆｕｌｌ－ｗｉｄｔｈ！',
  '東京タワーへ行きました。ｶﾀｶﾅ',
  '한국어를 공부합니다',
  'café naïve Ångström coöperation São Tomé',
  'cafe\u0301 nai\u0308ve with combining marks',
  'Z\u0351\u036b\u0343\u036aa\u0302\u0353l\u034cgo\u0315',
  'Tiếng Việt có nhiều dấu',
  'İstanbul ve ıssız, STRASSE straße ﬁne ﬂow',
  'ΟΔΥΣΣΕΥΣ Ὀδυσσεύς σοφός',
  'Съешь ещё этих мягких французских булок',
  'שָׁלוֹם עולם',
  'مرحبا بالعالم، كيف حالك؟',
  'English ثم عربي then עברית again',
  'नमस्ते दुनिया',
  'ภาษาไทยไม่มีช่องว่าง',
  '😀 the 🎉 party',
  'family 👨‍👩‍👧‍👦, flag 🇩🇪, hand 👋🏽, heart ❤️, keycap 1️⃣',
  'x\u200by zero width, x\u00ady soft hyphen, x\u00a0y no-break',
  'control \u0000\u0001\u001b characters \u007f',
  '\u202eright to left override\u202c',
  'a lone \ud83d surrogate, and \ude00 the other',
  '\ufffd replacement',
  'C:\\Users\\me\\file.txt https://example.org/a?b=c&d=%20#e me@example.org',
  'for (let i = 0; i < n; i++) { x[i] += 1; } // done',
  '| table | of | Markdown |\n|---|---|---|\n| **a** | `b` | [c](d) |',
  '$E = mc^2$, ∑ᵢ xᵢ² ≤ ½·π, 10⁻³ ± 5 %',
  '1,234.56 1.234,56 ١٢٣ Ⅷ ½ ①',
  '!!!???...,,,;;;:::',
  'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
];

/** Texts put together from pieces of those, cut anywhere: in the middle of a pair of surrogates, too. */
export const mixedTexts = fc
  .array(
    fc
      .constantFrom(...awkwardTexts)
      .chain((text) =>
        fc
          .tuple(fc.nat({ max: text.length }), fc.nat({ max: 12 }))
          .map(([start, length]) => text.slice(start, start + length)),
      ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));
