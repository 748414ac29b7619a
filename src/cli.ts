import path from 'node:path';
import { readFileSync } from 'node:fs';
import { downloadModel } from './cli/download';
import { EngineClient } from './client/engineClient';
import { embeddedModels, explained, firstThatAnswers, locateModel } from './client/models';
import { HeadlightError, toHeadlightError } from './core/errors';
import type { Device } from './protocol/engine';
import type { QuestionKind } from './protocol/models';
import { factsText, modelsText } from './core/plainText';
import { type Options, usage, parse } from './cli/options';
import { type Answer, type TextCommand, print } from './cli/answer';
import { attentionCommand } from './cli/attentionCommand';
import { inputCommand, tensorCommand, forwardCommand } from './cli/tensorCommands';
import { tokensCommand, fillCommand, jointCommand, wordCommand, scoreCommand } from './cli/wordCommands';
import {
  pairCommand,
  classifyCommand,
  whyCommand,
  tagCommand,
  answerCommand,
  similarCommand,
} from './cli/sentenceCommands';
import { compareCommand } from './cli/compareCommand';
import { generateCommand } from './cli/generateCommand';
import { runsCommand } from './cli/runsCommand';
import { fileCommand, mapCommand, maskCommand } from './cli/dataCommands';

const extensionRoot = path.dirname(__dirname);

const textCommands: Record<string, { kind: QuestionKind; answer: TextCommand }> = {
  tokens: { kind: 'tokens', answer: (...asked) => tokensCommand(extensionRoot, ...asked) },
  fill: { kind: 'maskedWords', answer: fillCommand },
  joint: { kind: 'maskedWords', answer: jointCommand },
  word: { kind: 'maskedWords', answer: wordCommand },
  score: { kind: 'maskedWords', answer: scoreCommand },
  attention: { kind: 'attention', answer: attentionCommand },
  input: { kind: 'tokens', answer: inputCommand },
  tensor: { kind: 'tokens', answer: tensorCommand },
  forward: { kind: 'attention', answer: forwardCommand },
  pair: { kind: 'pair', answer: pairCommand },
  classify: { kind: 'classes', answer: classifyCommand },
  why: { kind: 'classes', answer: whyCommand },
  tag: { kind: 'tags', answer: tagCommand },
  answer: { kind: 'answer', answer: answerCommand },
  similar: { kind: 'similarity', answer: similarCommand },
  compare: { kind: 'tokens', answer: (...asked) => compareCommand(extensionRoot, ...asked) },
  generate: { kind: 'generation', answer: generateCommand },
};

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
  if (command === 'file') return print(await fileCommand(engine, extensionRoot, positionals, values), values);
  if (command === 'mask') return print(await maskCommand(engine, extensionRoot, positionals, values), values);
  if (command === 'map') return print(await mapCommand(engine, extensionRoot, positionals, values), values);
  if (!textCommand) {
    expectText(positionals, 0);
    const answer = command === 'models' ? await modelsCommand(engine) : await factsCommand(engine, values);
    await print(answer, values);
    return;
  }
  const [text] = expectText(positionals, 1);
  // The reasons for a pair are those of the model that judges it.
  const kind = command === 'why' && values.pair !== undefined ? 'pair' : textCommand.kind;
  const model = values.model
    ? locateModel(values.model, extensionRoot)
    : await firstThatAnswers(engine, embeddedModels(extensionRoot), kind);
  const answer = (source: string): Promise<Answer> =>
    textCommand.answer(engine, model, source, values).catch(async (error: unknown) => {
      throw await explained(error, engine, embeddedModels(extensionRoot), kind);
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
  if (
    !command ||
    !(command in textCommands || ['models', 'facts', 'download', 'file', 'mask', 'map'].includes(command))
  ) {
    throw new HeadlightError('WrongUsage', command ? `There is no command "${command}".` : 'Name a command.');
  }
  const engine = new EngineClient({
    entry: path.join(__dirname, 'engine.js'),
    settings: { threads: 0, device: values.device as Device, memoryLimitBytes: 8 * 2 ** 30 },
    limits: { idleSeconds: 60, requestSeconds: 600 },
    log: (line, level) => {
      if (level === 'warn' || level === 'error') process.stderr.write(`${line}\n`);
    },
  });
  try {
    await run(engine, command, rest, values);
  } finally {
    await engine.dispose();
  }
}

main().catch((error: unknown) => {
  const { code, message } = toHeadlightError(error);
  process.stderr.write(`headlight: ${message}\n`);
  if (code === 'WrongUsage') process.stderr.write(`\n${usage}`);
  process.exitCode = code === 'WrongUsage' ? 2 : 1;
});
