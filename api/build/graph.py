"""The encoder as one ONNX graph, from token ids to unit vectors: BERT in 4 bits, mean pooling, normalisation.

Written node by node: neither torch nor a quantiser is needed. The 4-bit blocks of the weights file go as they are into
onnxruntime's operators (`MatMulNBits`, `GatherBlockQuantized`), which read the same blocks in another order of bytes.
What was learned is finer than a step of 4 bits, and would be lost if it were merged into the matrices (cosine .75 with
the reference): it stays apart, at the price of two thin products.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from api.build.weights import BLOCK, ZERO, Adapter, Blocks, Linear, PackedWeights, in_blocks

OPSET, IR_VERSION = 21, 10  # the first with 4-bit tensors
ONNXRUNTIME = "com.microsoft"
# Products of whole numbers: activations are rounded to 8 bits, in blocks, before each.
INT8_PRODUCTS = 4


class Graph:
    """Nodes and constants, as they are added; each method returns the name of the value that it added."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def node(self, operator: str, *inputs: str, out: str = "", domain: str = "", **attributes: Any) -> str:
        name = out or f"{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, domain=domain, **attributes))
        return name

    def constant(self, name: str, value: NDArray[Any]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def table(self, name: str, blocks: Blocks, indices: str) -> str:
        """Rows of a 4-bit matrix, as floats."""
        signed = blocks.values ^ np.uint8(ZERO)  # less ZERO, in two's complement of 4 bits
        content = _pairs(signed).tobytes()
        self.constants.append(helper.make_tensor(name, TensorProto.INT4, blocks.values.shape, content, raw=True))
        scales = self.constant(f"{name}.scales", blocks.scales)
        layout: dict[str, Any] = {"block_size": BLOCK, "gather_axis": 0, "quantize_axis": 1}
        return self.node("GatherBlockQuantized", name, indices, scales, domain=ONNXRUNTIME, **layout)

    def product(self, name: str, rows: str, blocks: Blocks, bias: NDArray[np.float32]) -> str:
        """rows · matrixᵀ + bias, for a 4-bit matrix `(outputs, inputs)`."""
        outputs, inputs = blocks.values.shape
        weights = self.constant(name, _pairs(blocks.values).reshape(outputs, inputs // BLOCK, BLOCK // 2))
        scales, added = self.constant(f"{name}.scales", blocks.scales), self.constant(f"{name}.bias", bias)
        layout: dict[str, Any] = {"N": outputs, "K": inputs, "bits": 4, "block_size": BLOCK}
        return self.node(
            "MatMulNBits",
            *(rows, weights, scales, "", "", added),  # neither zero points nor an order of groups
            domain=ONNXRUNTIME,
            accuracy_level=INT8_PRODUCTS,
            **layout,
        )


def encoder_graph(packed: PackedWeights, token_ids: list[int], adapter: Adapter) -> ModelProto:
    """Return the model: `input_ids` and `attention_mask` `(batch, tokens)` in, `vectors` `(batch, hidden)` out.

    `token_ids` are the rows of the vocabulary that are kept, in the order of their new ids.
    """
    graph = Graph()
    hidden = packed.shape["hidden"]

    def normalised(rows: str, name: str) -> str:
        weight = graph.constant(f"{name}.w", packed.vector(f"{name}.w", hidden))
        bias = graph.constant(f"{name}.b", packed.vector(f"{name}.b", hidden))
        return graph.node("LayerNormalization", rows, weight, bias, axis=-1, epsilon=packed.epsilon)

    def linear(rows: str, layer: int, part: Linear) -> str:
        name = f"l{layer}.{part.short}"
        blocks = packed.blocks(f"{name}.w", part.outputs, part.inputs)
        product = graph.product(f"{name}.w", rows, blocks, packed.vector(f"{name}.b", part.outputs))
        place = f"encoder.layer.{layer}.{part.place}"
        if place not in adapter:
            return product
        low, high = adapter[place]
        thin = graph.node("MatMul", rows, graph.constant(f"{name}.low", low.T))
        return graph.node("Add", product, graph.node("MatMul", thin, graph.constant(f"{name}.high", high.T)))

    first_axis, last_axis = graph.constant("first_axis", np.array([1])), graph.constant("last_axis", np.array([-1]))
    words = packed.blocks("emb.word", packed.shape["vocabulary"], hidden).rows(token_ids)
    count = graph.node("Squeeze", graph.node("Shape", "input_ids", start=1, end=2))
    zero, one = graph.constant("zero", np.array(0)), graph.constant("one", np.array(1))
    positions = in_blocks(packed.vector("emb.pos", packed.shape["positions"], hidden))
    kind = graph.constant("emb.type", packed.vector("emb.type", packed.shape["types"], hidden)[0])
    typed = graph.node("Add", graph.table("emb.word", words, "input_ids"), kind)
    placed = graph.table("emb.pos", positions, graph.node("Range", zero, count, one))
    rows = normalised(graph.node("Add", typed, placed), "emb.ln")
    seen = graph.node("Cast", "attention_mask", to=TensorProto.INT32)
    for layer in range(packed.shape["layers"]):
        query, key, value, attended, wide, narrow = packed.linears()
        asked = [linear(rows, layer, part) for part in (query, key, value)]
        heads = packed.shape["heads"]
        mixed = graph.node("MultiHeadAttention", *asked, "", seen, domain=ONNXRUNTIME, num_heads=heads)
        rows = normalised(graph.node("Add", linear(mixed, layer, attended), rows), f"l{layer}.aln")
        inner = graph.node("Gelu", linear(rows, layer, wide))
        rows = normalised(graph.node("Add", linear(inner, layer, narrow), rows), f"l{layer}.oln")
    mask = graph.node("Unsqueeze", graph.node("Cast", "attention_mask", to=TensorProto.FLOAT), last_axis)
    total = graph.node("ReduceSum", graph.node("Mul", rows, mask), first_axis, keepdims=0)
    mean = graph.node("Div", total, graph.node("ReduceSum", mask, first_axis, keepdims=0))
    square = graph.node("ReduceSum", graph.node("Mul", mean, mean), last_axis, keepdims=1)
    graph.node("Div", mean, graph.node("Sqrt", square), out="vectors")
    texts = ["batch", "tokens"]
    return helper.make_model(
        helper.make_graph(
            graph.nodes,
            "encoder",
            [helper.make_tensor_value_info(name, TensorProto.INT64, texts) for name in ("input_ids", "attention_mask")],
            [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["batch", hidden])],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(ONNXRUNTIME, 1)],
        ir_version=IR_VERSION,
        producer_name="pole-sud",
    )


def _pairs(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return numbers below 16 two a byte along the last axis, the first in its low half."""
    return values[..., 0::2] | values[..., 1::2] << np.uint8(4)
