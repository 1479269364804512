"""The search as it is meant, with an object an entry and no arrays: what every other way of it must find."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlmodel import Session

from api.matching.queries import hidden_as_duplicates
from api.matching.snapshot import Snapshot
from api.search.entries import Entry, Found
from api.search.keeping import entries
from api.search.meaning import SAME_TRADE, Meaning
from api.search.parts import WEIGHTS
from api.search.persons import Person, persons
from api.search.places import Question, read_question
from api.search.words import likeness, words_of
from matcher.embedding import Encoder
from matcher.geography import great_circle_km

# id → score, the best first.
Ranked = list[tuple[str, float]]


@dataclass(frozen=True)
class PlainFindings:
    """Ids and scores of all that is found."""

    actors: Ranked
    opportunities: Ranked
    persons: Ranked


def find_plainly(session: Session, snapshot: Snapshot, encoder: Encoder, text: str) -> PlainFindings:
    """Read all rows, and search them one by one."""
    question = read_question(text, snapshot.gazetteer)
    rows = {entry.id: entry for entry in entries(session, snapshot.gazetteer, None, None)}
    hidden = hidden_as_duplicates(session)
    shown = [rows[entry_id] for entry_id in sorted(rows.keys() - hidden.keys())]
    meaning = Meaning(snapshot, encoder, " ".join(question.trade)) if question.trade else None
    near = meaning.near(SAME_TRADE) if meaning else {}
    vocabulary = list(dict.fromkeys(word for entry in rows.values() for word in _words(entry)))
    scores = _scores(
        shown, vocabulary, question, [near.get(entry.id, 0) * 0.9 for entry in shown], _nearby(shown, question)
    )
    for row, entry in enumerate(shown):
        open_or_listed = (
            entry.id in snapshot.actor_cards if entry.found is Found.ACTOR else entry.status in ("open", "expected")
        )
        if entry.archived or not open_or_listed:
            scores[row] *= np.float32(0.85)
    people = sorted(persons(session, None), key=lambda person: person.id)
    of_people = list(dict.fromkeys(word for person in people for word in _words(person)))
    person_scores = _scores(people, of_people, question, None, None)
    best = max([0.0, *map(float, scores), *map(float, person_scores)])
    least = max(best * 0.6, 1e-6)
    ranked = _ranked(shown, scores, least)
    actors = {entry.id for entry in shown if entry.found is Found.ACTOR}
    return PlainFindings(
        [pair for pair in ranked if pair[0] in actors],
        [pair for pair in ranked if pair[0] not in actors],
        _ranked(people, person_scores, least),
    )


def _words(found: Entry | Person) -> dict[str, float]:
    """Return the words of an entry, with the most that each counts."""
    words: dict[str, float] = {}
    for part, text in found.texts.items():
        for word in words_of(text):
            words[word] = max(words.get(word, 0), WEIGHTS[part])
    return words


def _scores(
    found: Sequence[Entry] | Sequence[Person],
    vocabulary: Sequence[str],
    question: Question,
    by_meaning: Collection[float] | None,
    nearby: Sequence[np.float32] | None,
) -> list[np.float32]:
    words = [_words(entry) for entry in found]
    scores, whole = [np.float32(0)] * len(found), 0.0
    complete = [True] * len(found)
    for word, meant in zip(question.words, likeness(question.words, vocabulary), strict=True):
        typed: Mapping[str, float] = {vocabulary[row]: worth for row, worth in meant.items()}
        strengths = [
            max(
                (np.float32(own[known]) * np.float32(worth) for known, worth in typed.items() if known in own),
                default=np.float32(0),
            )
            for own in words
        ]
        rarity = float(np.log1p(len(found) / (1 + sum(strength > 0 for strength in strengths))))
        if by_meaning is not None and word in question.trade:
            strengths = [max(pair) for pair in zip(strengths, map(np.float32, by_meaning), strict=True)]
        if nearby is not None and word in question.of_place:
            strengths = [max(pair) for pair in zip(strengths, nearby, strict=True)]
        scores = [score + strength * np.float32(rarity) for score, strength in zip(scores, strengths, strict=True)]
        complete = [both and strength > 0 for both, strength in zip(complete, strengths, strict=True)]
        whole += rarity
    share = np.float32(whole or 1)
    return [
        score * ((np.float32(1) if all_words else np.float32(0.6)) / share)
        for score, all_words in zip(scores, complete, strict=True)
    ]


def _nearby(shown: Sequence[Entry], question: Question) -> list[np.float32] | None:
    if not (question.points and question.trade):
        return None
    lat = np.array([entry.point.lat if entry.point else np.nan for entry in shown], np.float32)
    lon = np.array([entry.point.lon if entry.point else np.nan for entry in shown], np.float32)
    closest = np.minimum.reduce([great_circle_km(lat, lon, point.lat, point.lon) for point in question.points])
    return list(np.asarray(np.nan_to_num(0.7 * np.exp(-closest / 25.0)), np.float32))


def _ranked(found: Sequence[Entry] | Sequence[Person], scores: Sequence[np.float32], least: float) -> Ranked:
    pairs = [(entry.id, float(score)) for entry, score in zip(found, scores, strict=True) if score >= np.float32(least)]
    return sorted(pairs, key=lambda pair: -pair[1])
