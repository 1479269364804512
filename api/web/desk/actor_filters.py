"""The filters of the list of actors: what the address says, read."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta

from pydantic import BaseModel

from api.catalogue.places.places_in_text import Gazetteer
from api.catalogue.wording import KINDS, SEEKING
from api.search.actor_list import ActorFilters, Order, Size
from api.web.components.filtered_list import RADII_KM, AskedPlace, Chosen, Line, Word, read_turn
from matcher.types import Seeking

QUIET_DAYS = (30, 90, 180, 365)
SIZES = {
    Size.VERY_SMALL.value: "moins de 10 personnes",
    Size.SMALL.value: "10 à 49 personnes",
    Size.MEDIUM.value: "50 à 249 personnes",
    Size.LARGE.value: "250 personnes et plus",
}
ORDERS = {
    Order.NAME.value: "Nom",
    f"-{Order.NAME.value}": "Nom, de Z à A",
    Order.TRADE.value: "Métier le plus proche",
    Order.DISTANCE.value: "Distance",
    Order.KIND.value: "Type",
    f"-{Order.KIND.value}": "Type, de Z à A",
    Order.PLACE.value: "Commune",
    f"-{Order.PLACE.value}": "Commune, de Z à A",
    Order.SIZE.value: "Effectif, le plus grand d’abord",
    f"-{Order.SIZE.value}": "Effectif, le plus petit d’abord",
    Order.LAST_CONTACT.value: "Dernier échange, le plus ancien d’abord",
    f"-{Order.LAST_CONTACT.value}": "Dernier échange, le plus récent d’abord",
}
# Filters that are folded away until one is chosen.
FOLDED = ("departement", "taille", "agrement", "recherche", "reseau", "sans_echange")


class ActorQuery(BaseModel):
    """The filters as an address carries them."""

    texte: Line = ""
    metier: Line = ""
    lieu: Line = ""
    rayon: Word = ""
    type: Word = ""
    departement: Word = ""
    taille: Word = ""
    agrement: Word = ""
    recherche: Word = ""
    reseau: Word = ""
    sans_echange: Word = ""
    tri: Word = ""


def read_filters(query: ActorQuery, gazetteer: Gazetteer, today: date) -> tuple[Chosen, ActorFilters]:
    """Return what was chosen, and the filters; a value that nobody offers counts as none."""
    typed = {name: value.strip() for name, value in query.model_dump().items()}
    place = AskedPlace.of(typed["lieu"], gazetteer)
    offered: Mapping[str, Collection[str]] = {
        "rayon": tuple(map(str, RADII_KM)) if place.points else (),
        "type": KINDS,
        "taille": SIZES,
        "recherche": SEEKING,
        "sans_echange": tuple(map(str, QUIET_DAYS)),
        "tri": ORDERS,
    }
    values = {name: value if value in offered.get(name, (value,)) else "" for name, value in typed.items()}
    order, is_turned = read_turn(values["tri"], ORDERS)
    usual_order = Order.TRADE if values["metier"] else Order.DISTANCE if place.points else Order.NAME
    quiet_days = values["sans_echange"]
    filters = ActorFilters(
        text=values["texte"],
        trade=values["metier"],
        points=place.points,
        radius_km=float(values["rayon"]) if values["rayon"] else None,
        kind=values["type"],
        department=values["departement"],
        size=Size(values["taille"]) if values["taille"] else None,
        approval=values["agrement"],
        seeks=Seeking(values["recherche"]) if values["recherche"] else None,
        network=values["reseau"],
        quiet_since=today - timedelta(days=int(quiet_days)) if quiet_days else None,
        order=Order(order) if order else usual_order,
        is_turned=is_turned,
    )
    return Chosen(values, place.problems, place.notes), filters
