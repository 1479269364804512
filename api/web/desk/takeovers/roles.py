"""The roles of a takeover: a list a role, one chosen in each, and their cases opened at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session
from starlette.responses import Response

from api.accounts.audience import Audience
from api.catalogue.schemas import OpportunityStatus
from api.core.errors import InvalidError, NotFoundError
from api.core.french import plural
from api.matching.answer import name_of
from api.matching.role_wording import ROLE_TITLES
from api.matching.snapshot import Snapshot
from api.takeovers.roles.candidates import choose_candidates
from api.takeovers.roles.role_lists import ROLE_OF, RoleCandidate, RoleGroup, RoleLists, role_lists
from api.takeovers.roles.wording import GROUPS, MISFITS, ProductLine, product_line
from api.web.checked_router import CheckedRouter
from api.web.components.bars import ExplainedEntry, explained_entry
from api.web.components.cases import CaseInHand, OpenedNotice, in_hand, opened_notice
from api.web.components.forms import desk_page, refusal_in_words
from api.web.dependencies import EngineDep, NowDep, TodayDep, UnitDep
from api.web.desk.takeovers.opened_case import opened_case
from api.web.error_pages import DeskRoute
from api.web.fields import FormWord, QueryAddress
from api.web.house import SnapshotDep
from api.web.rendering import see
from api.web.visitors import Visitor, VisitorDep
from matcher.sections import FLOORS, Section
from matcher.types import Role
from models.unit_of_work import UnitOfWork

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False, prefix="/opportunites")

# The field of the form in which one is chosen for a role.
FIELDS = {
    Role.TAKE_OVER: "reprendre",
    Role.ACCOMPANY: "accompagner",
    Role.FINANCE: "financer",
    Role.PREMISES: "locaux",
    Role.KEEP_WORK: "garder",
}
# Roles in which the first is chosen beforehand, where it is a good lead.
BEFOREHAND = (Role.TAKE_OVER, Role.ACCOMPANY, Role.FINANCE)
NOBODY = {
    RoleGroup.SAME_TRADE: "Personne de ce métier n’est assez près de la taille et du lieu.",
    RoleGroup.NEAR_TRADE: "Personne d’un métier proche.",
    RoleGroup.EMPLOYEES: (
        "Aucun groupe de salariés n’est connu pour cette entreprise. L’union des Scop aide des salariés à se"
        " constituer : voyez « Qui accompagne »."
    ),
    RoleGroup.CARRIED: "Aucune CAE ne convient, ou l’entreprise a plus de trois salariés.",
    RoleGroup.ACCOMPANY: "Personne n’accompagne de reprise dans ce secteur.",
    RoleGroup.FINANCE: "Personne ne finance de reprise de cette taille.",
    RoleGroup.PREMISES: "La fiche ne parle ni de murs, ni de bail, ni de terres ; ou personne n’en a qui conviennent.",
    RoleGroup.KEEP_WORK: "Aucun réseau de ce métier.",
}


@dataclass(frozen=True)
class CandidateLine:
    """An actor that may be chosen. members: (address, name) of a network's own; more: how many beside, in words.

    products: each with what speaks against it for this case.
    """

    entry: ExplainedEntry
    chosen: bool
    members: Sequence[tuple[str, str]]
    more: str
    products: Sequence[tuple[ProductLine, Sequence[str]]]


@dataclass(frozen=True)
class GroupView:
    """A list of a role. title: empty where the role has one list. nobody: what is said where the list is empty."""

    id: str
    title: str
    nobody: str
    lines: Sequence[CandidateLine]


@dataclass(frozen=True)
class RoleView:
    field: str
    title: str
    groups: Sequence[GroupView]
    somebody_chosen: bool

    @property
    def is_empty(self) -> bool:
        return not any(group.lines for group in self.groups)


@dataclass(frozen=True)
class RolesView:
    """The roles of a case. cases: by suggestion; bound: groups of employees that follow another takeover."""

    id: str
    title: str
    roles: Sequence[RoleView]
    cases: Mapping[str, CaseInHand]
    notice: OpenedNotice | None
    bound: Sequence[str]
    problem: str
    off_desk: bool
    closed: bool


@router.get("/{opportunity_id}/reprise/roles")
def roles(
    opportunity_id: str,
    visitor: VisitorDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    today: TodayDep,
    ouvert: QueryAddress = "",
    deja: QueryAddress = "",
) -> Response:
    """ouvert, deja: the cases that were just opened, and those that were there already, with commas between."""
    notice = opened_notice(unit.session, opportunity_id, ouvert, deja)
    return _page(opportunity_id, visitor, unit, snapshot, today, notice=notice)


@router.post("/{opportunity_id}/reprise/roles")
def choose(
    opportunity_id: str,
    visitor: VisitorDep,
    engine: EngineDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    today: TodayDep,
    now: NowDep,
    reprendre: FormWord = "",
    accompagner: FormWord = "",
    financer: FormWord = "",
    locaux: FormWord = "",
    garder: FormWord = "",
) -> Response:
    """Open the case of whoever is chosen in each role."""
    typed = dict(zip(FIELDS, (reprendre, accompagner, financer, locaux, garder), strict=True))
    chosen = {role: actor_id for role, actor_id in typed.items() if actor_id}
    try:
        opened = choose_candidates(engine, opportunity_id, chosen, visitor.account_id, by=visitor.by, now=now)
    except InvalidError as refused:
        problem = refusal_in_words(refused)
        return _page(
            opportunity_id, visitor, unit, snapshot, today, typed=typed, problem=problem, status=refused.status
        )
    address = f"/opportunites/{opportunity_id}/reprise/roles"
    return see(f"{address}?ouvert={','.join(opened.opened)}&deja={','.join(opened.already)}")


def _page(
    opportunity_id: str,
    visitor: Visitor,
    unit: UnitOfWork,
    snapshot: Snapshot,
    today: date,
    *,
    notice: OpenedNotice | None = None,
    typed: Mapping[Role, str] | None = None,
    problem: str = "",
    status: int = 200,
) -> Response:
    case_file = opened_case(unit, opportunity_id, visitor)
    lists, cases = _lists(unit.session, snapshot, opportunity_id, visitor.audience, today)
    return desk_page(
        "reprise_roles.html",
        visitor,
        "/opportunites",
        status,
        view=RolesView(
            id=opportunity_id,
            title=case_file.opportunity.title,
            roles=_role_views(lists, typed or _beforehand(lists, cases), snapshot, today) if lists else [],
            cases=cases,
            notice=notice,
            bound=[f"{name_of(group.card)} suit déjà la reprise « {group.elsewhere} »." for group in lists.bound]
            if lists
            else [],
            problem=problem,
            off_desk=lists is None,
            closed=case_file.opportunity.status != OpportunityStatus.OPEN
            or bool(case_file.opportunity.deadline and case_file.opportunity.deadline < today),
        ),
    )


def _lists(
    session: Session, snapshot: Snapshot, opportunity_id: str, audience: Audience, today: date
) -> tuple[RoleLists | None, Mapping[str, CaseInHand]]:
    """Return the lists of a case and the cases of those in them; None for a case that is off the desk."""
    try:
        lists = role_lists(session, snapshot, opportunity_id, audience, today=today)
    except NotFoundError:
        return None, {}
    suggestions = [one.entry.suggestion_id for candidates in lists.lists.values() for one in candidates]
    return lists, in_hand(session, suggestions)


def _role_views(lists: RoleLists, chosen: Mapping[Role, str], snapshot: Snapshot, today: date) -> Sequence[RoleView]:
    views = []
    for role, field in FIELDS.items():
        groups = [
            GroupView(
                id=group.value,
                title=GROUPS[group],
                nobody=NOBODY[group],
                lines=[_line(candidate, chosen.get(role, ""), snapshot, today) for candidate in candidates],
            )
            for group, candidates in lists.lists.items()
            if ROLE_OF[group] == role
        ]
        somebody = any(line.chosen for group in groups for line in group.lines)
        views.append(RoleView(field, ROLE_TITLES[role], groups, somebody))
    return views


def _beforehand(lists: RoleLists, cases: Mapping[str, CaseInHand]) -> Mapping[Role, str]:
    """Return whom the page proposes to choose: the first good lead of each role in which nobody is followed yet.

    Nobody is proposed for two roles: who accompanies well rarely also brings the money.
    """
    chosen: dict[Role, str] = {}
    for role in BEFOREHAND:
        of_role = [candidates for group, candidates in lists.lists.items() if ROLE_OF[group] == role]
        entries = [candidate.entry for candidates in of_role for candidate in candidates]
        if any(entry.suggestion_id in cases for entry in entries):
            continue
        good = [entry.card.id for entry in entries if entry.suggestion.score >= FLOORS[Section.GOOD_LEAD]]
        free = [actor_id for actor_id in good if actor_id not in chosen.values()]
        if free:
            chosen[role] = free[0]
    return chosen


def _line(candidate: RoleCandidate, chosen: str, snapshot: Snapshot, today: date) -> CandidateLine:
    entry = explained_entry(candidate.entry, snapshot.matcher.weights)
    more = candidate.n_members - len(candidate.members)
    return CandidateLine(
        entry=entry,
        chosen=entry.id == chosen,
        members=[(f"/acteurs/{card.id}", card.name) for card in candidate.members],
        more=f"et {plural(more, 'autre')}" if more > 0 else "",
        products=[
            (product_line(fit.product, today), [MISFITS[misfit] for misfit in fit.misfits])
            for fit in candidate.products
        ],
    )
