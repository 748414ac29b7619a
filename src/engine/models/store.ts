import { statSync } from 'node:fs';
import path from 'node:path';
import type { ModelFacts } from '../../protocol/models';
import { findArchitecture } from '../onnx/architecture/architecture';
import type { Architecture } from '../onnx/architecture/types';
import { loadTokenizer, type Tokenizer } from '../tokenizers/tokenizer';
import { readConfig, type ModelConfig } from './config';
import { readGraph, unreadable, type ModelGraph } from './graph';
import { collectFacts } from './facts';
import { findModel, type ModelLayout } from './layout';

/** One model as found on disk; its parts are read when they are first asked for. */
export class Model {
  private readConfig: ModelConfig | undefined;
  private loadedTokenizer: Tokenizer | undefined;
  private readGraph: ModelGraph | undefined;
  private recognised: Architecture | undefined;
  private collected: ModelFacts | undefined;
  private decoding: Model | null | undefined;

  constructor(readonly layout: ModelLayout) {}

  get name(): string {
    return this.layout.name;
  }

  get config(): ModelConfig {
    return (this.readConfig ??= readConfig(this.layout));
  }

  /** @throws HeadlightError `TokenizerMissing` or `TokenizerInvalid`. */
  get tokenizer(): Tokenizer {
    return (this.loadedTokenizer ??= loadTokenizer(this.layout.tokenizer, this.folder));
  }

  /** @throws HeadlightError `OnnxMissing` or `OnnxInvalid`. */
  get graph(): ModelGraph {
    return (this.readGraph ??= readGraph(this.layout));
  }

  /** The Transformer in the graph. @throws HeadlightError `OnnxMissing` or `OnnxInvalid`. */
  get architecture(): Architecture {
    const { onnx, attention, file } = this.graph;
    try {
      return (this.recognised ??= findArchitecture(onnx, attention, this.config));
    } catch (error) {
      // A constant in it may be damaged.
      throw unreadable(file, error);
    }
  }

  /** The decoder in a file of its own, with the same tokenizer and configuration; null where there is none. */
  get decoder(): Model | null {
    const { layout } = this;
    this.decoding ??=
      layout.decoderFile === null
        ? null
        : new Model({ ...layout, onnxFile: layout.decoderFile, decoderFile: null, pastFile: null });
    return this.decoding;
  }

  /** The output that scores masked words; null for a model that has none, or predicts what comes next instead. */
  get mlmLogits(): string | null {
    return this.config.predictsNextToken ? null : this.graph.logits;
  }

  get facts(): ModelFacts {
    return (this.collected ??= collectFacts(this));
  }

  /** The most tokens read at once: by config.json, else by the graph's position table, else unknown. */
  get maximumLength(): number | null {
    if (this.config.maximumLength !== null || !this.layout.onnxFile) return this.config.maximumLength;
    const { positions } = this.graph.sizes;
    return positions === null ? null : positions - this.firstPosition;
  }

  /** Position id of the first token. Without a family to go by, RoBERTa's special tokens tell its way of counting. */
  get firstPosition(): number {
    const { family, firstPosition } = this.config;
    if (family !== null || !this.layout.onnxFile) return firstPosition;
    const { native, maskToken } = this.tokenizer;
    return maskToken === '<mask>' && native.tokenToId('<pad>') === 1 ? 2 : 0;
  }

  private get folder(): string {
    const { path: location } = this.layout;
    return location.toLowerCase().endsWith('.onnx') ? path.dirname(location) : location;
  }
}

/** The graph of a hostile file may take hundreds of megabytes. */
const mostModels = 24;

/** The models that were asked for last, read again when a file of theirs changes. */
export class ModelStore {
  private readonly models = new Map<string, { stamp: string; model: Model }>();

  /** @param location absolute path of a folder or an `.onnx` file. */
  open(location: string): Model {
    const layout = findModel(location);
    const stamp = stampOf(layout);
    const known = this.models.get(location);
    const model = known?.stamp === stamp ? known.model : new Model(layout);
    this.models.delete(location); // Moves it to the end: the most recently used.
    this.models.set(location, { stamp, model });
    const [oldest] = this.models.keys();
    if (this.models.size > mostModels) this.models.delete(oldest!);
    return model;
  }

  /** Drops what was read of a model. */
  forget(location: string): void {
    this.models.delete(location);
  }
}

/** Changes whenever one of the model's files does; a variant that comes or goes changes its name. */
export function stampOf(layout: ModelLayout): string {
  const { onnxFile, decoderFile, pastFile, config, generationConfig, tokenizer } = layout;
  return [onnxFile, decoderFile, pastFile, config, generationConfig, ...Object.values(tokenizer)]
    .map((file: string | null) => (file ? fileStamp(file) : '-'))
    .concat(layout.name)
    .join(' ');
}

/** Changes whenever the file does; empty when it is not there. */
export function fileStamp(file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats ? `${stats.ino}:${stats.size}:${stats.mtimeMs}` : '';
}
