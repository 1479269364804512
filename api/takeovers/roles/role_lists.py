"""Who could play which role of a takeover: a list a role, ranked on the whole case, for the house alone."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlmodel import Session

from api.accounts.audience import Audience
from api.catalogue.finance_products import products_of
from api.matching.answer import ActorCard, Card, Entry
from api.matching.reasons import is_same_trade
from api.matching.snapshot import Snapshot
from api.matching.suggest import actors_by_role
from api.takeovers.roles import queries
from api.takeovers.roles.finance_fit import CaseSize, FittedProduct, fitted
from matcher.sections import FLOORS, Section
from matcher.types import ActorKind, Opportunity, Role

# Lines that a role is ranked for, and that one of its lists shows.
RANKED, SHOWN = 24, 5
# Members that are named under their network.
SHOWN_MEMBERS = 6
# People whom a CAE can house as salaried entrepreneurs.
MOST_CARRIED = 3
LEAST_SCORE = FLOORS[Section.TO_STUDY]


class RoleGroup(StrEnum):
    """The lists, in the order of the page. The first four are ways to take over."""

    SAME_TRADE = "same_trade"
    NEAR_TRADE = "near_trade"
    EMPLOYEES = "employees"
    CARRIED = "carried"
    ACCOMPANY = "accompany"
    FINANCE = "finance"
    PREMISES = "premises"
    KEEP_WORK = "keep_work"


ROLE_OF: Mapping[RoleGroup, Role] = {
    RoleGroup.SAME_TRADE: Role.TAKE_OVER,
    RoleGroup.NEAR_TRADE: Role.TAKE_OVER,
    RoleGroup.EMPLOYEES: Role.TAKE_OVER,
    RoleGroup.CARRIED: Role.TAKE_OVER,
    RoleGroup.ACCOMPANY: Role.ACCOMPANY,
    RoleGroup.FINANCE: Role.FINANCE,
    RoleGroup.PREMISES: Role.PREMISES,
    RoleGroup.KEEP_WORK: Role.KEEP_WORK,
}


@dataclass(frozen=True)
class RoleCandidate:
    """An actor in a list. members: of a network, those who would do the work with it; products: what it finances."""

    entry: Entry
    members: Sequence[ActorCard] = ()
    n_members: int = 0
    products: Sequence[FittedProduct] = ()


@dataclass(frozen=True)
class BoundGroup:
    """A group of employees that is not proposed: it follows the takeover of another company."""

    card: Card
    elsewhere: str


@dataclass(frozen=True)
class RoleLists:
    """The lists of a case, empty ones too. bound: groups of employees that are left out of them."""

    size: CaseSize
    lists: Mapping[RoleGroup, Sequence[RoleCandidate]]
    bound: Sequence[BoundGroup]


def role_lists(
    session: Session, snapshot: Snapshot, opportunity_id: str, audience: Audience, *, today: date
) -> RoleLists:
    """Return who could play which role of a takeover, each list in the order of its scores. Raises NotFoundError."""
    (row,) = snapshot.lots_of(opportunity_id, confidential=audience.confidential)[:1]
    ranked = actors_by_role(snapshot, opportunity_id, audience, k=RANKED, today=today)
    likely = {
        role: [entry for entry in entries if entry.suggestion.score >= LEAST_SCORE] for role, entries in ranked.items()
    }
    groups = [entry.card for entry in likely.get(Role.TAKE_OVER, []) if entry.card.kind == ActorKind.EMPLOYEE_GROUP]
    elsewhere = queries.takeovers_followed_by(session, [card.id for card in groups], opportunity_id)
    size = CaseSize(row.amount_eur, row.headcount, row.department)
    lists: dict[RoleGroup, list[RoleCandidate]] = {group: [] for group in RoleGroup}
    products = products_of(session, [entry.card.id for entry in likely.get(Role.FINANCE, [])[:SHOWN]])
    for role, entries in likely.items():
        for entry in entries:
            group = _group_of(role, entry, row)
            if group is None or entry.card.id in elsewhere or len(lists[group]) == SHOWN:
                continue
            members = _members(snapshot, entry) if role == Role.KEEP_WORK else ()
            own_products = fitted(products.get(entry.card.id, ()), size) if role == Role.FINANCE else ()
            lists[group].append(RoleCandidate(entry, members[:SHOWN_MEMBERS], len(members), own_products))
    bound = [BoundGroup(card, elsewhere[card.id]) for card in groups if card.id in elsewhere]
    return RoleLists(size, lists, bound)


def proposed_in(lists: RoleLists) -> Mapping[Role, Collection[str]]:
    """Return which actors are in the lists of each role."""
    return {
        role: {
            candidate.entry.card.id
            for group, candidates in lists.lists.items()
            if ROLE_OF[group] == role
            for candidate in candidates
        }
        for role in ROLE_OF.values()
    }


def _group_of(role: Role, entry: Entry, case: Opportunity) -> RoleGroup | None:
    """Return the list that an actor belongs to; None where none of them is for it."""
    if role != Role.TAKE_OVER:
        return RoleGroup(role.value)
    if entry.card.kind == ActorKind.EMPLOYEE_GROUP:
        return RoleGroup.EMPLOYEES
    if entry.card.kind == ActorKind.CAE:
        return RoleGroup.CARRIED if case.headcount is None or case.headcount <= MOST_CARRIED else None
    same = any(reason.code == "semantic" and is_same_trade(reason) for reason in entry.suggestion.reasons)
    return RoleGroup.SAME_TRADE if same else RoleGroup.NEAR_TRADE


def _members(snapshot: Snapshot, entry: Entry) -> list[ActorCard]:
    """Return the members of a network, first the one through which it is proposed."""
    network = snapshot.actor(entry.card.id, confidential=True)
    cards = [snapshot.actor_cards[member.id] for member in network.members if member.id in snapshot.actor_cards]
    first = entry.member.id if entry.member else ""
    return sorted(cards, key=lambda card: (card.id != first, card.name))
