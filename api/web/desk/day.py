"""« Ma journée », the home page: what is new since the last visit, what is due this week, what waits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.responses import Response

from api.brokerage.answer_queries import AnswerRow
from api.brokerage.queries import CaseRow
from api.catalogue.wording import OPPORTUNITY_KINDS, place
from api.core.clock import day_in_france
from api.core.french import plural, weekday, when
from api.day.calendar_moves import MovedOpportunities
from api.day.queries import has_opportunities
from api.day.reading import Day, read_day, since_last_visit
from api.day.recent_rows import RecentRow, recent_rows
from api.day.wording import moves_in_words, period_in_words, takeover_dates, takeover_day_in_words
from api.learning.wording import rating_in_words
from api.stated_needs.fields import heading_of, kind_in_words
from api.stated_needs.kinds import StatedKind
from api.takeovers.calendar.lines import Urgency
from api.web.checked_router import CheckedRouter
from api.web.components.cases import takeover_address, what, what_address, who
from api.web.components.forms import desk_page
from api.web.components.state_badge import case_badge
from api.web.dependencies import NowDep, SettingsDep, TodayDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.rendering import see
from api.web.visitors import HOME, SignedInDep
from models.actors import Actor
from models.opportunities import Opportunity
from models.stated_needs import StatedNeed

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False)

# Rows that the reader handled last.
RECENT = 5


@dataclass(frozen=True)
class Section:
    """A list of the page: its title with the count, its lines, and where the rest of them stands, if there is more."""

    title: str
    lines: Sequence[Mapping[str, Any]]
    more: str = ""
    more_address: str = ""


@dataclass(frozen=True)
class DayView:
    """The page. since: « depuis hier »; waiting: how many things wait at « Suivi » beside the shown cases."""

    today: str
    since: str
    empty: bool
    new: Section
    answers: Section
    moved: Section
    due: Section
    cases: Section
    takeover_days: Section
    moved_takeovers: Section
    takeovers: Section
    refused: Section
    needs: Section
    corrections: Section
    recent: Section
    duplicates: str
    waiting: str


@router.get("/")
def my_day(visitor: SignedInDep, unit: UnitDep, now: NowDep, today: TodayDep, options: SettingsDep) -> Response:
    if visitor.is_partner:
        return see("/espace")
    period = since_last_visit(unit.session, visitor.account_id, now)
    day = read_day(unit.session, visitor.account_id, period, confidential=True, options=options)
    recent = recent_rows(unit.session, visitor.by, RECENT)
    is_empty = not (day.due.count or has_opportunities(unit.session))
    return desk_page("ma_journee.html", visitor, HOME, view=_view(day, recent, today, is_empty, visitor.waiting))


def _view(day: Day, recent: Sequence[RecentRow], today: date, is_empty: bool, waiting_count: int) -> DayView:
    since_day = day_in_france(day.period.since)
    new_title = plural(day.new.count, "opportunité nouvelle", "opportunités nouvelles")
    others = max(waiting_count - len(day.cases), 0)
    return DayView(
        today=weekday(today),
        since=period_in_words(day.period),
        empty=is_empty,
        new=_listed(new_title, day.new.count, day.new.rows, today, f"/opportunites?depuis={since_day.isoformat()}"),
        answers=Section(
            plural(day.answers.count, "réponse de partenaire", "réponses de partenaires"),
            [_answer(row, today) for row in day.answers.rows],
            _more(day.answers.count, len(day.answers.rows)),
            "/dossiers#reponses",
        ),
        moved=_moves("Échéances changées", day.moved_deadlines, today),
        moved_takeovers=_moves("Reprises : ce qui a bougé", day.moved_takeovers, today),
        due=_listed(plural(day.due.count, "échéance"), day.due.count, day.due.rows, today, "/opportunites#ouvertes"),
        cases=Section("Mes dossiers à relancer", [_case(row, today) for row in day.cases]),
        takeover_days=Section(
            "Dates de mes reprises",
            [
                _opportunity(opportunity, today)
                | {
                    "address": f"/opportunites/{opportunity.id}/reprise/etapes",
                    "day": takeover_day_in_words(line, today),
                    "late": line.urgency in (Urgency.MISSED, Urgency.NEAR),
                }
                for opportunity, line in day.takeover_days.rows
            ],
            _more(day.takeover_days.count, len(day.takeover_days.rows)),
        ),
        takeovers=Section(
            "Reprises : ce qui approche",
            [
                _opportunity(opportunity, today) | {"dates": takeover_dates(opportunity, takeover, today)}
                for opportunity, takeover in day.takeovers
            ],
        ),
        refused=_listed(
            "Besoins que tous ont refusés", day.refused.count, day.refused.rows, today, "/dossiers?etat=refused"
        ),
        needs=Section(
            plural(day.needs.count, "besoin déposé à valider", "besoins déposés à valider"),
            [_stated_need(need) for need in day.needs.rows],
            _more(day.needs.count, len(day.needs.rows)),
            "/a-valider",
        ),
        corrections=Section(
            "Corrections de partenaires à valider",
            [{"address": "/a-valider", "title": actor.name} for actor in day.corrections],
        ),
        recent=Section("Mes dernières fiches", [_recent(recent_row, today) for recent_row in recent]),
        duplicates=plural(day.duplicates, "doublon proposé", "doublons proposés") if day.duplicates else "",
        waiting=plural(others, "autre chose attend", "autres choses attendent") if others else "",
    )


def _stated_need(need: StatedNeed) -> dict[str, Any]:
    return {
        "address": f"/a-valider/besoins/{need.id}",
        "title": heading_of(need.typed),
        "kind": kind_in_words(need.kind),
        "confidential": need.kind == StatedKind.TAKEOVER,
    }


def _recent(recent: RecentRow, today: date) -> dict[str, Any]:
    row = recent.row
    return {
        "address": f"/acteurs/{row.id}" if isinstance(row, Actor) else f"/opportunites/{row.id}",
        "title": row.name if isinstance(row, Actor) else row.title,
        "when": when(day_in_france(recent.at), today),
        "confidential": row.confidential,
    }


def _listed(title: str, count: int, rows: Sequence[Opportunity], today: date, rest_address: str) -> Section:
    return Section(title, [_opportunity(row, today) for row in rows], _more(count, len(rows)), rest_address)


def _moves(title: str, moved: MovedOpportunities, today: date) -> Section:
    lines = [
        _opportunity(row, today) | {"moves": moves_in_words(moves, of_takeover=row.kind == "takeover")}
        for row, moves in moved.rows
    ]
    return Section(title, lines, _more(moved.count, len(lines)))


def _more(count: int, shown_count: int) -> str:
    return f"Et {plural(count - shown_count, 'autre')}" if count > shown_count else ""


def _opportunity(row: Opportunity, today: date) -> dict[str, Any]:
    return {
        "address": f"/opportunites/{row.id}",
        "takeover": takeover_address(row.kind, row.id),
        "title": row.title,
        "kind": OPPORTUNITY_KINDS[row.kind],
        "place": place(row.commune_name, row.department),
        "buyer": row.buyer_name or "",
        "deadline": weekday(row.deadline) if row.deadline else "",
        "when": when(row.deadline, today) if row.deadline else "",
        "urgent": bool(row.deadline and 0 <= (row.deadline - today).days <= 2),
        "confidential": row.confidential,
    }


def _answer(row: AnswerRow, today: date) -> dict[str, Any]:
    pair = row.pair
    return {
        "address": f"/dossiers/{row.case.id}" if row.case else what_address(pair),
        "title": what(pair),
        "rating": rating_in_words(row.rating),
        "favourable": bool(row.rating.interest and row.rating.interest >= 2),
        "who": who(pair),
        "actor": f"/acteurs/{pair.actor.id}" if pair.actor else "",
        "when": when(day_in_france(row.rating.created_at), today),
        "confidential": pair.opportunity.confidential or bool(pair.actor and pair.actor.confidential),
    }


def _case(row: CaseRow, today: date) -> dict[str, Any]:
    case, pair = row.case, row.pair
    assert case.remind_on is not None, "only cases that are due"
    return {
        "address": f"/dossiers/{case.id}",
        "title": who(pair),
        "what": what(pair),
        "state": case_badge(case.state),
        "when": when(case.remind_on, today),
        "late": case.remind_on < today,
        "confidential": pair.opportunity.confidential or bool(pair.actor and pair.actor.confidential),
    }
