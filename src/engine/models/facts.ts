import * as l10n from '@vscode/l10n';
import { HeadlightError } from '../../core/errors';
import type { GraphFile, MissingPart, ModelFacts, QuestionKind, RoleFacts } from '../../protocol/models';
import { tokenizerFile, type Tokenizer } from '../tokenizers/tokenizer';
import type { Architecture } from '../onnx/architecture/types';
import { architectureFacts } from './architectureFacts';
import { readGraph, type ModelGraph } from './graph';
import { attentionFacts, missingRoles, roleFacts } from './roles';
import { generates } from '../generation/generator';
import { headQuestions, headsOf } from '../inspections/heads';
import { sentenceSources } from '../inspections/similarity';
import type { Model } from './store';
import { storedTwice } from './storedTwice';

/** Everything known of a model before it runs. What is broken or absent is told in `missing`, not thrown. */
export function collectFacts(model: Model): ModelFacts {
  const { layout, config } = model;
  const missing: MissingPart[] = [];
  const graph = attempt<ModelGraph>(() => model.graph, 'onnx', missing);
  const architecture = graph && attempt<Architecture>(() => model.architecture, 'onnx', missing);
  const decoder = model.decoder && attempt<Part>(() => partOf(model.decoder!), 'onnx', missing);
  const tokenizer = attempt<Tokenizer>(() => model.tokenizer, 'tokenizer', missing);
  if (config.problem) {
    missing.push({ part: 'config', message: config.problem.message });
  } else if (!layout.config) {
    missing.push({
      part: 'config',
      message: l10n.t('There is no config.json: sizes are read off the graph.'),
    });
  }
  const answers: QuestionKind[] = tokenizer ? ['tokens'] : [];
  if (graph && tokenizer) {
    if (model.mlmLogits !== null && tokenizer.maskToken !== null) {
      if (!config.problem) answers.push('maskedWords');
    } else
      missing.push({
        part: 'mlmHead',
        message: l10n.t('There is no masked-language-model head, so masked words cannot be predicted.'),
      });
  }
  if (graph && tokenizer) {
    if (graph.attentionProblem !== null) missing.push({ part: 'attention', message: graph.attentionProblem });
    else if (!config.problem) answers.push('attention');
  }
  if (graph && architecture && tokenizer && !config.problem) {
    answers.push(...headQuestions.filter((question) => headsOf(model, question).length > 0));
    if (sentenceSources(model)) answers.push('similarity');
    if (generates(model)) answers.push('generation');
  }
  const ownStack = config.predictsNextToken ? 'decoder' : 'encoder';
  const graphs = [graph, decoder?.graph].filter((each) => each != null);
  const files = graph ? filesOf(model, graphs, missing) : [];
  const last = decoder?.architecture ?? architecture;
  const again =
    graph && architecture && decoder
      ? storedTwice({ graph, architecture }, decoder)
      : new Map<string, number>();
  return {
    model: layout.name,
    path: layout.path,
    onnxFile: layout.onnxFile,
    files,
    fileSize: graph && sum(files.map(({ bytes }) => bytes)),
    variants: layout.variants,
    weightType: graph?.weightType ?? null,
    tokenizerFile: tokenizerFile(layout.tokenizer),
    family: config.family,
    layers: config.layers ?? last?.stacks.at(-1)?.layers.length ?? null,
    heads: config.heads ?? graph?.attention[0]?.heads ?? null,
    hiddenSize: config.hiddenSize ?? graph?.sizes.hiddenSize ?? null,
    vocabularySize:
      graph?.sizes.vocabularySize ?? config.vocabularySize ?? tokenizer?.native.getVocabSize() ?? null,
    maximumLength: graph && tokenizer ? model.maximumLength : config.maximumLength,
    parameters: graph && sum(graphs.map(({ parameters }) => parameters)) - sum([...again.values()]),
    producer: graph?.producer ?? null,
    opsets: graph?.opsets ?? [],
    inputs: graphs.flatMap(({ inputs }) => inputs),
    outputs: graphs.flatMap(({ outputs }) => outputs),
    attention: [
      ...(graph ? attentionFacts(graph.attention, graph.missingAttention, ownStack) : []),
      ...(decoder ? attentionFacts(decoder.graph.attention, decoder.graph.missingAttention, 'decoder') : []),
    ],
    roles: [
      // What stands behind all stacks is the decoder's.
      ...(graph && architecture ? rolesOf({ graph, architecture }, config.layers, ownStack) : []).filter(
        ({ stack }) => !decoder || stack !== null,
      ),
      ...(decoder ? rolesOf(decoder, config.layers, 'decoder') : []),
    ],
    architecture: architecture?.stacks.length
      ? architectureFacts(architecture, decoder?.architecture, again)
      : null,
    answers,
    missing,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

/** What one file of a model holds. */
interface Part {
  graph: ModelGraph;
  architecture: Architecture;
}

function partOf({ graph, architecture }: Model): Part {
  return { graph, architecture };
}

/** The files of a model: those that are run, and the decoder that goes on from earlier keys. */
function filesOf({ layout }: Model, graphs: readonly ModelGraph[], missing: MissingPart[]): GraphFile[] {
  const { pastFile } = layout;
  const past =
    pastFile && attempt<ModelGraph>(() => readGraph({ ...layout, onnxFile: pastFile }), 'onnx', missing);
  return [...graphs, ...(past ? [past] : [])].map(({ file, fileSize }) => ({ file, bytes: fileSize }));
}

/** The roles that the graph has; without any attention that can be had, those that it would have. */
function rolesOf(
  { graph, architecture }: Part,
  layers: number | null,
  stack: 'encoder' | 'decoder',
): RoleFacts[] {
  const [first] = graph.missingAttention;
  if (graph.attention.length > 0 || !first) return roleFacts(architecture);
  return missingRoles(layers ?? graph.missingAttention.length, stack, first.reason);
}

function attempt<Part>(read: () => Part, part: MissingPart['part'], missing: MissingPart[]): Part | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof HeadlightError)) throw error;
    missing.push({ part, message: error.message, ...(error.command && { command: error.command }) });
    return null;
  }
}
