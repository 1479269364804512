"""Build the reference encoder: the served one's weights in float32, as a sentence-transformers folder.

`python -m api.build.reference var/wheels var/reference`: what tests compare the served encoder with, and, `--plain`
(without the adapter), what fine-tuning starts from. It needs torch, which nothing that serves does.
"""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from api.build.encoder import SPECIAL_TOKENS, Sources, is_built, replaced
from api.build.weights import Adapter, PackedWeights

os.environ["HF_HUB_OFFLINE"] = "1"


def bert_weights(packed: PackedWeights, token_ids: list[int]) -> dict[str, NDArray[np.float32]]:
    """Return the tensors under the names that transformers' BertModel gives them, for the given tokens only."""
    hidden = packed.shape["hidden"]
    words = packed.blocks("emb.word", packed.shape["vocabulary"], hidden).rows(token_ids)
    weights = {
        "embeddings.word_embeddings.weight": words.floats(),
        "embeddings.position_embeddings.weight": packed.vector("emb.pos", packed.shape["positions"], hidden),
        "embeddings.token_type_embeddings.weight": packed.vector("emb.type", packed.shape["types"], hidden),
        "embeddings.LayerNorm.weight": packed.vector("emb.ln.w", hidden),
        "embeddings.LayerNorm.bias": packed.vector("emb.ln.b", hidden),
    }
    norms = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}
    for layer in range(packed.shape["layers"]):
        place = f"encoder.layer.{layer}."
        for part in packed.linears():
            blocks = packed.blocks(f"l{layer}.{part.short}.w", part.outputs, part.inputs)
            weights[f"{place}{part.place}.weight"] = blocks.floats()
            weights[f"{place}{part.place}.bias"] = packed.vector(f"l{layer}.{part.short}.b", part.outputs)
        for short, name in norms.items():
            weights[f"{place}{name}.weight"] = packed.vector(f"l{layer}.{short}.w", hidden)
            weights[f"{place}{name}.bias"] = packed.vector(f"l{layer}.{short}.b", hidden)
    return weights


def merged(weights: Mapping[str, NDArray[np.float32]], adapter: Adapter) -> dict[str, NDArray[np.float32]]:
    """Return the weights with what was learned added: W + B·A for each adapted matrix (Hu et al. 2021)."""
    deltas = {f"{place}.weight": high @ low for place, (low, high) in adapter.items()}
    return {name: value + deltas[name] if name in deltas else value for name, value in weights.items()}


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


def save_reference(bert: Any, tokenizer: bytes, out: Path) -> None:
    """Write a model as a sentence-transformers folder."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from transformers import PreTrainedTokenizerFast

    bare = out.with_name("bert")
    bert.save_pretrained(bare)
    (bare / "whole.json").write_bytes(tokenizer)
    PreTrainedTokenizerFast(
        tokenizer_file=str(bare / "whole.json"),
        model_max_length=512,
        model_input_names=["input_ids", "attention_mask"],
        **SPECIAL_TOKENS,
    ).save_pretrained(bare)
    transformer = Transformer(str(bare), max_seq_length=512, model_kwargs={"add_pooling_layer": False})
    modules = [transformer, Pooling(bert.config.hidden_size, "mean"), Normalize()]
    SentenceTransformer(modules=modules, device="cpu").save(str(out))
    shutil.rmtree(bare)


def build_reference(wheels: Path, out: Path, *, plain: bool = False) -> None:
    """Build `<out>/sentence-transformers` and `<out>/manifest.json`, unless they were built from the same sources."""
    sources = Sources(wheels, plain=plain)
    if is_built(out, sources):
        return
    print("Construction de l’encodeur de référence (une fois, une demi-minute)…", flush=True)
    with replaced(out) as draft:
        tokenizer, token_ids = sources.tokenizer()
        packed = sources.weights()
        weights = merged(bert_weights(packed, token_ids), sources.adapter())
        save_reference(bert_model(packed, weights), tokenizer, draft / "sentence-transformers")
        (draft / "manifest.json").write_text(sources.manifest(packed.shape["hidden"]), "utf-8")


if __name__ == "__main__":
    build_reference(Path(sys.argv[1]), Path(sys.argv[2]), plain="--plain" in sys.argv[3:])
