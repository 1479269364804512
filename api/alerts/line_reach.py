"""Whom a published line reaches by itself: the ten public actors for which it may be a good lead oftenest.

A line fits several public establishments. Each of them is taken as if it were to be taken over, and all public actors
are ranked for it, as for a case. What comes out is a function of the line's words and of public records: not of the
case, nor of how many have the same line.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import product

import numpy as np

from api.confidentiality.crowd import Description
from api.confidentiality.facts import POSITIONS, STEPS, Facts, step_values
from api.confidentiality.wording import HOME, teaser_text
from api.core.chunks import in_chunks
from api.matching.snapshot import Snapshot
from api.partner_view.public_desk import PublicDesk
from api.takeovers.reach.line_reach import MOST_REACHED
from matcher import types as match
from matcher.batches import BatchedPhrases
from matcher.columns import Encode
from matcher.index import OpportunityIndex
from matcher.sections import FLOORS, Section
from matcher.types import ActorKind, FloatArray, IntArray, OpportunityKind

# Establishments of a line that are ranked for: a random few say enough, and the night stays short.
MOST_COMPARED = 20
# So many are compared with all actors in one product.
CASES_AT_ONCE = 20


def reached_actors(snapshot: Snapshot, public: PublicDesk, encode: Encode) -> dict[str, list[str]]:
    """Return line → ids of the public actors that it reaches, the best first, of each line that stands on the desk.

    public: what outsiders may know of the snapshot, on its day.
    """
    told = {
        public.cards[case_id].title: replace(public.opportunities[case_id], id="line", open=True)
        for case_id in public.teasers
    }
    establishments = establishments_of(snapshot, told)
    lines_of: dict[str, list[str]] = defaultdict(list)
    for line, actors in establishments.items():
        for actor in actors:
            lines_of[actor.id].append(line)
    tallies = {line: Tally(len(snapshot.actors.actors)) for line in establishments}
    # All in one order, that in which each line has its own: sums are then the same, whoever shares an establishment.
    compared = {actor.id: actor for actors in establishments.values() for actor in actors}
    for some_ids in in_chunks(sorted(compared, key=shuffled), CASES_AT_ONCE):
        cases = [as_case(compared[actor_id]) for actor_id in some_ids]
        for actor_id, best, scores in _ranked(snapshot, encode, public.day, cases):
            for line in lines_of[actor_id]:
                tallies[line].add(best, scores, besides=_position(snapshot, actor_id))
    reach = {line: tally.first(MOST_REACHED) for line, tally in tallies.items()}
    for line in (line for line, actors in establishments.items() if not actors):
        # Only a register knows establishments that it fits: its words are all there is to compare.
        ((_, best, _),) = _ranked(snapshot, encode, public.day, [told[line]])
        reach[line] = best[:MOST_REACHED].tolist()
    ids = snapshot.actors.ids
    return {line: [str(ids[position]) for position in positions] for line, positions in reach.items()}


class Tally:
    """How often each actor would be a good lead `(n_actors,)`, and the sum of its scores: for one line."""

    def __init__(self, count: int) -> None:
        self._leads, self._sums = np.zeros(count, np.int64), np.zeros(count, np.float64)
        self._seen = np.zeros(count, np.bool_)

    def add(self, actors: IntArray, scores: FloatArray, besides: int) -> None:
        """Count the scores of these actors `(n,)` for one establishment, whose own actor does not count."""
        others = actors != besides
        actors, scores = actors[others], scores[others]
        self._leads[actors] += scores >= FLOORS[Section.GOOD_LEAD]
        self._sums[actors] += scores
        self._seen[actors] = True

    def first(self, most: int) -> list[int]:
        """Return whom most establishments would have as a good lead; then by the sum of scores, then by id."""
        seen = np.flatnonzero(self._seen)
        order = np.lexsort((seen, -self._sums[seen], -self._leads[seen]))
        return [int(position) for position in seen[order[:most]]]


def establishments_of(snapshot: Snapshot, lines: Collection[str]) -> dict[str, list[match.Actor]]:
    """Return line → the public establishments that it fits, or some of them, in an order of no meaning."""
    fitting: dict[str, list[match.Actor]] = {line: [] for line in sorted(lines)}
    public = [actor for actor in snapshot.actors.actors if actor.id not in snapshot.confidential]
    names = snapshot.gazetteer.names
    # Facts → the lines that fit them: many establishments have the same.
    lines_of: dict[Facts, Collection[str]] = {}
    wanting = set(fitting)
    for actor in sorted(public, key=lambda actor: shuffled(actor.id)):
        if not wanting:
            break
        if actor.kind == ActorKind.NETWORK:
            continue
        facts = _facts(actor)
        if facts not in lines_of:
            lines_of[facts] = fitting.keys() & set(_lines_that_fit(facts, snapshot.departments, names))
        for line in wanting.intersection(lines_of[facts]):
            fitting[line].append(actor)
            if len(fitting[line]) == MOST_COMPARED:
                wanting.discard(line)
    return fitting


def _lines_that_fit(facts: Facts, home: Collection[str], commune_names: Mapping[str, str]) -> Iterator[str]:
    """Yield every line, coarse or fine, that is true of these facts."""
    values = step_values(facts)
    known: dict[str, list[tuple[str, str]]] = {attribute: [("", "")] for attribute in Description._fields}
    if facts.department in home:
        known["place"].append((HOME, ""))
    for step in STEPS:
        if value := values[POSITIONS[step]]:
            known[step.attribute].append((step.level, value))
    for activity, place, size in product(known["activity"], known["place"], known["size"]):
        yield teaser_text(Description(activity, place, size), home, commune_names)


def _facts(actor: match.Actor) -> Facts:
    headcount = None if actor.headcount is None else int(actor.headcount)
    return Facts(actor.naf[0] if actor.naf else None, actor.commune, actor.department, headcount)


def as_case(actor: match.Actor) -> match.Opportunity:
    """Return an establishment as if it were to be taken over."""
    return match.Opportunity(
        id=actor.id,
        kind=OpportunityKind.TAKEOVER,
        title=" ; ".join(actor.activities),
        naf=actor.naf,
        point=actor.point,
        department=actor.department,
        commune=actor.commune,
        headcount=actor.headcount,
    )


def _ranked(
    snapshot: Snapshot, encode: Encode, day: date, cases: Sequence[match.Opportunity]
) -> Iterator[tuple[str, IntArray, FloatArray]]:
    """Yield each case's id, the positions of the public actors eligible for it, the best first, and their scores."""
    index = OpportunityIndex.build(cases, encode)
    phrases = BatchedPhrases.of(snapshot.actors.phrases, [index.phrases])
    actors = replace(snapshot.actors, phrases=phrases)
    row_of = {case.id: row for row, case in enumerate(index.opportunities)}
    for case in cases:
        asked = index.row(row_of[case.id])
        compared = snapshot.matcher.compare_actors(asked, actors, today=day, among=snapshot.public_actors)
        yield case.id, compared.owner[compared.best], 1 / (1 + np.exp(-compared.totals[compared.best]))


def shuffled(actor_id: str) -> bytes:
    """Return the place of an establishment in an order of no meaning."""
    return hashlib.sha256(actor_id.encode()).digest()


def _position(snapshot: Snapshot, actor_id: str) -> int:
    return snapshot.actors.position(actor_id)
