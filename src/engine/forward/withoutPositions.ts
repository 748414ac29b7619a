import { GraphView } from '../onnx/architecture/graphView';
import type { Architecture } from '../onnx/architecture/types';
import { joinEdits, type SidecarEdit } from '../onnx/edit';
import type { OnnxModel } from '../onnx/types';

/** Lets a graph read zeros in place of the vectors of positions; nothing where it adds none that can be told apart. */
export function withoutPositions(model: OnnxModel, { stacks }: Architecture): SidecarEdit {
  const view = new GraphView(model);
  return joinEdits(
    ...stacks.flatMap(({ embeddings: { position } }) => {
      if (position.how !== 'present') return [];
      const builder = view.builder();
      const { tensor } = position;
      const zeros = builder.op('Sub', [tensor, tensor]);
      const nodes = view.index.consumers(tensor);
      return [{ ...builder.edit, rewire: [{ tensor, to: zeros, nodes }] }];
    }),
  );
}
