"""« Qui a vu quoi »: who learned what of a takeover case, by person, act and day; for facilitators."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import Query
from sqlmodel import Session, col, select
from starlette.responses import Response

from api.accounts.accounts import account_names
from api.alerts.history import EVENTS
from api.catalogue import queries as catalogue_queries
from api.core.french import spaced
from api.takeovers.reach.who_learned import (
    LINE_TOLD,
    MAIL_SENT,
    MOST_SHOWN,
    READ_BY_HOUSE,
    Learned,
    Wanted,
    who_learned,
)
from api.web.checked_router import CheckedRouter
from api.web.components.forms import desk_page
from api.web.components.journal import ACTIONS, actor_in_words, moment_in_words
from api.web.dependencies import UnitDep
from api.web.desk.takeovers.opened_case import opened_case
from api.web.error_pages import DeskRoute
from api.web.fields import QueryWord
from api.web.visitors import VisitorDep
from models.partners import Partner

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False, prefix="/opportunites/{opportunity_id}/reprise")

ACTS = ACTIONS | {LINE_TOLD: "annonce, telle que lue dehors", MAIL_SENT: "annonce partie par mail"}
SIDES = {"holder": "accord du cédant", "actor": "engagement de l’acteur", "documents": "ouverture des documents"}
WRONG_DAY = "Écrivez le jour ainsi : 2026-11-29."
Day = Annotated[str, Query(max_length=10)]


@dataclass(frozen=True)
class LearnedLine:
    """One act: when, who, what, for which actor; what: the line, the document, the side, the kind of announcement."""

    at: str
    who: str
    act: str
    what: str
    actor: str
    actor_address: str


@dataclass(frozen=True)
class WhoLearnedView:
    """The acts about a case. people, acts, actors: what the list can be narrowed to, as (value, words)."""

    id: str
    title: str
    is_confidential: bool
    lines: Sequence[LearnedLine]
    is_cut: bool
    is_narrowed: bool
    chosen: Mapping[str, str]
    people: Sequence[tuple[str, str]]
    acts: Sequence[tuple[str, str]]
    actors: Sequence[tuple[str, str]]
    problem: str


@router.get("/vu")
def who_saw_what(
    opportunity_id: str,
    visitor: VisitorDep,
    unit: UnitDep,
    qui: QueryWord = "",
    quoi: QueryWord = "",
    pour: QueryWord = "",
    du: Day = "",
    au: Day = "",
) -> Response:
    """qui: who, as in the journal; quoi: an act; pour: the actor for whom; du, au: days, ISO."""
    session = unit.session
    case = opened_case(unit, opportunity_id, visitor).opportunity
    first_day, last_day = _day(du), _day(au)
    is_wrong = bool(du and first_day is None) or bool(au and last_day is None)
    acts = who_learned(session, opportunity_id, Wanted(qui, quoi, pour, first_day, last_day))
    every_act = who_learned(session, opportunity_id)
    people, actor_names = _people(session, every_act), _actor_names(session, every_act)
    chosen = {"qui": qui, "quoi": quoi, "pour": pour, "du": du, "au": au}
    view = WhoLearnedView(
        id=case.id,
        title=case.title,
        is_confidential=case.confidential,
        lines=learned_lines(session, acts),
        is_cut=len(acts) == MOST_SHOWN,
        is_narrowed=any(chosen.values()),
        chosen=chosen,
        people=_choices((learned.by, people[learned.by]) for learned in every_act),
        acts=[
            *_choices((learned.act, ACTS.get(learned.act, learned.act)) for learned in every_act),
            (READ_BY_HOUSE, "lu par l’équipe"),
        ],
        actors=_choices((learned.actor_id, actor_names.get(learned.actor_id, "")) for learned in every_act),
        problem=spaced(WRONG_DAY) if is_wrong else "",
    )
    return desk_page("reprise_vu.html", visitor, "/opportunites", 422 if is_wrong else 200, view=view)


def learned_lines(session: Session, acts: Sequence[Learned]) -> list[LearnedLine]:
    """Return acts as they are read on a page."""
    people, actor_names = _people(session, acts), _actor_names(session, acts)
    return [_line(learned, people, actor_names) for learned in acts]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _people(session: Session, acts: Sequence[Learned]) -> dict[str, str]:
    """Return who did or read → the name; partners who are written to have the label that they were given."""
    partner_ids = sorted({kind_id[1] for each in acts if (kind_id := each.by.split(":", 1))[0] == "partner"})
    labels = dict(session.exec(select(Partner.id, Partner.label).where(col(Partner.id).in_(partner_ids))).all())
    names = account_names(session) | {partner_id: label for partner_id, label in labels.items() if label}
    return {each.by: actor_in_words(each.by, names) if each.by else "tous ceux à qui il est montré" for each in acts}


def _actor_names(session: Session, acts: Sequence[Learned]) -> dict[str, str]:
    ids = list(dict.fromkeys(learned.actor_id for learned in acts if learned.actor_id))
    return {actor.id: actor.name for actor in catalogue_queries.actors_by_ids(session, ids)}


def _line(learned: Learned, people: Mapping[str, str], actor_names: Mapping[str, str]) -> LearnedLine:
    what = learned.what
    if learned.act == MAIL_SENT:
        what = EVENTS.get(what, what)
    return LearnedLine(
        at=moment_in_words(learned.at.isoformat(), with_seconds=True),
        who=people[learned.by],
        act=ACTS.get(learned.act, learned.act),
        what=SIDES.get(what, what),
        actor=actor_names.get(learned.actor_id, ""),
        actor_address=f"/acteurs/{learned.actor_id}" if learned.actor_id in actor_names else "",
    )


def _choices(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return (value, words) once each, by words; what has no value or no words is no choice."""
    return sorted({value: words for value, words in pairs if value and words}.items(), key=lambda pair: pair[1])
