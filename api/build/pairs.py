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

# Least plausibility of the classes paired with a contract subject.
PLAUSIBLE = 0.6
# A class is worded by its name and this number of its words, drawn each time.
WORDS_SHOWN = 5
# Lengths of the pieces of a note: shorter ones carry no meaning, longer ones carry several.
SHORTEST, LONGEST = 4, 220
# Probability that a class is worded by its official title.
OFFICIAL_TITLE = 0.35

_REFERENCE = re.compile(r"\(\s*cf\.?[^)]*?(\d\d\.\d\d[A-Z])[^)]*\)")
_PARENTHESES = re.compile(r"\([^)]*\)")
_LEAD = re.compile(r"(?i)^\s*[-•–]?\s*(?:les? |la |l['’])?(?:activités? |services? )?(?:d['’]|de |des |du )?")


@dataclass(frozen=True)
class WordedClass:
    """A class with the words of our thesaurus and its official title, empty where it is not known."""

    entry: NafClass
    title: str


@dataclass(frozen=True)
class Pair:
    """Two texts about one activity; the second may be a class, worded when it is drawn.

    codes: every class that the first text describes, that of the second among them.
    """

    first_text: str
    second_text: str | WordedClass
    code: str
    codes: frozenset[str]


def training_pairs(official: Path) -> list[Pair]:
    """Return all training pairs. Raises FileNotFoundError where the official files are missing."""
    class_notes = json.loads((official / "naf_rev2_notes.json").read_text("utf-8"))
    official_titles = {note["codeApe"]: str(note["title"]) for note in class_notes}
    worded_classes = {code: WordedClass(entry, official_titles.get(code, "")) for code, entry in naf_classes().items()}
    return [
        *_own_pairs(worded_classes),
        *_note_pairs(class_notes, worded_classes),
        *_subject_pairs(official / "cpv_2008_fr.csv", worded_classes),
    ]


def own_pairs() -> list[Pair]:
    """Return the pairs without the official files."""
    return list(_own_pairs({code: WordedClass(entry, "") for code, entry in naf_classes().items()}))


def word_second_text(pair: Pair, rng: random.Random) -> str:
    """Return the second text of a pair; a class is worded without the first text."""
    if isinstance(pair.second_text, str):
        return pair.second_text
    entry, title = pair.second_text.entry, pair.second_text.title
    if title and title != pair.first_text and rng.random() < OFFICIAL_TITLE:
        return title
    words = [word for word in entry.words if word != pair.first_text]
    word_indices = sorted(rng.sample(range(len(words)), min(WORDS_SHOWN, len(words))))
    return f"{entry.name} : {', '.join(words[word_index] for word_index in word_indices)}"


def _own_pairs(worded_classes: dict[str, WordedClass]) -> Iterator[Pair]:
    for line in files("api.resources").joinpath("training_pairs.tsv").read_text("utf-8").splitlines():
        need_text, trade_text, code = line.split("\t")
        single_code = frozenset({code})
        yield Pair(need_text, trade_text, code, single_code)
        yield Pair(need_text, worded_classes[code], code, single_code)
        yield Pair(trade_text, worded_classes[code], code, single_code)
    for code, shown in worded_classes.items():
        for word in shown.entry.words:
            yield Pair(word, shown, code, frozenset({code}))
    for subject_name, winner_scores in cpv_subjects():
        yield from _won(subject_name, winner_scores, worded_classes)


def _note_pairs(class_notes: list[dict[str, list[str]]], worded_classes: dict[str, WordedClass]) -> Iterator[Pair]:
    """Yield the pieces of a class's notes; an exclusion is paired with the class that it names."""
    for note in class_notes:
        code = str(note["codeApe"])
        yield Pair(str(note["title"]), worded_classes[code], code, frozenset({code}))
        for note_text in (*note["contenuCentral"], *note["contenuAnnexe"]):
            for piece in _pieces(note_text):
                yield Pair(piece, worded_classes[code], code, frozenset({code}))
        for note_text in note["contenuExclu"]:
            reference_match = _REFERENCE.search(note_text)
            if reference_match and reference_match[1] in worded_classes:
                for piece in _pieces(_PARENTHESES.sub("", note_text)):
                    named_code = reference_match[1]
                    yield Pair(piece, worded_classes[named_code], named_code, frozenset({named_code}))


def _pieces(note_text: str) -> Iterator[str]:
    """Yield a note's list items, and its head without them."""
    for line in note_text.split("\n"):
        piece = " ".join(_LEAD.sub("", line, count=1).strip(" :;.•-").split())
        if SHORTEST <= len(piece) <= LONGEST:
            yield piece


def _subject_pairs(labels_path: Path, worded_classes: dict[str, WordedClass]) -> Iterator[Pair]:
    with labels_path.open(encoding="utf-8", newline="") as labels_file:
        for label_row in csv.DictReader(labels_file):
            yield from _won(
                label_row["libelle_fr"], cpv_winners(label_row["code"].split("-")[0].rstrip("0")), worded_classes
            )


def _won(subject: str, winner_scores: dict[str, float], worded_classes: dict[str, WordedClass]) -> Iterator[Pair]:
    """Yield a contract subject with the likeliest of its winners; it does not repel the other plausible ones."""
    plausible_codes = frozenset(code for code, winner_score in winner_scores.items() if winner_score >= PLAUSIBLE)
    if plausible_codes:
        best_code = max(sorted(plausible_codes), key=winner_scores.__getitem__)
        yield Pair(subject, worded_classes[best_code], best_code, plausible_codes)
