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
    hidden_size = packed.shape["hidden"]
    word_blocks = packed.blocks("emb.word", packed.shape["vocabulary"], hidden_size).rows(token_ids)
    bert_tensors = {
        "embeddings.word_embeddings.weight": word_blocks.floats(),
        "embeddings.position_embeddings.weight": packed.vector("emb.pos", packed.shape["positions"], hidden_size),
        "embeddings.token_type_embeddings.weight": packed.vector("emb.type", packed.shape["types"], hidden_size),
        "embeddings.LayerNorm.weight": packed.vector("emb.ln.w", hidden_size),
        "embeddings.LayerNorm.bias": packed.vector("emb.ln.b", hidden_size),
    }
    norm_names = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}
    for layer in range(packed.shape["layers"]):
        layer_prefix = f"encoder.layer.{layer}."
        for linear_part in packed.linears():
            weight_blocks = packed.blocks(f"l{layer}.{linear_part.short}.w", linear_part.outputs, linear_part.inputs)
            bert_tensors[f"{layer_prefix}{linear_part.place}.weight"] = weight_blocks.floats()
            bert_tensors[f"{layer_prefix}{linear_part.place}.bias"] = packed.vector(
                f"l{layer}.{linear_part.short}.b", linear_part.outputs
            )
        for short_name, norm_name in norm_names.items():
            bert_tensors[f"{layer_prefix}{norm_name}.weight"] = packed.vector(f"l{layer}.{short_name}.w", hidden_size)
            bert_tensors[f"{layer_prefix}{norm_name}.bias"] = packed.vector(f"l{layer}.{short_name}.b", hidden_size)
    return bert_tensors


def merge_adapter(weights: Mapping[str, NDArray[np.float32]], adapter: Adapter) -> dict[str, NDArray[np.float32]]:
    """Return the weights with the adapter merged: W + B·A for each adapted matrix (Hu et al. 2021)."""
    weight_deltas = {
        f"{matrix_place}.weight": high_rank @ low_rank for matrix_place, (low_rank, high_rank) in adapter.items()
    }
    return {
        weight_name: weight_value + weight_deltas[weight_name] if weight_name in weight_deltas else weight_value
        for weight_name, weight_value in weights.items()
    }


def bert_model(packed: PackedWeights, weights: Mapping[str, NDArray[np.float32]]) -> Any:
    """Return the transformers model with these weights."""
    import torch
    from transformers import BertConfig, BertModel

    shape = packed.shape
    bert_config = BertConfig(
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
    bert_module = BertModel(bert_config, add_pooling_layer=False)
    missing_names, unexpected_names = bert_module.load_state_dict(
        {weight_name: torch.from_numpy(weight_value) for weight_name, weight_value in weights.items()}, strict=False
    )
    if unexpected_names or any("position_ids" not in missing_name for missing_name in missing_names):
        raise ValueError(f"tensors do not fit: missing {missing_names}, unexpected {unexpected_names}")
    return bert_module.eval()


def save_reference(bert: Any, tokenizer: bytes, out: Path) -> None:
    """Write a model as a sentence-transformers folder."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from transformers import PreTrainedTokenizerFast

    bare_folder = out.with_name("bert")
    bert.save_pretrained(bare_folder)
    (bare_folder / "whole.json").write_bytes(tokenizer)
    PreTrainedTokenizerFast(
        tokenizer_file=str(bare_folder / "whole.json"),
        model_max_length=512,
        model_input_names=["input_ids", "attention_mask"],
        **SPECIAL_TOKENS,
    ).save_pretrained(bare_folder)
    transformer = Transformer(str(bare_folder), max_seq_length=512, model_kwargs={"add_pooling_layer": False})
    modules = [transformer, Pooling(bert.config.hidden_size, "mean"), Normalize()]
    SentenceTransformer(modules=modules, device="cpu").save(str(out))
    shutil.rmtree(bare_folder)


def build_reference(wheels: Path, out: Path, *, plain: bool = False) -> None:
    """Build `<out>/sentence-transformers` and `<out>/manifest.json`, unless they were built from the same sources."""
    sources = Sources(wheels, plain=plain)
    if is_built(out, sources):
        return
    print("Construction de l’encodeur de référence (une fois, une demi-minute)…", flush=True)
    with replaced(out) as draft_folder:
        tokenizer, token_ids = sources.tokenizer()
        packed_weights = sources.weights()
        merged_weights = merge_adapter(bert_weights(packed_weights, token_ids), sources.adapter())
        save_reference(bert_model(packed_weights, merged_weights), tokenizer, draft_folder / "sentence-transformers")
        (draft_folder / "manifest.json").write_text(sources.manifest(packed_weights.shape["hidden"]), "utf-8")


if __name__ == "__main__":
    build_reference(Path(sys.argv[1]), Path(sys.argv[2]), plain="--plain" in sys.argv[3:])
