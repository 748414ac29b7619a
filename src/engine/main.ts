import * as l10n from '@vscode/l10n';
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import { serve } from '../core/rpc';
import { columnsOfTokens } from '../core/tokenColumns';
import type { EngineNotices, EngineRequests } from '../protocol/engine';
import { applyMapping } from './data/applyMapping';
import { makeMapping } from './data/makeMapping';
import { maskFile } from './data/maskFile';
import { answerFile } from './files/answerFile';
import { lastBlockOf, partFileOf } from './files/partFile';
import { ResultRows } from './files/resultRows';
import { columnsOf } from './files/sourceRows';
import { answers } from './inspections/answers';
import { attention } from './inspections/attention';
import { classes } from './inspections/classes';
import { fill } from './inspections/fill';
import { fillJointly } from './inspections/fillJointly';
import { forward } from './inspections/forward';
import { forwardExperiment } from './inspections/forwardExperiment';
import { forwardStep, forwardValues } from './inspections/forwardStep';
import { generate } from './inspections/generate';
import { entityFinder, masking } from './inspections/masking';
import { knockOut } from './inspections/knockOut';
import { occlusion } from './inspections/occlusion';
import { pair } from './inspections/pair';
import { score } from './inspections/score';
import { similarity } from './inspections/similarity';
import { tags } from './inspections/tags';
import { tensor } from './inspections/tensor';
import { input } from './inspections/input';
import { tokens } from './inspections/tokens';
import { word } from './inspections/word';
import { watchMemory } from './memoryWatch';
import { ModelStore } from './models/store';
import { SessionCache } from './sessions';
import { TraceStore } from './traces';
import { Turns } from './turns';

const models = new ModelStore();
const sessions = new SessionCache();
const traces = new TraceStore();
const turns = new Turns();
const resultRows = new ResultRows();

const connection = createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process));
serve<EngineRequests>(connection, {
  initialize(settings) {
    if (settings.translations) l10n.config({ contents: settings.translations });
    sessions.threads = settings.threads;
    sessions.memoryLimitBytes = settings.memoryLimitBytes;
    sessions.device = settings.device ?? 'cpu';
    traces.configure(settings.memoryLimitBytes);
    watchMemory(settings.memoryLimitBytes);
    return null;
  },
  ping: () => null,
  facts: ({ model }) => models.open(model).facts,
  load: ({ model }) =>
    turns.take(async () => {
      await sessions.open(models.open(model), 'none');
      return null;
    }),
  unload: ({ model }) =>
    turns.take(async () => {
      await sessions.release(models.open(model));
      models.forget(model);
      return null;
    }),
  async tokens(question, { signal }) {
    const { tokens: found, ...result } = await tokens(models.open(question.model), question, signal);
    return { ...result, columns: columnsOfTokens(found) };
  },
  fill: (question, context) =>
    turns.take(async () => fill(models.open(question.model), sessions, question, context)),
  fillJointly: (question, context) =>
    turns.take(async () => fillJointly(models.open(question.model), sessions, question, context)),
  word: (question, context) =>
    turns.take(async () => word(models.open(question.model), sessions, question, context)),
  score: (question, context) =>
    turns.take(async () => score(models.open(question.model), sessions, question, context)),
  masking: (question, context) => turns.take(async () => masking(models, sessions, question, context)),
  // Files are long, and read between the answers to other questions; only a model that tags takes turns with them.
  maskFile: (question, context) => {
    // How far the tagging of one line is says nothing of how far the file is.
    const find = entityFinder(models, sessions, question, { ...context, progress: () => {} });
    return maskFile(models.open(question.model), question, context, (text) => turns.take(() => find(text)));
  },
  makeMapping: (question, context) => makeMapping(models.open(question.model), question, context),
  applyMapping,
  input: (question, context) =>
    turns.take(async () => input(models.open(question.model), sessions, question, context)),
  tensor: (question, context) =>
    turns.take(async () => tensor(models.open(question.model), sessions, traces, question, context)),
  pair: (question, context) =>
    turns.take(async () => pair(models.open(question.model), sessions, question, context)),
  classes: (question, context) =>
    turns.take(async () => classes(models.open(question.model), sessions, question, context)),
  occlusion: (question, context) =>
    turns.take(async () => occlusion(models.open(question.model), sessions, question, context)),
  knockOut: (question, context) =>
    turns.take(async () => knockOut(models.open(question.model), sessions, question, context)),
  tags: (question, context) =>
    turns.take(async () => tags(models.open(question.model), sessions, question, context)),
  answers: (question, context) =>
    turns.take(async () => answers(models.open(question.model), sessions, question, context)),
  // Rows are read and written between the answers to other questions; only the model takes turns with them.
  answerFile: (question, context) =>
    answerFile(models.open(question.model), sessions, question, context, (work) => turns.take(work)),
  fileColumns: async ({ file }, { signal }) => ({ columns: await columnsOf(file, signal) }),
  async fileRows(question, context) {
    const part = partFileOf(question, models.open(question.model));
    await lastBlockOf(part);
    return resultRows.read(question, part, context);
  },
  async saveFileRows({ target, ...question }, context) {
    // What it knows of the file is not what the view has on show, which may be filtered otherwise.
    const rows = new ResultRows();
    await rows.saveAsCsv(question, partFileOf(question, models.open(question.model)), target, context);
    return null;
  },
  similarity: (question, context) =>
    turns.take(async () => similarity(models.open(question.model), sessions, question, context)),
  generate: (question, context) =>
    turns.take(async () => generate(models.open(question.model), sessions, question, context)),
  attention: (question, context) =>
    turns.take(async () => attention(models.open(question.model), sessions, traces, question, context)),
  attentionSlice: (question, { signal }) => traces.stack(question).slice(question.slice, signal),
  attentionWeights: (question, { signal }) => traces.stack(question).weights(question, signal),
  attentionEdges: ({ source, shape, count, ...stack }, { signal }) =>
    traces.stack(stack).edges(source, shape, count, signal),
  attentionStatistics: (question, { signal }) => traces.stack(question).measure(signal),
  attentionDivergence: ({ trace, other, stack }, { signal }) =>
    traces.stack({ trace, stack }).divergencesFrom(traces.stack({ trace: other, stack }), signal),
  attentionScores: (question, { signal }) =>
    turns.take(async () => traces.stack(question).scores(question, signal)),
  attentionMap: (question, { signal }) => traces.stack(question).mapOfHeads(signal),
  forward: (question, context) =>
    turns.take(async () => forward(models.open(question.model), sessions, traces, question, context)),
  forwardStep: (question) => turns.take(async () => forwardStep(traces.forward(question.trace), question)),
  forwardValues: (question) =>
    turns.take(async () => forwardValues(traces.forward(question.trace), question)),
  forwardExperiment: (question) =>
    turns.take(async () => forwardExperiment(traces.forward(question.trace), question)),
});
sessions.onDidChange = (loaded) => tell('loaded', loaded);
sessions.onFallBack = (notice) => tell('fellBack', notice);
connection.listen();

function tell<Name extends keyof EngineNotices>(name: Name, notice: EngineNotices[Name]): void {
  // A host that is gone has nobody to hear it.
  connection.sendNotification(name, notice).catch(() => {});
}

// Ctrl+C in a terminal reaches this process, too: whoever started it decides, and what it wrote by half is taken away.
process.on('SIGINT', () => {});
// The host went away: nobody can ask any more.
process.once('disconnect', () => process.exit(0));
