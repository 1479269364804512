"""A search: words → the actors, opportunities and persons that were meant, the likeliest first, with what matched."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic

import numpy as np
from sqlalchemy import Engine
from sqlmodel import Session

from api.matching.snapshot import Snapshot
from api.search.entries import Entry, Found
from api.search.keeping import Records, SearchIndex
from api.search.meaning import SAME_TRADE, Meaning
from api.search.parts import WEIGHTS, Part
from api.search.persons import Person, PersonIndex
from api.search.places import Question, read_question
from api.search.word_index import EntryT, WordIndex
from api.search.words import likeness, surface_of, words_of
from matcher.embedding import Encoder
from matcher.geography import great_circle_km
from matcher.types import BoolArray, FloatArray
from models.database import reading

# What the same meaning is worth beside the very word.
WORTH_OF_MEANING = 0.9
# What is not on the desk any more stands behind what is.
NOT_OPEN = 0.85
# So does what lacks one of the words.
INCOMPLETE = 0.6
# Where something has every word that was asked, only what is about as good stands beside it.
ABOUT_AS_GOOD = 0.6
# What is in the place's surroundings, where a trade is asked too: beside what is in it, and how fast it fades.
NEARBY, FADES_KM = 0.7, 25.0


@dataclass(frozen=True)
class Matched:
    """Why something was found: a field, and what of it was meant."""

    part: Part | None  # None: the meaning
    text: str


@dataclass(frozen=True)
class Hit(Generic[EntryT]):
    """Something that was found. score: in ]0, 1]. listed: an actor stands in the lists, an opportunity is open."""

    entry: EntryT
    score: float
    matched: Sequence[Matched]
    listed: bool = True


@dataclass(frozen=True)
class Hits(Generic[EntryT]):
    """What was found of a kind, the best first, as many as were asked for; count: of all."""

    first: Sequence[Hit[EntryT]]
    count: int


@dataclass(frozen=True)
class Findings:
    """The answer to a search. owners: by their ids, the actors and opportunities whose persons were found."""

    actors: Hits[Entry]
    opportunities: Hits[Entry]
    persons: Hits[Person]
    owners: Mapping[str, Entry]

    @property
    def count(self) -> int:
        return self.actors.count + self.opportunities.count + self.persons.count


class Finder:
    """Searches the desk and its contacts for the house."""

    def __init__(self) -> None:
        self._records = SearchIndex()
        self._persons = PersonIndex()

    def prepare(self, engine: Engine, snapshot: Snapshot) -> None:
        """Bring the indexes up to date, so that no search waits for it."""
        with reading(engine) as session:
            self._records.current(session, snapshot.gazetteer)
            self._persons.current(session)

    def find(self, session: Session, snapshot: Snapshot, encoder: Encoder, text: str, *, most: int) -> Findings:
        """Return what was meant by a text, at most so many of each kind. Nothing is found by a text without a word."""
        question = read_question(text, snapshot.gazetteer)
        records, persons = self._records.current(session, snapshot.gazetteer), self._persons.current(session)
        entries, row_of = records.words.entries, records.words.row_of
        meaning = Meaning(snapshot, encoder, " ".join(question.trade)) if question.trade else None
        near = meaning.near(SAME_TRADE) if meaning else {}
        by_meaning = np.zeros(len(entries), np.float32)
        for record_id in near.keys() & row_of.keys():
            by_meaning[row_of[record_id]] = near[record_id] * WORTH_OF_MEANING
        score = _score(records.words, question, by_meaning, _nearby(records, question))
        for row in np.flatnonzero(score).tolist():
            if not _is_listed(entries[row], snapshot):
                score[row] *= np.float32(NOT_OPEN)
        score_of_persons = _score(persons, question, None, None)
        least = _least(score, score_of_persons)

        def hits(of_kind: BoolArray) -> Hits[Entry]:
            rows = _best(score, of_kind & (score >= least))
            first = [
                Hit(
                    entry := entries[row],
                    float(score[row]),
                    _matched(entry, question.words, meaning if entry.id in near else None),
                    _is_listed(entry, snapshot),
                )
                for row in rows[:most]
            ]
            return Hits(first, len(rows))

        rows = _best(score_of_persons, score_of_persons >= least)
        first_persons = [
            Hit(person := persons.entries[row], float(score_of_persons[row]), _matched(person, question.words, None))
            for row in rows[:most]
        ]
        owner_ids = [hit.entry.actor_id or hit.entry.opportunity_id or "" for hit in first_persons]
        owners = {owner: entries[row_of[owner]] for owner in owner_ids if owner in row_of}
        return Findings(hits(records.is_actor), hits(~records.is_actor), Hits(first_persons, len(rows)), owners)


def _score(
    index: WordIndex[EntryT], question: Question, by_meaning: FloatArray | None, nearby: FloatArray | None
) -> FloatArray:
    """Return how well entries answer, in [0, 1] `(n,)`: the share of what was asked that they have, rare words first.

    by_meaning `(n,)`: what an entry is worth for a word of a trade that it does not have; nearby: for a place's.
    """
    score, whole = np.zeros(len(index.entries), np.float32), 0.0
    complete = np.ones(len(index.entries), np.bool_)
    for word, meant in zip(question.words, likeness(question.words, index.vocabulary), strict=True):
        strength = index.strength(meant)
        rarity = float(np.log1p(len(index.entries) / (1 + np.count_nonzero(strength))))
        if by_meaning is not None and word in question.trade:
            strength = np.maximum(strength, by_meaning)
        if nearby is not None and word in question.of_place:
            strength = np.maximum(strength, nearby)
        score += strength * np.float32(rarity)
        complete &= strength > 0
        whole += rarity
    score *= np.where(complete, np.float32(1), np.float32(INCOMPLETE)) / np.float32(whole or 1)
    return np.asarray(score, np.float32)


def _nearby(records: Records, question: Question) -> FloatArray | None:
    """Return what each entry is worth for the place that was asked, by its distance `(n,)`; None without a trade."""
    if not (question.points and question.trade):
        return None
    km = [great_circle_km(records.lat, records.lon, point.lat, point.lon) for point in question.points]
    closest = np.minimum.reduce(km)
    return np.asarray(np.nan_to_num(NEARBY * np.exp(-closest / FADES_KM)), np.float32)


def _least(*scores: FloatArray) -> float:
    """Return the score from which on something is shown."""
    return max(max(float(score.max(initial=0)) for score in scores) * ABOUT_AS_GOOD, 1e-6)


def _best(score: FloatArray, shown: BoolArray) -> list[int]:
    """Return the rows that are shown, the best first."""
    rows = np.flatnonzero(shown)
    return [int(row) for row in rows[np.lexsort((rows, -score[rows]))]]


def _is_listed(entry: Entry, snapshot: Snapshot) -> bool:
    if entry.archived:
        return False
    return entry.id in snapshot.actor_cards if entry.found is Found.ACTOR else entry.status in ("open", "expected")


def _matched(entry: Entry | Person, asked: Sequence[str], meaning: Meaning | None) -> list[Matched]:
    """Return why an entry was found: for each word asked the field that says it best, and the meaning."""
    matched: dict[Part, list[str]] = {}
    words = {part: words_of(text) for part, text in entry.texts.items()}
    vocabulary = list(dict.fromkeys(word for own in words.values() for word in own))
    for meant in likeness(asked, vocabulary):
        best = max(
            (
                (WEIGHTS[part] * meant[row], part, vocabulary[row])
                for part, own in words.items()
                for row in meant
                if vocabulary[row] in own
            ),
            default=None,
        )
        if best:
            _, part, word = best
            matched.setdefault(part, []).append(surface_of(word, entry.texts[part]))
    found = [Matched(part, ", ".join(dict.fromkeys(texts))) for part, texts in matched.items()]
    return [*found, Matched(None, meaning.closest(entry.id))] if meaning else found
