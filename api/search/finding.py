"""A search: words → the actors, opportunities and persons that were meant, the likeliest first, with what matched."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from sqlalchemy import Engine
from sqlmodel import Session

from api.matching.snapshot import Snapshot
from api.search.entries import Entry, Found
from api.search.keeping import Records, SearchIndex, entries
from api.search.layers import LayeredIndex
from api.search.meaning import SAME_TRADE, Meaning
from api.search.parts import WEIGHTS, Part
from api.search.persons import Person, PersonIndex, persons
from api.search.places import Question, read_question
from api.search.words import likeness, surface_of, words_of
from matcher.embedding import Encoder
from matcher.geography import great_circle_km
from matcher.types import BoolArray, FloatArray, IntArray
from models.database import reading

EntryT = TypeVar("EntryT", Entry, Person)

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
        gazetteer = snapshot.gazetteer
        question = read_question(text, gazetteer)
        records, contacts = self._records.current(session, gazetteer), self._persons.current(session)
        meaning = Meaning(snapshot, encoder, " ".join(question.trade)) if question.trade else None
        near = meaning.near(SAME_TRADE) if meaning else {}
        score = _score(records.words, question, _by_meaning(records, near), _nearby(records, question))
        score[_off_the_desk(records, snapshot, np.flatnonzero(score))] *= np.float32(NOT_OPEN)
        score_of_persons = _score(contacts, question, None, None)
        least = _least(score, score_of_persons)
        best_actors = _best(records.words, score, records.is_actor & (score >= least))
        best_opportunities = _best(records.words, score, ~records.is_actor & (score >= least))
        best_persons = _best(contacts, score_of_persons, score_of_persons >= least)
        shown_persons = {person.id: person for person in persons(session, _ids(contacts, best_persons[:most]))}
        owner_ids = {person.actor_id or person.opportunity_id or "" for person in shown_persons.values()}
        owner_rows = [row for row in records.words.rows_of(owner_ids).tolist() if row >= 0]
        shown = _shown(session, snapshot, records, [*best_actors[:most], *best_opportunities[:most], *owner_rows])

        def hits(rows: Sequence[int]) -> Hits[Entry]:
            found = [(row, shown.get(records.words.id_of(row))) for row in rows[:most]]
            first = [
                Hit(
                    entry,
                    float(score[row]),
                    _matched(entry, question.words, meaning if entry.id in near else None),
                    _is_listed(entry, snapshot),
                )
                for row, entry in found
                if entry
            ]
            return Hits(first, len(rows))

        first_persons = [
            Hit(person, float(score_of_persons[row]), _matched(person, question.words, None))
            for row in best_persons[:most]
            if (person := shown_persons.get(contacts.id_of(row)))
        ]
        owners = {owner: shown[owner] for owner in owner_ids & shown.keys()}
        return Findings(hits(best_actors), hits(best_opportunities), Hits(first_persons, len(best_persons)), owners)


def _by_meaning(records: Records, near: Mapping[str, float]) -> FloatArray:
    """Return what each entry is worth for a word of a trade that it does not have, by how near it is `(n_rows,)`."""
    by_meaning = np.zeros(len(records.facts), np.float32)
    rows = records.words.rows_of(near)
    worths = np.fromiter(near.values(), np.float64, len(near)) * WORTH_OF_MEANING
    by_meaning[rows[rows >= 0]] = worths[rows >= 0]
    return by_meaning


def _off_the_desk(records: Records, snapshot: Snapshot, rows: IntArray) -> IntArray:
    """Return which of some rows are not listed, or not open `(n,)`."""
    actors = rows[records.is_actor[rows] & records.may_stand[rows]]
    is_listed = records.may_stand.copy()
    is_listed[actors] = [records.words.id_of(row) in snapshot.actor_cards for row in actors.tolist()]
    return rows[~is_listed[rows]]


def _shown(session: Session, snapshot: Snapshot, records: Records, rows: Sequence[int]) -> dict[str, Entry]:
    """Return entries by their ids, as the tables have them."""
    actor_ids = {records.words.id_of(row) for row in rows if records.is_actor[row]}
    opportunity_ids = {records.words.id_of(row) for row in rows if not records.is_actor[row]}
    return {entry.id: entry for entry in entries(session, snapshot.gazetteer, actor_ids, opportunity_ids)}


def _ids(index: LayeredIndex, rows: Iterable[int]) -> list[str]:
    return [index.id_of(row) for row in rows]


def _score(
    index: LayeredIndex, question: Question, by_meaning: FloatArray | None, nearby: FloatArray | None
) -> FloatArray:
    """Return how well rows answer, in [0, 1] `(n,)`: the share of what was asked that they have, rare words first.

    Rows that are not shown have 0. by_meaning `(n,)`: what a row is worth for a word of a trade that it does not have;
    nearby: for a place's.
    """
    score, whole = np.zeros(len(index.shown), np.float32), 0.0
    complete = index.shown.copy()
    for word, strength in zip(question.words, index.strengths(question.words), strict=True):
        rarity = float(np.log1p(index.count / (1 + np.count_nonzero(strength))))
        if by_meaning is not None and word in question.trade:
            strength = np.maximum(strength, by_meaning)
        if nearby is not None and word in question.of_place:
            strength = np.maximum(strength, nearby)
        score += strength * np.float32(rarity)
        complete &= strength > 0
        whole += rarity
    score[~index.shown] = 0
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


def _best(index: LayeredIndex, score: FloatArray, are_good: BoolArray) -> list[int]:
    """Return the rows that are good, the best first; equal ones by their ids."""
    rows = np.flatnonzero(are_good)
    order = np.lexsort((index.by_id(rows), -score[rows]))
    return [int(row) for row in rows[order]]


def _is_listed(entry: Entry, snapshot: Snapshot) -> bool:
    return entry.may_stand and (entry.found is Found.OPPORTUNITY or entry.id in snapshot.actor_cards)


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
