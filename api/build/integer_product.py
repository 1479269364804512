"""Write matcher/resources/integer_product.onnx: the product of whole numbers by which phrases are compared roughly.

NumPy multiplies whole numbers slowly, one by one. onnxruntime, which the encoder needs anyway, has kernels of each
processor for it (MatMulInteger). The graph has no weights: both sides are inputs.
"""

import sys
from pathlib import Path

from onnx import TensorProto, checker, helper, save

from matcher.retrieval.integer_product import ZERO_CODE

IR_VERSION, OPSET = 8, 13


def write_graph(path: Path) -> None:
    """Write a graph of `codes (n, dim)` uint8 less 128, times `digits (dim, m)` int8: `products (n, m)` int32."""
    codes = helper.make_tensor_value_info("codes", TensorProto.UINT8, ["n", "dim"])
    digits = helper.make_tensor_value_info("digits", TensorProto.INT8, ["dim", "m"])
    products = helper.make_tensor_value_info("products", TensorProto.INT32, ["n", "m"])
    zero = helper.make_tensor("zero", TensorProto.UINT8, [], [ZERO_CODE])
    node = helper.make_node("MatMulInteger", ["codes", "digits", "zero"], ["products"])
    graph = helper.make_graph([node], "integer_product", [codes, digits], [products], [zero])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="polesud")
    model.ir_version = IR_VERSION
    checker.check_model(model)
    save(model, str(path))


if __name__ == "__main__":
    write_graph(Path(sys.argv[1]))
