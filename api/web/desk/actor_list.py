"""The list of actors: filters, order, pages, and the same as a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query
from sqlmodel import Session
from starlette.responses import Response

from api.audit import log
from api.catalogue.queries import sirets_of
from api.catalogue.wording import KINDS, SEEKING, approval_in_words, kind_in_words, place
from api.core.clock import day_in_france
from api.core.french import day, number, plural
from api.core.table_files import TYPES, Cell, as_csv, as_xlsx
from api.interactions.queries import last_contacts
from api.search.actor_list import ActorFilters, ActorLine, ActorList, Order, Size, list_actors, read_choices
from api.search.places import read_place
from api.web.components.bars import address
from api.web.components.forms import Pages, department_choices, desk_page
from api.web.components.letters import offered_templates
from api.web.components.picked_acts import PickedActs, acts_on_actors
from api.web.dependencies import TodayDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import QueryWord
from api.web.house import EncoderDep, SnapshotDep
from api.web.rendering import HEADERS
from api.web.visitors import Visitor, VisitorDep
from matcher.types import Seeking
from models.unit_of_work import UnitOfWork

router = APIRouter(route_class=DeskRoute, include_in_schema=False)

PER_PAGE = 50
RADII_KM = (10, 20, 30, 50, 100)
QUIET_DAYS = (30, 90, 180, 365)
SIZES = {
    Size.VERY_SMALL: "moins de 10 personnes",
    Size.SMALL: "10 à 49 personnes",
    Size.MEDIUM: "50 à 249 personnes",
    Size.LARGE: "250 personnes et plus",
}
ORDERS = {
    Order.NAME: "Nom",
    Order.TRADE: "Métier le plus proche",
    Order.DISTANCE: "Distance",
    Order.SIZE: "Effectif, le plus grand d’abord",
    Order.LAST_CONTACT: "Dernier échange, le plus ancien d’abord",
}
COLUMNS = (
    "Nom", "Type", "SIRET", "Commune", "Département", "Distance (km)", "Effectif", "Métiers", "Agréments", "Recherche",
    "Dernier échange", "Confidentiel",
)  # fmt: skip
# Filters that are folded away until one is chosen.
FOLDED = ("departement", "taille", "agrement", "recherche", "reseau", "sans_echange")


@dataclass(frozen=True)
class Asked:
    """What the address asks for: the list, its filters as they were typed, and what is wrong with a place.

    place_meant: the commune that was meant by another spelling.
    """

    actors: ActorList
    chosen: Mapping[str, str]
    place_problem: str
    place_meant: str

    @property
    def query(self) -> str:
        return urlencode({name: value for name, value in self.chosen.items() if value})


def _asked(
    visitor: VisitorDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    encoder: EncoderDep,
    today: TodayDep,
    texte: Annotated[str, Query(max_length=100)] = "",
    metier: Annotated[str, Query(max_length=100)] = "",
    lieu: Annotated[str, Query(max_length=100)] = "",
    rayon: QueryWord = "",
    type: QueryWord = "",
    departement: QueryWord = "",
    taille: QueryWord = "",
    agrement: QueryWord = "",
    recherche: QueryWord = "",
    reseau: QueryWord = "",
    sans_echange: QueryWord = "",
    tri: QueryWord = "",
) -> Asked:
    """Read the filters of the address; a value that nobody offers counts as none."""
    typed_place = lieu.strip()
    named_place = read_place(typed_place, snapshot.gazetteer) if typed_place else None
    points = named_place.points if named_place else ()
    radius = rayon if points and rayon in map(str, RADII_KM) else ""
    quiet_days = sans_echange if sans_echange in map(str, QUIET_DAYS) else ""
    size = Size(taille) if taille in SIZES else None
    seeks = Seeking(recherche) if recherche in SEEKING else None
    order = Order(tri) if tri in ORDERS else _usual_order(metier.strip(), points)
    filters = ActorFilters(
        text=texte.strip(),
        trade=metier.strip(),
        points=points,
        radius_km=float(radius) if radius else None,
        kind=type if type in KINDS else "",
        department=departement,
        size=size,
        approval=agrement,
        seeks=seeks,
        network=reseau,
        quiet_since=today - timedelta(days=int(quiet_days)) if quiet_days else None,
        order=order,
    )
    # Of all actors only where the list depends on it.
    contacts = _contact_days(unit.session) if quiet_days or order is Order.LAST_CONTACT else {}
    chosen = {
        "texte": filters.text,
        "metier": filters.trade,
        "lieu": typed_place,
        "rayon": radius,
        "type": filters.kind,
        "departement": departement,
        "taille": taille if size else "",
        "agrement": agrement,
        "recherche": recherche if seeks else "",
        "reseau": reseau,
        "sans_echange": quiet_days,
        "tri": tri if tri in ORDERS else "",
    }
    problem = "Commune ou code postal inconnu : le lieu n’est pas pris en compte." if typed_place and not points else ""
    listed = list_actors(snapshot, encoder, filters, visitor.audience, contacts)
    return Asked(listed, chosen, problem, named_place.name if named_place else "")


def _contact_days(session: Session, actor_ids: Sequence[str] | None = None) -> dict[str, date]:
    """Return the day of the last contact of all actors, or of these."""
    return {actor_id: day_in_france(at) for actor_id, at in last_contacts(session, actor_ids).items()}


def _usual_order(trade: str, points: Sequence[object]) -> Order:
    return Order.TRADE if trade else Order.DISTANCE if points else Order.NAME


AskedDep = Annotated[Asked, Depends(_asked)]


@dataclass(frozen=True)
class ActorsView:
    """A page of the list of actors. choices: by the name of a field, its values with their words."""

    rows: Sequence[Mapping[str, Any]]
    words: str
    empty: bool
    pages: Pages
    query: str
    chosen: Mapping[str, str]
    choices: Mapping[str, Sequence[tuple[str, str]]]
    folded_open: bool
    place_problem: str
    place_meant: str
    picked: PickedActs


@router.get("/acteurs")
def actors(
    visitor: VisitorDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    asked: AskedDep,
    page: Annotated[int, Query(ge=-100_000, le=100_000)] = 1,
) -> Response:
    lines = asked.actors.lines
    result_pages = Pages(len(lines), page, PER_PAGE)
    shown_lines = lines[result_pages.slice]
    contact_days = _contact_days(unit.session, [line.card.id for line in shown_lines])
    choices = read_choices(snapshot, visitor.audience)
    return desk_page(
        "acteurs.html",
        visitor,
        "/acteurs",
        view=ActorsView(
            rows=[
                _row(line, asked.actors, contact_days.get(line.card.id), snapshot.confidential) for line in shown_lines
            ],
            words=plural(len(lines), "acteur"),
            empty=not snapshot.actor_cards,
            pages=result_pages,
            query=asked.query,
            chosen=asked.chosen,
            choices={
                "type": sorted(((kind, kind_in_words(kind)) for kind in choices.kinds), key=_words),
                "departement": department_choices(choices.departments),
                "rayon": [(str(km), f"{km} km") for km in RADII_KM],
                "taille": [(size.value, words) for size, words in SIZES.items()],
                "agrement": sorted(((slug, approval_in_words(slug)) for slug in choices.approvals), key=_words),
                "recherche": list(SEEKING.items()),
                "reseau": choices.networks,
                "sans_echange": [(str(days), f"depuis {days} jours") for days in QUIET_DAYS],
                "tri": [(order.value, words) for order, words in ORDERS.items()],
            },
            folded_open=any(asked.chosen[name] for name in FOLDED),
            place_problem=asked.place_problem,
            place_meant=asked.place_meant,
            picked=acts_on_actors(offered_templates(unit.session)),
        ),
    )


@router.get("/acteurs.csv")
def as_csv_file(
    visitor: VisitorDep, unit: UnitDep, snapshot: SnapshotDep, asked: AskedDep, today: TodayDep
) -> Response:
    table = _table(unit.session, asked.actors.lines, snapshot.confidential)
    return _file(as_csv(table), "csv", len(table) - 1, visitor, unit, today)


@router.get("/acteurs.xlsx")
def as_xlsx_file(
    visitor: VisitorDep, unit: UnitDep, snapshot: SnapshotDep, asked: AskedDep, today: TodayDep
) -> Response:
    table = _table(unit.session, asked.actors.lines, snapshot.confidential)
    return _file(as_xlsx("Acteurs", table), "xlsx", len(table) - 1, visitor, unit, today)


def _file(content: bytes, file_format: str, count: int, visitor: Visitor, unit: UnitOfWork, today: date) -> Response:
    """Return the list as a file; that it left the house is noted in the journal."""
    unit.later(partial(_note_export, file_format=file_format, count=count, by=visitor.by))
    disposition = f'attachment; filename="acteurs-{today.isoformat()}.{file_format}"'
    return Response(content, media_type=TYPES[file_format], headers=HEADERS | {"Content-Disposition": disposition})


def _note_export(session: Session, file_format: str, count: int, by: str) -> None:
    log.note(session, by=by, action="actor.exported", kind="actors", detail={"format": file_format, "count": count})


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


def _table(session: Session, lines: Sequence[ActorLine], confidential: frozenset[str]) -> list[Sequence[Cell]]:
    """Return the list as rows of a file, the heading first."""
    sirets = sirets_of(session, [line.card.id for line in lines])
    contact_days = _contact_days(session)
    return [
        COLUMNS,
        *(
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
        ),
    ]


def _words(choice: tuple[str, str]) -> str:
    return choice[1]
