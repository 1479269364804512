"""Teach the encoder the desk's language: `make finetune` writes api/resources/adapter.safetensors (some MB).

Contrastive training (InfoNCE both ways, van den Oord et al. 2018) of a low-rank adapter (LoRA, Hu et al. 2021) on texts
of our own: how tenders word a need ↔ how companies word their trade (`training_pairs.tsv`), a trade's words ↔ its class
in our thesaurus, a contract subject ↔ the classes that win it. A batch never holds two pairs of one NAF group: they
would be taught to repel each other. Word embeddings stay as they are. No text of any evaluation set is seen.
"""

import os
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

from matcher.embedding import PREFIX
from matcher.nomenclature import NafClass, cpv_subjects, naf_classes

SEED = 0
STEPS = 120
BATCH = 32
RANK, ALPHA, DROPOUT = 16, 32, 0.05
LEARNING_RATE = 6e-4
WARM_UP = 20
# Cosines are multiplied by this before the softmax.
SHARPNESS = 30.0
MAX_TOKENS = 40
# A class is shown by its name and so many of its words, drawn anew each time.
WORDS_SHOWN = 5
# A contract subject is paired with the classes that are at least so plausible.
PLAUSIBLE = 0.6
TRAINED = ["query", "key", "value", "dense"]


@dataclass(frozen=True)
class Pair:
    """Two texts about one trade; the second may be a class, worded when it is drawn."""

    one: str
    other: str | NafClass
    code: str


def training_pairs(rng: random.Random) -> list[Pair]:
    """Return every pair there is to learn from."""
    classes = naf_classes()
    pairs = []
    for line in files("api.resources").joinpath("training_pairs.tsv").read_text("utf-8").splitlines():
        need, trade, code = line.split("\t")
        pairs += [Pair(need, trade, code), Pair(need, classes[code], code)]
        if rng.random() < 0.5:
            pairs.append(Pair(trade, classes[code], code))
    pairs += [Pair(word, one, one.code) for one in classes.values() for word in one.words]
    for name, winners in cpv_subjects():
        pairs += [Pair(name, classes[code], code) for code, plausible in winners.items() if plausible >= PLAUSIBLE]
    return pairs


def batches(pairs: list[Pair], rng: random.Random) -> Iterator[list[Pair]]:
    """Yield batches for ever, each pair of a batch from another NAF group; what is put back comes first next time."""
    queue: list[Pair] = []
    while True:
        batch: dict[str, Pair] = {}
        waiting = []
        while len(batch) < BATCH:
            if not queue:
                queue = rng.sample(pairs, len(pairs))
            pair = queue.pop()
            if pair.code[:4] in batch:
                waiting.append(pair)
            else:
                batch[pair.code[:4]] = pair
        queue = waiting + queue
        yield list(batch.values())


def worded(pair: Pair, rng: random.Random) -> str:
    """Return the second text of a pair; a class is worded without the text that it is paired with."""
    if isinstance(pair.other, str):
        return pair.other
    words = [word for word in pair.other.words if word != pair.one]
    shown = sorted(rng.sample(range(len(words)), min(WORDS_SHOWN, len(words))))
    return f"{pair.other.name} : {', '.join(words[i] for i in shown)}"


def train(reference: Path, out: Path) -> None:
    """Train on the plain encoder in `reference` (a sentence-transformers folder) and write the adapter to `out`."""
    import torch
    from peft import LoraConfig, get_peft_model, get_peft_model_state_dict
    from safetensors.torch import save_file
    from sentence_transformers import SentenceTransformer
    from torch.nn.functional import cross_entropy

    torch.manual_seed(SEED)
    torch.set_flush_denormal(True)
    rng = random.Random(SEED)
    model = SentenceTransformer(str(reference), device="cpu")
    model.max_seq_length = MAX_TOKENS
    settings = LoraConfig(r=RANK, lora_alpha=ALPHA, lora_dropout=DROPOUT, target_modules=TRAINED)
    adapted = get_peft_model(model[0].auto_model, settings)
    model[0].auto_model = adapted
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, (step + 1) / WARM_UP) * max(0.05, 1 - step / STEPS)
    )
    model.train()
    started, drawn = time.monotonic(), batches(training_pairs(rng), rng)
    for step in range(STEPS):
        batch = next(drawn)
        ones = model(model.preprocess([PREFIX + pair.one for pair in batch]))["sentence_embedding"]
        others = model(model.preprocess([PREFIX + worded(pair, rng) for pair in batch]))["sentence_embedding"]
        cosines, own = SHARPNESS * ones @ others.T, torch.arange(len(batch))
        loss = (cross_entropy(cosines, own) + cross_entropy(cosines.T, own)) / 2
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        schedule.step()
        optimiser.zero_grad()
        if step % 5 == 4:
            print(f"  {step + 1}/{STEPS}  perte {loss.item():.2f}  {time.monotonic() - started:.0f} s", flush=True)
    scale = ALPHA / RANK
    tensors = {}
    for name, tensor in get_peft_model_state_dict(adapted).items():
        plain = name.removeprefix("base_model.model.").removesuffix(".weight")
        if plain.startswith("pooler."):
            continue  # BERT's own pooler is not used: vectors are means
        tensors[plain] = (tensor * (scale if plain.endswith("lora_B") else 1.0)).half().contiguous()
    save_file(tensors, str(out))


if __name__ == "__main__":
    train(Path(sys.argv[1]), Path(sys.argv[2]))
