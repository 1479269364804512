"""The stages of a takeover case: where it stands, what comes next, its calendar, its history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from starlette.responses import Response

from api.accounts.accounts import account_names
from api.audit import log
from api.core.clock import day_in_france
from api.core.errors import ConflictError, InvalidError, PoleSudError
from api.core.french import day, plural, sentence, spaced, weekday, when
from api.core.settings import Settings
from api.entry.entry_fields import by_field
from api.partner_view.marks import Marks
from api.takeovers.calendar.agenda_file import calendar_file
from api.takeovers.calendar.date_kinds import COMPUTED, OF_BOTH, OF_COURT, OF_OWNER
from api.takeovers.calendar.lines import CalendarLine, Urgency, facts_of
from api.takeovers.calendar.rules_of_law import ARTICLES, TO_CONFIRM
from api.takeovers.calendar.wording import DATES, who_is_informed
from api.takeovers.case_file.changes import change_file
from api.takeovers.case_file.history import StoredFile, read_file
from api.takeovers.case_file.summary import lines_of, since_when
from api.takeovers.case_file.wording import step_in_words
from api.takeovers.stages.transitions import AFTER_SALE, COURT_TRACK, OWNER_TRACK, Stage, Way, moves_from
from api.takeovers.stages.wording import PROCEDURES, SELLS, STAGES, WAYS
from api.web.checked_router import CheckedRouter
from api.web.components.forms import desk_page, refusal_in_words
from api.web.components.journal import actor_in_words
from api.web.components.state_badge import StateBadge, stage_badge
from api.web.components.takeovers.file_forms import (
    DayField,
    MoveForm,
    TypedStep,
    TypedStepDep,
    change_of,
    day_field,
    kind_of,
    move_form,
    move_of,
    move_value,
    move_words,
)
from api.web.dependencies import EngineDep, NowDep, PlacesDep, SettingsDep, SignerDep, TodayDep, UnitDep
from api.web.desk.takeovers.opened_case import opened_case
from api.web.error_pages import DeskRoute
from api.web.fields import QueryWord, seen_version
from api.web.rendering import HEADERS, see
from api.web.visitors import Visitor, VisitorDep
from models.unit_of_work import UnitOfWork

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False, prefix="/opportunites/{opportunity_id}/reprise")

DONE = {
    "etape": "L’étape est enregistrée.",
    "date": "La date est enregistrée.",
    "retirer": "La date est retirée ; ce qui s’en déduisait aussi.",
    "cadre": "C’est enregistré.",
}
URGENCIES = {Urgency.MISSED: "dépassée", Urgency.NEAR: "proche", Urgency.SOON: "à prévoir"}


@dataclass(frozen=True)
class ShownDay:
    """A line of the calendar. urgency: in words, empty for most; rule: where it comes from, who said it."""

    kind: str
    words: str
    day: str
    when: str
    urgency: str
    is_urgent: bool
    is_given: bool
    basis: str
    rule: str


@dataclass(frozen=True)
class ShownStep:
    at: str
    what: str
    by: str
    note: str


@dataclass(frozen=True)
class StagesView:
    """The page. track: the stages of its way as (words, entered on, whether it stands there).

    moves: by way, as (heading, [(address, words)]). kinds: groups of days to give, as (group, [(value, words)]).
    """

    base: str
    case_address: str
    title: str
    confidential: bool
    stage: StateBadge
    since: str
    in_charge: str
    track: Sequence[tuple[str, str, bool]]
    moves: Sequence[tuple[str, Sequence[tuple[str, str]]]]
    form: MoveForm | None
    version: int
    days: Sequence[ShownDay]
    informed: str
    day_field: DayField | None
    day_on_file: bool
    kinds: Sequence[tuple[str, Sequence[tuple[str, str]]]]
    procedures: Sequence[tuple[str, str]]
    procedure: str
    sells_choices: Sequence[tuple[str, str]]
    sells: str
    steps: Sequence[ShownStep]
    jobs: str
    done: str
    problem: str
    problems: Mapping[str, str]


@router.get("/etapes")
def stages(
    opportunity_id: str,
    visitor: VisitorDep,
    unit: UnitDep,
    options: SettingsDep,
    today: TodayDep,
    vers: QueryWord = "",
    date: QueryWord = "",
    fait: QueryWord = "",
) -> Response:
    typed = TypedStep(move=vers, kinds=[date] if kind_of(date) else [])
    return _page(visitor, unit, options, today, opportunity_id, typed, done=DONE.get(fait, ""))


@router.post("/etapes")
def change(
    opportunity_id: str,
    visitor: VisitorDep,
    unit: UnitDep,
    engine: EngineDep,
    options: SettingsDep,
    places: PlacesDep,
    today: TodayDep,
    now: NowDep,
    typed: TypedStepDep,
) -> Response:
    try:
        asked = change_of(typed)
        seen = seen_version(typed.version)
        change_file(engine, opportunity_id, asked, seen=seen, by=visitor.by, now=now, options=options, places=places)
    except (ConflictError, InvalidError) as refused:
        return _page(visitor, unit, options, today, opportunity_id, typed, refused=refused)
    anchor = {"date": "#calendrier", "retirer": "#calendrier", "cadre": "#calendrier"}.get(typed.act, "")
    return see(f"{_base(opportunity_id)}?fait={typed.act}{anchor}")


@router.get("/calendrier.ics")
def calendar(
    opportunity_id: str,
    visitor: VisitorDep,
    unit: UnitDep,
    options: SettingsDep,
    signer: SignerDep,
    today: TodayDep,
    now: NowDep,
) -> Response:
    """The days to come as a file; an agenda may lie anywhere, and a confidential case is not named in it."""
    opportunity = opened_case(unit, opportunity_id, visitor).opportunity
    stored = read_file(unit.session, opportunity_id)
    base = options.public_url.rstrip("/")
    content = calendar_file(
        lines_of(stored, today=today, options=options),
        mark=Marks.of(signer, visitor.account_id).make_single(opportunity_id),
        title="" if opportunity.confidential else opportunity.title,
        url=f"{base}/" if opportunity.confidential else f"{base}{_base(opportunity_id)}",
        now=now,
        options=options,
    )
    unit.later(
        partial(
            log.note, by=visitor.by, action="takeover_file.calendar_exported", kind="opportunity", of=opportunity_id
        )
    )
    headers = HEADERS | {"Content-Disposition": 'attachment; filename="reprise.ics"'}
    return Response(content, media_type="text/calendar", headers=headers)


def _base(opportunity_id: str) -> str:
    return f"/opportunites/{opportunity_id}/reprise/etapes"


def _page(
    visitor: Visitor,
    unit: UnitOfWork,
    options: Settings,
    today: date,
    opportunity_id: str,
    typed: TypedStep,
    *,
    done: str = "",
    refused: PoleSudError | None = None,
) -> Response:
    opportunity = opened_case(unit, opportunity_id, visitor).opportunity
    stored = read_file(unit.session, opportunity_id)
    standing, names = stored.standing, account_names(unit.session)
    problems = by_field(refused.fields) if isinstance(refused, InvalidError) else {}
    possible = moves_from(standing)
    move = move_of(typed.move)
    base = _base(opportunity_id)
    is_move = typed.act in ("", "etape") and move in possible
    facts = facts_of(stored.row, stored.takeover, list(stored.dates.values()))
    kind = kind_of(typed.kinds[0]) if typed.kinds and typed.act in ("", "date") else None
    by_way = {way: [one for one in possible if one.way == way] for way in Way}
    view = StagesView(
        base=base,
        case_address=f"/opportunites/{opportunity_id}",
        title=opportunity.title,
        confidential=opportunity.confidential,
        stage=stage_badge(standing.stage),
        since=day(since_when(stored).isoformat()),
        in_charge=names.get(standing.facilitator_id or "", ""),
        track=_track(stored, facts.of_court),
        moves=[
            (WAYS[way], [(f"{base}?vers={move_value(one)}#etape", spaced(move_words(one))) for one in ones])
            for way, ones in by_way.items()
            if ones
        ],
        form=move_form(stored, move, typed, problems, isinstance(refused, (ConflictError, InvalidError)))
        if is_move and move
        else None,
        version=stored.row.version,
        days=[_shown_day(line, today) for line in lines_of(stored, today=today, options=options)],
        informed=spaced(who_is_informed(facts, options)),
        day_field=day_field(stored, kind, typed if typed.act else replace(typed, kinds=())) if kind else None,
        day_on_file=kind in stored.dates,
        kinds=_kinds(facts.of_court),
        procedures=list(PROCEDURES.items()),
        procedure=stored.row.procedure,
        sells_choices=list(SELLS.items()),
        sells=stored.row.sells,
        steps=_shown_steps(stored, names),
        jobs=""
        if stored.row.jobs_kept is None
        else plural(stored.row.jobs_kept, "emploi maintenu", "emplois maintenus"),
        done=spaced(done),
        problem=refusal_in_words(refused) if refused else "",
        problems=problems,
    )
    return desk_page("reprise_etapes.html", visitor, "/opportunites", refused.status if refused else 200, view=view)


def _track(stored: StoredFile, of_court: bool) -> list[tuple[str, str, bool]]:
    """Return the stages of a file's way, those that it went through with the day it last came to them."""
    entered = {step.to_stage: day_in_france(step.at) for step in stored.steps if step.from_stage != step.to_stage}
    passed = {stage.value for stage in (*stored.standing.trail, stored.standing.stage)}
    way = (*(COURT_TRACK if of_court else OWNER_TRACK), *AFTER_SALE, Stage.DONE)
    if stored.standing.stage not in way:
        way = (*way, stored.standing.stage)
    return [
        (
            STAGES[stage],
            day(entered[stage].isoformat()) if stage in passed and stage in entered else "",
            stage == stored.standing.stage,
        )
        for stage in way
    ]


def _shown_day(line: CalendarLine, today: date) -> ShownDay:
    given, computed = line.given, line.computed
    said = [f"dit par {given.said_by}" if given and given.said_by else "", given.note if given else ""]
    basis = "fiche du cas" if line.of_record else ", ".join(filter(None, said))
    if given and computed and computed.day != line.day:
        basis = f"{basis or 'saisie'} – la règle donnerait le {day(computed.day.isoformat())} ({computed.basis})"
    elif computed and not given:
        basis = computed.basis
    article = ARTICLES.get(line.kind, "")
    return ShownDay(
        kind=line.kind.value,
        words=DATES[line.kind],
        day=f"{weekday(line.day)} {line.day.year}",
        when=when(line.day, today),
        urgency=URGENCIES.get(line.urgency, ""),
        is_urgent=line.urgency in (Urgency.MISSED, Urgency.NEAR),
        is_given=given is not None,
        basis=spaced(sentence(basis)) if basis else "",
        rule=spaced(f"{article} – {TO_CONFIRM}") if article else TO_CONFIRM if line.kind in COMPUTED else "",
    )


def _kinds(of_court: bool) -> list[tuple[str, Sequence[tuple[str, str]]]]:
    groups = (("Vente par le cédant", OF_OWNER), ("La cession", OF_BOTH), ("Tribunal", OF_COURT))
    ordered = (groups[2], groups[1], groups[0]) if of_court else groups
    return [(heading, [(kind.value, _capital(DATES[kind])) for kind in kinds]) for heading, kinds in ordered]


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _shown_steps(stored: StoredFile, names: Mapping[str, str]) -> list[ShownStep]:
    """Return the history, newest first."""
    shown = [
        ShownStep(
            at=day(day_in_france(step.at).isoformat()),
            what=step_in_words(step, previous, names),
            by=actor_in_words(step.by, names),
            note=step.note,
        )
        for previous, step in zip([None, *stored.steps], stored.steps, strict=False)
    ]
    return shown[::-1]
