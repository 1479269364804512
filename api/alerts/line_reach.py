"""Whom a published line reaches by itself: the ten public actors for which it may be a good lead oftenest.

A line fits several public establishments. Each of them is taken as if it were to be taken over, and all public actors
are ranked for it, as for a case. What comes out is a function of the line's words and of public records: not of the
case, nor of how many have the same line.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, partial
from itertools import product

import numpy as np

from api.alerts.lead_tally import NO_LEAD, HighestTally, Tally, highest_of, scores_of
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
from matcher.comparing import Comparison
from matcher.index import ActorIndex, OpportunityIndex
from matcher.types import ActorKind, BoolArray, FloatArray, OpportunityKind

# Establishments of a line that are ranked for: a random few say enough, and the night stays short.
MOST_COMPARED = 20
# So many are compared with all actors in one product.
CASES_AT_ONCE = 20


def reached_actors(snapshot: Snapshot, public: PublicDesk, encode: Encode) -> dict[str, list[str]]:
    """Return line → ids of the public actors that it reaches, the best first, of each line that stands on the desk.

    public: what outsiders may know of the snapshot, on its day.
    """
    return ToldLines(snapshot, public, encode).reached()


@dataclass(frozen=True)
class ToldLines:
    """The lines that stand on a desk. public: what outsiders may know of the snapshot, on its day."""

    snapshot: Snapshot
    public: PublicDesk
    encode: Encode

    def reached(self, chosen: Callable[[str], bool] = lambda _line: True) -> dict[str, list[str]]:
        """Return line → ids of the public actors that it reaches, the best first, of the chosen lines.

        Whom a line reaches depends on no other line.
        """
        establishments = {line: actors for line, actors in self._establishments.items() if chosen(line)}
        compared = {actor.id: actor for actors in establishments.values() for actor in actors}
        cases = self._cases([as_case(actor) for actor in compared.values()])
        by_all = self.snapshot.matcher.measures_all(self.snapshot.actors)
        reach = (_reached_of_all if by_all else _reached_within_reach)(cases, establishments)
        for line in (line for line, actors in establishments.items() if not actors):
            # Only a register knows establishments that it fits: its words are all there is to compare.
            reach[line] = self._cases([self._told[line]]).best(self._told[line].id)
        ids = self.snapshot.actors.ids
        return {line: [str(ids[position]) for position in reach[line]] for line in establishments}

    def _cases(self, cases: Sequence[match.Opportunity]) -> "_Cases":
        return _Cases.of(self.snapshot, self.public.day, cases, self.encode)

    @cached_property
    def _told(self) -> Mapping[str, match.Opportunity]:
        public = self.public
        return {
            public.cards[case_id].title: replace(public.opportunities[case_id], id="line", open=True)
            for case_id in public.teasers
        }

    @cached_property
    def _establishments(self) -> "Establishments":
        return establishments_of(self.snapshot, self._told)


Establishments = Mapping[str, Sequence[match.Actor]]


def _reached_of_all(cases: "_Cases", establishments: Establishments) -> dict[str, list[int]]:
    """Return line → the positions of whom it reaches, after scoring all actors for every establishment."""
    tallies = {line: Tally(cases.actor_count) for line in establishments}
    lines_of = _lines_of(establishments)
    for some_ids in in_chunks(cases.shuffled_ids, CASES_AT_ONCE):
        batched = cases.batched(some_ids)
        for actor_id in some_ids:
            actors, scores = scores_of(batched.compare(actor_id))
            for line in lines_of[actor_id]:
                tallies[line].add(actors, scores, besides=cases.position(actor_id))
    return {line: tally.first(MOST_REACHED) for line, tally in tallies.items()}


def _reached_within_reach(cases: "_Cases", establishments: Establishments) -> dict[str, list[int]]:
    """Return the same, after a bound on every actor's scores: only those that can be reached are scored."""
    tallies = {line: HighestTally(cases.actor_count) for line in establishments}
    lines_of = _lines_of(establishments)
    for actor_id in cases.shuffled_ids:
        highest = cases.highest(actor_id)
        for line in lines_of[actor_id]:
            tallies[line].add(highest, besides=cases.position(actor_id))

    def scored(line: str, tally: Tally, chosen: BoolArray) -> None:
        for actor in establishments[line]:
            tally.add(*scores_of(cases.compare(actor.id, chosen)), besides=cases.position(actor.id))

    return {line: tally.first(MOST_REACHED, partial(scored, line)) for line, tally in tallies.items()}


def _lines_of(establishments: Establishments) -> Mapping[str, Sequence[str]]:
    """Return establishment → the lines that it stands for, by its id."""
    lines_of: dict[str, list[str]] = defaultdict(list)
    for line, actors in establishments.items():
        for actor in actors:
            lines_of[actor.id].append(line)
    return lines_of


@dataclass(frozen=True)
class _Cases:
    """Cases beside the public actors of a snapshot. rows: case → its row of the index."""

    snapshot: Snapshot
    actors: ActorIndex
    day: date
    index: OpportunityIndex
    rows: Mapping[str, int]

    @classmethod
    def of(cls, snapshot: Snapshot, day: date, cases: Sequence[match.Opportunity], encode: Encode) -> "_Cases":
        index = OpportunityIndex.build(cases, encode)
        rows = {case.id: row for row, case in enumerate(index.opportunities)}
        return cls(snapshot, snapshot.actors, day, index, rows)

    @property
    def actor_count(self) -> int:
        return self.snapshot.actors.actor_count

    @property
    def shuffled_ids(self) -> list[str]:
        """All in one order, that in which each line has its own: sums are then the same, whoever shares one."""
        return sorted(self.rows, key=shuffled)

    def position(self, actor_id: str) -> int:
        return self.snapshot.actors.position(actor_id)

    def batched(self, case_ids: Collection[str]) -> "_Cases":
        """Return the same, with the texts of these cases compared with all actors in one product."""
        phrases = BatchedPhrases.of(self.actors.phrases, [self._row(case_id).phrases for case_id in case_ids])
        return replace(self, actors=replace(self.actors, phrases=phrases))

    def compare(self, case_id: str, chosen: BoolArray | None = None) -> Comparison:
        """Score the public actors for a case, or the chosen ones of them `(n_actors,)`."""
        matcher, case, public = self.snapshot.matcher, self._row(case_id), self.snapshot.public_actors
        if chosen is None:
            return matcher.compare_actors(case, self.actors, today=self.day, among=public)
        return matcher.compare_some(case, self.actors, today=self.day, chosen=chosen & public)

    def highest(self, case_id: str) -> FloatArray:
        """Return the most that scores of the public actors can be, as `HighestTally` counts them."""
        matcher, case, public = self.snapshot.matcher, self._row(case_id), self.snapshot.public_actors
        return highest_of(matcher.highest_logits(case, self.actors, today=self.day, least=NO_LEAD, among=public))

    def best(self, case_id: str) -> list[int]:
        """Return the positions of the public actors that score highest for a case."""
        matcher, public = self.snapshot.matcher, self.snapshot.public_actors
        ranking = matcher.actors_for(
            self._row(case_id), self.actors, today=self.day, k=MOST_REACHED, n_filtered=0, among=public, apart=True
        )
        return [self.position(suggestion.candidate_id) for suggestion in ranking.suggestions]

    def _row(self, case_id: str) -> OpportunityIndex:
        return self.index.row(self.rows[case_id])


def establishments_of(snapshot: Snapshot, lines: Collection[str]) -> dict[str, list[match.Actor]]:
    """Return line → the public establishments that it fits, or some of them, in an order of no meaning."""
    fitting: dict[str, list[match.Actor]] = {line: [] for line in sorted(lines)}
    public = np.flatnonzero(snapshot.public_actors)
    ids = snapshot.actors.ids[public].tolist()
    names = snapshot.gazetteer.names
    # Facts → the lines that fit them: many establishments have the same.
    lines_of: dict[Facts, Collection[str]] = {}
    wanting = set(fitting)
    for position in public[sorted(range(len(ids)), key=lambda place: shuffled(ids[place]))].tolist():
        if not wanting:
            break
        actor = snapshot.actors.actors[position]
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


def shuffled(actor_id: str) -> bytes:
    """Return the place of an establishment in an order of no meaning."""
    return hashlib.sha256(actor_id.encode()).digest()
