import * as l10n from '@vscode/l10n';
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import { serve } from '../core/rpc';
import type { EngineNotices, EngineRequests } from '../protocol/engine';
import { attention } from './inspections/attention';
import { fill } from './inspections/fill';
import { fillJointly } from './inspections/fillJointly';
import { score } from './inspections/score';
import { tensor } from './inspections/tensor';
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
  tokens: (question, { signal }) => tokens(models.open(question.model), question, signal),
  fill: (question, context) =>
    turns.take(async () => fill(models.open(question.model), sessions, question, context)),
  fillJointly: (question, context) =>
    turns.take(async () => fillJointly(models.open(question.model), sessions, question, context)),
  word: (question, context) =>
    turns.take(async () => word(models.open(question.model), sessions, question, context)),
  score: (question, context) =>
    turns.take(async () => score(models.open(question.model), sessions, question, context)),
  tensor: (question, context) =>
    turns.take(async () => tensor(models.open(question.model), sessions, question, context)),
  attention: (question, context) =>
    turns.take(async () => attention(models.open(question.model), sessions, traces, question, context)),
  attentionSlice: (question) => traces.slice(question),
  attentionWeights: (question) => traces.weights(question),
});
sessions.onDidChange = (loaded) => tell('loaded', loaded);
sessions.onFallBack = (notice) => tell('fellBack', notice);
connection.listen();

function tell<Name extends keyof EngineNotices>(name: Name, notice: EngineNotices[Name]): void {
  // A host that is gone has nobody to hear it.
  connection.sendNotification(name, notice).catch(() => {});
}

// The host went away: nobody can ask any more.
process.once('disconnect', () => process.exit(0));
