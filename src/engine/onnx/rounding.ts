import { storedConstant } from './constants';
import { indexOf, intAttribute } from './structure';
import { elementTypeCode } from './elementTypes';
import type { OnnxModel } from './types';

/**
 * Whether the outputs of a graph may change a little when a tensor in between becomes an output, too: the runtime
 * computes chains of float16 operators without rounding in between, and fuses operators between a DequantizeLinear
 * and a QuantizeLinear, but not past a tensor that has to be given out.
 */
export function roundsInBetween(model: OnnxModel): boolean {
  const index = indexOf(model);
  const quantises = model.nodes.some(({ opType }) => opType === 'QuantizeLinear');
  return model.nodes.some((node) => {
    const [input = ''] = node.inputs;
    switch (node.opType) {
      case 'DequantizeLinear':
        return quantises && storedConstant(index, input) === undefined;
      case 'Cast':
        return intAttribute(node, 'to', 0) === elementTypeCode('float16') && !index.isConstant(input);
      default:
        return node.inputs.some((name) => model.initializers.get(name)?.elementType === 'float16');
    }
  });
}
