import { parseArgs } from 'node:util';
import { HeadlightError, messageOf } from '../core/errors';
import type { Device } from '../protocol/engine';

export const usage = `Usage: headlight COMMAND [OPTIONS] [TEXT]

Commands
  models     the embedded models and what each can answer
  facts      what is known of a model before it runs
  tokens     the tokens of TEXT, with their ids and UTF-16 ranges
  input      the embeddings of each token that add up to what the first layer reads: their norms
  fill       the most probable words for each [MASK] in TEXT
  joint      words for all [MASK] in TEXT together, beside each on its own
  word       what the model thinks of the word at --at, and what it expects there
  score      each token masked in turn: the pseudo-log-likelihood of TEXT
  attention  the attention weights of every head of every layer over TEXT
  forward    every step of the forward pass: its formula, and how far its recomputation is from the model's tensor
  download   what a hub holds under a NAME, or with --variant its files: NAME is org/name or org/name@revision
  pair       how TEXT and the text of --pair go together: next sentence, order, or classes
  classify   the classes of TEXT; of each of its lines with --by-line
  why        what each word of TEXT does to its surest class, or to --label: masked in turn, or left out with --drop;
             with --heads, what each attention head does to it; with --pair, of how two texts go together
  tag        the tag of each word of TEXT, and what they mark together
  answer     the spans of TEXT that answer --question
  similar    the lines of TEXT against each other, by four sentence vectors
  compare    what --model and the model of --with make of TEXT: tokens, masked words, labels, tags
  generate   text after TEXT, or made of it by an encoder and a decoder, with the distribution of each step
  tensor     the shape and statistics of one tensor inside the model, with the norm of each token
  runs PATH  the training runs in a folder, or of a log file
  file FILE  what a model says of each line, or of --column of a .csv or .jsonl, as JSON Lines: --ask, --out;
             Ctrl+C stops it, the same command goes on
  mask FILE  training data for masked words of a text file, as JSON Lines: --out, --policy, --rate, --seed, --epochs
  map make FILE      a word of the vocabulary for each code of a text of codes: --out, --seed or --corpus
  map apply FILE     the text with words in the place of codes: --mapping, --out
  map reverse FILE   and back, byte for byte

TEXT
  -                 read standard input as one text
  --lines           each line of TEXT is a text of its own; prints JSON Lines

Options
  --model MODEL     an embedded model's name, a folder, or an .onnx file
  --with MODEL      the second model of a comparison; of tokens, those of both aligned on the text
  --pair TEXT       the second text of a pair
  --stride N        tokens that a window of a long text shares with the one before, for tokens (0)
  --beams N         hypotheses of the joint search, 1 to 20 (5); of generation, 1 to 8 (as generation_config.json
                    says, else 1, which is greedy)
  --length N        the most tokens to generate, 1 to 512 (as generation_config.json says, else 64)
  --at OFFSET       UTF-16 offset of the word in TEXT (0)
  --window N        which window of a long text is scored, from 0 (0)
  --top-k N         predictions for each mask or step, or answers, 1 to 100 (5)
  --question TEXT   what to find the answer to
  --label LABEL     the class that is watched; the surest when absent
  --drop            leave words out instead of masking them
  --heads           take away attention heads instead of words
  --by-line         classify each line of TEXT, in batches
  --layer L         attention of one layer, from 0; all when absent. Of a tensor, its layer
                    Of the forward pass, the steps of one layer
  --head H          attention of one head, from 0; all when absent
  --role ROLE       which tensor, as "facts --json" lists them
  --stack STACK     encoder or decoder; the first that has the tensor when absent. Of attention, cross, too
  --variant FILE    which .onnx file of a hub to download, with all that it needs
  --into FOLDER     where to download to (.)
  --out FILE        the file to write
  --ask QUESTION    of each row its classes, its tags, to fill its masks, or to score it (classes)
  --column NAME     which column of a table is read
  --policy POLICY   what is masked together: token, word, span (n-grams of words) or entity (token)
  --rate PERCENT    share of the tokens that is masked, above 0 and below 100 (15)
  --seed N          the same seed gives the same bytes (1)
  --epochs N        passes over the file, each with a pattern of its own, 1 to 100 (1)
  --pairs TASK      pairs of sentences, one on a line, with blank lines between documents: nsp or sop
  --entities FILE   entities, one on each line; without it the tagging model --tagger finds them
  --tagger MODEL    a model that tags words; an embedded one when absent
  --mapping FILE    codes with their words, as "map make" writes them
  --corpus FILE     give the more frequent code the more frequent word of this text, instead of a word by chance
  --device DEVICE   cpu, cuda, coreml, dml, webgpu or wasm; the CPU where it cannot be had
  --json            print JSON
`;

const devices: string[] = ['cpu', 'cuda', 'coreml', 'dml', 'webgpu', 'wasm'] satisfies Device[];

const options = {
  model: { type: 'string' },
  with: { type: 'string' },
  pair: { type: 'string' },
  stride: { type: 'string', default: '0' },
  question: { type: 'string' },
  label: { type: 'string' },
  drop: { type: 'boolean', default: false },
  heads: { type: 'boolean', default: false },
  'by-line': { type: 'boolean', default: false },
  'top-k': { type: 'string', default: '5' },
  beams: { type: 'string' },
  length: { type: 'string' },
  at: { type: 'string', default: '0' },
  window: { type: 'string', default: '0' },
  layer: { type: 'string' },
  head: { type: 'string' },
  role: { type: 'string' },
  stack: { type: 'string' },
  variant: { type: 'string' },
  into: { type: 'string', default: '.' },
  out: { type: 'string' },
  ask: { type: 'string', default: 'classes' },
  column: { type: 'string' },
  policy: { type: 'string', default: 'token' },
  rate: { type: 'string', default: '15' },
  seed: { type: 'string', default: '1' },
  epochs: { type: 'string', default: '1' },
  pairs: { type: 'string' },
  entities: { type: 'string' },
  tagger: { type: 'string' },
  mapping: { type: 'string' },
  corpus: { type: 'string' },
  device: { type: 'string', default: 'cpu' },
  json: { type: 'boolean', default: false },
  lines: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

export type Options = ReturnType<
  typeof parseArgs<{ options: typeof options; allowPositionals: true }>
>['values'];

export function parse(): { values: Options; positionals: string[] } {
  try {
    const parsed = parseArgs({ options, allowPositionals: true });
    const topK = Number(parsed.values['top-k']);
    if (!devices.includes(parsed.values.device)) {
      throw new HeadlightError('WrongUsage', `--device takes one of: ${devices.join(', ')}.`);
    }
    if (Number.isInteger(topK) && topK >= 1 && topK <= 100) return parsed;
  } catch (error) {
    throw new HeadlightError('WrongUsage', messageOf(error));
  }
  throw new HeadlightError('WrongUsage', '--top-k takes a whole number from 1 to 100.');
}

export function wholeNumber(name: string, option: string, least: number, most: number): number {
  const number = Number(option);
  if (/^\d+$/.test(option) && number >= least && number <= most) return number;
  const range = most < Number.MAX_SAFE_INTEGER ? `from ${least} to ${most}` : `from ${least} on`;
  throw new HeadlightError('WrongUsage', `--${name} takes a whole number ${range}.`);
}

/** The one index that an option names, or all of them. */
export function chosen(name: string, option: string | undefined, count: number): number[] {
  if (option === undefined) return [...Array(count).keys()];
  const index = Number(option);
  if (/^\d+$/.test(option) && index < count) return [index];
  throw new HeadlightError(
    'WrongUsage',
    `--${name} takes a whole number from 0 to ${count - 1} for this model.`,
  );
}
