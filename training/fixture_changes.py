"""What tools make of an exported graph: other number types, newer operator sets, other names."""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def to_float16(model: onnx.ModelProto) -> None:
    """Every float32 of a graph as float16, as `model.half()` gives it."""
    for tensor in (*model.graph.initializer, *(a.t for n in model.graph.node for a in n.attribute if a.name == "value")):
        if tensor.data_type == TensorProto.FLOAT:
            largest = np.finfo(np.float16).max
            values = numpy_helper.to_array(tensor).clip(-largest, largest).astype(np.float16)
            tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
    for node in model.graph.node:
        for attribute in node.attribute:
            if node.op_type == "Cast" and attribute.name == "to" and attribute.i == TensorProto.FLOAT:
                attribute.i = TensorProto.FLOAT16
    for value in (*model.graph.output, *model.graph.value_info):
        if value.type.tensor_type.elem_type == TensorProto.FLOAT:
            value.type.tensor_type.elem_type = TensorProto.FLOAT16


def to_int8(model: onnx.ModelProto) -> None:
    """Products with weights in int8, as onnxruntime's quantize_dynamic writes them (operators/matmul.py)."""
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    nodes, quantised = [], {}
    for node in model.graph.node:
        if node.op_type != "MatMul" or node.input[1] not in weights:
            nodes.append(node)
            continue
        (read, weight), (output,) = node.input, node.output
        if read not in quantised:
            quantised[read] = [f"{read}_quantized", f"{read}_scale", f"{read}_zero_point"]
            nodes.append(helper.make_node("DynamicQuantizeLinear", [read], quantised[read]))
        values = numpy_helper.to_array(weights[weight])
        scale = np.float32(np.abs(values).max() / 127)
        stored = {f"{weight}_quantized": np.round(values / scale).astype(np.int8), f"{weight}_scale": scale,
                  f"{weight}_zero_point": np.int8(0)}  # fmt: skip
        model.graph.initializer.extend(numpy_helper.from_array(np.asarray(v), name) for name, v in stored.items())
        model.graph.initializer.remove(weights[weight])
        product, sizes = f"{output}_output_quantized", f"{output}_scales"
        nodes += [
            helper.make_node("MatMulInteger", [quantised[read][0], f"{weight}_quantized", quantised[read][2],
                                               f"{weight}_zero_point"], [product]),
            helper.make_node("Cast", [product], [f"{product}_cast"], to=TensorProto.FLOAT),
            helper.make_node("Mul", [quantised[read][1], f"{weight}_scale"], [sizes]),
            helper.make_node("Mul", [f"{product}_cast", sizes], [output]),
        ]  # fmt: skip
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def to_opset(version: int):
    """The same graph in an operator set that the exporter does not know: axes as inputs, Gelu as one operator."""

    def change(model: onnx.ModelProto) -> None:
        nodes = []
        for node in model.graph.node:
            axes = next((a for a in node.attribute if a.name == "axes"), None)
            if node.op_type in ("ReduceMean", "ReduceMax") and axes is not None:
                name = f"{node.output[0]}_axes"
                model.graph.initializer.append(numpy_helper.from_array(np.array(axes.ints, np.int64), name))
                node.input.append(name)
                node.attribute.remove(axes)
            if node.domain == "modern":
                node.domain = ""
            nodes.append(node)
        del model.graph.node[:]
        model.graph.node.extend(fuse_gelu(nodes) if version >= 20 else nodes)
        del model.opset_import[:]
        model.opset_import.append(helper.make_opsetid("", version))
        model.ir_version = 10

    return change


def fuse_gelu(nodes: list[onnx.NodeProto]) -> list[onnx.NodeProto]:
    """x / √2, Erf, + 1, · x, · ½ as the operator that dynamo's exporter writes from operator set 20 on."""
    makers = {output: node for node in nodes for output in node.output}
    left_out: list[str] = []
    result = []
    for node in nodes:
        chain = [node]
        for kind in ("Mul", "Add", "Erf", "Div"):
            before = next((makers[name] for name in chain[-1].input if name in makers
                           and makers[name].op_type == kind), None)  # fmt: skip
            if before is None:
                break
            chain.append(before)
        if node.op_type == "Mul" and len(chain) == 5:
            left_out += [each.name for each in chain[1:]]
            node = helper.make_node("Gelu", [chain[-1].input[0]], list(node.output), name=node.name)
        result.append(node)
    return [node for node in result if node.name not in left_out]


def to_dynamo(version: int):
    """Names and operator set of torch.onnx.export(dynamo=True): values are numbered, nodes named by their number."""

    def change(model: onnx.ModelProto) -> None:
        to_opset(version)(model)
        graph = model.graph
        kept = {value.name for value in (*graph.input, *graph.output)} | {each.name for each in graph.initializer}
        names = {"": ""}
        for node in graph.node:
            for output in node.output:
                names.setdefault(output, output if output in kept else f"val_{len(names)}")
        for index, node in enumerate(graph.node):
            node.name = f"node_{node.op_type}_{index}"
            node.input[:] = [names.get(name, name) for name in node.input]
            node.output[:] = [names[name] for name in node.output]
        del graph.value_info[:]

    return change


STEP, ZERO = np.float32(1 / 16), np.uint8(128)
"""One scale for all activations, wide enough for what the small models compute."""


def quantisers(model: onnx.ModelProto) -> dict[str, np.ndarray]:
    """Adds the scale and zero point of activations, and takes int8 in place of the weights of products."""
    stored = {"activation_scale": STEP, "activation_zero_point": ZERO}
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "MatMul" and node.input[1] in weights:
            weight = node.input[1]
            values = numpy_helper.to_array(weights.pop(weight))
            scale = np.float32(np.abs(values).max() / 127)
            stored |= {f"{weight}_quantized": np.round(values / scale).astype(np.int8),
                       f"{weight}_scale": scale, f"{weight}_zero_point": np.int8(0)}  # fmt: skip
    del model.graph.initializer[:]
    model.graph.initializer.extend(weights.values())
    model.graph.initializer.extend(numpy_helper.from_array(np.asarray(v), name) for name, v in stored.items())
    return stored


def to_qdq(model: onnx.ModelProto) -> None:
    """Static quantisation as onnxruntime's quantize_static writes it by default (qdq_quantizer.py).

    A pair of QuantizeLinear and DequantizeLinear for what a product or softmax reads and gives; weights dequantised.
    """
    stored, pairs, nodes = quantisers(model), {}, []
    activation = ["activation_scale", "activation_zero_point"]

    def pair(name: str) -> str:
        if f"{name}_quantized" in stored:
            scales = [f"{name}_scale", f"{name}_zero_point"]
            if name not in pairs:
                nodes.append(helper.make_node("DequantizeLinear", [f"{name}_quantized", *scales], [f"{name}_dq"]))
        elif name not in pairs:
            nodes.append(helper.make_node("QuantizeLinear", [name, *activation], [f"{name}_QuantizeLinear_Output"]))
            nodes.append(helper.make_node("DequantizeLinear", [f"{name}_QuantizeLinear_Output", *activation],
                                          [f"{name}_dq"]))  # fmt: skip
        pairs[name] = f"{name}_dq"
        return pairs[name]

    for node in model.graph.node:
        if node.op_type in ("MatMul", "Softmax"):
            node.input[:] = [pair(name) for name in node.input]
        else:
            node.input[:] = [pairs.get(name, name) for name in node.input]
        nodes.append(node)
        if node.op_type in ("MatMul", "Softmax") and node.output[0] != "logits":
            pair(node.output[0])
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def to_qoperator(model: onnx.ModelProto) -> None:
    """Static quantisation with QuantFormat.QOperator: products are QLinearMatMul (operators/matmul.py)."""
    stored, quantised, nodes = quantisers(model), {}, []
    activation = ["activation_scale", "activation_zero_point"]

    def integers(name: str) -> list[str]:
        if f"{name}_quantized" in stored:
            return [f"{name}_quantized", f"{name}_scale", f"{name}_zero_point"]
        if name not in quantised:
            quantised[name] = f"{name}_quantized"
            nodes.append(helper.make_node("QuantizeLinear", [name, *activation], [quantised[name]]))
        return [quantised[name], *activation]

    for node in model.graph.node:
        if node.op_type != "MatMul":
            nodes.append(node)
            continue
        factors = [part for name in node.input for part in integers(name)]
        (output,) = node.output
        nodes.append(helper.make_node("QLinearMatMul", [*factors, *activation], [f"{output}_quantized"]))
        nodes.append(helper.make_node("DequantizeLinear", [f"{output}_quantized", *activation], [output]))
        quantised[output] = f"{output}_quantized"
    del model.graph.node[:]
    model.graph.node.extend(nodes)
