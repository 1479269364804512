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
from functools import partial
from itertools import product

from api.confidentiality.crowd import Description
from api.confidentiality.facts import POSITIONS, STEPS, Facts, step_values
from api.confidentiality.wording import HOME, teaser_text
from api.matching.snapshot import Snapshot
from api.partner_view.public_desk import PublicDesk
from api.takeovers.reach.line_reach import MOST_REACHED
from matcher import types as match
from matcher.columns import Encode
from matcher.index import OpportunityIndex
from matcher.sections import FLOORS, Section
from matcher.types import ActorKind, OpportunityKind

# Establishments of a line that are ranked for: a random few say enough, and the night stays short.
MOST_COMPARED = 20


def reached_actors(snapshot: Snapshot, public: PublicDesk, encode: Encode) -> dict[str, list[str]]:
    """Return line → ids of the public actors that it reaches, the best first, of each line that stands on the desk.

    public: what outsiders may know of the snapshot, on its day.
    """
    told = {
        public.cards[case_id].title: replace(public.opportunities[case_id], id="line", open=True)
        for case_id in public.teasers
    }
    scores_for = partial(_scores_for, snapshot, encode, public.day)
    scores_by_establishment: dict[str, Mapping[str, float]] = {}
    reach: dict[str, list[str]] = {}
    for line, establishments in _establishments(snapshot, told).items():
        for actor in establishments:
            if actor.id not in scores_by_establishment:
                scores_by_establishment[actor.id] = scores_for(_as_case(actor))
        if establishments:
            reach[line] = _best([(actor.id, scores_by_establishment[actor.id]) for actor in establishments])
        else:
            # Only a register knows establishments that it fits: its words are all there is to compare.
            reach[line] = list(scores_for(told[line]))[:MOST_REACHED]
    return reach


def _establishments(snapshot: Snapshot, lines: Collection[str]) -> dict[str, list[match.Actor]]:
    """Return line → the public establishments that it fits, or some of them, in an order of no meaning."""
    fitting: dict[str, list[match.Actor]] = {line: [] for line in sorted(lines)}
    public = [actor for actor in snapshot.actors.actors if actor.id not in snapshot.confidential]
    names = snapshot.gazetteer.names
    for actor in sorted(public, key=lambda actor: hashlib.sha256(actor.id.encode()).digest()):
        if actor.kind == ActorKind.NETWORK:
            continue
        for line in fitting.keys() & set(_lines_that_fit(_facts(actor), snapshot.departments, names)):
            fitting[line].append(actor)
    return {line: actors[:MOST_COMPARED] for line, actors in fitting.items()}


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


def _as_case(actor: match.Actor) -> match.Opportunity:
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


def _scores_for(snapshot: Snapshot, encode: Encode, day: date, case: match.Opportunity) -> Mapping[str, float]:
    index = OpportunityIndex.build([case], encode)
    return snapshot.matcher.compare_actors(index, snapshot.actors, today=day, among=snapshot.public_actors).scores()


def _best(scores: Sequence[tuple[str, Mapping[str, float]]]) -> list[str]:
    """Return the actors for which most establishments would be a good lead; then by the sum of scores, then by id."""
    leads: dict[str, int] = defaultdict(int)
    sums: dict[str, float] = defaultdict(float)
    for establishment_id, by_actor in scores:
        for actor_id, score in by_actor.items():
            if actor_id != establishment_id:
                leads[actor_id] += score >= FLOORS[Section.GOOD_LEAD]
                sums[actor_id] += score
    return sorted(sums, key=lambda actor_id: (-leads[actor_id], -sums[actor_id], actor_id))[:MOST_REACHED]
