import type { ExtensionContext } from 'vscode';
import { createApi, type HeadlightApi } from './host/api';
import { registerAssistantTools } from './host/features/assistantTools';
import { registerAttention } from './host/features/attention';
import { registerCompareModels } from './host/features/compareModels';
import { registerFiles } from './host/features/files';
import { registerForward } from './host/features/forward';
import { registerGeneration } from './host/features/generation';
import { registerMaskedWords } from './host/features/maskedWords';
import { registerMapping } from './host/features/mapping';
import { registerMasking } from './host/features/masking';
import { registerModel } from './host/features/model';
import { registerModels } from './host/features/models';
import { registerReport } from './host/features/report';
import { registerRuns } from './host/features/runs';
import { registerSample } from './host/features/sample';
import { registerScore } from './host/features/score';
import { registerSentences } from './host/features/sentences';
import { registerTokens } from './host/features/tokens';
import { createEngine } from './host/services/engine';
import { Highlighter } from './host/services/highlighter';
import { HubAccess } from './host/services/hub';
import { createLog } from './host/services/log';
import { Models } from './host/services/models';
import { createRuns } from './host/services/runs';
import type { Services } from './host/services/services';

/** Builds the services and registers the features. Starts nothing: the engine waits for the first question. */
export function activate(context: ExtensionContext): HeadlightApi {
  const log = createLog();
  const engine = createEngine(context, log);
  const models = new Models(context, engine);
  const highlighter = new Highlighter();
  const hub = new HubAccess(context);
  const runs = createRuns(context);
  const services: Services = { context, engine, models, runs, hub, log, highlighter };
  const api = createApi(services);
  context.subscriptions.push(
    log,
    models,
    highlighter,
    registerTokens(services),
    registerMaskedWords(services),
    registerScore(services),
    registerMasking(services),
    registerMapping(services),
    registerAttention(services),
    registerForward(services),
    registerModel(services),
    registerSentences(services),
    registerGeneration(services),
    registerCompareModels(services),
    registerFiles(services),
    registerModels(services),
    registerRuns(services),
    registerAssistantTools(services, api),
    registerReport(services),
    registerSample(services),
  );
  return api;
}
