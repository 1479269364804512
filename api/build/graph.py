"""The encoder as one ONNX graph, from token ids to unit vectors: BERT in 4 bits, mean pooling, normalisation.

Written node by node: neither torch nor a quantiser is needed. The 4-bit blocks of the weights file go as they are into
onnxruntime's operators (`MatMulNBits`, `GatherBlockQuantized`), which read the same blocks in another order of bytes.
The adapter is finer than a 4-bit step, and would be lost if it were merged into the matrices (cosine .75 with the
reference): it stays apart, at the price of two thin products.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

from api.build.weights import BLOCK, ZERO, Adapter, Blocks, Linear, PackedWeights, in_blocks

OPSET, IR_VERSION = 21, 10  # the first with 4-bit tensors
ONNXRUNTIME = "com.microsoft"
# Products of whole numbers: activations are rounded to 8 bits, in blocks, before each.
INT8_PRODUCTS = 4
# Outputs.
TOKEN_ROWS, VECTORS = "token_rows", "vectors"


class Graph:
    """Nodes and constants of the graph; each method returns the name of the value that it adds."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def node(self, operator: str, *inputs: str, out: str = "", domain: str = "", **attributes: Any) -> str:
        value_name = out or f"{operator}_{len(self.nodes)}"
        self.nodes.append(
            helper.make_node(operator, inputs, [value_name], name=value_name, domain=domain, **attributes)
        )
        return value_name

    def constant(self, name: str, value: NDArray[Any]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def table(self, name: str, blocks: Blocks, indices: str) -> str:
        """Add rows of a 4-bit matrix, as floats."""
        signed_values = blocks.values ^ np.uint8(ZERO)  # less ZERO, in two's complement of 4 bits
        packed_bytes = _pairs(signed_values).tobytes()
        self.constants.append(helper.make_tensor(name, TensorProto.INT4, blocks.values.shape, packed_bytes, raw=True))
        scales_name = self.constant(f"{name}.scales", blocks.scales)
        block_layout: dict[str, Any] = {"block_size": BLOCK, "gather_axis": 0, "quantize_axis": 1}
        return self.node("GatherBlockQuantized", name, indices, scales_name, domain=ONNXRUNTIME, **block_layout)

    def product(self, name: str, rows: str, blocks: Blocks, bias: NDArray[np.float32]) -> str:
        """Add rows · matrixᵀ + bias, for a 4-bit matrix `(outputs, inputs)`."""
        outputs, inputs = blocks.values.shape
        weights_name = self.constant(name, _pairs(blocks.values).reshape(outputs, inputs // BLOCK, BLOCK // 2))
        scales_name, bias_name = self.constant(f"{name}.scales", blocks.scales), self.constant(f"{name}.bias", bias)
        block_layout: dict[str, Any] = {"N": outputs, "K": inputs, "bits": 4, "block_size": BLOCK}
        return self.node(
            "MatMulNBits",
            *(rows, weights_name, scales_name, "", "", bias_name),  # neither zero points nor an order of groups
            domain=ONNXRUNTIME,
            accuracy_level=INT8_PRODUCTS,
            **block_layout,
        )

    def pooled(self, rows: str) -> None:
        """Add `vectors`: the mean of the rows that `attention_mask` keeps, of length 1."""
        first_axis, last_axis = self.constant("first_axis", np.array([1])), self.constant("last_axis", np.array([-1]))
        float_mask = self.node("Unsqueeze", self.node("Cast", "attention_mask", to=TensorProto.FLOAT), last_axis)
        masked_sum = self.node("ReduceSum", self.node("Mul", rows, float_mask), first_axis, keepdims=0)
        mean_rows = self.node("Div", masked_sum, self.node("ReduceSum", float_mask, first_axis, keepdims=0))
        squared_norm = self.node("ReduceSum", self.node("Mul", mean_rows, mean_rows), last_axis, keepdims=1)
        self.node("Div", mean_rows, self.node("Sqrt", squared_norm), out=VECTORS)

    def model(self, name: str, inputs: list[ValueInfoProto], outputs: list[ValueInfoProto]) -> ModelProto:
        return helper.make_model(
            helper.make_graph(self.nodes, name, inputs, outputs, self.constants),
            opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(ONNXRUNTIME, 1)],
            ir_version=IR_VERSION,
            producer_name="pole-sud",
        )


def pooling_graph(hidden: int) -> ModelProto:
    """Return the end of the encoder by itself: `token_rows` and `attention_mask` in, `vectors` out.

    Its sums run in another order where several texts stand in one call. Given one text at a time, it returns the bits
    that the whole model returns for that text alone.
    """
    graph = Graph()
    graph.pooled(TOKEN_ROWS)
    return graph.model("pooling", [_token_rows(hidden), _token_numbers("attention_mask")], [_vectors(hidden)])


def encoder_graph(packed: PackedWeights, token_ids: list[int], adapter: Adapter) -> ModelProto:
    """Return the model: `input_ids` and `attention_mask` `(batch, tokens)` in.

    Out: `vectors` `(batch, hidden)`, and `token_rows` `(batch, tokens, hidden)`, of which they are made.
    `token_ids` are the rows of the vocabulary that are kept, in the order of their new ids.
    """
    graph = Graph()
    hidden = packed.shape["hidden"]

    def normalised(rows: str, name: str, out: str = "") -> str:
        norm_weight = graph.constant(f"{name}.w", packed.vector(f"{name}.w", hidden))
        norm_bias = graph.constant(f"{name}.b", packed.vector(f"{name}.b", hidden))
        return graph.node("LayerNormalization", rows, norm_weight, norm_bias, out=out, axis=-1, epsilon=packed.epsilon)

    def linear(rows: str, layer: int, linear_part: Linear) -> str:
        name = f"l{layer}.{linear_part.short}"
        weight_blocks = packed.blocks(f"{name}.w", linear_part.outputs, linear_part.inputs)
        product = graph.product(f"{name}.w", rows, weight_blocks, packed.vector(f"{name}.b", linear_part.outputs))
        matrix_place = f"encoder.layer.{layer}.{linear_part.place}"
        if matrix_place not in adapter:
            return product
        low_rank, high_rank = adapter[matrix_place]
        thin_product = graph.node("MatMul", rows, graph.constant(f"{name}.low", low_rank.T))
        return graph.node(
            "Add", product, graph.node("MatMul", thin_product, graph.constant(f"{name}.high", high_rank.T))
        )

    last_layer = packed.shape["layers"] - 1
    word_blocks = packed.blocks("emb.word", packed.shape["vocabulary"], hidden).rows(token_ids)
    n_tokens = graph.node("Squeeze", graph.node("Shape", "input_ids", start=1, end=2))
    zero_start, one_step = graph.constant("zero", np.array(0)), graph.constant("one", np.array(1))
    position_blocks = in_blocks(packed.vector("emb.pos", packed.shape["positions"], hidden))
    type_row = graph.constant("emb.type", packed.vector("emb.type", packed.shape["types"], hidden)[0])
    typed_rows = graph.node("Add", graph.table("emb.word", word_blocks, "input_ids"), type_row)
    position_rows = graph.table("emb.pos", position_blocks, graph.node("Range", zero_start, n_tokens, one_step))
    rows = normalised(graph.node("Add", typed_rows, position_rows), "emb.ln")
    mask_lengths = graph.node("Cast", "attention_mask", to=TensorProto.INT32)
    for layer in range(packed.shape["layers"]):
        query_part, key_part, value_part, attention_part, wide_part, narrow_part = packed.linears()
        attention_inputs = [linear(rows, layer, linear_part) for linear_part in (query_part, key_part, value_part)]
        n_heads = packed.shape["heads"]
        mixed_heads = graph.node(
            "MultiHeadAttention", *attention_inputs, "", mask_lengths, domain=ONNXRUNTIME, num_heads=n_heads
        )
        rows = normalised(graph.node("Add", linear(mixed_heads, layer, attention_part), rows), f"l{layer}.aln")
        inner_rows = graph.node("Gelu", linear(rows, layer, wide_part))
        out = TOKEN_ROWS if layer == last_layer else ""
        rows = normalised(graph.node("Add", linear(inner_rows, layer, narrow_part), rows), f"l{layer}.oln", out)
    graph.pooled(rows)
    inputs = [_token_numbers(name) for name in ("input_ids", "attention_mask")]
    return graph.model("encoder", inputs, [_vectors(hidden), _token_rows(hidden)])


def _token_numbers(name: str) -> ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])


def _token_rows(hidden: int) -> ValueInfoProto:
    return helper.make_tensor_value_info(TOKEN_ROWS, TensorProto.FLOAT, ["batch", "tokens", hidden])


def _vectors(hidden: int) -> ValueInfoProto:
    return helper.make_tensor_value_info(VECTORS, TensorProto.FLOAT, ["batch", hidden])


def _pairs(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return numbers below 16, packed two a byte along the last axis, the first in the low half."""
    return values[..., 0::2] | values[..., 1::2] << np.uint8(4)
