"""Rows that may be one thing under two names: proposed to a person, who decides; nothing is merged by itself.

The same SIRET is one actor already (its natural key). Two actors are proposed when they lie in one département and
near each other there, their names are near, and no SIRET says that they are two companies; two openings, when they
come from different sources, with near titles, from the same buyer as far as it is known, for near deadlines. Never are
two of which one is confidential.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from rapidfuzz import fuzz, process
from sqlalchemy import Engine, insert
from sqlmodel import Session

from api.audit import log
from api.catalogue import queries as catalogue_queries
from api.core.errors import InvalidError, NotFoundError
from api.core.text import folded
from api.open_data import queries
from models.base import identifier
from models.database import writing
from models.open_data import DuplicateProposal

# Of 100; fuzz.token_sort_ratio: the same words in another order are the same name.
NEAR_NAME, NEAR_TITLE, NEAR_BUYER = 88, 90, 80
NEAR_DEADLINE = timedelta(days=30)
CHUNK = 2_000
SAME, DIFFERENT, PROPOSED = "same", "different", "proposed"
# What stands in a name and says nothing of whose it is.
_FORMS = frozenset({
    *("association", "asso", "scop", "scic", "sarl", "sas", "sasu", "sa", "eurl", "sci", "coop", "cooperative"),
    *("societe", "ste", "la", "le", "les", "l", "d", "de", "du", "des", "et"),
})  # fmt: skip


@dataclass(frozen=True)
class _Pair:
    first: str
    second: str
    similarity: float
    why: dict[str, Any]


def propose(session: Session, source: str, since: datetime, *, now: datetime) -> int:
    """Propose what looks like rows that this source told of since a moment; return how many proposals are new.

    A pair that was proposed once is never proposed again, whatever was decided.
    """
    count = 0
    for kind, find in (("actors", _actor_pairs), ("opportunities", _opportunity_pairs)):
        touched = set(queries.rows_said_since(session, source, kind, since))
        found = _once(find(session, touched, source) if touched else ())
        known: set[tuple[str, str]] = set()
        for start in range(0, len(found), CHUNK):
            part = found[start : start + CHUNK]
            known |= queries.proposed_pairs(session, {one for pair in part for one in (pair.first, pair.second)})
        rows = [
            {
                "id": identifier("duplicate_proposals", pair.first, pair.second),
                **{"kind": kind, "first_id": pair.first, "second_id": pair.second, "status": PROPOSED},
                **{"similarity": pair.similarity, "why": pair.why, "proposed_at": now, "decided_by": ""},
            }
            for pair in found
            if (pair.first, pair.second) not in known
        ]
        if rows:
            session.execute(insert(DuplicateProposal), rows)
        count += len(rows)
    return count


def decide(engine: Engine, proposal_id: str, decision: str, *, keep: str = "", by: str, now: datetime) -> None:
    """Note what a person decides: `same`, of which `keep` (an id of the two) stays on the desk; `different`; or
    `proposed`, which takes a decision back. Both rows stay as they are. Raises NotFoundError, InvalidError.
    """
    with writing(engine, durable=True) as session:
        proposal = session.get(DuplicateProposal, proposal_id)
        if proposal is None:
            raise NotFoundError("Cette proposition n’existe pas.")
        ids = (proposal.first_id, proposal.second_id)
        if decision not in (SAME, DIFFERENT, PROPOSED) or (decision == SAME and keep not in ids):
            raise InvalidError([("decision", "dites si c’est la même chose, et laquelle des deux fiches garder")])
        proposal.status = decision
        proposal.hidden_id = next(one for one in ids if one != keep) if decision == SAME else None
        undecided = decision == PROPOSED
        proposal.decided_at, proposal.decided_by = (None, "") if undecided else (now, by)
        session.add(proposal)
        log.note(
            session, by=by, action="duplicate.decided", kind=proposal.kind, of=proposal_id, detail={"as": decision}
        )


def _actor_pairs(session: Session, touched: set[str], _source: str) -> list[_Pair]:
    by_department: dict[str, list[Any]] = defaultdict(list)
    for row in queries.actor_sketches(session):
        if row.department:
            by_department[row.department].append(row)
    found = []
    for rows in by_department.values():
        new, without = [row for row in rows if row.id in touched], [row for row in rows if not row.siret]
        found += _near([row for row in new if not row.siret], rows, "name", NEAR_NAME, _neighbours)
        found += _near([row for row in new if row.siret], without, "name", NEAR_NAME, _neighbours)
        companies: dict[str, list[Any]] = defaultdict(list)
        for row in rows:
            companies[(row.siret or "")[:9]].append(row)
        for row in new:
            # An establishment that moved has another SIRET.
            if row.siret and len(companies[row.siret[:9]]) > 1:
                found += _near([row], companies[row.siret[:9]], "name", NEAR_NAME, _neighbours)
    return found


def _opportunity_pairs(session: Session, touched: set[str], source: str) -> list[_Pair]:
    groups: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in queries.opportunity_sketches(session):
        groups[row.department or "", row.kind].append(row)
    found = []
    for rows in groups.values():
        new, others = [row for row in rows if row.id in touched], [row for row in rows if row.source != source]
        found += _near(new, others, "title", NEAR_TITLE, _one_need)
    return found


def _near(
    here: Sequence[Any],
    there: Sequence[Any],
    named: str,
    least: float,
    fit: Callable[[Any, Any], dict[str, Any] | None],
) -> list[_Pair]:
    """Return the pairs of different rows whose names are near and which fit."""
    found, names = [], [plain_name(getattr(row, named)) for row in there]
    for row in here if names else ():
        mine = plain_name(getattr(row, named))
        for _, score, place in process.extract(mine, names, scorer=fuzz.ratio, score_cutoff=least, limit=None):
            other = there[place]
            # A public row that a confidential one hid, or the other way round, would tell outsiders of it.
            if other.id == row.id or other.confidential != row.confidential:
                continue
            if (why := fit(row, other)) is not None:
                first, second = sorted((row.id, other.id))
                found.append(_Pair(first, second, round(score / 100, 3), why))
    return found


def _neighbours(one: Any, other: Any) -> dict[str, Any] | None:
    """Return why two actors may be at one place: one commune, else one postcode, else one of them tells none."""
    for named in ("commune_code", "postcode"):
        mine, theirs = getattr(one, named), getattr(other, named)
        if mine and theirs:
            return {"place": named} if mine == theirs else None
    return {"place": "department"}


def _one_need(one: Any, other: Any) -> dict[str, Any] | None:
    if one.source == other.source:
        return None
    buyers = [plain_name(name) for name in (one.buyer_name, other.buyer_name) if name]
    if len(buyers) == 2 and fuzz.ratio(*buyers) < NEAR_BUYER:
        return None
    if one.deadline and other.deadline and abs(one.deadline - other.deadline) > NEAR_DEADLINE:
        return None
    return {"place": "department", "buyer": len(buyers) == 2}


def plain_name(name: str) -> str:
    """Return a name's words in one order, without accents, capitals, and legal forms."""
    words = re.findall(r"[a-z0-9]+", folded(name))
    return " ".join(sorted(word for word in words if word not in _FORMS)) or " ".join(sorted(words))


def _once(pairs: Iterable[_Pair]) -> list[_Pair]:
    return list({(pair.first, pair.second): pair for pair in pairs}.values())


@dataclass(frozen=True)
class Side:
    """One of two rows that may be one thing. details: field → value, of those that tell who or what it is."""

    id: str
    name: str
    details: Mapping[str, Any]


@dataclass(frozen=True)
class Proposed:
    """Two rows that may be one thing, for a person to decide."""

    proposal: DuplicateProposal
    first: Side
    second: Side


def duplicates(session: Session, status: str, limit: int) -> tuple[list[Proposed], int]:
    """Return the proposals of a status, the most alike first, and how many there are in all."""
    rows = queries.duplicate_page(session, status, limit)
    shown = [
        Proposed(row, first, second)
        for row in rows
        if (first := _side(session, row.kind, row.first_id)) and (second := _side(session, row.kind, row.second_id))
    ]
    return shown, queries.duplicate_count(session, status)


def _side(session: Session, kind: str, row_id: str) -> Side | None:
    if kind == "actors":
        actor = catalogue_queries.actor_by_id(session, row_id, confidential=True)
        if actor is None:
            return None
        details = {"siret": actor.siret, "commune": actor.commune_name or actor.commune_code or actor.postcode}
        return Side(actor.id, actor.name, details | {"department": actor.department, "source": actor.source})
    opening = catalogue_queries.opportunity_by_id(session, row_id, confidential=True)
    if opening is None:
        return None
    told: dict[str, Any] = {"buyer": opening.buyer_name, "deadline": opening.deadline, "department": opening.department}
    return Side(opening.id, opening.title, told | {"source": opening.source})
