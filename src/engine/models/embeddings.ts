import type { OnnxModel, OnnxNode, OnnxTensor } from '../onnx/types';

/** Sizes that a graph's embedding tables tell; null where there is no such table. */
export interface EmbeddingSizes {
  /** Rows of the token embedding. */
  vocabularySize: number | null;
  hiddenSize: number | null;
  /** Rows of the learned position embedding. */
  positions: number | null;
}

/** A table of so few rows is one of segments (two for BERT, four for XLNet), whatever chooses its rows. */
const mostSegments = 4;

interface Table {
  rows: number;
  columns: number;
  /** The rows are chosen by a graph input as it is, and not by something computed, as positions are. */
  byInput: boolean;
}

/** Reads the sizes of the embedding tables: the largest is the tokens', the one not indexed by an input the positions'. */
export function embeddingSizes(model: OnnxModel): EmbeddingSizes {
  const producers = new Map(
    model.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)),
  );
  // A table that position ids choose from is chosen from by something computed in other exports.
  const inputs = new Set(
    model.inputs.map(({ name }) => name).filter((name) => !/^position_ids\b/.test(name)),
  );
  const tables = model.nodes.flatMap((node): Table[] => {
    if (node.opType.endsWith('EmbedLayerNormalization')) return fusedTables(model, node);
    if (node.opType !== 'Gather') return [];
    const byInput = inputs.has(sameIds(producers, node.inputs[1] ?? ''));
    return tableOf(storedTensor(model, producers, node.inputs[0] ?? ''), byInput);
  });
  const tokens = largest(tables.filter(({ byInput }) => byInput));
  const positions = largest(
    tables.filter(
      ({ byInput, columns, rows }) => !byInput && columns === tokens?.columns && rows > mostSegments,
    ),
  );
  return {
    vocabularySize: tokens?.rows ?? null,
    hiddenSize: tokens?.columns ?? null,
    positions: positions?.rows ?? null,
  };
}

/** onnxruntime's fused embedding: inputs 2 to 4 are the token, position and segment tables. */
function fusedTables(model: OnnxModel, { inputs }: OnnxNode): Table[] {
  return [2, 3, 4].flatMap((index) => tableOf(model.initializers.get(inputs[index] ?? ''), index !== 3));
}

function tableOf(tensor: OnnxTensor | undefined, byInput: boolean): Table[] {
  const [rows, columns, more] = tensor?.dims ?? [];
  return rows === undefined || columns === undefined || more !== undefined
    ? []
    : [{ rows, columns, byInput }];
}

/** The initializer behind a tensor, through the nodes that unpack stored weights. */
function storedTensor(
  model: OnnxModel,
  producers: Map<string, OnnxNode>,
  tensor: string,
): OnnxTensor | undefined {
  for (let name = tensor, steps = 0; steps < 4; steps++) {
    const stored = model.initializers.get(name);
    const producer = producers.get(name);
    if (stored || !producer || !['DequantizeLinear', 'Cast', 'Identity'].includes(producer.opType))
      return stored;
    name = producer.inputs[0] ?? '';
  }
  return undefined;
}

/** The ids behind changes of type and form. */
function sameIds(producers: Map<string, OnnxNode>, tensor: string): string {
  let name = tensor;
  for (let steps = 0; steps < 4; steps++) {
    const producer = producers.get(name);
    if (!producer || !['Cast', 'Reshape', 'Identity'].includes(producer.opType)) break;
    name = producer.inputs[0] ?? '';
  }
  return name;
}

function largest(tables: Table[]): Table | undefined {
  return tables.reduce<Table | undefined>(
    (best, each) => (best && best.rows >= each.rows ? best : each),
    undefined,
  );
}
