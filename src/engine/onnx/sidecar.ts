import { MessageCopier } from './copyMessage';
import type { Rewire, SidecarEdit } from './edit';
import { OnnxFormatError } from './errors';
import { externalDataFolder } from './externalData';
import { withFile, type ByteRange, type FileSource } from './fileSource';
import { quantisesWeightsOnly } from './quantisation';
import type { OnnxModel } from './types';
import { fieldsOf } from './wire';
import { WireWriter } from './wireWriter';
import { writeInitializer, writeInput, writeNode } from './writeGraph';

/** A small model in memory whose large initializers point into the user's own files. */
export interface Sidecar {
  readonly bytes: Uint8Array;
  /** Goes to the session option `extra.session`. */
  readonly sessionConfig: Readonly<Record<string, string>>;
  /** The files that it points into, absolute, by the location that it names. */
  readonly files: ReadonlyMap<string, string>;
}

/** Fields of ModelProto that the sidecar treats itself; 20 is training information. */
const modelFields = { graph: 7, training: 20, functions: 25 } as const;

/**
 * Builds a sidecar of `model`: the same graph, changed by `edit`. Descriptions of values in between are
 * dropped where nodes are rewired, since their shapes may no longer hold. Throws OnnxFormatError for
 * external data outside the model's folder, for edits of what the graph does not have, and when the file
 * changed since it was read.
 */
export function buildSidecar(model: OnnxModel, edit: SidecarEdit = {}): Sidecar {
  checkEdit(model, edit);
  return withFile(model.path, (source) => {
    if (source.size !== model.fileSize) throw new OnnxFormatError('The file changed since it was read.');
    const writer = new WireWriter();
    const copier = new MessageCopier(model, source);
    const graph = new GraphCopy(model, source, copier, edit);
    for (const field of fieldsOf(source, { offset: 0, length: source.size }, 'the model')) {
      if (field.number === modelFields.graph) writer.bytes(modelFields.graph, graph.copy(field.range));
      else if (field.number === modelFields.functions) {
        writer.bytes(modelFields.functions, copier.copy('function', field.range));
      } else if (field.number !== modelFields.training) writer.raw(copier.verbatim(field.whole));
    }
    // Protobuf merges repeated messages: what is added is a second graph field.
    writer.bytes(modelFields.graph, graph.additions());
    return { bytes: writer.finish(), sessionConfig: sessionConfig(model), files: copier.files };
  });
}

function sessionConfig(model: OnnxModel): Sidecar['sessionConfig'] {
  return {
    model_external_initializers_file_folder_path: externalDataFolder(model),
    // The runtime takes each DequantizeLinear for part of an int8 graph: it multiplies by such weights in int8,
    // or dequantises them in every run. Without that they become plain float32 weights at load.
    ...(quantisesWeightsOnly(model) && { disable_quant_qdq: '1' }),
  };
}

/** The graph of a sidecar in the making. */
class GraphCopy {
  private node = 0;
  private output = 0;
  /** The model's own descriptions of its outputs, by name, while they hold. */
  private readonly outputs = new Map<string, Uint8Array>();
  private readonly rewires = new Map<number, Map<string, string>>();

  constructor(
    private readonly model: OnnxModel,
    private readonly source: FileSource,
    private readonly copier: MessageCopier,
    private readonly edit: SidecarEdit,
  ) {
    for (const { tensor, to, nodes } of edit.rewire ?? []) {
      for (const index of nodes) {
        const names = this.rewires.get(index) ?? new Map<string, string>();
        this.rewires.set(index, names.set(tensor, to));
      }
    }
  }

  /** One graph message of the file, edited, without outputs. */
  copy(range: ByteRange): Uint8Array {
    const writer = new WireWriter();
    for (const field of fieldsOf(this.source, range, 'the graph')) {
      if (field.number === 1) writer.bytes(1, this.copyNode(field.range));
      else if (field.number === 5) writer.bytes(5, this.copier.copy('tensor', field.range));
      else if (field.number === 12) this.keepOutput(field.range);
      else if (field.number === 13 && this.rewires.size > 0) continue;
      else if (field.number === 15) writer.bytes(15, this.copier.copy('sparse', field.range));
      else writer.raw(this.copier.verbatim(field.whole));
    }
    return writer.finish();
  }

  /** Outputs, and what the edit adds. */
  additions(): Uint8Array {
    const { addInputs = [], addInitializers = [], addNodes = [] } = this.edit;
    const writer = new WireWriter();
    for (const node of addNodes) writer.message(1, (nested) => writeNode(nested, node));
    for (const tensor of addInitializers) writer.message(5, (nested) => writeInitializer(nested, tensor));
    for (const input of addInputs) writer.message(11, (nested) => writeInput(nested, input));
    for (const name of this.edit.outputs ?? this.model.outputs.map((output) => output.name)) {
      const described = this.outputs.get(name);
      if (described === undefined || this.rewires.size > 0)
        writer.message(12, (nested) => nested.text(1, name));
      else writer.bytes(12, described);
    }
    return writer.finish();
  }

  private keepOutput(range: ByteRange): void {
    const { name } = this.model.outputs[this.output++] ?? { name: '' };
    this.outputs.set(name, this.copier.verbatim(range));
  }

  private copyNode(range: ByteRange): Uint8Array {
    const node = this.model.nodes[this.node++];
    const rewired = this.rewires.get(this.node - 1);
    if (node === undefined) throw new OnnxFormatError('The file changed since it was read.');
    const holdsTensors = [...node.attributes.values()].some(({ kind }) => deepKinds.includes(kind));
    if (rewired === undefined) {
      return holdsTensors ? this.copier.copy('node', range) : this.copier.verbatim(range);
    }
    const writer = new WireWriter();
    for (const input of node.inputs) writer.text(1, rewired.get(input) ?? input);
    for (const field of fieldsOf(this.source, range, 'a node')) {
      if (field.number === 1) continue;
      if (field.number === 5) writer.bytes(5, this.copier.copy('attribute', field.range));
      else writer.raw(this.copier.verbatim(field.whole));
    }
    return writer.finish();
  }
}

/** Attributes that can hold a tensor, which has to be checked and perhaps left in the file. */
const deepKinds: readonly string[] = ['tensor', 'graphs', 'other'];

function checkEdit(model: OnnxModel, edit: SidecarEdit): void {
  const names = new Set([...model.initializers.keys(), ...model.sparseInitializers]);
  for (const { name } of model.inputs) names.add(name);
  for (const node of model.nodes) for (const name of node.outputs) names.add(name);
  const added = [...(edit.addInputs ?? []), ...(edit.addInitializers ?? [])].map(({ name }) => name);
  for (const name of [...added, ...(edit.addNodes ?? []).flatMap(({ outputs }) => outputs)]) {
    if (names.has(name)) throw new OnnxFormatError(`The graph already has a tensor “${name}”.`);
    names.add(name);
  }
  for (const name of [...(edit.outputs ?? []), ...(edit.rewire ?? []).map(({ to }) => to)]) {
    if (!names.has(name)) throw new OnnxFormatError(`The graph has no tensor “${name}”.`);
  }
  for (const rewire of edit.rewire ?? []) checkRewire(model, rewire);
}

function checkRewire(model: OnnxModel, { tensor, nodes }: Rewire): void {
  for (const index of nodes) {
    if (!model.nodes[index]?.inputs.includes(tensor)) {
      throw new OnnxFormatError(`Node ${String(index)} does not read “${tensor}”.`);
    }
  }
}
