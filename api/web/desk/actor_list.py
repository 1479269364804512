"""The list of actors: filters, order, pages, and the same as a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from typing import Annotated, Any

from fastapi import Depends, Query
from sqlmodel import Session
from starlette.responses import Response

from api.catalogue.queries import sirets_of
from api.catalogue.wording import SEEKING, approval_in_words, kind_in_words, place
from api.core.clock import day_in_france
from api.core.french import day, number, plural
from api.core.table_files import Cell
from api.interactions.queries import last_contacts
from api.search.actor_list import ActorFilters, ActorLine, ActorList, Order, list_actors, read_choices
from api.web.checked_router import CheckedRouter
from api.web.components.bars import address
from api.web.components.bulk_form import BulkChoices, BulkList, bulk_choices
from api.web.components.filtered_list import RADII_KM, Chosen, Column, FilteredList, headings
from api.web.components.forms import Pages, department_choices, desk_page
from api.web.components.letters import offered_templates
from api.web.components.list_files import ListFile, ListFileDep
from api.web.components.picked_acts import PickedActs, acts_on_actors
from api.web.components.saved_views import shown_views
from api.web.dependencies import TodayDep, UnitDep
from api.web.desk.actor_filters import FOLDED, ORDERS, QUIET_DAYS, SIZES, ActorQuery, read_filters
from api.web.error_pages import DeskRoute
from api.web.fields import QueryWord
from api.web.house import EncoderDep, SnapshotDep
from api.web.visitors import VisitorDep

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False)

NAME = "acteurs"
PATH = f"/{NAME}"
PER_PAGE = 50
SORTED_COLUMNS = (
    Column("Nom", Order.NAME),
    Column("Type", Order.KIND),
    Column("Lieu", Order.PLACE),
    Column("Effectif", Order.SIZE, is_number=True, largest_first=True),
    Column("Dernier échange", Order.LAST_CONTACT),
)
COLUMNS = (
    "Nom", "Type", "SIRET", "Commune", "Département", "Distance (km)", "Effectif", "Métiers", "Agréments", "Recherche",
    "Dernier échange", "Confidentiel",
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """What the address asks for: the list, and its filters as they were typed."""

    actors: ActorList
    chosen: Chosen
    filters: ActorFilters

    @property
    def query(self) -> str:
        return self.chosen.query


def _asked(
    query: Annotated[ActorQuery, Query()],
    visitor: VisitorDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    encoder: EncoderDep,
    today: TodayDep,
) -> Asked:
    chosen, filters = read_filters(query, snapshot.gazetteer, today)
    # Of all actors only where the list depends on it.
    is_needed = filters.quiet_since or filters.order is Order.LAST_CONTACT
    contacts = _contact_days(unit.session) if is_needed else {}
    return Asked(list_actors(snapshot, encoder, filters, visitor.audience, contacts), chosen, filters)


def _contact_days(session: Session, actor_ids: Sequence[str] | None = None) -> dict[str, date]:
    """Return the day of the last contact of all actors, or of these."""
    return {actor_id: day_in_france(at) for actor_id, at in last_contacts(session, actor_ids).items()}


AskedDep = Annotated[Asked, Depends(_asked)]


@dataclass(frozen=True)
class ActorsView(FilteredList):
    """A page of the list of actors."""

    empty: bool
    picked: PickedActs
    bulk: BulkChoices


@router.get(PATH)
def actors(
    visitor: VisitorDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    asked: AskedDep,
    page: Annotated[int, Query(ge=-100_000, le=100_000)] = 1,
    fait: QueryWord = "",
) -> Response:
    lines, chosen = asked.actors.lines, asked.chosen
    result_pages = Pages(len(lines), page, PER_PAGE)
    shown_lines = lines[result_pages.slice]
    contact_days = _contact_days(unit.session, [line.card.id for line in shown_lines])
    choices = read_choices(snapshot, visitor.audience)
    return desk_page(
        "acteurs.html",
        visitor,
        PATH,
        view=ActorsView(
            path=PATH,
            rows=[
                _row(line, asked.actors, contact_days.get(line.card.id), snapshot.confidential) for line in shown_lines
            ],
            words=plural(len(lines), "acteur"),
            empty=not snapshot.actor_cards,
            pages=result_pages,
            chosen=chosen,
            choices={
                "type": sorted(((kind, kind_in_words(kind)) for kind in choices.kinds), key=itemgetter(1)),
                "departement": department_choices(choices.departments),
                "rayon": [(str(km), f"{km} km") for km in RADII_KM],
                "taille": list(SIZES.items()),
                "agrement": sorted(((slug, approval_in_words(slug)) for slug in choices.approvals), key=itemgetter(1)),
                "recherche": list(SEEKING.items()),
                "reseau": choices.networks,
                "sans_echange": [(str(days), f"depuis {days} jours") for days in QUIET_DAYS],
                "tri": list(ORDERS.items()),
            },
            headings=headings(SORTED_COLUMNS, PATH, chosen, ORDERS, asked.filters.order, asked.filters.is_turned),
            folded_open=any(chosen.values[name] for name in FOLDED),
            saved=shown_views(unit.session, visitor.account_id, NAME, chosen.kept_query, fait),
            picked=acts_on_actors(offered_templates(unit.session)),
            bulk=bulk_choices(bulk_list(asked)),
        ),
    )


@router.get(f"{PATH}.{{file_format}}")
def as_file(file: ListFileDep, snapshot: SnapshotDep, asked: AskedDep) -> Response:
    return actors_file(file, asked.actors.lines, snapshot.confidential)


def bulk_list(asked: Asked) -> BulkList:
    """Return the list as acts on many of its lines need it."""
    return BulkList("actors", asked.query, [line.card.id for line in asked.actors.lines])


def actors_file(file: ListFile, lines: Sequence[ActorLine], confidential: frozenset[str]) -> Response:
    """Return lines of the list as a file."""
    return file.answer(NAME, COLUMNS, _file_rows(file.session, lines, confidential))


def _row(
    line: ActorLine, actors_list: ActorList, last_contact: date | None, confidential: frozenset[str]
) -> dict[str, Any]:
    return {
        "id": line.card.id,
        "address": address(line.card),
        "name": line.card.name,
        "kind": kind_in_words(line.card.kind),
        "trade": actors_list.nearest_trade(line),
        "place": place(line.card.commune, line.card.department),
        "distance": "" if line.km is None else f"à {number(round(line.km))} km",
        "headcount": "" if line.actor.headcount is None else number(line.actor.headcount),
        "last_contact": day(last_contact.isoformat()) if last_contact else "",
        "confidential": line.card.id in confidential,
    }


def _file_rows(session: Session, lines: Sequence[ActorLine], confidential: frozenset[str]) -> list[Sequence[Cell]]:
    sirets = sirets_of(session, [line.card.id for line in lines])
    contact_days = _contact_days(session)
    return [
        (
            line.card.name,
            kind_in_words(line.card.kind),
            sirets.get(line.card.id, ""),
            line.card.commune or "",
            line.card.department or "",
            None if line.km is None else round(line.km, 1),
            None if line.actor.headcount is None else int(line.actor.headcount),
            " | ".join(line.actor.activities),
            ", ".join(sorted(map(approval_in_words, line.actor.approvals))),
            ", ".join(SEEKING[seeking] for seeking in sorted(line.actor.seeks)),
            contact_days[line.card.id].isoformat() if line.card.id in contact_days else "",
            "oui" if line.card.id in confidential else "",
        )
        for line in lines
    ]
