"""The filters of the list of opportunities: what the address says, read."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from pydantic import BaseModel
from sqlmodel import Session

from api.brokerage.queries import followed_opportunities
from api.brokerage.transitions import OPEN
from api.catalogue.places.places_in_text import Gazetteer
from api.catalogue.wording import AXES, OPPORTUNITY_KINDS, RESERVATIONS
from api.core.clock import PARIS
from api.day.queries import ids_since
from api.day.reading import since_last_visit
from api.search.opportunity_list import OpportunityFilters, Order
from api.web.components.filtered_list import (
    FIRST_YEAR,
    LAST_YEAR,
    RADII_KM,
    AskedPlace,
    Chosen,
    FieldReader,
    Line,
    Word,
    read_turn,
)
from api.web.components.forms import chosen_axis

DUE_DAYS = (7, 15, 30)
DAYS = ("du", "au", "publie")
RESERVED = {"oui": "Réservées", **{value: f"Réservées {words}" for value, words in RESERVATIONS.items()}}
RESERVED |= {"non": "Non réservées"}
FOLLOWED = {"moi": "Suivies par moi", "quelqu_un": "Suivies par quelqu’un", "personne": "Suivies par personne"}
ORDERS = {
    Order.DEADLINE.value: "Échéance, la plus proche d’abord",
    f"-{Order.DEADLINE.value}": "Échéance, la plus lointaine d’abord",
    Order.TITLE.value: "Intitulé",
    f"-{Order.TITLE.value}": "Intitulé, de Z à A",
    Order.BUYER.value: "Acheteur",
    f"-{Order.BUYER.value}": "Acheteur, de Z à A",
    Order.AMOUNT.value: "Montant, le plus grand d’abord",
    f"-{Order.AMOUNT.value}": "Montant, le plus petit d’abord",
    Order.PUBLISHED.value: "Publication, la plus récente d’abord",
    f"-{Order.PUBLISHED.value}": "Publication, la plus ancienne d’abord",
    Order.PLACE.value: "Commune",
    f"-{Order.PLACE.value}": "Commune, de Z à A",
    Order.DISTANCE.value: "Distance",
}
ASSUMED = "suppose"
CERTAINTIES = {ASSUMED: "Supposé, à confirmer", "confirme": "Confirmé"}
# Filters that are folded away until one is chosen.
FOLDED = (
    "acheteur", "axe", "certitude", "departement", "lieu", "rayon", "source", "montant_min", "montant_max", "publie",
    "du", "au", "suivi",
)  # fmt: skip


class OpportunityQuery(BaseModel):
    """The filters as an address carries them. depuis: the day on which what is listed came, or later."""

    texte: Line = ""
    acheteur: Line = ""
    type: Word = ""
    departement: Word = ""
    lieu: Line = ""
    rayon: Word = ""
    source: Word = ""
    axe: Word = ""
    certitude: Word = ""
    reserve: Word = ""
    montant_min: Word = ""
    montant_max: Word = ""
    echeance: Word = ""
    du: Word = ""
    au: Word = ""
    publie: Word = ""
    suivi: Word = ""
    nouveau: Word = ""
    depuis: Word = ""
    tri: Word = ""


def read_filters(query: OpportunityQuery, gazetteer: Gazetteer, today: date) -> tuple[Chosen, OpportunityFilters]:
    """Return what was chosen, and the filters that need no table; a value that nobody offers counts as none."""
    reader = FieldReader()
    typed = {name: value.strip() for name, value in query.model_dump().items()}
    place = AskedPlace.of(typed["lieu"], gazetteer)
    offered: Mapping[str, Collection[str]] = {
        "type": OPPORTUNITY_KINDS,
        "rayon": tuple(map(str, RADII_KM)) if place.points else (),
        "axe": tuple(map(str, AXES)),
        "certitude": CERTAINTIES,
        "reserve": RESERVED,
        "echeance": tuple(map(str, DUE_DAYS)),
        "suivi": FOLLOWED,
        "nouveau": ("oui",),
        "depuis": () if arrival_day(typed["depuis"]) is None else (typed["depuis"],),
        "tri": ORDERS,
    }
    values = {name: value if value in offered.get(name, (value,)) else "" for name, value in typed.items()}
    order, is_turned = read_turn(values["tri"], ORDERS)
    days = {name: reader.day(name, values[name]) for name in DAYS}
    # As a browser's own field of a day holds it, whoever wrote it.
    values |= {name: day.isoformat() for name, day in days.items() if day}
    within = values["echeance"]
    first = [day for day in (today if within else None, days["du"]) if day]
    last = [day for day in (today + timedelta(int(within)) if within else None, days["au"]) if day]
    filters = OpportunityFilters(
        text=values["texte"],
        buyer=values["acheteur"],
        kind=values["type"],
        department=values["departement"],
        points=place.points,
        radius_km=float(values["rayon"]) if values["rayon"] else None,
        source=values["source"],
        axis=chosen_axis(values["axe"]),
        is_axis_assumed=values["certitude"] == ASSUMED if values["certitude"] else None,
        reserved=values["reserve"],
        least_amount=reader.euros("montant_min", values["montant_min"]),
        most_amount=reader.euros("montant_max", values["montant_max"]),
        first_deadline=max(first, default=None),
        last_deadline=min(last, default=None),
        published_since=days["publie"],
        order=Order(order) if order else Order.DISTANCE if place.points else Order.DEADLINE,
        is_turned=is_turned,
    )
    return Chosen(values, {**place.problems, **reader.problems}, place.notes), filters


def arrival_day(text: str) -> date | None:
    """Read the day that a link of « Ma journée » names; None for what is none."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


def with_tables(
    session: Session, filters: OpportunityFilters, chosen: Chosen, account_id: str, now: datetime
) -> OpportunityFilters:
    """Return the filters with those that ask the tables: what is new to the reader, what is followed and by whom."""
    among: list[frozenset[str]] = []
    but: frozenset[str] = frozenset()
    if chosen.values["nouveau"]:
        among.append(ids_since(session, since_last_visit(session, account_id, now).since))
    if day := arrival_day(chosen.values["depuis"]):
        among.append(ids_since(session, datetime.combine(day, time(), PARIS)))
    if followed := chosen.values["suivi"]:
        own = account_id if followed == "moi" else None
        ids = followed_opportunities(session, OPEN, own)
        if followed == "personne":
            but = ids
        else:
            among.append(ids)
    return replace(filters, among=frozenset.intersection(*among) if among else None, but=but)
