"""All cases of an opportunity by state; actors added by hand; what becomes of it once a case was won."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import Query
from sqlmodel import Session
from starlette.responses import Response

from api.accounts.accounts import account_names
from api.brokerage.cases import Origin
from api.brokerage.outcome import Outcome, Settlement, settle
from api.brokerage.pairs import Pair, open_pairs
from api.brokerage.queries import CaseRow, cases_of_opportunity
from api.brokerage.transitions import State
from api.brokerage.wording import NEXT_STEPS, STATES
from api.catalogue import records
from api.catalogue.wording import STATUSES, kind_in_words, place
from api.core.errors import ConflictError, InvalidError
from api.core.french import plural
from api.web.checked_router import CheckedRouter
from api.web.components.case_cards import CaseCard, case_card
from api.web.components.forms import desk_page, refusal_in_words
from api.web.components.outcome_form import OutcomeForm, outcome_form, read_seen
from api.web.components.state_badge import StateBadge, case_badge, opportunity_badge
from api.web.dependencies import EngineDep, NowDep, PlacesDep, TodayDep, UnitDep
from api.web.desk.search import FinderDep
from api.web.error_pages import DeskRoute
from api.web.fields import FormText, FormWord, FormWords, QueryWord
from api.web.house import EncoderDep, SnapshotDep
from api.web.rendering import see
from api.web.visitors import Visitor, VisitorDep
from models.opportunities import Opportunity
from models.unit_of_work import UnitOfWork

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False, prefix="/opportunites")

# Actors that a search by name offers.
MOST_OFFERED = 8
OPENED, SETTLED = "ouverts", "issue"
# What the two forms that open cases are.
BY_GROUP = "groupement"
Count = Annotated[int, Query(ge=0, le=1000)]


@dataclass(frozen=True)
class OfferedActor:
    """An actor that a search by name found. case: the address of its case about the opportunity, if it has one."""

    id: str
    name: str
    about: str
    case: str


@dataclass(frozen=True)
class OpportunityCasesView:
    """The cases of an opportunity: (state, its badge, cases) of each state that has any, in the order of their way."""

    id: str
    title: str
    standing: StateBadge
    done: str
    count: str
    columns: Sequence[tuple[str, StateBadge, Sequence[CaseCard]]]
    cancelled: Sequence[CaseCard]
    outcome: OutcomeForm | None
    asked: str
    offered: Sequence[OfferedActor]
    lots: Sequence[tuple[str, str]]
    lot: str
    problem: str


@router.get("/{opportunity_id}/dossiers")
def opportunity_cases(
    opportunity_id: str,
    visitor: VisitorDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    encoder: EncoderDep,
    finder: FinderDep,
    today: TodayDep,
    nom: Annotated[str, Query(max_length=100)] = "",
    lot: QueryWord = "",
    fait: QueryWord = "",
    ouverts: Count = 0,
    deja: Count = 0,
) -> Response:
    """nom: an actor searched for by its name. fait, ouverts, deja: what was just done, with its counts."""
    asked = " ".join(nom.replace("\0", "").split())
    rows = cases_of_opportunity(unit.session, opportunity_id)
    offered: list[OfferedActor] = []
    if asked:
        hits = finder.find(unit.session, snapshot, encoder, asked, most=MOST_OFFERED).actors.first
        offered = [
            OfferedActor(
                hit.entry.id,
                hit.entry.name,
                " · ".join(
                    part
                    for part in (kind_in_words(hit.entry.kind), place(hit.entry.commune, hit.entry.department))
                    if part
                ),
                _case_of(rows, hit.entry.id, lot),
            )
            for hit in hits
            if not hit.entry.archived
        ]
    return _page(
        opportunity_id,
        visitor,
        unit,
        today,
        rows,
        asked=asked,
        offered=offered,
        lot=lot,
        done=_done(unit.session, opportunity_id, rows, fait, ouverts, deja),
    )


@router.post("/{opportunity_id}/dossiers/ajouter")
def open_by_hand(
    opportunity_id: str,
    visitor: VisitorDep,
    engine: EngineDep,
    unit: UnitDep,
    today: TodayDep,
    now: NowDep,
    acteur: FormWords = (),
    lot: FormWord = "",
    origine: FormWord = "",
) -> Response:
    """Open a case for each chosen actor: one that was searched for, or the members of a group (`origine`)."""
    pairs = [Pair(actor_id, opportunity_id, lot or None) for actor_id in acteur]
    origin = Origin.COALITION if origine == BY_GROUP else Origin.BY_HAND
    try:
        opened = open_pairs(engine, pairs, visitor.account_id, origin=origin, by=visitor.by, now=now)
    except InvalidError as refused:
        rows = cases_of_opportunity(unit.session, opportunity_id)
        problem = refusal_in_words(refused)
        return _page(opportunity_id, visitor, unit, today, rows, lot=lot, problem=problem, status=refused.status)
    counts = f"ouverts={len(opened.opened)}&deja={len(opened.already)}"
    return see(f"/opportunites/{opportunity_id}/dossiers?fait={OPENED}&{counts}")


@router.post("/{opportunity_id}/issue")
def settle_outcome(
    opportunity_id: str,
    visitor: VisitorDep,
    engine: EngineDep,
    unit: UnitDep,
    places: PlacesDep,
    today: TodayDep,
    now: NowDep,
    gagnee: FormWord = "",
    devenir: FormWord = "",
    clore: FormWords = (),
    note: FormText = "",
) -> Response:
    """Settle what becomes of an opportunity of which a case was won. clore: the other cases that end."""
    settlement = Settlement(
        Outcome(devenir) if devenir in set(Outcome) else None,
        read_seen(gagnee),
        [read_seen(value) for value in clore],
        note,
    )
    try:
        settle(engine, opportunity_id, settlement, by=visitor.by, now=now, places=places)
    except (InvalidError, ConflictError) as refused:
        rows = cases_of_opportunity(unit.session, opportunity_id)
        typed = {"chosen": devenir, "ticked": clore, "note": note, "problem": refusal_in_words(refused)}
        return _page(opportunity_id, visitor, unit, today, rows, typed=typed, status=refused.status)
    return see(f"/opportunites/{opportunity_id}/dossiers?fait={SETTLED}")


def _page(
    opportunity_id: str,
    visitor: Visitor,
    unit: UnitOfWork,
    today: date,
    rows: Sequence[CaseRow],
    *,
    asked: str = "",
    offered: Sequence[OfferedActor] = (),
    lot: str = "",
    done: str = "",
    problem: str = "",
    typed: Mapping[str, Any] | None = None,
    status: int = 200,
) -> Response:
    opportunity_file = records.read_opportunity(unit, opportunity_id, visitor.audience)
    opportunity = opportunity_file.opportunity
    names_by_account = account_names(unit.session)
    cards_by_state: dict[str, list[CaseCard]] = {}
    for row in rows:
        cards_by_state.setdefault(row.case.state, []).append(case_card(row, names_by_account, today))
    form = outcome_form(opportunity, rows, **(typed or {}), is_open=bool(typed))
    # Where the form is not shown any more, what was wrong with it is said by itself.
    problem = problem or (typed["problem"] if typed and not form else "")
    cancelled = cards_by_state.pop(State.CANCELLED, [])
    return desk_page(
        "dossiers_opportunite.html",
        visitor,
        "/opportunites",
        status,
        view=OpportunityCasesView(
            id=opportunity.id,
            title=opportunity.title,
            standing=opportunity_badge(opportunity.status),
            done=done,
            count=plural(sum(map(len, cards_by_state.values())), "dossier"),
            columns=[(state, case_badge(state), cards_by_state[state]) for state in STATES if state in cards_by_state],
            cancelled=cancelled,
            outcome=form,
            asked=asked,
            offered=offered,
            lots=[(one.id, f"Lot {one.number} : {one.title}") for one in opportunity_file.lots],
            lot=lot,
            problem=problem,
        ),
    )


def _case_of(rows: Sequence[CaseRow], actor_id: str, lot_id: str) -> str:
    """Return the address of an actor's case about a lot, or about the whole; empty where it has none in force."""
    for row in rows:
        same = row.pair.suggestion.actor_id == actor_id and (row.pair.suggestion.lot_id or "") == lot_id
        if same and row.case.state != State.CANCELLED:
            return f"/dossiers/{row.case.id}"
    return ""


def _done(
    session: Session, opportunity_id: str, rows: Sequence[CaseRow], done: str, opened_count: int, known_count: int
) -> str:
    """Return what is said once cases were opened, or the outcome was settled."""
    if done == OPENED:
        opened = plural(opened_count, "dossier ouvert", "dossiers ouverts")
        return (
            f"{opened} ; {known_count} l’étai{'t' if known_count < 2 else 'ent'} déjà." if known_count else f"{opened}."
        )
    opportunity = session.get(Opportunity, opportunity_id) if done == SETTLED else None
    if opportunity is None:
        return ""
    open_count = sum(row.case.state in NEXT_STEPS for row in rows)
    standing = STATUSES.get(opportunity.status, opportunity.status)
    return f"C’est enregistré. L’opportunité : {standing} ; {plural(open_count, 'dossier')} encore en cours."
