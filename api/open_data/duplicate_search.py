"""Search for pairs of rows that may be one thing under two names.

Rows with the same SIRET are one actor already (its natural key). Two actors are proposed when they lie close together
in one département, have similar names without different numbers, and no SIRET shows that they are two companies. Two
opportunities are proposed when they come from different sources and have similar titles, the same buyer as far as it is
known, and close deadlines. A pair never mixes a confidential row and a public one.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, cached_property, lru_cache
from typing import Any, TypeAlias

from rapidfuzz import fuzz, process
from sqlalchemy import insert
from sqlmodel import Session

from api.catalogue.contract_holders import CONTRACTS_SOURCE
from api.catalogue.schemas import RecordKind
from api.core.chunks import in_chunks
from api.core.text import folded
from api.open_data import queries
from api.open_data.duplicates import PROPOSED
from models.base import identifier
from models.open_data import DuplicateProposal

# Least similarities, of 100. Names are compared with their words sorted.
NEAR_NAME, NEAR_TITLE, NEAR_BUYER = 88, 90, 80
NEAR_DEADLINE = timedelta(days=30)
# Letters of a word that may be a plural, less one.
SHORTEST_PLURAL = 3
# Words of a name that do not identify anybody.
_COMMON_WORDS = frozenset({
    *("association", "asso", "scop", "scic", "cae", "sarl", "sas", "sasu", "sa", "eurl", "sci", "coop", "cooperative"),
    *("societe", "ste", "la", "le", "les", "l", "d", "de", "du", "des", "et"),
})  # fmt: skip
# Kinds of cooperatives, which names give in full or by their initials.
_FORMS_IN_FULL = re.compile(
    r"\bcooperatives? d activites? et d emplois?\b"
    r"|\bcooperatives? d interet collectif\b"
    r"|\bcooperatives? (?:ouvrieres? de production|(?:ouvrieres? )?et participatives?|de production|de travailleurs)\b"
)

_NUMBERS = re.compile(r"\d+")

# Returns why two rows may be one thing, or None.
CompareRows: TypeAlias = Callable[[Any, Any], dict[str, Any] | None]


@dataclass(frozen=True)
class LikelyPair:
    """Ids of two rows, the smaller first. similarity: of their names, 0 to 1."""

    first: str
    second: str
    similarity: float
    why: dict[str, Any]


def propose_duplicates(session: Session, source: str, since: datetime, *, now: datetime) -> int:
    """Propose the likely duplicates among the rows that this source changed since a moment; return their number.

    A pair is proposed only once, whatever was decided.
    """
    n_proposed = 0
    kinds: tuple[RecordKind, ...] = ("actors", "opportunities")
    for kind in kinds:
        if touched_ids := set(queries.rows_updated_since(session, source, kind, since)):
            pairs = likely_pairs(session, kind, touched_ids, source)
            n_proposed += propose_pairs(session, kind, pairs, now=now)
    return n_proposed


def likely_pairs(session: Session, kind: RecordKind, touched_ids: set[str], source: str) -> list[LikelyPair]:
    """Return the pairs of one of these rows, which this source set, and another row that may be the same thing."""
    find_pairs = _actor_pairs if kind == "actors" else _opportunity_pairs
    return _unique_pairs(find_pairs(session, touched_ids, source))


def propose_pairs(session: Session, kind: RecordKind, pairs: Sequence[LikelyPair], *, now: datetime) -> int:
    """Propose those of these pairs that never were, whatever was decided; return their number."""
    known_pairs: set[tuple[str, str]] = set()
    for some_pairs in in_chunks(pairs):
        row_ids = {row_id for pair in some_pairs for row_id in (pair.first, pair.second)}
        known_pairs |= queries.proposed_pairs(session, row_ids)
    proposals = [
        {
            "id": identifier("duplicate_proposals", pair.first, pair.second),
            **{"kind": kind, "first_id": pair.first, "second_id": pair.second, "status": PROPOSED},
            **{"similarity": pair.similarity, "why": pair.why, "proposed_at": now, "decided_by": ""},
        }
        for pair in pairs
        if (pair.first, pair.second) not in known_pairs
    ]
    if proposals:
        session.execute(insert(DuplicateProposal), proposals)
    return len(proposals)


def normalize_name(name: str) -> str:
    """Return a name's words in the singular, sorted, each once, without accents, capitals and legal forms."""
    words = re.findall(r"[a-z0-9]+", folded(name))
    without_forms = _FORMS_IN_FULL.sub(" ", " ".join(words)).split()
    own_words = [word for word in without_forms if word not in _COMMON_WORDS]
    return " ".join(sorted({_singular(word) for word in own_words or words}))


_normalized = lru_cache(200_000)(normalize_name)


def numbers_in(name: str) -> str:
    """Return the numbers that a name bears, sorted, each once; empty where it bears none."""
    found = _NUMBERS.findall(name)
    return " ".join(sorted(set(found))) if len(found) > 1 else found[0] if found else ""


def _singular(word: str) -> str:
    return word[:-1] if len(word) > SHORTEST_PLURAL and word[-1] in "sx" else word


def _actor_pairs(session: Session, touched_ids: set[str], _source: str) -> list[LikelyPair]:
    closed_sirets = queries.closed_sirets(session)

    def compare_establishments(actor: Any, other_actor: Any) -> dict[str, Any] | None:
        if (actor.siret in closed_sirets) != (other_actor.siret in closed_sirets):
            return {"place": "company"}
        if (actor.source == CONTRACTS_SOURCE) != (other_actor.source == CONTRACTS_SOURCE):
            # A company that a contract made known may have signed by another establishment than its seat.
            return {"place": "department"} if actor.department == other_actor.department else None
        return _compare_places(actor, other_actor) if actor.department == other_actor.department else None

    by_department: dict[str, list[Any]] = defaultdict(list)
    by_siren: dict[str, list[Any]] = defaultdict(list)
    # Asked of each name three times, and forgotten with this search.
    numbers = cache(numbers_in)
    for actor in queries.actor_sketches(session):
        if actor.department:
            by_department[actor.department].append(actor)
        if actor.siret:
            by_siren[actor.siret[:9]].append(actor)
    pairs = []
    for actors in by_department.values():
        touched = [actor for actor in actors if actor.id in touched_ids]
        without_siret = Neighbours([actor for actor in actors if not actor.siret], numbers)
        # Asked only for those without one.
        everybody = Neighbours([] if all(actor.siret for actor in touched) else actors, numbers)
        for actor in touched:
            siret = actor.siret
            # Two SIRET of two companies are two actors, whatever their names are.
            near = without_siret.of(actor) if siret else everybody.of(actor)
            if near:
                pairs += _similar_pairs([actor], near, "name", NEAR_NAME, _compare_places)
            same_company = by_siren[siret[:9]] if siret else ()
            if len(same_company) > 1:
                # An establishment that moved has another SIRET.
                pairs += _similar_pairs([actor], same_company, "name", NEAR_NAME, compare_establishments)
    return pairs


class Neighbours:
    """Actors of a département by commune and by the numbers in their names.

    Those of two communes are never compared, nor those whose names bear different numbers: « Section 12 » and
    « Section 13 » are two things, and a file may hold thousands of them.
    """

    def __init__(self, actors: Sequence[Any], numbers: Callable[[str], str] = numbers_in) -> None:
        self._actors, self._numbers = actors, numbers

    @cached_property
    def _placed(self) -> dict[tuple[str, str], list[Any]]:
        placed: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for actor in self._actors:
            placed[actor.commune_code or "", self._numbers(actor.name)].append(actor)
        return placed

    @cached_property
    def _wherever(self) -> dict[str, list[Any]]:
        return _grouped(self._actors, lambda actor: self._numbers(actor.name))

    @cached_property
    def _whatever(self) -> dict[str, list[Any]]:
        return _grouped(self._actors, lambda actor: actor.commune_code or "")

    def of(self, actor: Any) -> Sequence[Any]:
        """Return the actors that may lie in the same commune, and bear the same numbers, or one of them none."""
        if not self._actors:
            return []
        commune, numbers = actor.commune_code, self._numbers(actor.name)
        if commune and numbers:
            find = self._placed.get
            places = ((commune, numbers), (commune, ""), ("", numbers), ("", ""))
            return [near for place in places if (there := find(place)) for near in there]
        if commune:
            return [*self._whatever.get(commune, ()), *self._whatever.get("", ())]
        if numbers:
            return [*self._wherever.get(numbers, ()), *self._wherever.get("", ())]
        return self._actors


def _grouped(actors: Sequence[Any], key: Callable[[Any], str]) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = defaultdict(list)
    for actor in actors:
        groups[key(actor)].append(actor)
    return groups


def _opportunity_pairs(session: Session, touched_ids: set[str], source: str) -> list[LikelyPair]:
    groups: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for opportunity in queries.opportunity_sketches(session):
        groups[opportunity.department or "", opportunity.kind].append(opportunity)
    pairs = []
    for opportunities in groups.values():
        touched = [opportunity for opportunity in opportunities if opportunity.id in touched_ids]
        other_sources = [opportunity for opportunity in opportunities if opportunity.source != source]
        pairs += _similar_pairs(touched, other_sources, "title", NEAR_TITLE, _compare_needs)
    return pairs


def _similar_pairs(
    rows: Sequence[Any],
    other_rows: Sequence[Any],
    name_field: str,
    least_similarity: float,
    compare_rows: CompareRows,
) -> list[LikelyPair]:
    """Return the pairs of different rows with similar names that `compare_rows` accepts."""
    pairs = []
    other_names = [_normalized(getattr(row, name_field)) for row in other_rows]
    for row in rows if other_names else ():
        row_name = _normalized(getattr(row, name_field))
        near_names = process.extract(
            row_name, other_names, scorer=fuzz.ratio, score_cutoff=least_similarity, limit=None
        )
        for _, score, position in near_names:
            other_row = other_rows[position]
            # A decision about such a pair would show the confidential row's existence to outsiders.
            if other_row.id == row.id or other_row.confidential != row.confidential:
                continue
            if (why := compare_rows(row, other_row)) is not None:
                first_id, second_id = sorted((row.id, other_row.id))
                pairs.append(LikelyPair(first_id, second_id, round(score / 100, 3), why))
    return pairs


def _compare_places(actor: Any, other_actor: Any) -> dict[str, Any] | None:
    """Compare by commune, else by postcode, where both are known; the département is the same already."""
    for place_field in ("commune_code", "postcode"):
        place, other_place = getattr(actor, place_field), getattr(other_actor, place_field)
        if place and other_place:
            return {"place": place_field} if place == other_place else None
    return {"place": "department"}


def _compare_needs(opportunity: Any, other_opportunity: Any) -> dict[str, Any] | None:
    if opportunity.source == other_opportunity.source:
        return None
    buyer_names = [normalize_name(name) for name in (opportunity.buyer_name, other_opportunity.buyer_name) if name]
    if len(buyer_names) == 2 and fuzz.ratio(*buyer_names) < NEAR_BUYER:
        return None
    deadline, other_deadline = opportunity.deadline, other_opportunity.deadline
    if deadline and other_deadline and abs(deadline - other_deadline) > NEAR_DEADLINE:
        return None
    return {"place": "department", "buyer": len(buyer_names) == 2}


def _unique_pairs(pairs: Iterable[LikelyPair]) -> list[LikelyPair]:
    return list({(pair.first, pair.second): pair for pair in pairs}.values())
