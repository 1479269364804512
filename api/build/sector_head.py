"""Learn which NAF class a text speaks of, from the encoder's vector: writes matcher/resources/sector_head.npz.

A softmax over the 732 classes, fitted on the texts of `api.build.pairs` (ours, INSEE's notes, the EU's CPV labels) and
on titles of public contracts → their winner's class (DECP and Sirene, Licence Ouverte 2.0). Awards alone would unlearn
crafts, so they weigh less. Only weights are written, as whole numbers with a scale a class, and the encoder's revision:
another encoder wants another head. Run as `python -m api.build.sector_head LABELS AWARDS ENCODER OUT`, each a path.
"""

import json
import sys
from pathlib import Path

import numpy as np

from api.build.pairs import training_pairs
from matcher.columns import Encode
from matcher.embedding import GRID, open_encoder, to_grid
from matcher.nomenclature import naf_positions
from matcher.types import FloatArray

SEED = 0
EPOCHS, BATCH = 12, 512
LEARNING_RATE, DECAY = 0.05, 1e-6
# Logits of a unit vector are multiplied by this, so that the weights' scale suits the optimiser.
SHARPNESS = 10.0
# Weight of a title in the loss, against a label's 1: its winner's class is one that suits, often not the only one.
TITLE_WEIGHT = 0.5


def labelled_texts(official: Path, awards: Path) -> tuple[list[str], FloatArray, FloatArray]:
    """Return n distinct texts, their classes `(n, 732)` as probabilities, and their weights `(n,)`."""
    classes: dict[str, set[str]] = {}
    for pair in training_pairs(official):
        classes.setdefault(pair.first_text, set()).update(pair.codes)
    public = len(classes)
    class_of = {row["_id"]: row.get("naf") for row in map(json.loads, (awards / "corpus.jsonl").open(encoding="utf-8"))}
    titles = {row["_id"]: row["title"] for row in map(json.loads, (awards / "queries.jsonl").open(encoding="utf-8"))}
    for line in (awards / "qrels.tsv").read_text("utf-8").splitlines()[1:]:
        contract, company, _ = line.split("\t")
        if class_of[company] in naf_positions() and titles[contract]:
            classes.setdefault(titles[contract], set()).add(class_of[company])
    targets = np.zeros((len(classes), len(naf_positions())), np.float32)
    for row, codes in enumerate(classes.values()):
        targets[row, [naf_positions()[code] for code in sorted(codes)]] = 1 / len(codes)
    weights = np.where(np.arange(len(classes)) < public, 1.0, TITLE_WEIGHT).astype(np.float32)
    return list(classes), targets, weights


def fit(vectors: FloatArray, targets: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the head's weights `(732, dim)` and biases `(732,)`; vectors: unit rows `(n, dim)`."""
    import torch

    torch.manual_seed(SEED)
    inputs, wanted, share = (torch.from_numpy(np.ascontiguousarray(a)) for a in (vectors, targets, weights))
    head = torch.nn.Linear(vectors.shape[1], targets.shape[1])
    optimiser = torch.optim.AdamW(head.parameters(), lr=LEARNING_RATE, weight_decay=DECAY)
    for epoch in range(EPOCHS):
        for group in optimiser.param_groups:
            group["lr"] = LEARNING_RATE * (1 - epoch / EPOCHS)
        for rows in torch.randperm(len(inputs)).split(BATCH):
            log_probability = torch.log_softmax(head(SHARPNESS * inputs[rows]), dim=1)
            loss = -(share[rows, None] * wanted[rows] * log_probability).sum() / share[rows].sum()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    matrix, bias = head.weight.detach().numpy(), head.bias.detach().numpy()
    return np.asarray(SHARPNESS * matrix, np.float32), np.asarray(bias, np.float32)


def save(matrix: FloatArray, bias: FloatArray, revision: str, out: Path) -> None:
    """Write the head in one byte a weight."""
    scale = np.abs(matrix).max(axis=1) / 127
    steps = np.rint(matrix / scale[:, None]).astype(np.int8)
    np.savez_compressed(out, steps=steps, scale=scale, bias=bias, encoder=np.array(revision))


def learn(official: Path, awards: Path, encode: Encode, revision: str, out: Path) -> None:
    texts, targets, weights = labelled_texts(official, awards)
    save(*fit(encode(texts) / np.float32(GRID), targets, weights), revision, out)


if __name__ == "__main__":
    encoder = open_encoder(sys.argv[3])
    learn(
        Path(sys.argv[1]),
        Path(sys.argv[2]),
        lambda texts: to_grid(encoder.encode(texts)).astype(np.float32),
        encoder.revision,
        Path(sys.argv[4]),
    )
