"""« Proposer ce cas »: the actors that the whole case ranks, others by name, and what was proposed to whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import Query
from sqlmodel import Session
from starlette.responses import Response

from api.accounts.accounts import account_names
from api.catalogue.wording import kind_in_words, place
from api.confidentiality.teaser import teaser_of
from api.confidentiality.told_lines import last_lines
from api.core.errors import ConflictError
from api.core.settings import Settings
from api.matching.answer import ActorCard
from api.matching.browsing import actors_named
from api.matching.snapshot import Snapshot
from api.matching.suggest import actors_for_opportunity
from api.takeovers.reach import proposals
from api.takeovers.reach.proposals import ProposalRow
from api.takeovers.reach.receivers import Receivers, receivers_of
from api.web.checked_router import CheckedRouter
from api.web.components.bars import explained_entry
from api.web.components.forms import desk_page, refusal_in_words
from api.web.components.journal import moment_in_words
from api.web.dependencies import EngineDep, NowDep, SettingsDep, TodayDep, UnitDep
from api.web.desk.takeovers.opened_case import opened_case
from api.web.error_pages import DeskRoute
from api.web.fields import FormWord, QueryWord
from api.web.house import SnapshotDep
from api.web.rendering import see
from api.web.visitors import Visitor, VisitorDep
from models.opportunities import Opportunity
from models.unit_of_work import UnitOfWork

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False, prefix="/opportunites/{opportunity_id}/reprise")

RANKED, MATCHES_SHOWN = 30, 20
PROPOSE, WITHDRAW = "proposer", "reprendre"
DONE = {
    PROPOSE: "Le cas est proposé : l’acteur le lit dès maintenant dans son espace, et une fois dans son prochain mail.",
    WITHDRAW: "La proposition est reprise : elle n’est plus dans son espace, ni dans les mails qui attendent.",
}
CONFIDENTIALITY = "confidentialite"


@dataclass(frozen=True)
class OfferedActor:
    """An actor that a case may be proposed to. advice: its score in words, empty for one found by its name.

    since: since when it is proposed, empty if it is not; heard: by what it would hear of it.
    """

    id: str
    name: str
    about: str
    advice: str
    score: str
    reasons: Sequence[Any]
    since: str
    heard: str


@dataclass(frozen=True)
class ProposedActor:
    """A proposal that was made. until: when it was taken back and by whom, empty while it stands."""

    id: str
    name: str
    since: str
    by: str
    until: str
    heard: str


@dataclass(frozen=True)
class ProposeView:
    """A takeover case, what of it outsiders read, whom it is proposed to, and whom it may be.

    line: the published line, or the title of a public case; is_told: outsiders may know of it at all.
    """

    id: str
    title: str
    is_confidential: bool
    is_told: bool
    line: str
    proposed: Sequence[ProposedActor]
    withdrawn: Sequence[ProposedActor]
    ranked: Sequence[OfferedActor]
    searched: str
    matches: Sequence[OfferedActor]
    more: int
    done: str
    problem: str


@router.get("/proposer")
def choose_actors(
    opportunity_id: str,
    visitor: VisitorDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    options: SettingsDep,
    today: TodayDep,
    cherche: Annotated[str, Query(max_length=100)] = "",
    fait: QueryWord = "",
) -> Response:
    searched = " ".join(cherche.replace("\0", "").split())
    view = _view(opportunity_id, visitor, unit, snapshot, options, today, searched=searched, done=DONE.get(fait, ""))
    return desk_page("reprise_proposer.html", visitor, "/opportunites", view=view)


@router.post("/proposer")
def propose_or_withdraw(
    opportunity_id: str,
    visitor: VisitorDep,
    engine: EngineDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    options: SettingsDep,
    today: TodayDep,
    now: NowDep,
    acte: FormWord = "",
    acteur: FormWord = "",
    retour: FormWord = "",
) -> Response:
    """Propose the case to an actor, or take the proposal back. retour: the page that the form stood on."""
    problem, status = "", 422
    unit.end_reading()
    if acte not in DONE:
        problem = "Cet envoi est incomplet."
    else:
        by = visitor.account_id
        try:
            if acte == PROPOSE:
                proposals.propose(engine, opportunity_id, acteur, account_id=by, now=now, options=options)
            else:
                proposals.withdraw(engine, opportunity_id, acteur, account_id=by, now=now)
        except ConflictError as refused:
            problem, status = refusal_in_words(refused), refused.status
    if problem:
        view = _view(opportunity_id, visitor, unit, snapshot, options, today, problem=problem)
        return desk_page("reprise_proposer.html", visitor, "/opportunites", status, view=view)
    if retour == CONFIDENTIALITY:
        return see(f"/opportunites/{opportunity_id}/confidentialite?fait={acte}#acteurs")
    return see(f"/opportunites/{opportunity_id}/reprise/proposer?fait={acte}")


def _view(
    opportunity_id: str,
    visitor: Visitor,
    unit: UnitOfWork,
    snapshot: Snapshot,
    options: Settings,
    today: date,
    *,
    searched: str = "",
    done: str = "",
    problem: str = "",
) -> ProposeView:
    session = unit.session
    case = opened_case(unit, opportunity_id, visitor).opportunity
    made = proposals.proposals_of(session, opportunity_id)
    since = {row.actor.id: _moment(row) for row in made if row.proposal.withdrawn_at is None}
    entries = (
        [
            explained_entry(entry, snapshot.matcher.weights)
            for answer in actors_for_opportunity(
                session, snapshot, opportunity_id, visitor.audience, k=RANKED, even_closed=True, today=today
            )[:1]
            for entry in answer.entries
        ]
        if opportunity_id in snapshot.opportunity_cards
        else []
    )
    matching_cards = actors_named(snapshot, visitor.audience, searched) if searched else []
    shown_ids = {row.actor.id for row in made} | {entry.id for entry in entries}
    receivers = receivers_of(session, shown_ids | {card.id for card in matching_cards[:MATCHES_SHOWN]})
    names = account_names(session)
    shown = [_proposed(row, names, receivers) for row in made]
    return ProposeView(
        id=case.id,
        title=case.title,
        is_confidential=case.confidential,
        is_told=proposals.may_be_told(case),
        line=_line(session, case, options) if case.confidential else case.title,
        proposed=[actor for actor in shown if not actor.until],
        withdrawn=[actor for actor in shown if actor.until],
        ranked=[
            OfferedActor(
                entry.id,
                entry.name,
                " · ".join(part for part in (entry.kind, entry.place) if part),
                entry.advice,
                entry.score,
                entry.chips,
                since.get(entry.id, ""),
                _heard(receivers[entry.id]),
            )
            for entry in entries
        ],
        searched=searched,
        matches=[_match(card, since, receivers) for card in matching_cards[:MATCHES_SHOWN]],
        more=max(len(matching_cards) - MATCHES_SHOWN, 0),
        done=done,
        problem=problem,
    )


def _line(session: Session, case: Opportunity, options: Settings) -> str:
    """Return the line that outsiders read, or would read first: that one is drawn among all establishments."""
    told = last_lines(session, [case.id]).get(case.id)
    return told.text if told else teaser_of(session, case, options.departments).text


def _proposed(row: ProposalRow, names: Mapping[str, str], receivers: Mapping[str, Receivers]) -> ProposedActor:
    proposal, until = row.proposal, ""
    if proposal.withdrawn_at:
        taken_back_by = names.get(proposal.withdrawn_by or "", "un compte effacé")
        until = f"{moment_in_words(proposal.withdrawn_at.isoformat())}, par {taken_back_by}"
    by = names.get(proposal.proposed_by, "un compte effacé")
    return ProposedActor(row.actor.id, row.actor.name, _moment(row), by, until, _heard(receivers[row.actor.id]))


def _match(card: ActorCard, since: Mapping[str, str], receivers: Mapping[str, Receivers]) -> OfferedActor:
    about = " · ".join(part for part in (kind_in_words(card.kind), place(card.commune, card.department)) if part)
    return OfferedActor(card.id, card.name, about, "", "", (), since.get(card.id, ""), _heard(receivers[card.id]))


def _moment(row: ProposalRow) -> str:
    return moment_in_words(row.proposal.proposed_at.isoformat())


def _heard(receivers: Receivers) -> str:
    """Return by what an actor hears of a proposal, in words; empty: by nothing yet."""
    ways = [words for words, there in (("son espace", receivers.has_space), ("ses mails", receivers.has_mail)) if there]
    return " et ".join(ways)
