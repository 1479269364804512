"""Texts to unit vectors: one protocol, two encoders.

`OnnxEncoder` serves: onnxruntime and tokenizers, no torch, ready in about a second. `SentenceTransformerEncoder`
builds, fine-tunes and is the reference that the first must agree with. Both put `query: ` before every text: on this
encoder the same prefix on both sides ranks better than the asymmetric pair that its authors trained with
(docs/decisions.md).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from matcher.types import FloatArray

PREFIX = "query: "
MAX_TOKENS = 256

# Vectors are compared as whole numbers: with entries in steps of 1/GRID, every partial sum of products of two unit rows
# stays below 2**24, hence exact in float32. A cosine is then the same bits on any processor, whatever the order of the
# sum or the number of rows. Rounding moves a cosine by about 1e-4, a hundredth of what separates trades.
GRID = 4000

# Tokens of a batch: more cost memory, and save nothing.
BATCH_TOKENS = 192
# Of fewer texts hardly two have the same number of tokens.
FEWEST_BATCHED = 16
# Numbers of tokens of a text with which `OnnxEncoder` tries batches of three.
PROBED_TOKENS = (5, 6, 7, 8)

Progress = Callable[[int], None]


class Encoder(Protocol):
    """Texts in, unit rows out. The same text gives the same row, whatever stands beside it in the call."""

    @property
    def revision(self) -> str:
        """Identity of the encoder: vectors of two revisions are never compared."""

    @property
    def dim(self) -> int: ...

    @property
    def similarity_range(self) -> tuple[float, float]:
        """Cosines that mean « unrelated » and « same trade » with this encoder."""

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> FloatArray:
        """Return unit rows `(len(texts), dim)`; `progress` is called with the number of texts just done."""


def text_hash(text: str) -> str:
    """Return the SHA-256 of a text as it is encoded, in hexadecimal."""
    return hashlib.sha256(as_read(text).encode()).hexdigest()


def to_grid(rows: FloatArray) -> NDArray[np.int16]:
    """Return unit rows as whole numbers of steps: what is stored, in two bytes a value."""
    return np.rint(rows * GRID).astype(np.int16)


def from_grid(steps: NDArray[np.int16]) -> FloatArray:
    """Return stored rows as float32 whole numbers, for `cosines`."""
    return steps.astype(np.float32)


def cosines(many: FloatArray, few: FloatArray) -> FloatArray:
    """Return the exact cosines `(n, m)` of two sets of rows on the grid."""
    products: FloatArray = many @ few.T
    return products / np.float32(GRID * GRID)


class OnnxEncoder:
    """An encoder exported by `api.build.encoder`: a folder with `model.onnx`, `tokenizer.json` and `manifest.json`.

    Where `pooling.onnx` is there too, texts of one number of tokens are encoded together, without padding.
    """

    def __init__(self, folder: Path, threads: int = 2, *, at_once: bool = True) -> None:
        """at_once: else the models are opened when the first text is encoded, if any is."""
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
        self.revision: str = manifest["revision"]
        self.dim: int = manifest["dim"]
        low, high = manifest["similarity_range"]
        self.similarity_range: tuple[float, float] = (low, high)
        self._folder = folder
        # One thread a batch, several batches at once: faster than several threads on one batch.
        self._threads = threads
        if at_once:
            _ = self._models

    @cached_property
    def _models(self) -> _Models:
        ahead = _AHEAD.pop(self._folder, None)
        return ahead.result() if ahead else _Models.opened(self._folder)

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> FloatArray:
        rows = np.empty((len(texts), self.dim), dtype=np.float32)
        places: dict[str, list[int]] = {}
        for place, text in enumerate(texts):
            places.setdefault(as_read(text), []).append(place)
        token_ids = [encoding.ids for encoding in self._models.tokenizer.encode_batch(list(places))]
        batches = in_batches([len(ids) for ids in token_ids], self._batch_tokens(len(token_ids)))
        same_texts = list(places.values())
        with ThreadPoolExecutor(self._threads) as pool:
            made = pool.map(self._batch, ([token_ids[own] for own in batch] for batch in batches))
            for batch, batch_rows in zip(batches, made, strict=True):
                done = 0
                for own, row in zip(batch, batch_rows, strict=True):
                    rows[same_texts[own]] = row
                    done += len(same_texts[own])
                if progress:
                    progress(done)
        return rows

    def _batch_tokens(self, count: int) -> int:
        """Return how many tokens may stand in one batch; 0 where each text is encoded alone."""
        return BATCH_TOKENS if count >= FEWEST_BATCHED and self._models.pooling and self._batches_keep_bits else 0

    def _batch(self, token_ids: Sequence[Sequence[int]]) -> Sequence[FloatArray]:
        """Encode texts of the same number of tokens; each row has the bits that its text has alone."""
        input_ids = np.array(token_ids, np.int64)
        mask = np.ones_like(input_ids)
        feed = {"input_ids": input_ids, "attention_mask": mask}
        if len(token_ids) == 1:
            (alone,) = self._models.session.run(["vectors"], feed)
            return [alone[0]]
        (token_rows,) = self._models.session.run(["token_rows"], feed)
        pooling = self._models.pooling
        assert pooling
        # One text a call: the sums of several run in another order.
        texts = (slice(text, text + 1) for text in range(len(token_ids)))
        feeds = ({"token_rows": token_rows[text], "attention_mask": mask[text]} for text in texts)
        return [pooling.run(None, feed)[0][0] for feed in feeds]

    @cached_property
    def _batches_keep_bits(self) -> bool:
        """Tell whether, on this processor, a row has the same bits in a batch and alone.

        Kernels take rows two or four at a time. Where the one that is left is summed in another order, it would not:
        tried on numbers of rows that leave none, one, two and three.
        """
        for n_tokens in PROBED_TOKENS:
            token_ids = [[text * 97 + token * 31 + 10 for token in range(n_tokens)] for text in range(3)]
            for together, ids in zip(self._batch(token_ids), token_ids, strict=True):
                if not np.array_equal(together, self._batch([ids])[0]):
                    return False
        return True


class _Models(NamedTuple):
    """What an `OnnxEncoder` computes with. pooling: None in encoders that were built before there were batches."""

    tokenizer: Any
    session: Any
    pooling: Any

    @classmethod
    def opened(cls, folder: Path) -> _Models:
        onnxruntime, tokenizers = _libraries()
        tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.enable_truncation(MAX_TOKENS)
        tokenizer.no_padding()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1

        def session(name: str) -> Any:
            return onnxruntime.InferenceSession(str(folder / name), options, providers=["CPUExecutionProvider"])

        pooling = session("pooling.onnx") if (folder / "pooling.onnx").is_file() else None
        return cls(tokenizer, session("model.onnx"), pooling)


# What was begun to be opened, by its folder: see `open_ahead`.
_AHEAD: dict[Path, Future[_Models]] = {}


def open_ahead(location: str) -> None:
    """Begin to open the models of an encoder in a thread: the encoder that is opened next from there waits for it.

    Half of it does without the interpreter, which imports meanwhile. Of what is no folder with `model.onnx` nothing is
    begun.
    """
    folder = Path(location)
    if (folder / "model.onnx").is_file():
        # Not in the thread: two threads that import may wait for each other.
        _libraries()
        thread = ThreadPoolExecutor(1, "encoder")
        _AHEAD[folder] = thread.submit(_Models.opened, folder)
        thread.shutdown(wait=False)


def _libraries() -> tuple[Any, Any]:
    # Its builds report their use to Microsoft by default; read when it is imported.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime
    import tokenizers

    return onnxruntime, tokenizers


def in_batches(lengths: Sequence[int], most_tokens: int) -> list[list[int]]:
    """Return the places of texts in batches of one length each, the longest first.

    lengths: tokens of each text. A batch holds `most_tokens` tokens at most, or one text.
    """
    batches: list[list[int]] = []
    longest_first = sorted(range(len(lengths)), key=lambda place: (-lengths[place], place))
    for length, same in groupby(longest_first, key=lengths.__getitem__):
        batches += map(list, _parts(list(same), max(1, most_tokens // max(length, 1))))
    return batches


def _parts(places: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(places), size):
        yield places[start : start + size]


class SentenceTransformerEncoder:
    """Any sentence-transformers model, by hub name or local folder; imports torch, hence never on the serving path."""

    def __init__(
        self, name_or_path: str, similarity_range: tuple[float, float] = (0.0, 1.0), *, from_hub: bool = False
    ) -> None:
        """from_hub: a hub may be asked for what is not on this machine."""
        if not from_hub:
            # Read when its libraries are imported; `local_files_only` does not reach all that they ask.
            os.environ["HF_HUB_OFFLINE"] = "1"
        from sentence_transformers import SentenceTransformer

        self._model = SentenceTransformer(name_or_path, device="cpu", local_files_only=not from_hub)
        self._model.max_seq_length = MAX_TOKENS
        manifest = Path(name_or_path).parent / "manifest.json"
        if manifest.is_file():
            content = json.loads(manifest.read_text("utf-8"))
            self.revision: str = content["revision"]
            low, high = content["similarity_range"]
            similarity_range = (low, high)
        else:
            self.revision = hashlib.sha256(name_or_path.encode()).hexdigest()[:16]
        self.similarity_range = similarity_range
        self.dim: int = int(self._model.get_embedding_dimension() or 0)

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> FloatArray:
        rows = np.empty((len(texts), self.dim), dtype=np.float32)
        for position, text in enumerate(texts):
            # Alone, for the same reason as above.
            rows[position] = self._model.encode(as_read(text), normalize_embeddings=True, show_progress_bar=False)
            if progress:
                progress(1)
        return rows


def as_read(text: str) -> str:
    """Return a text as the encoder reads it: prefixed, in lower case.

    Registers and buyers write in capitals, which the encoder would read as other words.
    """
    return PREFIX + text.lower()


class EncoderMissingError(Exception):
    """A location where there is no encoder."""


def open_encoder(location: str, *, from_hub: bool = False, at_once: bool = True) -> Encoder:
    """Return the encoder at a location: a folder with `model.onnx`, else a sentence-transformers folder.

    from_hub: else it may be the name of a model on a hub, which is asked over the network. at_once: as in
    `OnnxEncoder`. Raises EncoderMissingError.
    """
    folder = Path(location)
    if (folder / "model.onnx").is_file():
        return OnnxEncoder(folder, at_once=at_once)
    if (folder / "config.json").is_file() or (folder / "modules.json").is_file():
        return SentenceTransformerEncoder(location)
    # What looks like a path is none on a hub.
    if not from_hub or folder.exists() or folder.is_absolute() or location.startswith((".", "~")):
        raise EncoderMissingError(location)
    return SentenceTransformerEncoder(location, from_hub=True)
