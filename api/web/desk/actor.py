"""An actor's page: its facts, opportunities, announcements and followers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Form
from starlette.responses import Response

from api.alerts.history import Follower, followers_of
from api.catalogue import records
from api.catalogue.company_states import keep_listed
from api.catalogue.contract_holders import CONTRACTS_SOURCE, is_ranked
from api.catalogue.finance_products import products_of
from api.catalogue.wording import kind_in_words
from api.core.errors import InvalidError
from api.core.french import euros, plural
from api.matching.answer import Entry, Refused
from api.matching.suggest import opportunities_for_actor
from api.takeovers.roles.wording import ProductLine, product_line
from api.web.checked_router import CheckedRouter
from api.web.components.act_form import ActForm, Subject, act_form
from api.web.components.bars import ExplainedEntry, ListSection, excluded_lines, explained_entry, sections_of
from api.web.components.cases import CaseInHand, in_hand
from api.web.components.company_state import StateNotice, state_notice
from api.web.components.contacts import ContactsBlock, actor_contacts
from api.web.components.facts import about_actor
from api.web.components.forms import desk_page
from api.web.components.origins import ShownOrigins, shown_origins
from api.web.components.row_edits import DONE, RowState, row_state
from api.web.components.timeline import Timeline, actor_timeline
from api.web.dependencies import EngineDep, TodayDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import QueryWord
from api.web.house import ImpressionsDep, SnapshotDep
from api.web.rendering import see
from api.web.visitors import VisitorDep
from models.actors import Actor

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False, prefix="/acteurs")
SHOWN_CONTRACTS = 10


@dataclass(frozen=True)
class ActorView:
    """An actor, its ranked opportunities, its cases and announcements."""

    actor: Actor
    kind: str
    state: StateNotice | None
    history_state: RowState
    done_message: str
    listed: bool
    by_contracts: bool
    ranked: bool
    about: Sequence[tuple[str, str]]
    contacts: ContactsBlock
    activities: Sequence[str]
    products: Sequence[ProductLine]
    contracts: Sequence[Mapping[str, Any]]
    contracts_count: int
    members: Sequence[tuple[str, str]]
    carriers: Sequence[tuple[str, str]]
    entries: Sequence[ExplainedEntry]
    sections: Sequence[ListSection]
    refused: Sequence[Mapping[str, str]]
    cases: Mapping[str, CaseInHand]  # by suggestion
    timeline: Timeline
    act_form: ActForm
    followers: Sequence[Follower]
    origins: ShownOrigins
    plural: Callable[..., str]


@router.get("/{actor_id}")
def actor(
    actor_id: str,
    visitor: VisitorDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    impressions: ImpressionsDep,
    today: TodayDep,
    contact: QueryWord = "",
    echange: QueryWord = "",
    fait: QueryWord = "",
) -> Response:
    """contact: what was just done to one of its contacts; echange: the interaction that was just noted here."""
    actor_file = records.read_actor(unit, actor_id, visitor.audience)
    entries: Sequence[Entry] = ()
    refused: Sequence[Refused] = ()
    if actor_file.listed and is_ranked(actor_file.actor):
        ranked_opportunities = opportunities_for_actor(snapshot, actor_id, visitor.audience, k=10, today=today)
        impressions.note(snapshot, [ranked_opportunities], visitor.audience, day=today)
        entries, refused = ranked_opportunities.entries, ranked_opportunities.refused
    explained_entries = [explained_entry(entry, snapshot.matcher.weights) for entry in entries]
    return desk_page(
        "acteur.html",
        visitor,
        "/acteurs",
        view=ActorView(
            actor=actor_file.actor,
            kind=kind_in_words(actor_file.actor.kind),
            history_state=row_state(unit.session, "actors", actor_file.actor),
            done_message=DONE.get(fait, ""),
            state=state_notice(actor_file.state) if actor_file.state else None,
            listed=actor_file.listed,
            by_contracts=actor_file.actor.source == CONTRACTS_SOURCE,
            ranked=is_ranked(actor_file.actor),
            about=about_actor(actor_file.actor),
            contacts=actor_contacts(unit.session, actor_id, contact, confidential=actor_file.actor.confidential),
            activities=actor_file.actor.activities,
            products=[
                product_line(product, today) for product in products_of(unit.session, [actor_id]).get(actor_id, ())
            ],
            contracts=[
                {
                    "title": contract.title,
                    "buyer": contract.buyer_name,
                    "year": contract.notified_on.year if contract.notified_on else "",
                    "amount": euros(contract.amount_eur) if contract.amount_eur else "",
                }
                for contract in actor_file.contracts[:SHOWN_CONTRACTS]
            ],
            contracts_count=len(actor_file.contracts),
            members=[(f"/acteurs/{member.id}", member.name) for member in actor_file.members],
            carriers=[(f"/acteurs/{carrier.id}", carrier.name) for carrier in actor_file.carriers],
            entries=explained_entries,
            sections=sections_of(explained_entries),
            refused=excluded_lines(refused),
            cases=in_hand(unit.session, [entry.suggestion_id for entry in entries]),
            timeline=actor_timeline(unit.session, snapshot, actor_id, reader=visitor.by, just_done=echange),
            act_form=act_form(unit.session, Subject("acteur", actor_id=actor_id), today),
            followers=followers_of(unit.session, actor_id),
            origins=shown_origins(unit.session, "actors", actor_id, actor_file.actor.source),
            plural=plural,
        ),
    )


@router.post("/{actor_id}/listes")
def keep_in_lists(
    actor_id: str, visitor: VisitorDep, engine: EngineDep, choix: Annotated[str, Form(max_length=20)] = ""
) -> Response:
    """`garder` keeps the actor in the lists whatever registers say of it, `suivre` follows them."""
    if choix not in ("garder", "suivre"):
        raise InvalidError([("choix", "dites s’il reste dans les listes")])
    keep_listed(engine, actor_id, choix == "garder", by=visitor.by)
    return see(f"/acteurs/{actor_id}")
