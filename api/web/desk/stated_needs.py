"""A need that came in by itself: what was stated, its first matches, and what a facilitator does with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import Depends
from starlette.responses import Response

from api.contacts.phone_numbers import phone_in_words
from api.core.errors import ConflictError, InvalidError
from api.core.french import plural
from api.matching.snapshot import Snapshot
from api.matching.suggest import actors_for_need
from api.stated_needs.fields import heading_of, kind_in_words, said_of
from api.stated_needs.kinds import OPEN, StatedKind, StatedStatus, opportunity_kind
from api.stated_needs.prefilled import ranked_need
from api.stated_needs.reading import read_need, sender_of
from api.stated_needs.stating import close_need, note_withdrawal, take_need
from api.web.checked_router import CheckedRouter
from api.web.components.bars import ListSection, excluded_lines, explained_entry, sections_of
from api.web.components.contacts import ShownContact, mail_link, whom_to_call
from api.web.components.forms import desk_page
from api.web.components.journal import moment_in_words
from api.web.components.state_badge import StateBadge, need_badge
from api.web.dependencies import EngineDep, NowDep, TodayDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import FormText, FormWord, QueryWord
from api.web.house import EncoderDep, SnapshotDep
from api.web.rendering import see
from api.web.visitors import Visitor, VisitorDep
from matcher.embedding import Encoder
from matcher.types import OpportunityKind
from models.database import writing
from models.stated_needs import StatedNeed
from models.unit_of_work import UnitOfWork

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False, prefix="/a-valider/besoins")

LIST = "/a-valider"
FIRST_MATCHES = 5
LONGEST_ANSWER = 1_000
TAKEN = "C’est noté : l’auteur lit « en cours »."
MAKES = {
    OpportunityKind.MARKET.value: ("/opportunites/nouvelle", "En faire une opportunité"),
    OpportunityKind.TAKEOVER.value: ("/reprises/nouvelle", "En faire un cas de reprise"),
}


@dataclass(frozen=True)
class _Reading:
    """What the page is made from: its reader, the desk at one moment, and when that is."""

    visitor: Visitor
    unit: UnitOfWork
    snapshot: Snapshot
    encoder: Encoder
    now: datetime
    today: date


async def _reading(
    visitor: VisitorDep, unit: UnitDep, snapshot: SnapshotDep, encoder: EncoderDep, now: NowDep, today: TodayDep
) -> _Reading:
    return _Reading(visitor, unit, snapshot, encoder, now, today)


ReadingDep = Annotated[_Reading, Depends(_reading)]


@dataclass(frozen=True)
class FirstMatches:
    """The actors that suit best, by sections; nearest: one that a condition excludes, where nobody convinces."""

    sections: Sequence[ListSection]
    nearest: Sequence[Mapping[str, str]]
    callees: Mapping[str, ShownContact]


@dataclass(frozen=True)
class StatedNeedView:
    """The page. said: what was typed, by field. make: address and words of the form that makes an opportunity of it.

    made: the address of what was made of it. matches: None where it is no longer open. answer, problem: the answer that
    was typed, and why it was refused.
    """

    address: str
    title: str
    kind: str
    state: StateBadge
    when: str
    sender: ShownContact
    said: Sequence[tuple[str, str]]
    is_confidential: bool
    is_open: bool
    is_taken: bool
    is_withdrawn: bool
    is_unnoted: bool
    made: str
    make: tuple[str, str]
    matches: FirstMatches | None
    answer: str
    problem: str
    done_message: str


@router.get("/{need_id}")
def stated_need(need_id: str, page_parts: ReadingDep, fait: QueryWord = "") -> Response:
    return _page(need_id, page_parts, done_message=TAKEN if fait == "pris" else "")


@router.post("/{need_id}")
def act(
    need_id: str, page_parts: ReadingDep, engine: EngineDep, acte: FormWord = "", reponse: FormText = ""
) -> Response:
    """`prendre` says that somebody looks after it, `clore` ends it with an answer, `noter` ends a withdrawn one."""
    if acte not in ("prendre", "clore", "noter"):
        raise InvalidError([("acte", "dites ce que vous faites de ce besoin")])
    if len(reponse.strip()) > LONGEST_ANSWER:
        problem = f"Trop long : {plural(LONGEST_ANSWER, 'caractère')} au plus."
        return _page(need_id, page_parts, answer=reponse, problem=problem, status_code=422)
    page_parts.unit.end_reading()
    by, now = page_parts.visitor.by, page_parts.now
    try:
        with writing(engine, durable=True) as session:
            if acte == "prendre":
                take_need(session, need_id, by=by, now=now)
            elif acte == "clore":
                close_need(session, need_id, reponse, by=by, now=now)
            else:
                note_withdrawal(session, need_id, by=by, now=now)
    except ConflictError as conflict:
        return _page(need_id, page_parts, answer=reponse, problem=conflict.detail, status_code=conflict.status)
    if acte == "prendre":
        return see(f"{LIST}/besoins/{need_id}?fait=pris")
    return see(f"{LIST}?fait={'clos' if acte == 'clore' else 'note'}")


def _page(
    need_id: str,
    page_parts: _Reading,
    *,
    answer: str = "",
    problem: str = "",
    done_message: str = "",
    status_code: int = 200,
) -> Response:
    visitor, unit = page_parts.visitor, page_parts.unit
    need = read_need(unit, need_id, by=visitor.by, now=page_parts.now)
    is_open = need.status in OPEN
    address, words = MAKES[opportunity_kind(need.kind)]
    view = StatedNeedView(
        address=f"{LIST}/besoins/{need.id}",
        title=heading_of(need.typed),
        kind=kind_in_words(need.kind),
        state=need_badge(need.status),
        when=moment_in_words((need.confirmed_at or need.stated_at).isoformat()),
        sender=shown_sender(unit, need),
        said=said_of(need.kind, need.typed),
        is_confidential=need.kind == StatedKind.TAKEOVER,
        is_open=is_open,
        is_taken=need.status == StatedStatus.IN_PROGRESS,
        is_withdrawn=need.status == StatedStatus.WITHDRAWN,
        is_unnoted=need.status == StatedStatus.WITHDRAWN and need.decided_at is None,
        made=f"/opportunites/{need.opportunity_id}" if need.opportunity_id else "",
        make=(f"{address}?besoin={need.id}", words),
        matches=_first_matches(page_parts, need) if is_open else None,
        answer=answer or need.answer,
        problem=problem,
        done_message=done_message,
    )
    return desk_page("besoin_depose.html", visitor, "/", status_code, view=view)


def shown_sender(unit: UnitOfWork, need: StatedNeed) -> ShownContact:
    """Return whom to call or to write to about a need."""
    sender = sender_of(unit.session, need)
    return ShownContact(
        id="",
        name=sender.name or "Sans nom",
        role="partenaire" if sender.account_id else "",
        phone=phone_in_words(sender.phone) if sender.phone else "",
        phone_link=f"tel:{sender.phone}" if sender.phone else "",
        email=sender.email,
        email_link=mail_link(sender.email),
        about="",
        address="",
    )


def _first_matches(page_parts: _Reading, need: StatedNeed) -> FirstMatches:
    """Rank the actors for what was typed. It is not recorded: nothing was proposed to anybody yet."""
    snapshot, unit = page_parts.snapshot, page_parts.unit
    (answer,) = actors_for_need(
        unit.session,
        snapshot,
        page_parts.encoder,
        ranked_need(need, snapshot.gazetteer, snapshot.departments),
        page_parts.visitor.audience,
        k=FIRST_MATCHES,
        today=page_parts.today,
    )
    return FirstMatches(
        sections_of([explained_entry(entry, snapshot.matcher.weights) for entry in answer.entries]),
        excluded_lines(answer.refused[:1]),
        whom_to_call(unit.session, [entry.card.id for entry in answer.entries]),
    )
