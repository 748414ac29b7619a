import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { downloadModel } from './cli/download';
import { EngineClient } from './client/engineClient';
import { RunsClient } from './client/runsClient';
import { embeddedModels, explained, firstThatAnswers, locateModel } from './client/models';
import { everyToken, oneHead, tokensOfStack } from './core/attention/units';
import { HeadlightError, messageOf, toHeadlightError } from './core/errors';
import type { AttentionStack, HeadIndex } from './protocol/attention';
import type { Device } from './protocol/engine';
import type { Token } from './protocol/encoding';
import type { FillResult, TokensResult, Window } from './protocol/inspections';
import type { QuestionKind, RoleFacts } from './protocol/models';
import type { Run, RunsResult } from './protocol/runs';
import {
  attentionText,
  factsText,
  forwardText,
  fillText,
  jointText,
  modelsText,
  runsText,
  scoreText,
  tensorText,
  tokensText,
  wordText,
} from './core/plainText';
import { answersText, classesText, pairText, similarityText, tagsText } from './core/sentencesText';

const usage = `Usage: headlight COMMAND [OPTIONS] [TEXT]

Commands
  models     the embedded models and what each can answer
  facts      what is known of a model before it runs
  tokens     the tokens of TEXT, with their ids and UTF-16 ranges
  fill       the most probable words for each [MASK] in TEXT
  joint      words for all [MASK] in TEXT together, beside each on its own
  word       what the model thinks of the word at --at, and what it expects there
  score      each token masked in turn: the pseudo-log-likelihood of TEXT
  attention  the attention weights of every head of every layer over TEXT
  forward    every step of the forward pass: its formula, and how far its recomputation is from the model's tensor
  download   what a hub holds under a NAME, or with --variant its files: NAME is org/name or org/name@revision
  pair       how TEXT and the text of --pair go together: next sentence, order, or classes
  classify   the classes of TEXT; of each of its lines with --by-line
  tag        the tag of each word of TEXT, and what they mark together
  answer     the spans of TEXT that answer --question
  similar    the lines of TEXT against each other, by four sentence vectors
  tensor     the shape and statistics of one tensor inside the model, with the norm of each token
  runs PATH  the training runs in a folder, or of a log file

TEXT
  -                 read standard input as one text
  --lines           each line of TEXT is a text of its own; prints JSON Lines

Options
  --model MODEL     an embedded model's name, a folder, or an .onnx file
  --pair TEXT       the second text of a pair
  --beams N         hypotheses of the joint search, 1 to 20 (5)
  --at OFFSET       UTF-16 offset of the word in TEXT (0)
  --window N        which window of a long text is scored, from 0 (0)
  --top-k N         predictions for each mask, or answers, 1 to 100 (5)
  --question TEXT   what to find the answer to
  --by-line         classify each line of TEXT, in batches
  --layer L         attention of one layer, from 0; all when absent. Of a tensor, its layer
                    Of the forward pass, the steps of one layer
  --head H          attention of one head, from 0; all when absent
  --role ROLE       which tensor, as "facts --json" lists them
  --stack STACK     encoder or decoder; the first that has the tensor when absent. Of attention, cross, too
  --variant FILE    which .onnx file of a hub to download, with all that it needs
  --into FOLDER     where to download to (.)
  --device DEVICE   cpu, cuda, coreml, dml, webgpu or wasm; the CPU where it cannot be had
  --json            print JSON
`;

const devices: string[] = ['cpu', 'cuda', 'coreml', 'dml', 'webgpu', 'wasm'] satisfies Device[];

const extensionRoot = path.dirname(__dirname);

const options = {
  model: { type: 'string' },
  pair: { type: 'string' },
  question: { type: 'string' },
  'by-line': { type: 'boolean', default: false },
  'top-k': { type: 'string', default: '5' },
  beams: { type: 'string', default: '5' },
  at: { type: 'string', default: '0' },
  window: { type: 'string', default: '0' },
  layer: { type: 'string' },
  head: { type: 'string' },
  role: { type: 'string' },
  stack: { type: 'string' },
  variant: { type: 'string' },
  into: { type: 'string', default: '.' },
  device: { type: 'string', default: 'cpu' },
  json: { type: 'boolean', default: false },
  lines: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

type Options = ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>['values'];

/** What a command found, for scripts and for people. */
interface Answer {
  json: object | AsyncIterable<string>;
  text: string | AsyncIterable<string>;
  /** Something to know beside the answer; goes to standard error. */
  notice?: string;
}

type TextCommand = (engine: EngineClient, model: string, text: string, values: Options) => Promise<Answer>;

const textCommands: Record<string, { kind: QuestionKind; answer: TextCommand }> = {
  tokens: { kind: 'tokens', answer: tokensCommand },
  fill: { kind: 'maskedWords', answer: fillCommand },
  joint: { kind: 'maskedWords', answer: jointCommand },
  word: { kind: 'maskedWords', answer: wordCommand },
  score: { kind: 'maskedWords', answer: scoreCommand },
  attention: { kind: 'attention', answer: attentionCommand },
  tensor: { kind: 'tokens', answer: tensorCommand },
  forward: { kind: 'attention', answer: forwardCommand },
  pair: { kind: 'pair', answer: pairCommand },
  classify: { kind: 'classes', answer: classifyCommand },
  tag: { kind: 'tags', answer: tagCommand },
  answer: { kind: 'answer', answer: answerCommand },
  similar: { kind: 'similarity', answer: similarCommand },
};

async function tokensCommand(
  engine: EngineClient,
  model: string,
  text: string,
  { pair }: Options,
): Promise<Answer> {
  const result = await engine.request('tokens', { model, text, pair });
  return {
    json: tokensJson(result),
    text: tokensText(result),
    notice: lengthNotice(result.tokens.length, result),
  };
}

async function fillCommand(
  engine: EngineClient,
  model: string,
  text: string,
  values: Options,
): Promise<Answer> {
  const topK = Number(values['top-k']);
  const result = await engine.request('fill', { model, text, pair: values.pair, topK });
  return { json: fillJson(result), text: fillText(result), notice: lengthNotice(result.tokenCount, result) };
}

async function jointCommand(
  engine: EngineClient,
  model: string,
  text: string,
  { pair, beams }: Options,
): Promise<Answer> {
  const result = await engine.request('fillJointly', {
    ...{ model, text, pair },
    beams: wholeNumber('beams', beams, 1, 20),
  });
  return {
    json: withoutCounts(result),
    text: jointText(result),
    notice: lengthNotice(result.tokenCount, result),
  };
}

async function wordCommand(
  engine: EngineClient,
  model: string,
  text: string,
  { pair, at, 'top-k': topK }: Options,
): Promise<Answer> {
  const offset = wholeNumber('at', at, 0, Number.MAX_SAFE_INTEGER);
  const result = await engine.request('word', { model, text, pair, offset, topK: Number(topK) });
  return { json: result, text: wordText(result) };
}

async function scoreCommand(
  engine: EngineClient,
  model: string,
  text: string,
  { pair, window }: Options,
): Promise<Answer> {
  const index = wholeNumber('window', window, 0, Number.MAX_SAFE_INTEGER);
  const result = await engine.request('score', { model, text, pair, window: index });
  const json = { ...withoutCounts(result), tokens: result.tokens.map(tokenJson) };
  return { json, text: scoreText(result), notice: lengthNotice(result.tokenCount, result) };
}

/** What a notice tells is no part of the answer. */
function withoutCounts<Result extends { tokenCount: number; maximumLength: number | null }>(
  result: Result,
): Omit<Result, 'tokenCount' | 'maximumLength'> {
  const { tokenCount: _, maximumLength: __, ...rest } = result;
  return rest;
}

function wholeNumber(name: string, option: string, least: number, most: number): number {
  const number = Number(option);
  if (/^\d+$/.test(option) && number >= least && number <= most) return number;
  const range = most < Number.MAX_SAFE_INTEGER ? `from ${least} to ${most}` : `from ${least} on`;
  throw new HeadlightError('WrongUsage', `--${name} takes a whole number ${range}.`);
}

async function attentionCommand(
  engine: EngineClient,
  model: string,
  text: string,
  { pair, layer, head, stack: wanted }: Options,
): Promise<Answer> {
  const result = await engine.request('attention', { model, text, pair, budgetBytes: Infinity });
  const { trace, stacks } = result;
  const shown = wanted === undefined ? stacks[0] : stacks.find(({ stack }) => stack === wanted);
  if (!shown) {
    const names = stacks.map(({ stack }) => stack).join(', ');
    throw new HeadlightError('WrongUsage', `--stack takes an attention of this model: ${names}.`);
  }
  const layers = chosen('layer', layer, shown.layers);
  const heads = chosen('head', head, shown.heads);
  const rows = async (index: HeadIndex): Promise<number[][]> => {
    const question = { trace, stack: shown.stack, source: oneHead(index), shape: everyToken };
    return rowsOf(await engine.request('attentionWeights', question), keys.length);
  };
  const { queries, keys } = tokensOfStack(result, shown.stack);
  const tokens = result.tokens.map(tokenJson);
  const window = result.window && { window: result.window };
  const target = result.target && { target: result.target.map(tokenJson), stack: shown.stack };
  return {
    json: attentionJson({ model: result.model, tokens, ...target, ...window, layers, heads }, rows),
    text: attentionLines({ queries, keys }, layers, heads, rows),
    notice: lengthNotice(result.tokenCount, result),
  };
}

async function tensorCommand(
  engine: EngineClient,
  model: string,
  text: string,
  values: Options,
): Promise<Answer> {
  const { roles } = await engine.request('facts', { model });
  const { role, stack, layer } = roleIn(roles, values);
  const result = await engine.request('tensor', { model, text, pair: values.pair, role, stack, layer });
  const { window, shape, statistics } = result;
  const json = {
    model: result.model,
    ...{ role, stack, layer },
    tokens: result.tokens.map(tokenJson),
    ...(window && { window }),
    ...{ shape, statistics, norms: Array.from(result.norms, nineDigits) },
  };
  return { json, text: tensorText(result), notice: lengthNotice(result.tokenCount, result) };
}

async function forwardCommand(
  engine: EngineClient,
  model: string,
  text: string,
  { pair, layer }: Options,
): Promise<Answer> {
  const result = await engine.request('forward', { model, text, pair });
  const { trace, window } = result;
  const layers = Math.max(...result.steps.map((step) => (step.layer ?? -1) + 1));
  const [wanted] = layer === undefined ? [] : chosen('layer', layer, layers);
  const steps = [];
  for (const [step, { alsoAt: _, ...described }] of result.steps.entries()) {
    if (wanted !== undefined && described.layer !== wanted) continue;
    const question = { trace, step, token: 0, mostProducts: Infinity };
    const { shape, statistics, check } = await engine.request('forwardStep', question);
    steps.push({ step, ...described, shape, statistics, check });
  }
  const tokens = result.tokens.map(tokenJson);
  return {
    json: {
      model: result.model,
      tokens,
      ...(result.target && { target: result.target.map(tokenJson) }),
      ...(window && { window }),
      steps,
    },
    text: forwardText(steps),
    notice: lengthNotice(result.tokenCount, result),
  };
}

async function pairCommand(
  engine: EngineClient,
  model: string,
  text: string,
  { pair }: Options,
): Promise<Answer> {
  if (pair === undefined) throw new HeadlightError('WrongUsage', 'Give the second text with --pair.');
  const result = await engine.request('pair', { model, text, pair });
  return { json: result, text: pairText(result) };
}

async function classifyCommand(
  engine: EngineClient,
  model: string,
  text: string,
  values: Options,
): Promise<Answer> {
  const result = await engine.request('classes', {
    ...{ model, text, pair: values.pair },
    byLine: values['by-line'],
  });
  const cut = result.rows.some((row) => row.cut);
  const notice = cut ? `A text is longer than ${result.model} reads: its beginning was read.` : undefined;
  return { json: result, text: classesText(result, text), notice };
}

async function tagCommand(engine: EngineClient, model: string, text: string): Promise<Answer> {
  const result = await engine.request('tags', { model, text });
  return { json: result, text: tagsText(result, text) };
}

async function answerCommand(
  engine: EngineClient,
  model: string,
  text: string,
  { question, ...values }: Options,
): Promise<Answer> {
  if (!question) throw new HeadlightError('WrongUsage', 'Give the question with --question.');
  const count = Number(values['top-k']);
  const result = await engine.request('answers', { model, question, text, count });
  return { json: result, text: answersText(result) };
}

async function similarCommand(
  engine: EngineClient,
  model: string,
  text: string,
  { pair }: Options,
): Promise<Answer> {
  const result = await engine.request('similarity', { model, text, pair });
  return { json: result, text: similarityText(result) };
}

/** The tensor that the options name. */
function roleIn(roles: RoleFacts[], { role, stack, layer }: Options): RoleFacts {
  const named = roles.filter((each) => each.role === role);
  if (named.length === 0) {
    const names = [...new Set(roles.map((each) => each.role))].join(', ');
    throw new HeadlightError('WrongUsage', `--role takes a tensor of this model: ${names || 'it has none'}.`);
  }
  const wanted = layer === undefined ? null : Number(layer);
  const found = named.find((each) => each.layer === wanted && (stack === undefined || each.stack === stack));
  if (found) return found;
  const layers = named.flatMap((each) => each.layer ?? []);
  const hint = layers.length > 0 ? `takes --layer from 0 to ${Math.max(...layers)}` : 'takes no --layer';
  throw new HeadlightError('WrongUsage', `${role} ${hint}, and is in: ${stacksOf(named)}.`);
}

function stacksOf(roles: RoleFacts[]): string {
  return [...new Set(roles.map(({ stack }) => stack ?? 'no stack'))].join(', ');
}

/** All of an attention's JSON but the weights. */
interface AttentionHeader {
  model: string;
  tokens: Token[];
  /** What a decoder read beside an encoder, and which attention it is. */
  target?: Token[];
  stack?: AttentionStack;
  window?: Window;
  layers: number[];
  heads: number[];
}

type RowsOfHead = (index: HeadIndex) => Promise<number[][]>;

/** Head by head: the weights of a long text are more than one string can hold. */
async function* attentionJson(header: AttentionHeader, rows: RowsOfHead): AsyncGenerator<string> {
  yield `${JSON.stringify(header).slice(0, -1)},"weights":[`;
  for (const [l, layer] of header.layers.entries()) {
    yield l === 0 ? '[' : ',[';
    for (const [h, head] of header.heads.entries()) {
      yield (h === 0 ? '' : ',') + JSON.stringify(await rows({ layer, head }));
    }
    yield ']';
  }
  yield ']}';
}

async function* attentionLines(
  tokens: { queries: Token[]; keys: Token[] },
  layers: number[],
  heads: number[],
  rows: RowsOfHead,
): AsyncGenerator<string> {
  let separator = '';
  for (const layer of layers) {
    for (const head of heads) {
      yield separator + attentionText(tokens, { layer, head }, await rows({ layer, head }));
      separator = '\n\n';
    }
  }
}

/** The one index that an option names, or all of them. */
function chosen(name: string, option: string | undefined, count: number): number[] {
  if (option === undefined) return [...Array(count).keys()];
  const index = Number(option);
  if (/^\d+$/.test(option) && index < count) return [index];
  throw new HeadlightError(
    'WrongUsage',
    `--${name} takes a whole number from 0 to ${count - 1} for this model.`,
  );
}

/** A square of weights as rows, with as many digits as float32 has. */
function rowsOf(weights: Float32Array, size: number): number[][] {
  return Array.from({ length: size }, (_, row) =>
    Array.from(weights.subarray(row * size, (row + 1) * size), nineDigits),
  );
}

function nineDigits(value: number): number {
  return Number(value.toPrecision(9));
}

/** What scripts read does not change with the views: only the fields that the README promises. */
function tokensJson({ model, tokens }: TokensResult): object {
  return { model, tokens: tokens.map(tokenJson) };
}

function tokenJson({ token, id, segmentId, positionId, attentionMask, special, start, end }: Token): Token {
  return { token, id, segmentId, positionId, attentionMask, special, start, end };
}

function fillJson({ model, masks }: FillResult): object {
  return {
    model,
    masks: masks.map(({ position, window, predictions }) => ({
      position,
      ...(window && { window }),
      predictions: predictions.map(({ token, id, probability }) => ({ token, id, probability })),
    })),
  };
}

function lengthNotice(
  count: number,
  { model, maximumLength }: { model: string; maximumLength: number | null },
): string | undefined {
  if (maximumLength === null || count <= maximumLength) return undefined;
  return `The text has ${count} tokens; ${model} reads ${maximumLength} at once.`;
}

async function run(
  engine: EngineClient,
  command: string,
  positionals: string[],
  values: Options,
): Promise<void> {
  const textCommand = textCommands[command];
  if (command === 'download') {
    const [name = ''] = positionals;
    const { variant, into } = values;
    const tell = (line: string): boolean => process.stderr.write(`${line}\n`);
    return print(await downloadModel({ name, variant, into }, tell), values);
  }
  if (!textCommand) {
    expectText(positionals, 0);
    const answer = command === 'models' ? await modelsCommand(engine) : await factsCommand(engine, values);
    await print(answer, values);
    return;
  }
  const [text] = expectText(positionals, 1);
  const model = values.model
    ? locateModel(values.model, extensionRoot)
    : await firstThatAnswers(engine, embeddedModels(extensionRoot), textCommand.kind);
  const answer = (source: string): Promise<Answer> =>
    textCommand.answer(engine, model, source, values).catch(async (error: unknown) => {
      throw await explained(error, engine, embeddedModels(extensionRoot), textCommand.kind);
    });
  const source = text === '-' ? readFileSync(0, 'utf8') : text!;
  if (!values.lines) {
    await print(await answer(source), values);
    return;
  }
  const lines = source.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  for (const [index, line] of lines.entries()) {
    try {
      await print(await answer(line), { ...values, json: true });
    } catch (error) {
      const { message } = toHeadlightError(error);
      // One output line for each input line, whatever becomes of it.
      process.stdout.write(`${JSON.stringify({ error: message })}\n`);
      process.stderr.write(`line ${index + 1}: ${message}\n`);
      process.exitCode = 1;
    }
  }
}

async function modelsCommand(engine: EngineClient): Promise<Answer> {
  const models = [];
  for (const model of embeddedModels(extensionRoot)) models.push(await engine.request('facts', { model }));
  return { json: { models }, text: modelsText(models) };
}

async function factsCommand(engine: EngineClient, { model }: Options): Promise<Answer> {
  const located = model ? locateModel(model, extensionRoot) : embeddedModels(extensionRoot)[0];
  if (!located) throw new HeadlightError('ModelNotFound', 'No model is embedded. Name one with --model.');
  const facts = await engine.request('facts', { model: located });
  return { json: facts, text: factsText(facts) };
}

/** Needs no engine: logs are read by a reader of their own. */
async function runsCommand(positionals: string[], values: Options): Promise<void> {
  const [given] = positionals;
  if (given === undefined || positionals.length > 1) {
    throw new HeadlightError('WrongUsage', 'Give one PATH, a folder or a log file.');
  }
  const reader = new RunsClient(path.join(__dirname, 'runs.js'));
  try {
    const result = await reader.request('read', { paths: [path.resolve(given)] });
    await print({ json: runsJson(result), text: runsText(result) }, values);
  } finally {
    await reader.dispose();
  }
}

/** Series by series: ten million points are more than one string can hold. */
async function* runsJson({ runs, problems }: RunsResult): AsyncGenerator<string> {
  yield '{"runs":[';
  for (const [index, run] of runs.entries()) {
    const { name, path: at, format, hyperparameters } = run;
    const header = JSON.stringify({ name, path: at, format, hyperparameters });
    yield `${index === 0 ? '' : ','}${header.slice(0, -1)},"series":[`;
    for (const [number, { tag, steps, values, wallTimes }] of run.series.entries()) {
      yield `${number === 0 ? '' : ','}{"tag":${JSON.stringify(tag)},"steps":[`;
      yield* numbersJson(steps);
      yield '],"values":[';
      yield* numbersJson(values);
      yield '],"wallTimes":[';
      yield* numbersJson(wallTimes);
      yield ']}';
    }
    yield ']}';
  }
  yield `],"problems":${JSON.stringify([...problems, ...runs.flatMap((run: Run) => run.problems)])}}`;
}

function* numbersJson(numbers: Float64Array): Generator<string> {
  for (let start = 0; start < numbers.length; start += 10_000) {
    const part = Array.from(numbers.subarray(start, start + 10_000), (number) =>
      Number.isFinite(number) ? String(number) : `"${number}"`,
    );
    yield (start === 0 ? '' : ',') + part.join(',');
  }
}

async function print({ json, text, notice }: Answer, values: Options): Promise<void> {
  const output = values.json ? (isChunked(json) ? json : JSON.stringify(json)) : text;
  if (typeof output === 'string') process.stdout.write(output);
  else {
    for await (const chunk of output) {
      if (!process.stdout.write(chunk)) await once(process.stdout, 'drain');
    }
  }
  process.stdout.write('\n');
  if (notice) process.stderr.write(`${notice}\n`);
}

function isChunked(json: object): json is AsyncIterable<string> {
  return Symbol.asyncIterator in json;
}

function expectText(positionals: string[], count: number): string[] {
  if (positionals.length === count) return positionals;
  const hint = count ? 'Give one TEXT, in quotes, or - for standard input.' : 'This command takes no TEXT.';
  throw new HeadlightError('WrongUsage', hint);
}

async function main(): Promise<void> {
  // Whoever reads our output may stop early, as `head` does.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  const { values, positionals } = parse();
  const [command, ...rest] = positionals;
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  if (command === 'runs') return runsCommand(rest, values);
  if (!command || !(command in textCommands || ['models', 'facts', 'download'].includes(command))) {
    throw new HeadlightError('WrongUsage', command ? `There is no command "${command}".` : 'Name a command.');
  }
  const engine = new EngineClient({
    entry: path.join(__dirname, 'engine.js'),
    settings: { threads: 0, device: values.device as Device, memoryLimitBytes: 8 * 2 ** 30 },
    limits: { idleSeconds: 60, requestSeconds: 600 },
    log: (line) => process.stderr.write(`${line}\n`),
  });
  try {
    await run(engine, command, rest, values);
  } finally {
    await engine.dispose();
  }
}

function parse(): { values: Options; positionals: string[] } {
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

main().catch((error: unknown) => {
  const { code, message } = toHeadlightError(error);
  process.stderr.write(`headlight: ${message}\n`);
  if (code === 'WrongUsage') process.stderr.write(`\n${usage}`);
  process.exitCode = code === 'WrongUsage' ? 2 : 1;
});
