"""The encoder as one ONNX graph, from token ids to unit vectors: BERT in 8 bits, mean pooling, normalisation.

Written node by node: neither torch nor a quantiser is needed. Matrices, with what fine-tuning learned merged in, are
whole numbers with a scale an output; activations are two digits of 7 bits with a scale a row. Products are sums of
whole numbers, which processors have instructions for (VNNI, AMX): exact, and the same whatever rows stand beside.
Rounded to one digit of 8 bits, activations lost too much (cosine .996 with the reference; two digits: .9992).
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

from api.build.weights import BLOCK, ZERO, Adapter, Blocks, Linear, PackedWeights, in_blocks

OPSET, IR_VERSION = 21, 10  # the first with 4-bit tensors
ONNXRUNTIME = "com.microsoft"
# Kernels without VNNI add two products in 16 bits: 2 · 127 · 127 = 32,258 still fits, and codes of digits go to 127.
MOST_WEIGHT, MOST_DIGIT, ZERO_CODE = 127, 63, 64
# A low digit is worth this part of a high one: half a high step is 63 low ones.
LOW_DIGITS = 2 * MOST_DIGIT
# Outputs.
TOKEN_ROWS, VECTORS = "token_rows", "vectors"


class Digits(NamedTuple):
    """Names of the codes of rows `(n, inputs)`, and of what a low digit is worth in each row `(n, 1)`."""

    high: str
    low: str
    worth: str


class Graph:
    """Nodes and constants of the graph; each method returns the name of the value that it adds."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []
        self._names: set[str] = set()

    def node(self, operator: str, *inputs: str, out: str = "", domain: str = "", **attributes: Any) -> str:
        value_name = out or f"{operator}_{len(self.nodes)}"
        self.nodes.append(
            helper.make_node(operator, inputs, [value_name], name=value_name, domain=domain, **attributes)
        )
        return value_name

    def constant(self, name: str, value: NDArray[Any]) -> str:
        """Add a constant, once a name."""
        if name not in self._names:
            self._names.add(name)
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

    def digits(self, rows: str) -> Digits:
        """Add rows `(n, inputs)` in two digits: each row by its own largest value, whatever rows stand beside it."""
        last_axis = self.constant("last_axis", np.array([-1]))
        largest = self.node("ReduceMax", self.node("Abs", rows), last_axis, keepdims=0)
        # A row of zeros has codes too.
        positive = self.node("Max", largest, self.constant("least", np.array(1e-30, np.float32)))
        high_worth = self.node("Mul", positive, self.constant("a_digit", np.array(1 / MOST_DIGIT, np.float32)))
        low_worth = self.node("Mul", high_worth, self.constant("a_low", np.array(1 / LOW_DIGITS, np.float32)))
        zero = helper.make_tensor("value", TensorProto.UINT8, [1], [ZERO_CODE])
        zeros = self.node("ConstantOfShape", self.node("Shape", largest), value=zero)
        high = self.node("QuantizeLinear", rows, high_worth, zeros, axis=0)
        rest = self.node("Sub", rows, self.node("DequantizeLinear", high, high_worth, zeros, axis=0))
        low = self.node("QuantizeLinear", rest, low_worth, zeros, axis=0)
        return Digits(high, low, self.node("Unsqueeze", low_worth, last_axis))

    def product(self, name: str, digits: Digits, matrix: NDArray[np.float32]) -> str:
        """Add rows · matrixᵀ, for a matrix `(outputs, inputs)`."""
        scales = np.abs(matrix).max(axis=1) / np.float32(MOST_WEIGHT)
        weights = self.constant(name, np.rint(matrix / scales[:, None]).astype(np.int8).T)
        low_scales = self.constant(f"{name}.low_scales", scales)
        high_scales = self.constant(f"{name}.high_scales", scales * np.float32(LOW_DIGITS))
        one = self.constant("one_scale", np.array(1, np.float32))
        zero_code = self.constant("zero_code", np.array(ZERO_CODE, np.uint8))
        high, low = (
            self.node("MatMulIntegerToFloat", codes, weights, one, scales_name, zero_code, domain=ONNXRUNTIME)
            for codes, scales_name in ((digits.high, high_scales), (digits.low, low_scales))
        )
        return self.node("Mul", self.node("Add", high, low), digits.worth)

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
    hidden, epsilon = packed.shape["hidden"], packed.epsilon

    def norm(name: str) -> list[str]:
        return [graph.constant(f"{name}.{part}", packed.vector(f"{name}.{part}", hidden)) for part in ("w", "b")]

    def linear(digits: Digits, layer: int, part: Linear) -> str:
        name = f"l{layer}.{part.short}.w"
        matrix = packed.blocks(name, part.outputs, part.inputs).floats()
        place = f"encoder.layer.{layer}.{part.place}"
        if place in adapter:
            low_rank, high_rank = adapter[place]
            matrix = matrix + high_rank @ low_rank
        return graph.product(name, digits, matrix)

    def bias(layer: int, *parts: Linear) -> str:
        """The biases of one or more products, which the operator after them adds."""
        names = [f"l{layer}.{part.short}.b" for part in parts]
        values = [packed.vector(name, part.outputs) for name, part in zip(names, parts, strict=True)]
        return graph.constant("+".join(names), np.concatenate(values))

    def added(product: str, rows: str, layer: int, part: Linear, norm_name: str) -> str:
        """The product and its bias added to the rows, normalised."""
        # onnxruntime's SkipLayerNormalization does the same in three times as long.
        sums = graph.node("Add", graph.node("Add", product, rows), bias(layer, part))
        return graph.node("LayerNormalization", sums, *norm(norm_name), axis=-1, epsilon=epsilon)

    word_blocks = packed.blocks("emb.word", packed.shape["vocabulary"], hidden).rows(token_ids)
    n_tokens = graph.node("Squeeze", graph.node("Shape", "input_ids", start=1, end=2))
    zero_start, one_step = graph.constant("zero", np.array(0)), graph.constant("one", np.array(1))
    position_blocks = in_blocks(packed.vector("emb.pos", packed.shape["positions"], hidden))
    type_row = graph.constant("emb.type", packed.vector("emb.type", packed.shape["types"], hidden)[0])
    typed_rows = graph.node("Add", graph.table("emb.word", word_blocks, "input_ids"), type_row)
    position_rows = graph.table("emb.pos", position_blocks, graph.node("Range", zero_start, n_tokens, one_step))
    embedded = graph.node("Add", typed_rows, position_rows)
    # A row a token, until heads look at the tokens of one text.
    flat_shape = graph.constant("flat_shape", np.array([-1, hidden]))
    text_shape = graph.node(
        "Concat", graph.node("Shape", "input_ids"), graph.constant("width", np.array([hidden])), axis=0
    )
    flat_rows = graph.node("Reshape", embedded, flat_shape)
    rows = graph.node("LayerNormalization", flat_rows, *norm("emb.ln"), axis=-1, epsilon=epsilon)
    mask_lengths = graph.node("Cast", "attention_mask", to=TensorProto.INT32)
    for layer in range(packed.shape["layers"]):
        *attention_parts, mixed_part, wide_part, narrow_part = packed.linears()
        digits = graph.digits(rows)
        attention_inputs = [graph.node("Reshape", linear(digits, layer, part), text_shape) for part in attention_parts]
        attention_inputs += [bias(layer, *attention_parts), mask_lengths]
        n_heads = packed.shape["heads"]
        heads = graph.node("MultiHeadAttention", *attention_inputs, domain=ONNXRUNTIME, num_heads=n_heads)
        mixed = graph.digits(graph.node("Reshape", heads, flat_shape))
        rows = added(linear(mixed, layer, mixed_part), rows, layer, mixed_part, f"l{layer}.aln")
        wide = linear(graph.digits(rows), layer, wide_part)
        inner = graph.digits(graph.node("BiasGelu", wide, bias(layer, wide_part), domain=ONNXRUNTIME))
        rows = added(linear(inner, layer, narrow_part), rows, layer, narrow_part, f"l{layer}.oln")
    graph.pooled(graph.node("Reshape", rows, text_shape, out=TOKEN_ROWS))
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
