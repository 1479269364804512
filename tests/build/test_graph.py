"""Products of the encoder's graph: two digits of a row by whole-number weights, whatever rows stand beside."""

import numpy as np
import onnxruntime
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from onnx import TensorProto, helper

from api.build.graph import MOST_DIGIT, MOST_WEIGHT, ZERO_CODE, Graph
from tests.support.proof_share import examples

SEEDS, COUNTS = st.integers(0, 2**32 - 1), st.integers(1, 24)
# Rows with one entry that outweighs the others, as those of BERT have, and rows of zeros.
KINDS = st.sampled_from(["plain", "one large", "zeros"])


def drawn(seed: int, count: int, inputs: int, kind: str) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((count, inputs)).astype(np.float32)
    if kind == "one large":
        rows[np.arange(count), rng.integers(inputs, size=count)] *= 100
    return rows * np.float32(kind != "zeros")


def computed(matrix: NDArray[np.float32], rows: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Return the product, the codes of high and low digits, and what a low one is worth."""
    graph = Graph()
    digits = graph.digits("rows")
    outputs = [
        helper.make_tensor_value_info(graph.product("matrix", digits, matrix), TensorProto.FLOAT, None),
        *(helper.make_tensor_value_info(name, TensorProto.UINT8, None) for name in (digits.high, digits.low)),
        helper.make_tensor_value_info(digits.worth, TensorProto.FLOAT, None),
    ]
    inputs = [helper.make_tensor_value_info("rows", TensorProto.FLOAT, ["n", matrix.shape[1]])]
    content = graph.model("product", inputs, outputs).SerializeToString()
    values: list[NDArray[np.float32]] = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"]).run(
        None, {"rows": rows}
    )
    return values


@settings(deadline=None, max_examples=examples(30))
@given(SEEDS, COUNTS, KINDS)
def test_a_row_has_the_same_product_alone_and_beside_others(seed: int, count: int, kind: str) -> None:
    matrix = drawn(seed, 48, 64, "plain")
    rows = drawn(seed + 1, count, 64, kind)
    rows[-1] *= 1000
    together, *_ = computed(matrix, rows)
    for row, own in zip(rows, together, strict=True):
        np.testing.assert_array_equal(computed(matrix, row[None])[0][0], own)


@settings(deadline=None, max_examples=examples(30))
@given(SEEDS, COUNTS, KINDS)
def test_two_digits_keep_a_row_within_a_low_step_and_fit_kernels_that_add_in_16_bits(
    seed: int, count: int, kind: str
) -> None:
    rows = drawn(seed, count, 64, kind)
    _, high, low, worth = computed(drawn(seed + 1, 48, 64, "plain"), rows)
    assert 2 * max(int(high.max()), int(low.max())) * MOST_WEIGHT < 2**15
    read = ((high.astype(float) - ZERO_CODE) * 2 * MOST_DIGIT + low.astype(float) - ZERO_CODE) * worth
    assert (np.abs(read - rows) <= 0.51 * worth).all()


@settings(deadline=None, max_examples=examples(30))
@given(SEEDS, COUNTS, KINDS)
def test_a_product_is_the_sum_of_whole_numbers(seed: int, count: int, kind: str) -> None:
    """Of the codes with the weights, in 64 bits: nothing overflowed, and only the last scaling rounds."""
    matrix, rows = drawn(seed, 48, 64, "plain"), drawn(seed + 1, count, 64, kind)
    product, high, low, worth = computed(matrix, rows)
    scales = np.abs(matrix).max(axis=1) / np.float32(MOST_WEIGHT)
    weights = np.rint(matrix / scales[:, None]).astype(np.int64).T
    codes = (high.astype(np.int64) - ZERO_CODE) * 2 * MOST_DIGIT + low.astype(np.int64) - ZERO_CODE
    np.testing.assert_allclose(
        product, (codes @ weights) * scales.astype(float) * worth, rtol=1e-4, atol=1e-4 * worth.max()
    )
