"""Real phrases, as the product encodes them: what actors say of themselves, and what is asked of them.

Read in place: nomenclatures and pairs of this checkout, and collections of judgments where they are at hand. Where
those are not, the invented world's phrases make up the number.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import world
from matcher import text_fields
from matcher.evaluation.datasets import read_dataset
from matcher.nomenclature import naf_classes
from matcher.types import Actor, ActorKind

ROOT = Path(__file__).resolve().parents[2]
COLLECTIONS = ROOT.parent / "shared" / "eval"
TRAINING_PAIRS = ROOT / "api/resources/training_pairs.tsv"
# Contracts that tell what others won: their titles are phrases of actors. All other collections ask.
WON = "awards-train"
ASKING = ("awards-dev", "siae")
LEAST = 20_000
MOST_QUESTIONS = 400


@dataclass(frozen=True)
class Phrases:
    """Texts of a table of actors, each once; questions of one to three phrases each. collections: whose were read."""

    of_actors: tuple[str, ...]
    questions: tuple[tuple[str, ...], ...]
    collections: tuple[str, ...]


def real_phrases(collections: Path = COLLECTIONS) -> Phrases:
    """Return at least LEAST texts of actors, and at most MOST_QUESTIONS questions, the same ones each time."""
    texts: dict[str, None] = {}
    questions: dict[tuple[str, ...], None] = {}
    read = []
    for folder in sorted(path.parent for path in collections.glob("*/corpus.jsonl")):
        dataset = read_dataset(folder)
        read.append(folder.name)
        texts |= dict.fromkeys(phrase.text for row in dataset.actors for phrase in text_fields.actor_phrases(row))
        asked = [tuple(phrase.text for phrase in text_fields.opportunity_phrases(row)) for row in dataset.opportunities]
        if folder.name in ASKING:
            questions |= dict.fromkeys(asked)
        elif folder.name == WON:
            texts |= dict.fromkeys(text for phrases in asked for text in phrases)
    texts |= dict.fromkeys(text for naf in naf_classes().values() for text in naf.phrases)
    texts |= dict.fromkeys(_pairs())
    rng = random.Random(0)
    if not questions:
        questions |= dict.fromkeys((row["titre"],) for row in world.openings(rng, MOST_QUESTIONS))
    for row in world.actors(rng, LEAST) if len(texts) < LEAST else ():
        texts |= dict.fromkeys(_phrases_of(row))
        if len(texts) >= LEAST:
            break
    chosen = sorted(questions)
    rng.shuffle(chosen)
    return Phrases(tuple(text for text in texts if text), tuple(chosen[:MOST_QUESTIONS]), tuple(read))


def _pairs() -> Iterable[str]:
    """Yield both sides of the pairs that the encoder was taught with."""
    for line in TRAINING_PAIRS.read_text("utf-8").splitlines():
        yield from line.split("\t")[:2]


def _phrases_of(row: world.Row) -> Sequence[str]:
    activities = tuple(part.strip() for part in row["activites"].split("|") if part.strip())
    actor = Actor(row["id"], ActorKind.COMPANY, name=row["nom"], activities=activities, naf=tuple(row["naf"].split()))
    return [phrase.text for phrase in text_fields.actor_phrases(actor)]
