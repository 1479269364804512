"""Speed of the served encoder, beside the sentence-transformers model that it was made from, in the same run."""

import csv
import os
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from bench.results import Result
from matcher.embedding import PREFIX, OnnxEncoder

ROOT = Path(__file__).resolve().parents[1]
ENCODER = ROOT / "var/encoder"
REFERENCE = ROOT / "var/reference/sentence-transformers"
QUERIES = 100
BULK = 400
ALONE = 100
REFERENCE_BULK = 128


def fixture_texts() -> list[str]:
    """Return the short texts of the invented world: names, activities, titles, lots, teasers."""
    texts: dict[str, None] = {}
    columns = {"actors.csv": ("nom", "activites"), "openings.csv": ("titre", "lot_titre"), "takeovers.csv": ("teaser",)}
    for name, wanted in columns.items():
        with (ROOT / "fixtures" / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                for column in wanted:
                    texts |= dict.fromkeys(part.strip() for part in row[column].split("|") if part.strip())
    return list(texts)


def measure() -> list[Result]:
    """Time single queries, then many texts at once with the served encoder and with sentence-transformers."""
    texts = fixture_texts()
    encoder = OnnxEncoder(ENCODER)
    encoder.encode(texts[:20])
    queries = [seconds(partial(encoder.encode, [text])) for text in texts[:QUERIES]]
    # All different: the same text twice is encoded once.
    bulk = texts[:BULK]
    alone = seconds(lambda: [encoder.encode([text]) for text in bulk[:ALONE]]) / ALONE
    served = len(bulk) / seconds(lambda: encoder.encode(bulk))
    results = [
        Result("encodeur", "une requête, médiane", statistics.median(queries) * 1000, "ms", 15),
        Result("encodeur", "textes courts en nombre", served, "textes/s", 300, at_least=True),
        Result("encodeur", "en nombre ÷ un par un, textes par seconde", served * alone, "×", 1.5, at_least=True),
    ]
    # A serving installation has neither torch nor the reference.
    if REFERENCE.is_dir():
        reference = reference_speed(bulk[:REFERENCE_BULK])
        name = "vitesse ÷ celle de sentence-transformers"
        results += [
            Result("encodeur", "sentence-transformers, par lots de 32", reference, "textes/s"),
            Result("encodeur", name, served / reference, "×", 1.5, at_least=True),
        ]
    return results


def reference_speed(texts: Sequence[str]) -> float:
    """Return the texts a second of sentence-transformers in its usual way: padded batches of 32, on every core."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    model = SentenceTransformer(str(REFERENCE), device="cpu")
    prefixed = [PREFIX + text for text in texts]
    model.encode(prefixed[:32], batch_size=32)
    return len(texts) / seconds(lambda: model.encode(prefixed, batch_size=32))


def seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start
