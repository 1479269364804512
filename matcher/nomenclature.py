"""Activities (NAF) and contract subjects (CPV) as a thesaurus, and the proximity of two activities.

`resources/naf.tsv`: a class of NAF rev. 2, a short trade name, the words that tenders and craftsmen use for it.
`resources/cpv.tsv`: the significant digits of a CPV code (Regulation (EC) 213/2008), a short name, and the NAF classes
whose companies win such contracts, with a plausibility in ]0, 1].
`resources/cpv_winners.tsv`: how many companies of each NAF class won contracts of a CPV prefix
(`api.build.cpv_winners`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

import numpy as np

from matcher.types import FloatArray

# Proximity of two different NAF classes by the finest level that they share: classes of a group share know-how, of a
# division a market, of a section little.
SAME_GROUP, SAME_DIVISION, SAME_SECTION = 0.6, 0.3, 0.05
# Words of a class that the encoder reads at once.
WORDS_A_PHRASE = 8
# Factor for each shorter CPV prefix, where a longer one is known too.
COARSER = 0.5
# How far a local actor goes whose trade is not known.
UNKNOWN_LOCAL_KM = 60.0
# Companies that the hand table weighs as much as, against those counted under a CPV division; and a shorter prefix
# against the next longer one (Dirichlet back-off, MacKay & Bauman Peto 1995; docs/prior.md).
HAND_COMPANIES, BACK_OFF_COMPANIES = 30.0, 6.0
# Probability → affinity: (p / the highest)^FLATTENING, on a grid so that no last bit matters.
FLATTENING, AFFINITY_DECIMALS = 0.5, 3

_SECTION_STARTS = (1, 5, 10, 35, 36, 41, 45, 49, 55, 58, 64, 68, 69, 77, 84, 85, 86, 90, 94, 97, 99)


@dataclass(frozen=True, slots=True)
class NafClass:
    """A class of NAF rev. 2: code, short trade name, and the words that tenders and craftsmen use."""

    code: str
    name: str
    words: tuple[str, ...]

    @property
    def text(self) -> str:
        """All the words of a class."""
        return f"{self.name} : {', '.join(self.words)}"

    @property
    def phrases(self) -> tuple[str, ...]:
        """Phrases of a class: its name with a few of its words each, for many would blur."""
        starts = range(0, len(self.words), WORDS_A_PHRASE)
        return tuple(f"{self.name} : {', '.join(self.words[i : i + WORDS_A_PHRASE])}" for i in starts)


@cache
def naf_classes() -> dict[str, NafClass]:
    """Return the 732 classes of NAF rev. 2 by code, sorted."""
    rows = (line.split("\t") for line in _lines("naf.tsv"))
    return {code: NafClass(code, name, tuple(words.split(", "))) for code, name, words in rows}


@cache
def naf_positions() -> dict[str, int]:
    """Return each class's column in `affinity`."""
    return {code: position for position, code in enumerate(naf_classes())}


def naf_columns(codes: Iterable[str]) -> list[int]:
    """Return the columns of the classes that codes stand for.

    A code of another revision, or without its letter, means every class with the same four digits.
    """
    positions = naf_positions()
    columns: list[int] = []
    for code in codes:
        if code in positions:
            columns.append(positions[code])
        else:
            columns.extend(position for known, position in positions.items() if known[:5] == code[:5])
    return list(dict.fromkeys(columns))


def reach_km(codes: Iterable[str]) -> float | None:
    """Return the usual reach in km of the farthest-going of some classes; None where none is known."""
    known = [_reaches()[code[:2]] for code in codes if code[:2] in _reaches()]
    return max(known, default=None)


def local_reach_km(codes: Iterable[str]) -> float:
    """Return how far a local actor goes for the farthest-going of its trades, in km."""
    known = [_local_reaches()[code[:2]] for code in codes if code[:2] in _local_reaches()]
    return max(known, default=UNKNOWN_LOCAL_KM)


def naf_name(code: str) -> str | None:
    """Return a class's short trade name, or None where the code is of another revision."""
    known = naf_classes().get(code)
    return known.name if known else None


@cache
def proximity() -> FloatArray:
    """Return the proximity of each two classes, `(732, 732)` in [0, 1]: 1 on the diagonal, else by shared level."""
    codes = list(naf_classes())
    groups = np.array([code[:4] for code in codes])
    divisions = np.array([code[:2] for code in codes])
    sections = np.searchsorted(_SECTION_STARTS, divisions.astype(int), side="right")
    near = np.where(sections[:, None] == sections[None, :], np.float32(SAME_SECTION), np.float32(0))
    near = np.where(divisions[:, None] == divisions[None, :], np.float32(SAME_DIVISION), near)
    near = np.where(groups[:, None] == groups[None, :], np.float32(SAME_GROUP), near)
    np.fill_diagonal(near, 1.0)
    return near.astype(np.float32)


def affinity(naf: Sequence[str], cpv: Sequence[str]) -> FloatArray | None:
    """Return the affinity of each NAF class to an opportunity's codes, `(732,)` in [0, 1]; None without codes."""
    rows = [proximity()[column] for column in naf_columns(naf)]
    rows += [suits for code in cpv if (suits := _cpv_affinity(code)) is not None]
    if not rows:
        return None
    best: FloatArray = np.max(rows, axis=0)
    return best


def cpv_name(code: str) -> str | None:
    """Return the short name of the longest known prefix of a CPV code."""
    entry = _longest_known(code)
    return entry[0] if entry else None


def cpv_subjects() -> list[tuple[str, dict[str, float]]]:
    """Return each CPV entry's name with the NAF classes that win such contracts, and how plausibly."""
    return [(name, _by_code(winners)) for name, winners in _cpv_entries().values()]


def cpv_winners(code: str) -> dict[str, float]:
    """Return the NAF classes that win contracts of the longest known prefix of a CPV code, and how plausibly."""
    entry = _longest_known(code)
    return _by_code(entry[1]) if entry else {}


def cpv_divisions(code: str) -> frozenset[str]:
    """Return the NAF divisions of those who win contracts of a CPV division (its first two digits)."""
    entry = _cpv_entries().get(code[:2])
    codes = list(naf_classes())
    return frozenset(codes[column][:2] for column in entry[1]) if entry else frozenset()


@cache
def background_texts() -> tuple[str, ...]:
    """Return the texts against which a word's rarity is measured: one per class and per CPV entry."""
    return (*(entry.text for entry in naf_classes().values()), *(name for name, _ in _cpv_entries().values()))


@lru_cache(maxsize=2000)
def _cpv_affinity(code: str) -> FloatArray | None:
    """Return the affinity of each class to a contract subject, `(732,)`; None where its division is unknown.

    The hand table says what is expected; companies that won contracts of the code's prefixes, each counted once, add
    classes that it does not foresee. None is lowered: who won is not all who could.
    """
    expected = _hand_affinity(code)
    if expected is None:
        return None
    probability = expected**2 / (expected**2).sum()
    strength = HAND_COMPANIES
    for length in range(2, 9):
        companies = _winning_companies().get(code[:length])
        if companies is not None:
            probability = (companies + strength * probability) / (companies.sum() + strength)
            strength = BACK_OFF_COMPANIES
    learned = (probability / probability.max()) ** FLATTENING
    suits: FloatArray = np.round(np.maximum(learned, expected), AFFINITY_DECIMALS).astype(np.float32)
    return suits


def _hand_affinity(code: str) -> FloatArray | None:
    """Return the affinity `(732,)` by the hand table; None where it knows no prefix."""
    wanted: dict[int, float] = {}
    weight = 1.0
    for length in range(8, 1, -1):
        winners = _cpv_entries().get(code[:length])
        if winners is None:
            continue
        for column, plausibility in winners[1].items():
            wanted[column] = max(wanted.get(column, 0.0), weight * plausibility)
        weight *= COARSER
    if not wanted:
        return None
    columns = np.fromiter(wanted, dtype=np.int64)
    plausibilities = np.fromiter(wanted.values(), dtype=np.float64)
    spread: FloatArray = (proximity()[columns] * plausibilities[:, None]).max(axis=0)
    return spread


@cache
def _winning_companies() -> dict[str, FloatArray]:
    """CPV prefix → companies of each class that won such contracts, `(732,)`."""
    positions = naf_positions()
    companies: dict[str, FloatArray] = {}
    for line in _lines("cpv_winners.tsv"):
        prefix, counts = line.split("\t")
        row = companies.setdefault(prefix, np.zeros(len(positions)))
        for pair in counts.split():
            naf, count = pair.split(":")
            row[positions[naf]] = int(count)
    return companies


@cache
def _cpv_entries() -> dict[str, tuple[str, dict[int, float]]]:
    positions = naf_positions()
    entries: dict[str, tuple[str, dict[int, float]]] = {}
    for line in _lines("cpv.tsv"):
        prefix, name, winners = line.split("\t")
        pairs = (winner.split(":") for winner in winners.split())
        entries[prefix] = (name, {positions[code]: float(plausibility) for code, plausibility in pairs})
    return entries


def _longest_known(code: str) -> tuple[str, dict[int, float]] | None:
    """Return the entry of the longest known prefix of a CPV code."""
    for length in range(8, 1, -1):
        entry = _cpv_entries().get(code[:length])
        if entry:
            return entry
    return None


def _by_code(winners: Mapping[int, float]) -> dict[str, float]:
    codes = list(naf_classes())
    return {codes[column]: plausible for column, plausible in winners.items()}


@cache
def _local_reaches() -> dict[str, float]:
    """`resources/local_reach.csv`: NAF divisions, how far a small local actor goes in km, and why (docs/prior.md)."""
    reaches = {}
    for line in _lines("local_reach.csv"):
        divisions, km, _ = line.split(",")
        reaches.update(dict.fromkeys(divisions.split(), float(km)))
    return reaches


@cache
def _reaches() -> dict[str, float]:
    """`resources/reach.csv`: ranges of NAF divisions, the usual reach in km, and why (docs/prior.md)."""
    reaches = {}
    for line in _lines("reach.csv"):
        divisions, km, _ = line.split(",")
        first, last = map(int, divisions.split("-"))
        reaches.update({f"{division:02}": float(km) for division in range(first, last + 1)})
    return reaches


def _lines(name: str) -> list[str]:
    return files("matcher.resources").joinpath(name).read_text("utf-8").splitlines()[1:]
