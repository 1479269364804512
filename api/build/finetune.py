"""Teach the encoder the desk's language: `make finetune` writes api/resources/adapter.safetensors (some MB).

Contrastive training (InfoNCE both ways, van den Oord et al. 2018) of a low-rank adapter (LoRA, Hu et al. 2021) on pairs
of texts about one activity: see `api.build.pairs`. Twice, from the same start: shortly on our own pairs, at length on
the official ones too; the mean of both is kept (model soups, Wortsman et al. 2022), which did better than either
(docs/quality.md). Texts of one batch repel each other unless they share a class. Half of every batch comes from few
divisions, since an encoder confuses close activities. Word embeddings are frozen. No text of any evaluation set is
seen.
"""

import os
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from api.build.pairs import Pair, own_pairs, training_pairs, word_second_text
from matcher.embedding import as_read
from matcher.types import FloatArray

SEED = 0
OWN_STEPS, STEPS = 150, 1000
BATCH = 48
# Number of pairs of a batch from one division; the others come from all.
NEIGHBOURS = 24
RANK, ALPHA = 16, 32
LEARNING_RATE = 6e-4
WARM_UP = 30
# Cosines are multiplied by this before the softmax.
SHARPNESS = 30.0
MAX_TOKENS = 32
Tensors: TypeAlias = Mapping[str, FloatArray]
TRAINED = ["query", "key", "value", "dense"]


def batches(pairs: Sequence[Pair], rng: random.Random) -> Iterator[list[Pair]]:
    """Yield batches without end: NEIGHBOURS pairs of one division (or more, if it is small), the others from all."""
    of_division: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        of_division[pair.code[:2]].append(pair)
    divisions = sorted(of_division)
    # A division is drawn in proportion to the square root of its size.
    division_weights = [len(of_division[division]) ** 0.5 for division in divisions]
    pair_queue: list[Pair] = []
    while True:
        batch: list[Pair] = []
        while len(batch) < NEIGHBOURS:
            division_pairs = of_division[rng.choices(divisions, division_weights)[0]]
            batch += rng.sample(division_pairs, min(NEIGHBOURS - len(batch), len(division_pairs)))
        while len(batch) < BATCH:
            if not pair_queue:
                pair_queue = rng.sample(pairs, len(pairs))
            batch.append(pair_queue.pop())
        yield batch


def repel_mask(batch: Sequence[Pair]) -> NDArray[np.bool_]:
    """Return a mask `(n, n)`: whether the row's first text and the column's second text repel each other."""
    return np.array(
        [
            [
                row_index == column_index or not (row_pair.codes & column_pair.codes)
                for column_index, column_pair in enumerate(batch)
            ]
            for row_index, row_pair in enumerate(batch)
        ]
    )


def train(reference: Path, pairs: Sequence[Pair], steps: int) -> Tensors:
    """Return the adapter of the plain encoder in `reference` (a sentence-transformers folder): A and B by place."""
    import torch
    from peft import LoraConfig, get_peft_model, get_peft_model_state_dict
    from sentence_transformers import SentenceTransformer
    from torch.nn.functional import cross_entropy

    torch.manual_seed(SEED)
    torch.set_flush_denormal(True)
    random_source = random.Random(SEED)  # noqa: S311 (the same batches each time)
    model = SentenceTransformer(str(reference), device="cpu")
    # In bfloat16, the backward pass of fused attention is several times slower than the eager one's.
    model[0].auto_model.set_attn_implementation("eager")
    lora_settings = LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules=TRAINED)
    adapted_model = get_peft_model(model[0].auto_model, lora_settings)
    model[0].auto_model = adapted_model
    trained_parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(trained_parameters, lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, (step + 1) / WARM_UP) * max(0.05, 1 - step / steps)
    )
    # Not `train()`: dropout took half of the time, and so few weights hardly overfit.
    model.eval()
    print(f"  {len(pairs)} paires", flush=True)

    def encode_rows(texts: list[str]) -> torch.Tensor:
        token_inputs = model.tokenizer(
            [as_read(text) for text in texts],
            truncation=True,
            max_length=MAX_TOKENS,
            # Few lengths: a kernel is compiled for each, which took most of the time.
            padding=True,
            pad_to_multiple_of=MAX_TOKENS // 2,
            return_tensors="pt",
        )
        with torch.autocast("cpu", dtype=torch.bfloat16):
            encoded: torch.Tensor = model(dict(token_inputs))["sentence_embedding"]
        return encoded.float()

    started_at, drawn_batches, losses = time.monotonic(), batches(pairs, random_source), []
    for step in range(steps):
        batch = next(drawn_batches)
        first_rows = encode_rows([pair.first_text for pair in batch])
        second_rows = encode_rows([word_second_text(pair, random_source) for pair in batch])
        apart_mask = torch.from_numpy(repel_mask(batch))
        cosines, own_targets = SHARPNESS * first_rows @ second_rows.T, torch.arange(len(batch))
        cosines = cosines.masked_fill(~apart_mask, -torch.inf)
        loss = (cross_entropy(cosines, own_targets) + cross_entropy(cosines.T, own_targets)) / 2
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained_parameters, 1.0)
        optimiser.step()
        schedule.step()
        optimiser.zero_grad()
        losses.append(loss.item())
        if step % 20 == 19:
            spent_s = time.monotonic() - started_at
            print(f"  {step + 1}/{steps}  perte {np.mean(losses[-20:]):.3f}  {spent_s:.0f} s", flush=True)
    adapter_tensors = {}
    for tensor_name, tensor in get_peft_model_state_dict(adapted_model).items():
        place_name = tensor_name.removeprefix("base_model.model.").removesuffix(".weight")
        if place_name.startswith("pooler."):
            continue  # BERT's own pooler is not used: vectors are means
        adapter_tensors[place_name] = tensor.float().numpy() * (ALPHA / RANK if place_name.endswith("lora_B") else 1)
    return adapter_tensors


def mean_adapter(adapters: Sequence[Tensors]) -> Tensors:
    """Return the mean of several adapters: their ranks side by side, B divided by their number."""
    low_ranks = {tensor_name: int(tensor_name.endswith("lora_B")) for tensor_name in adapters[0]}
    return {
        tensor_name: np.concatenate([adapter[tensor_name] for adapter in adapters], axis=rank_axis)
        / (len(adapters) if rank_axis else 1)
        for tensor_name, rank_axis in low_ranks.items()
    }


def finetune(reference: Path, official: Path, out: Path) -> None:
    """Write the adapter to `out`. Raises FileNotFoundError where the official files are missing."""
    pairs, own_texts = training_pairs(official), own_pairs()
    adapter = mean_adapter([train(reference, own_texts, OWN_STEPS), train(reference, pairs, STEPS)])
    save_file({tensor_name: tensor.astype(np.float16) for tensor_name, tensor in adapter.items()}, out)


if __name__ == "__main__":
    finetune(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
