"""Values that enter and leave the matcher."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.floating[Any]]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]
StrArray: TypeAlias = NDArray[np.str_]


class ActorKind(StrEnum):
    """Kind of an actor; French legal names are kept where English has none."""

    SCOP = "scop"
    SCIC = "scic"
    CAE = "cae"
    NETWORK = "network"
    EI = "ei"
    AI = "ai"
    ACI = "aci"
    ETTI = "etti"
    EITI = "eiti"
    GEIQ = "geiq"
    EA = "ea"
    EATT = "eatt"
    ESAT = "esat"
    ASSOCIATION = "association"
    MUTUAL = "mutual"
    FOUNDATION = "foundation"
    COOPERATIVE = "cooperative"
    ESUS = "esus"
    EMPLOYEE_GROUP = "employee_group"
    ENTREPRENEUR = "entrepreneur"
    COMPANY = "company"


SIAE_KINDS = frozenset({ActorKind.EI, ActorKind.AI, ActorKind.ACI, ActorKind.ETTI, ActorKind.EITI})
ADAPTED_KINDS = frozenset({ActorKind.EA, ActorKind.EATT, ActorKind.ESAT})
# Law 2014-856, article 1: these forms belong to the ESS by statute; a company by its label (ESUS) or declaration.
ESS_KINDS = frozenset(set(ActorKind) - {ActorKind.COMPANY, ActorKind.EMPLOYEE_GROUP})
# These answer with the skills and the capacity of their members.
CARRYING_KINDS = frozenset({ActorKind.CAE, ActorKind.NETWORK})
# These cannot sign alone: they are compared through the CAE that carries them.
CARRIED_KINDS = frozenset({ActorKind.ENTREPRENEUR})
# These work around their seat, whatever their trade: their people come on foot, by bus or by moped.
LOCAL_KINDS = SIAE_KINDS | {ActorKind.ASSOCIATION}


class OpportunityKind(StrEnum):
    MARKET = "market"
    TAKEOVER = "takeover"


class Role(StrEnum):
    """What an actor would do about an opportunity; their order breaks ties."""

    SUPPLY = "supply"
    TAKE_OVER = "take_over"
    ACCOMPANY = "accompany"
    FINANCE = "finance"
    PREMISES = "premises"
    KEEP_WORK = "keep_work"


_ROLES = {
    OpportunityKind.MARKET: (Role.SUPPLY,),
    OpportunityKind.TAKEOVER: tuple(role for role in Role if role != Role.SUPPLY),
}
_KINDS = {role: kind for kind, roles in _ROLES.items() for role in roles}


# Where columns by role have each one.
ROLE_PLACES = {role: place for place, role in enumerate(Role)}


def roles_of(kind: OpportunityKind) -> tuple[Role, ...]:
    """Return the roles in which candidates for an opportunity of this kind are compared, the leading one first."""
    return _ROLES[kind]


def kind_of(role: Role) -> OpportunityKind:
    """Return the kind of opportunity about which candidates are compared in this role."""
    return _KINDS[role]


class Form(StrEnum):
    """How a question is worded: with codes, in a record without one, or as a pasted text without one."""

    FULL = "full"
    WORDS = "words"
    PASTED = "pasted"


class Reservation(StrEnum):
    """Who a market is reserved for (Code de la commande publique)."""

    EA_ESAT = "ea_esat"  # L2113-12
    SIAE = "siae"  # L2113-13
    ESS = "ess"  # L2113-15


class Seeking(StrEnum):
    MARKETS = "markets"
    ACQUISITIONS = "acquisitions"
    SUBCONTRACTS = "subcontracts"
    PARTNERS = "partners"


@dataclass(frozen=True, slots=True)
class Phrase:
    """A piece of text about an actor or opportunity: `text` for the encoder, `shown` for a person."""

    text: str
    shown: str


@dataclass(frozen=True, slots=True)
class Point:
    """Degrees, WGS 84; `exact` is false for the middle of a département, where only that is known."""

    lat: float
    lon: float
    exact: bool = True


@dataclass(frozen=True, slots=True)
class FinanceProduct:
    """A product of an actor that finances: at most so many euros, for companies of at most so many people."""

    name: str
    most_eur: float | None = None
    most_heads: int | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """An actor, as far as matching needs it. None and empty mean unknown, never zero or nowhere."""

    id: str
    kind: ActorKind
    name: str = ""
    activities: tuple[str, ...] = ()
    naf: tuple[str, ...] = ()
    point: Point | None = None
    department: str | None = None
    commune: str | None = None
    radius_km: float | None = None
    area_departments: frozenset[str] = frozenset()
    area_communes: frozenset[str] = frozenset()
    headcount: float | None = None
    turnover_eur: float | None = None
    approvals: frozenset[str] = frozenset()
    seeks: frozenset[Seeking] = frozenset()
    ess: bool | None = None
    siren: str | None = None
    informed_on: date | None = None
    # Titles of contracts that it won, the newest first.
    references: tuple[str, ...] = ()
    members: tuple[Actor, ...] = ()
    products: tuple[FinanceProduct, ...] = ()


@dataclass(frozen=True, slots=True)
class Opportunity:
    """An opportunity, or a lot of a tender. None and empty mean unknown."""

    id: str
    kind: OpportunityKind
    title: str
    description: str = ""
    lot_title: str = ""
    naf: tuple[str, ...] = ()
    cpv: tuple[str, ...] = ()
    cpv_labels: tuple[str, ...] = ()
    point: Point | None = None
    department: str | None = None
    commune: str | None = None
    amount_eur: float | None = None
    headcount: float | None = None
    subcontract: bool = False
    reserved: frozenset[Reservation] = frozenset()
    required_approvals: frozenset[str] = frozenset()
    own_sirens: frozenset[str] = frozenset()
    published_on: date | None = None
    deadline: date | None = None
    open: bool = True
    # Words that somebody pasted, not a record.
    pasted: bool = False
    # Only what outsiders are told of a confidential case: its trade may be anything within the words.
    blind: bool = False


def form_of(opportunity: Opportunity) -> Form:
    """Return how an opportunity is worded, which decides what its scores are calibrated by."""
    if opportunity.cpv or opportunity.cpv_labels or opportunity.naf:
        return Form.FULL
    return Form.PASTED if opportunity.pasted else Form.WORDS


Query: TypeAlias = Opportunity | Actor
Candidate: TypeAlias = Actor | Opportunity


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason: its code, contribution to the score's logit, and figures. French wording: `api.matching.reasons`."""

    code: str
    contribution: float = 0.0
    value: float | None = None
    figures: Mapping[str, str | float | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An eligible candidate, its rank (first is 1), its score in ]0, 1[ and the reasons that the score is made of.

    role: in which the candidate scores highest. form: the opportunity's, by which the score is calibrated.
    The logit of `score` is `bias` plus the sum of the reasons' contributions. propensity: in ]0, 1], the probability
    that the list contains it; below 1 only where attention is shared. same_place: ids of the candidates that would be
    listed too if a network and its member did not fill one place, best first.
    """

    candidate_id: str
    rank: int
    score: float
    bias: float
    reasons: tuple[Reason, ...]
    via_member: str | None = None
    propensity: float = 1.0
    same_place: tuple[str, ...] = ()
    role: Role = Role.SUPPLY
    form: Form = Form.FULL


@dataclass(frozen=True, slots=True)
class FilteredCandidate:
    """A candidate that a hard condition excludes; `reason` names the condition."""

    candidate_id: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Ranking:
    """The answer to a query.

    suggestions: best first. filtered: candidates that a hard condition excludes, the highest score first.
    n_candidates: how many were compared, those filtered out included.
    """

    suggestions: tuple[Suggestion, ...]
    filtered: tuple[FilteredCandidate, ...]
    n_candidates: int


@dataclass(frozen=True, slots=True)
class Judgment:
    """Relevance of a candidate to a query, from 0 (not at all) to 3 (call first)."""

    query_id: str
    candidate_id: str
    grade: int


# query id → candidate id → grade; query id → candidate ids, best first.
Qrels: TypeAlias = Mapping[str, Mapping[str, int]]
Run: TypeAlias = Mapping[str, Sequence[str]]
