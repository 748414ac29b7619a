/** Questions with values that nobody asks, and texts of any characters: the engine answers or says no, and lives. */
import path from 'node:path';
import type { EngineRequests } from '../../src/protocol/engine';
import type { ErrorCode } from '../../src/protocol/errors';
import { mutatedJson, type Below } from '../support/damagedFolder';
import { repositoryRoot } from '../support/paths';
import { endingOf, startEngine } from './engine';
import { search } from './search';

const model = (name: string): string => path.join(repositoryRoot, 'media/models', name);
const bert = model('bert-tiny-en-zh');
const text = 'I drink a cup of [MASK] every morning. 每天早上';

/** A question of each kind that takes a text. */
const questions: [keyof EngineRequests, object][] = [
  ['facts', { model: bert }],
  ['tokens', { model: bert, text, pair: 'b' }],
  ['fill', { model: bert, text, topK: 5 }],
  ['fillJointly', { model: bert, text: `${text} [MASK]`, beams: 2 }],
  ['word', { model: bert, text, offset: 3, topK: 5 }],
  ['score', { model: bert, text, window: 0 }],
  ['input', { model: bert, text }],
  ['tensor', { model: bert, text, role: 'hiddenState', stack: 'encoder', layer: 1 }],
  ['pair', { model: bert, text, pair: 'b' }],
  ['classes', { model: model('bert-tiny-intent'), text, byLine: true }],
  ['tags', { model: model('bert-tiny-slots'), text }],
  ['answers', { model: model('bert-tiny-answer'), text, question: 'Who?', count: 3 }],
  ['similarity', { model: bert, text: `${text}\n${text}` }],
  ['generate', { model: model('gpt-tiny-en-zh'), text, beams: 1, length: 4, topK: 2 }],
  ['attention', { model: bert, text, budgetBytes: 1e9, window: 0, stride: 8 }],
  ['forward', { model: bert, text }],
];

/** What these questions may end with; 'Internal' because types of a question may be wrong, too. */
const mayEnd: ErrorCode[] = [
  'Internal',
  'ModelNotFound',
  'OnnxMissing',
  'OnnxInvalid',
  'TokenizerMissing',
  'ConfigInvalid',
  'InputsUnsupported',
  'NoMlmHead',
  'NoAttention',
  'TensorMissing',
  'NoHead',
  'NoMask',
  'NoPair',
  'NoTokens',
  'TextTooLong',
  'OverBudget',
  'WrongUsage',
];

/** Characters that scripts, tokenizers and offsets treat in ways of their own. */
const awkward = [
  '\u0000',
  '\ud800',
  '\udc00',
  '👩‍🚀',
  'é',
  'ﬁ',
  '\u202e',
  '[MASK]',
  '[CLS]',
  '\r\n',
  '中',
  '\u0301',
];

function anyText(below: Below): string {
  const part = (): string =>
    below(3) === 0 ? awkward[below(awkward.length)]! : String.fromCodePoint(below(below(2) ? 128 : 0xd800));
  return Array.from({ length: below(80) }, part).join(below(2) ? '' : ' ');
}

function mutatedQuestion(question: object, below: Below): object {
  const mutated = mutatedJson(JSON.stringify(question), below);
  // One that holds itself, which no message can.
  return mutated.startsWith('[') ? question : (JSON.parse(mutated) as object);
}

const engine = startEngine();

search(
  'messages',
  (index, below) => {
    const [name, question] = questions[below(questions.length)]!;
    const asked = index % 2 === 0 ? { ...question, text: anyText(below) } : mutatedQuestion(question, below);
    // What is not of the question's type is what this is about.
    const ask = (): Promise<unknown> => engine.request(name, asked as never);
    return {
      input: Buffer.from(JSON.stringify([name, asked])),
      async check() {
        const ending = await endingOf(ask(), index % 2 === 0 ? mayEnd.slice(1) : mayEnd);
        await engine.request('ping', null);
        return ending;
      },
    };
  },
  () => engine.dispose(),
);
