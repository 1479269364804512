"""What is not on the desk yet: openings to come, and companies that only their public contracts make known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query
from starlette.responses import Response

from api.catalogue import records
from api.catalogue.wording import kind_in_words, place
from api.core.french import euros, plural
from api.core.settings import HOME_DEPARTMENTS
from api.open_data.wording import source_in_words
from api.web.checked_router import CheckedRouter
from api.web.components.facts import expected_in_words
from api.web.components.forms import Pages, department_choices, desk_page
from api.web.dependencies import TodayDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import QueryWord
from api.web.visitors import VisitorDep

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False)
PER_PAGE = 50

SearchText = Annotated[str, Query(max_length=100)]
PageNumber = Annotated[int, Query(ge=-100_000, le=100_000)]


@dataclass(frozen=True)
class ListView:
    """A page of a list that is searched by words and département."""

    rows: Sequence[Mapping[str, Any]]
    words: str
    pages: Pages
    query: str
    chosen: Mapping[str, str]
    departments: Sequence[tuple[str, str]]


@router.get("/a-venir")
def openings_to_come(
    visitor: VisitorDep,
    unit: UnitDep,
    today: TodayDep,
    texte: SearchText = "",
    departement: QueryWord = "",
    page: PageNumber = 1,
) -> Response:
    chosen_filters = {"texte": texte.strip(), "departement": departement}
    openings = records.openings_to_come(unit.session, texte.strip(), departement, visitor.audience)
    result_pages = Pages(len(openings), page, PER_PAGE)
    rows = [
        {
            "address": f"/opportunites/{opening.id}",
            "title": opening.title,
            "expected": expected_in_words(opening.published_on, today),
            "buyer": opening.buyer_name or "",
            "amount": euros(opening.amount_eur) if opening.amount_eur else "",
            "place": place(opening.commune_name, opening.department),
            "source": source_in_words(opening.source),
            "confidential": opening.confidential,
        }
        for opening in openings[result_pages.slice]
    ]
    words = plural(len(openings), "débouché à venir", "débouchés à venir")
    return desk_page(
        "a_venir.html", visitor, "/opportunites", view=_list_view(rows, words, result_pages, chosen_filters)
    )


@router.get("/titulaires")
def holders(
    visitor: VisitorDep, unit: UnitDep, texte: SearchText = "", departement: QueryWord = "", page: PageNumber = 1
) -> Response:
    chosen_filters = {"texte": texte.strip(), "departement": departement}
    actors = records.holders_by_contracts(unit.session, texte.strip(), departement, visitor.audience)
    result_pages = Pages(len(actors), page, PER_PAGE)
    rows = [
        {
            "address": f"/acteurs/{actor.id}",
            "name": actor.name,
            "kind": kind_in_words(actor.kind),
            "place": place(actor.commune_name, actor.department),
            "confidential": actor.confidential,
        }
        for actor in actors[result_pages.slice]
    ]
    words = plural(len(actors), "entreprise connue par ses contrats", "entreprises connues par leurs contrats")
    return desk_page("titulaires.html", visitor, "/acteurs", view=_list_view(rows, words, result_pages, chosen_filters))


def _list_view(
    rows: Sequence[Mapping[str, Any]], words: str, result_pages: Pages, chosen_filters: Mapping[str, str]
) -> ListView:
    return ListView(
        rows=rows,
        words=words,
        pages=result_pages,
        query=urlencode({name: value for name, value in chosen_filters.items() if value}),
        chosen=chosen_filters,
        departments=department_choices(HOME_DEPARTMENTS),
    )
