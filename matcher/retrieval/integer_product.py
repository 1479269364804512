"""Products of whole numbers in eight bits, by onnxruntime's kernels: exact, and the same on any processor."""

from __future__ import annotations

import os
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import onnxruntime

# Kernels without VNNI add two products in 16 bits: 2 · 255 · 64 = 32,640 still fits.
MOST_DIGIT = 64
# What stands for 0 among codes, which have no sign.
ZERO_CODE = 128


def integer_products(codes: NDArray[np.uint8], digits: NDArray[np.int8]) -> NDArray[np.int32]:
    """Return `(codes − ZERO_CODE) @ digits`, `(n, dim)` by `(dim, m)`; digits within ±MOST_DIGIT."""
    products: NDArray[np.int32] = _session().run(None, {"codes": codes, "digits": digits})[0]
    return products


@cache
def _session() -> onnxruntime.InferenceSession:
    """The graph that `api.build.integer_product` writes, on one thread."""
    # Its builds report their use to Microsoft by default; read when it is imported.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    options: Any = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    graph = files("matcher.resources").joinpath("integer_product.onnx").read_bytes()
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
