"""How weights are stored: int8 with a scale for each output channel, turned back into float32 when they are loaded.

Each large matrix W becomes an int8 initializer and a DequantizeLinear node of W's name, so that what reads W is left
as it was. round(w / s) with s = max |w| of the channel / 127 (symmetric: the zero points are 0).
"""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SMALLEST = 8192  # elements; what is smaller stays float32


def quantised(weight: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """int8 of the weight's shape, and the scales, one for each index of `axis`."""
    other = tuple(at for at in range(weight.ndim) if at != axis)
    scale = np.maximum(np.abs(weight).max(axis=other), 1e-12).astype(np.float32) / np.float32(127)
    spread = np.expand_dims(scale, other)
    return np.clip(np.rint(weight / spread), -127, 127).astype(np.int8), scale


def dequantised(stored: np.ndarray, scale: np.ndarray, axis: int) -> np.ndarray:
    """float32 as DequantizeLinear computes it."""
    other = tuple(at for at in range(stored.ndim) if at != axis)
    return stored.astype(np.float32) * np.expand_dims(scale, other)


def store(graph: onnx.GraphProto, columns: set[str]) -> None:
    """Store the graph's large float32 matrices as int8. `columns` names those whose outputs are columns, not rows."""
    nodes = []
    for tensor in list(graph.initializer):
        is_matrix = len(tensor.dims) == 2 and min(tensor.dims) > 1
        if tensor.data_type != TensorProto.FLOAT or not is_matrix or np.prod(tensor.dims) < SMALLEST:
            continue
        axis = 1 if tensor.name in columns else 0
        weight, scale = quantised(numpy_helper.to_array(tensor), axis)
        parts = {"quantized": weight, "scale": scale, "zero_point": np.zeros(len(scale), np.int8)}
        graph.initializer.remove(tensor)
        graph.initializer.extend(numpy_helper.from_array(part, f"{tensor.name}_{name}") for name, part in parts.items())
        inputs = [f"{tensor.name}_{name}" for name in parts]
        nodes.append(helper.make_node("DequantizeLinear", inputs, [tensor.name], f"{tensor.name}_dequantize", axis=axis))
    for node in reversed(nodes):
        graph.node.insert(0, node)


def weights(graph: onnx.GraphProto) -> dict[str, np.ndarray]:
    """All stored weights by name, those stored as int8 turned back into float32."""
    found = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "DequantizeLinear":
            axis = next((attribute.i for attribute in node.attribute if attribute.name == "axis"), 1)
            found[node.output[0]] = dequantised(found[node.input[0]], found[node.input[1]], axis)
    return found
