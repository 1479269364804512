"""An opportunity: its facts, the ranked actors with reasons, the refused ones, and comparison."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Query
from sqlmodel import Session
from starlette.responses import Response

from api.brokerage.queries import count_opportunity_cases
from api.catalogue import record_changes, records
from api.catalogue.axes import Axis, axis_of_row
from api.catalogue.schemas import OpportunityStatus
from api.catalogue.wording import AXES, OPPORTUNITY_KINDS
from api.core.french import plural
from api.matching.answer import Answer
from api.matching.compare import within_reach
from api.matching.snapshot import Snapshot
from api.matching.suggest import actors_for_opportunity
from api.open_data.case_history import CaseHistory, case_history
from api.web.checked_router import CheckedRouter
from api.web.components.act_form import ActForm, Subject, act_form
from api.web.components.bars import ExplainedEntry, ListSection, excluded_lines, explained_entry, sections_of
from api.web.components.cases import CaseInHand, OpenedNotice, in_hand, opened_notice
from api.web.components.comparison import Nearly, nearly
from api.web.components.contacts import ContactsBlock, ShownContact, opportunity_contacts, whom_to_call
from api.web.components.facts import about_opportunity, expected_in_words
from api.web.components.forms import axis_choices, chosen_axis, desk_page
from api.web.components.letters import offered_templates
from api.web.components.maps import Map, ranked_map
from api.web.components.origins import ShownOrigins, shown_origins
from api.web.components.picked_acts import NOT_OPENED, PickedActs, acts_on_candidates, opportunity_address
from api.web.components.row_edits import DONE, RowState, row_state
from api.web.components.state_badge import StateBadge, opportunity_badge
from api.web.components.timeline import Timeline, opportunity_timeline
from api.web.dependencies import EngineDep, PlacesDep, TodayDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import FormWord, QueryAddress, QueryWord, QueryWords
from api.web.house import ImpressionsDep, SnapshotDep
from api.web.rendering import see
from api.web.visitors import VisitorDep
from matcher.types import OpportunityKind
from models.opportunities import Lot, Opportunity

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False, prefix="/opportunites")

SHORT, LONG = 10, 30


@dataclass(frozen=True)
class OpportunityView:
    """An opportunity, or one of its lots, and its ranked actors."""

    file: Opportunity
    about: Sequence[tuple[str, str]]
    contacts: ContactsBlock
    history: CaseHistory
    history_state: RowState
    done_message: str
    archived: bool
    kind: str
    standing: StateBadge
    ended: bool
    expected: str  # when a notice is expected; empty where it is no opening to come
    axis: Axis
    axes: Sequence[tuple[str, str]]
    assumed_axis: str
    lots: Sequence[Lot]
    lot: Lot | None
    link: Callable[..., str]  # the address of this page, with some of its choices changed
    shared: bool
    even_closed: bool
    long: bool
    entries: Sequence[ExplainedEntry]
    sections: Sequence[ListSection]
    cases: Mapping[str, CaseInHand]  # by suggestion
    case_count: str  # how many cases there are, empty for none
    callees: Mapping[str, ShownContact]  # by actor
    timeline: Timeline
    act_form: ActForm
    picked: PickedActs
    cases_notice: OpenedNotice | None
    picked_problem: str
    considered: str
    refused: Sequence[Mapping[str, str]]
    nearly: Sequence[Nearly]
    map: Map | None
    origins: ShownOrigins


@router.get("/{opportunity_id}")
def opportunity(
    opportunity_id: str,
    visitor: VisitorDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    impressions: ImpressionsDep,
    today: TodayDep,
    lot: Annotated[str, Query(max_length=36)] = "",
    partage: QueryWord = "",
    closes: QueryWord = "",
    nombre: Annotated[int, Query(ge=0, le=10_000)] = SHORT,
    contact: QueryWord = "",
    echange: QueryWord = "",
    fait: QueryWord = "",
    ouvert: QueryAddress = "",
    deja: QueryAddress = "",
    acteur: QueryWords = (),
) -> Response:
    """contact: what was just done to one of its contacts; echange: the interaction that was just noted here.

    ouvert, deja: the cases that were just opened, and those that were there already, with commas between. acteur: who
    is ticked.
    """
    opportunity_file = records.read_opportunity(unit, opportunity_id, visitor.audience)
    chosen_lot = next(
        (opportunity_lot for opportunity_lot in opportunity_file.lots if opportunity_lot.id == lot),
        opportunity_file.lots[0] if opportunity_file.lots else None,
    )
    is_expected = opportunity_file.opportunity.status == OpportunityStatus.EXPECTED
    # Of what is still to come, the question is who could get ready for it.
    shared, even_closed = bool(partage), bool(closes) or is_expected
    subject_id = chosen_lot.id if chosen_lot else opportunity_id
    archived = opportunity_file.opportunity.archived_at is not None
    ranked_actors = Answer("actors_for_opportunity", subject_id, None, (), (), 0)
    if not archived:
        (ranked_actors,) = actors_for_opportunity(
            unit.session,
            snapshot,
            subject_id,
            visitor.audience,
            k=LONG if nombre > SHORT else SHORT,
            even_closed=even_closed,
            share=shared,
            today=today,
        )
        impressions.note(snapshot, [ranked_actors], visitor.audience, day=today)
    opportunity_kind = OpportunityKind(opportunity_file.opportunity.kind)
    link_state = {
        "lot": chosen_lot.id if chosen_lot else "",
        "partage": "oui" if shared else "",
        "closes": "oui" if closes else "",
    }
    is_ended = opportunity_file.opportunity.status not in (OpportunityStatus.OPEN, OpportunityStatus.EXPECTED) or bool(
        opportunity_file.opportunity.deadline and opportunity_file.opportunity.deadline < today
    )
    history = (
        case_history(unit.session, opportunity_file.opportunity.source, opportunity_file.opportunity.source_id)
        if opportunity_file.takeover
        else CaseHistory("", ())
    )
    explained_entries = [explained_entry(entry, snapshot.matcher.weights) for entry in ranked_actors.entries]
    return desk_page(
        "opportunite.html",
        visitor,
        "/opportunites",
        view=OpportunityView(
            file=opportunity_file.opportunity,
            about=[
                *about_opportunity(opportunity_file.opportunity, chosen_lot, opportunity_file.takeover, today),
                *([("Issue", history.outcome)] if history.outcome else []),
            ],
            contacts=opportunity_contacts(unit.session, opportunity_file.opportunity, contact),
            history=history,
            history_state=row_state(unit.session, "opportunities", opportunity_file.opportunity),
            done_message=DONE.get(fait, ""),
            archived=archived,
            kind=OPPORTUNITY_KINDS[opportunity_kind].capitalize(),
            standing=opportunity_badge(opportunity_file.opportunity.status),
            ended=is_ended,
            expected=expected_in_words(opportunity_file.opportunity.published_on, today) if is_expected else "",
            axis=axis_of_row(opportunity_file.opportunity, opportunity_file.lots),
            axes=axis_choices(),
            assumed_axis=_assumed(opportunity_file),
            lots=opportunity_file.lots,
            lot=chosen_lot,
            link=lambda **changed_choices: opportunity_address(opportunity_id, link_state | changed_choices),
            shared=shared,
            even_closed=even_closed,
            long=nombre > SHORT,
            entries=explained_entries,
            sections=sections_of(explained_entries),
            cases=in_hand(unit.session, [entry.suggestion_id for entry in ranked_actors.entries]),
            case_count=_case_count(unit.session, opportunity_id),
            callees=whom_to_call(unit.session, [entry.id for entry in explained_entries]),
            timeline=opportunity_timeline(unit.session, opportunity_id, reader=visitor.by, just_done=echange),
            act_form=act_form(unit.session, Subject("opportunite", opportunity_id=opportunity_id), today),
            picked=acts_on_candidates(
                opportunity_id,
                link_state["lot"],
                offered_templates(unit.session, about_opportunity=True),
                confidential=opportunity_file.opportunity.confidential,
                even_closed=even_closed,
                ticked=acteur,
            ),
            cases_notice=opened_notice(unit.session, opportunity_id, ouvert, deja),
            picked_problem=NOT_OPENED.get(fait, ""),
            considered=plural(ranked_actors.n_candidates, "acteur examiné", "acteurs examinés"),
            refused=excluded_lines(ranked_actors.refused),
            nearly=[
                nearly(nearby_actor, opportunity_kind == OpportunityKind.TAKEOVER)
                for nearby_actor in ([] if shared or archived else within_reach(snapshot, ranked_actors, today=today))
            ],
            map=_map(snapshot, ranked_actors),
            origins=shown_origins(unit.session, "opportunities", opportunity_id, opportunity_file.opportunity.source),
        ),
    )


def _case_count(session: Session, opportunity_id: str) -> str:
    count = count_opportunity_cases(session, opportunity_id)
    return plural(count, "dossier") if count else ""


@router.post("/{opportunity_id}/axe")
def set_axis(
    opportunity_id: str, visitor: VisitorDep, engine: EngineDep, places: PlacesDep, axe: FormWord = ""
) -> Response:
    """Set the axis of an opportunity; empty returns to the assumed axis."""
    record_changes.change_opportunity(engine, opportunity_id, {"axis": chosen_axis(axe)}, by=visitor.by, places=places)
    return see(f"/opportunites/{opportunity_id}")


def _assumed(opportunity_file: records.OpportunityFile) -> str:
    """Return in words the axis that is assumed without a chosen one."""
    axis_number = axis_of_row(
        opportunity_file.opportunity.model_copy(update={"axis": None}), opportunity_file.lots
    ).number
    return f"{axis_number}. {AXES[axis_number]}"


def _map(snapshot: Snapshot, ranked_actors: Answer) -> Map | None:
    if ranked_actors.question is None:
        return None
    opportunity_row = next(
        opportunity
        for opportunity in snapshot.opportunities.opportunities
        if opportunity.id == ranked_actors.question.id
    )
    target_place = (opportunity_row.point, ranked_actors.question.commune or "") if opportunity_row.point else None
    return ranked_map(snapshot, ranked_actors.entries, target_place)
