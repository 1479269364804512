"""Views of lists that somebody saved: added from a list, renamed and removed on a page of their own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import parse_qsl

from pydantic import ValidationError
from starlette.responses import Response

from api.accounts.saved_views import NAME_LENGTH, remove_view, rename_view, save_view, views_of
from api.catalogue.places.places_in_text import Gazetteer
from api.core.errors import ConflictError, InvalidError
from api.web.checked_router import CheckedRouter
from api.web.components.forms import desk_page, refusal_in_words
from api.web.components.saved_views import DONE
from api.web.dependencies import EngineDep, NowDep, TodayDep, UnitDep
from api.web.desk import actor_filters, opportunity_filters
from api.web.desk.actor_filters import ActorQuery
from api.web.desk.opportunity_filters import OpportunityQuery
from api.web.error_pages import DeskRoute
from api.web.fields import FormAddress, FormLine, FormWord, QueryWord
from api.web.house import SnapshotDep
from api.web.rendering import see
from api.web.visitors import Visitor, VisitorDep
from models.database import writing
from models.unit_of_work import UnitOfWork

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False, prefix="/vues")

# Fields of an address that are read at most.
MOST_FIELDS = 40


def _actors(values: Mapping[str, str], gazetteer: Gazetteer, today: date) -> str:
    chosen, _ = actor_filters.read_filters(ActorQuery.model_validate(values), gazetteer, today)
    return chosen.kept_query


def _opportunities(values: Mapping[str, str], gazetteer: Gazetteer, today: date) -> str:
    chosen, _ = opportunity_filters.read_filters(OpportunityQuery.model_validate(values), gazetteer, today)
    return chosen.kept_query


# The lists that have views, by the first part of their addresses: their titles, and how they read an address.
LISTS: Mapping[str, tuple[str, Callable[[Mapping[str, str], Gazetteer, date], str]]] = {
    "acteurs": ("Acteurs", _actors),
    "opportunites": ("Opportunités", _opportunities),
}


@dataclass(frozen=True)
class ShownView:
    """A view with the form that renames or removes it. name: as it was typed; problem: what is wrong with it."""

    id: str
    list_name: str
    saved_name: str
    name: str
    problem: str
    address: str


@dataclass(frozen=True)
class NewView:
    """A view that was not saved. list_name, query: of which list, and what of it."""

    list_name: str
    query: str
    name: str
    problem: str


@dataclass(frozen=True)
class ViewsPage:
    """The reader's views, by the title of their list."""

    lists: Sequence[tuple[str, Sequence[ShownView]]]
    new: NewView | None
    is_refused: bool
    name_length: int
    done_message: str


@router.get("")
def saved_views(visitor: VisitorDep, unit: UnitDep, fait: QueryWord = "") -> Response:
    return _page(visitor, unit, done_message=DONE.get(fait, ""))


@router.post("")
def save(
    visitor: VisitorDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    engine: EngineDep,
    now: NowDep,
    today: TodayDep,
    liste: FormWord = "",
    filtres: FormAddress = "",
    nom: FormLine = "",
) -> Response:
    query = _read_query(liste, filtres, snapshot.gazetteer, today)
    unit.end_reading()
    try:
        with writing(engine, durable=True) as session:
            save_view(session, visitor.account_id, liste, nom, query, now)
    except (InvalidError, ConflictError) as error:
        return _page(visitor, unit, error.status, new=NewView(liste, query, nom, refusal_in_words(error)))
    return see(f"/{liste}?{query}&fait=vue")


@router.post("/{view_id}")
def change(
    view_id: str, visitor: VisitorDep, unit: UnitDep, engine: EngineDep, acte: FormWord = "", nom: FormLine = ""
) -> Response:
    if acte not in ("renommer", "retirer"):
        raise InvalidError([("acte", "dites si la vue change de nom ou s’en va")])
    unit.end_reading()
    try:
        with writing(engine, durable=True) as session:
            if acte == "retirer":
                remove_view(session, visitor.account_id, view_id)
            else:
                rename_view(session, visitor.account_id, view_id, nom)
    except (InvalidError, ConflictError) as error:
        return _page(visitor, unit, error.status, refused={view_id: (nom, refusal_in_words(error))})
    return see(f"/vues?fait={'retiree' if acte == 'retirer' else 'renommee'}")


def _read_query(list_name: str, query_text: str, gazetteer: Gazetteer, today: date) -> str:
    """Return an address's query as its list reads it, without what filters nothing. Raises InvalidError."""
    if list_name not in LISTS:
        raise InvalidError([("liste", "cette liste n’a pas de vues")])
    try:
        values = dict(parse_qsl(query_text, max_num_fields=MOST_FIELDS))
        return LISTS[list_name][1](values, gazetteer, today)
    except (ValueError, ValidationError):
        raise InvalidError([("filtres", "ces filtres ne se lisent pas")]) from None


def _page(
    visitor: Visitor,
    unit: UnitOfWork,
    status_code: int = 200,
    *,
    new: NewView | None = None,
    refused: Mapping[str, tuple[str, str]] | None = None,
    done_message: str = "",
) -> Response:
    views = views_of(unit.session, visitor.account_id)
    refused = refused or {}
    shown = [
        ShownView(
            view.id,
            view.list_name,
            view.name,
            *refused.get(view.id, (view.name, "")),
            f"/{view.list_name}?{view.query}",
        )
        for view in views
    ]
    lists = [
        (title, [view for view in shown if view.list_name == list_name]) for list_name, (title, _) in LISTS.items()
    ]
    return desk_page(
        "vues.html",
        visitor,
        "",
        status_code,
        view=ViewsPage(
            [(title, own) for title, own in lists if own], new, bool(new or refused), NAME_LENGTH, done_message
        ),
    )
