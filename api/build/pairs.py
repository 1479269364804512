"""Pairs of texts about one activity, for `api.build.finetune`.

Ours: how tenders word a need ↔ how companies word their trade (`training_pairs.tsv`), a trade's words ↔ its class in
our thesaurus, a contract subject ↔ the classes that win it. Official, read from a folder that an operator fills
(default ../shared/ref) and never copied here: INSEE's explanatory notes of NAF rev. 2 (`naf_rev2_notes.json`) ↔ the
class, and the French labels of CPV 2008 (`cpv_2008_fr.csv`, EU Publications Office) ↔ the classes that win them.
"""

import csv
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from matcher.nomenclature import NafClass, cpv_subjects, cpv_winners, naf_classes

# A contract subject is paired with the classes that are at least so plausible.
PLAUSIBLE = 0.6
# A class is shown by its name and so many of its words, drawn anew each time.
WORDS_SHOWN = 5
# Shorter and longer pieces of a note say nothing, or too much at once.
SHORTEST, LONGEST = 4, 220
# How often a class is shown under its official title instead of by our words.
OFFICIAL_TITLE = 0.35

_REFERENCE = re.compile(r"\(\s*cf\.?[^)]*?(\d\d\.\d\d[A-Z])[^)]*\)")
_PARENTHESES = re.compile(r"\([^)]*\)")
_LEAD = re.compile(r"(?i)^\s*[-•–]?\s*(?:les? |la |l['’])?(?:activités? |services? )?(?:d['’]|de |des |du )?")


@dataclass(frozen=True)
class Shown:
    """A class as it can be worded: ours, and its official title where it is known."""

    entry: NafClass
    title: str


@dataclass(frozen=True)
class Pair:
    """Two texts about one activity; the second may be a class, worded when it is drawn.

    `codes`: every class of which the first text may be said, that of the second among them.
    """

    one: str
    other: str | Shown
    code: str
    codes: frozenset[str]


def training_pairs(official: Path) -> list[Pair]:
    """Return every pair there is to learn from. Raises FileNotFoundError where the official files are missing."""
    notes = json.loads((official / "naf_rev2_notes.json").read_text("utf-8"))
    titles = {note["codeApe"]: str(note["title"]) for note in notes}
    classes = {code: Shown(entry, titles.get(code, "")) for code, entry in naf_classes().items()}
    return [*_own_pairs(classes), *_note_pairs(notes, classes), *_subject_pairs(official / "cpv_2008_fr.csv", classes)]


def own_pairs() -> list[Pair]:
    """Return the pairs that need no official file."""
    return list(_own_pairs({code: Shown(entry, "") for code, entry in naf_classes().items()}))


def worded(pair: Pair, rng: random.Random) -> str:
    """Return the second text of a pair; a class is worded without the text that it is paired with."""
    if isinstance(pair.other, str):
        return pair.other
    entry, title = pair.other.entry, pair.other.title
    if title and title != pair.one and rng.random() < OFFICIAL_TITLE:
        return title
    words = [word for word in entry.words if word != pair.one]
    shown = sorted(rng.sample(range(len(words)), min(WORDS_SHOWN, len(words))))
    return f"{entry.name} : {', '.join(words[i] for i in shown)}"


def _own_pairs(classes: dict[str, Shown]) -> Iterator[Pair]:
    for line in files("api.resources").joinpath("training_pairs.tsv").read_text("utf-8").splitlines():
        need, trade, code = line.split("\t")
        one = frozenset({code})
        yield Pair(need, trade, code, one)
        yield Pair(need, classes[code], code, one)
        yield Pair(trade, classes[code], code, one)
    for code, shown in classes.items():
        for word in shown.entry.words:
            yield Pair(word, shown, code, frozenset({code}))
    for name, winners in cpv_subjects():
        yield from _won(name, winners, classes)


def _note_pairs(notes: list[dict[str, list[str]]], classes: dict[str, Shown]) -> Iterator[Pair]:
    """What a class contains, piece by piece; what it excludes names the class that contains it."""
    for note in notes:
        code = str(note["codeApe"])
        yield Pair(str(note["title"]), classes[code], code, frozenset({code}))
        for text in (*note["contenuCentral"], *note["contenuAnnexe"]):
            for piece in _pieces(text):
                yield Pair(piece, classes[code], code, frozenset({code}))
        for text in note["contenuExclu"]:
            named = _REFERENCE.search(text)
            if named and named[1] in classes:
                for piece in _pieces(_PARENTHESES.sub("", text)):
                    yield Pair(piece, classes[named[1]], named[1], frozenset({named[1]}))


def _pieces(text: str) -> Iterator[str]:
    """Yield a note's list items, and its head without them."""
    for line in text.split("\n"):
        piece = " ".join(_LEAD.sub("", line, count=1).strip(" :;.•-").split())
        if SHORTEST <= len(piece) <= LONGEST:
            yield piece


def _subject_pairs(labels: Path, classes: dict[str, Shown]) -> Iterator[Pair]:
    with labels.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield from _won(row["libelle_fr"], cpv_winners(row["code"].split("-")[0].rstrip("0")), classes)


def _won(subject: str, winners: dict[str, float], classes: dict[str, Shown]) -> Iterator[Pair]:
    """A contract subject with the likeliest of its winners: the others are not told apart from it."""
    codes = frozenset(code for code, plausible in winners.items() if plausible >= PLAUSIBLE)
    if codes:
        best = max(sorted(codes), key=winners.__getitem__)
        yield Pair(subject, classes[best], best, codes)
