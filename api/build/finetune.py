"""Teach the encoder the desk's language: `make finetune` writes api/resources/adapter.safetensors (some MB).

Contrastive training (InfoNCE both ways, van den Oord et al. 2018) of a low-rank adapter (LoRA, Hu et al. 2021) on pairs
of texts about one activity: see `api.build.pairs`. Twice, from the same start: shortly on our own pairs, at length on
the official ones too; what is kept is the mean of both (model soups, Wortsman et al. 2022), which did better than
either (docs/quality.md). Texts of one batch repel each other unless both may be said of one class. Half of every batch
comes from few divisions: neighbours are what an encoder confuses. Word embeddings stay as they are. No text of any
evaluation set is seen.
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

from api.build.pairs import Pair, own_pairs, training_pairs, worded
from matcher.embedding import as_read
from matcher.types import FloatArray

SEED = 0
OWN_STEPS, STEPS = 150, 1000
BATCH = 48
# So many of a batch are neighbours, the rest come from anywhere.
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
    """Yield batches for ever: NEIGHBOURS pairs of one division (of more, where it is small), the rest from all."""
    of_division: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        of_division[pair.code[:2]].append(pair)
    divisions = sorted(of_division)
    # Small divisions are seen more often than their size, large ones less: by the square root of it.
    frequency = [len(of_division[division]) ** 0.5 for division in divisions]
    queue: list[Pair] = []
    while True:
        batch: list[Pair] = []
        while len(batch) < NEIGHBOURS:
            near = of_division[rng.choices(divisions, frequency)[0]]
            batch += rng.sample(near, min(NEIGHBOURS - len(batch), len(near)))
        while len(batch) < BATCH:
            if not queue:
                queue = rng.sample(pairs, len(pairs))
            batch.append(queue.pop())
        yield batch


def repelled(batch: Sequence[Pair]) -> NDArray[np.bool_]:
    """Return `(n, n)`: whether the first text of a row and the second of a column are to be told apart."""
    return np.array(
        [[i == j or not (one.codes & other.codes) for j, other in enumerate(batch)] for i, one in enumerate(batch)]
    )


def train(reference: Path, pairs: Sequence[Pair], steps: int) -> Tensors:
    """Return the adapter of the plain encoder in `reference` (a sentence-transformers folder): A and B by place."""
    import torch
    from peft import LoraConfig, get_peft_model, get_peft_model_state_dict
    from sentence_transformers import SentenceTransformer
    from torch.nn.functional import cross_entropy

    torch.manual_seed(SEED)
    torch.set_flush_denormal(True)
    rng = random.Random(SEED)
    model = SentenceTransformer(str(reference), device="cpu")
    # In bfloat16, the fused attention's way back is several times slower than the plain one's.
    model[0].auto_model.set_attn_implementation("eager")
    settings = LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules=TRAINED)
    adapted = get_peft_model(model[0].auto_model, settings)
    model[0].auto_model = adapted
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, (step + 1) / WARM_UP) * max(0.05, 1 - step / steps)
    )
    # Not `train()`: drawing the dropout's masks took half of the time, and so few weights hardly learn by heart.
    model.eval()
    print(f"  {len(pairs)} paires", flush=True)

    def rows(texts: list[str]) -> torch.Tensor:
        inputs = model.tokenizer(
            [as_read(text) for text in texts],
            truncation=True,
            max_length=MAX_TOKENS,
            # Few lengths: kernels are made for each, and the making of many took most of the time.
            padding=True,
            pad_to_multiple_of=MAX_TOKENS // 2,
            return_tensors="pt",
        )
        with torch.autocast("cpu", dtype=torch.bfloat16):
            encoded: torch.Tensor = model(dict(inputs))["sentence_embedding"]
        return encoded.float()

    started, drawn, losses = time.monotonic(), batches(pairs, rng), []
    for step in range(steps):
        batch = next(drawn)
        ones, others = rows([pair.one for pair in batch]), rows([worded(pair, rng) for pair in batch])
        apart = torch.from_numpy(repelled(batch))
        cosines, own = SHARPNESS * ones @ others.T, torch.arange(len(batch))
        cosines = cosines.masked_fill(~apart, -torch.inf)
        loss = (cross_entropy(cosines, own) + cross_entropy(cosines.T, own)) / 2
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        schedule.step()
        optimiser.zero_grad()
        losses.append(loss.item())
        if step % 20 == 19:
            spent = time.monotonic() - started
            print(f"  {step + 1}/{steps}  perte {np.mean(losses[-20:]):.3f}  {spent:.0f} s", flush=True)
    tensors = {}
    for name, tensor in get_peft_model_state_dict(adapted).items():
        plain = name.removeprefix("base_model.model.").removesuffix(".weight")
        if plain.startswith("pooler."):
            continue  # BERT's own pooler is not used: vectors are means
        tensors[plain] = tensor.float().numpy() * (ALPHA / RANK if plain.endswith("lora_B") else 1)
    return tensors


def mean(adapters: Sequence[Tensors]) -> Tensors:
    """Return an adapter that adds the mean of what several add: their ranks side by side, B divided by how many."""
    low_ranks = {name: int(name.endswith("lora_B")) for name in adapters[0]}
    return {
        name: np.concatenate([one[name] for one in adapters], axis=axis) / (len(adapters) if axis else 1)
        for name, axis in low_ranks.items()
    }


def finetune(reference: Path, official: Path, out: Path) -> None:
    """Write the adapter to `out`. Raises FileNotFoundError where the official files are missing."""
    pairs, own = training_pairs(official), own_pairs()
    adapter = mean([train(reference, own, OWN_STEPS), train(reference, pairs, STEPS)])
    save_file({name: tensor.astype(np.float16) for name, tensor in adapter.items()}, out)


if __name__ == "__main__":
    finetune(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
