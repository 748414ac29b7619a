import * as l10n from '@vscode/l10n';
import type { Layer } from './architecture/types';
import { GraphView } from './architecture/graphView';
import { joinEdits, type SidecarEdit } from './edit';
import { OnnxFormatError } from './errors';
import type { OnnxModel } from './types';

/** A graph input for the attention of a layer: whether the context of each head is there, [heads, 1]. */
export interface HeadSwitch {
  input: string;
  heads: number;
}

/**
 * Lets the heads of a stack be switched off: the context of a head is zero where it is fed false, which takes the head
 * away as Michel et al. 2019 ("Are Sixteen Heads Really Better than One?", section 2.2) do, and as it is where true. The heads side by side are cut apart and put together again, whatever axes stand before them.
 * @throws OnnxFormatError for a layer whose heads are not found, or are integers.
 */
export function headSwitches(
  model: OnnxModel,
  layers: readonly Layer[],
): { edit: SidecarEdit; switches: HeadSwitch[] } {
  const view = new GraphView(model);
  const found = layers.map(({ attention }, index) => {
    const { tensors, concatenatedHeads } = attention;
    if (concatenatedHeads.how === 'missing') throw new OnnxFormatError(concatenatedHeads.reason);
    const { tensor } = concatenatedHeads;
    if (tensors.heads === undefined || concatenatedHeads.how !== 'present' || isInteger(view, tensor)) {
      throw new OnnxFormatError(
        l10n.t('The heads of layer {0} are not told apart in this graph as floats.', index),
      );
    }
    const { heads } = tensors;
    const input = `headlight/heads_${index}`;
    const builder = view.builder();
    const shape = builder.op('Shape', [tensor]);
    const before = builder.slice(shape, [0], [-1], 0);
    const apart = builder.reshape(tensor, builder.concat([before, builder.ints([heads, -1])], 0));
    // Zeros of its own kind, float16 as well.
    const zeros = builder.op('Sub', [apart, apart]);
    const switched = builder.reshape(builder.op('Where', [input, apart, zeros]), shape);
    const edit: SidecarEdit = {
      ...builder.edit,
      addInputs: [{ name: input, elementType: 'bool', dims: [heads, 1] }],
      rewire: [{ tensor, to: switched, nodes: view.index.consumers(tensor) }],
    };
    return { edit, switch: { input, heads } };
  });
  return { edit: joinEdits(...found.map(({ edit }) => edit)), switches: found.map((each) => each.switch) };
}

/** Heads that were rounded to integers before they are put side by side. */
function isInteger(view: GraphView, tensor: string): boolean {
  return view.producer(view.base(tensor))?.opType.startsWith('QLinear') ?? false;
}
