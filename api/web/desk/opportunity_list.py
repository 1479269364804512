"""The list of open opportunities: filters, order, pages, and the same as a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from starlette.responses import Response

from api.brokerage.case_history import in_charge
from api.catalogue.wording import AXES, OPPORTUNITY_KINDS, RESERVATIONS, place
from api.core.french import day, euros, number, plural, when
from api.core.table_files import Cell
from api.matching.leads import LeadCounts
from api.matching.open_opportunities import OpenOpportunity
from api.open_data.wording import source_in_words
from api.search.opportunity_list import (
    OpportunityFilters,
    OpportunityLine,
    OpportunityList,
    Order,
    list_opportunities,
    read_choices,
)
from api.web.checked_router import CheckedRouter
from api.web.components.bulk_form import BulkChoices, BulkList, bulk_choices
from api.web.components.filtered_list import RADII_KM, Chosen, Column, FilteredList, headings
from api.web.components.forms import Pages, axis_choices, department_choices, desk_page
from api.web.components.list_files import ListFile, ListFileDep
from api.web.components.saved_views import shown_views
from api.web.dependencies import NowDep, TodayDep, UnitDep
from api.web.desk.opportunity_filters import (
    CERTAINTIES,
    DUE_DAYS,
    FOLDED,
    FOLLOWED,
    ORDERS,
    RESERVED,
    OpportunityQuery,
    arrival_day,
    read_filters,
    with_tables,
)
from api.web.error_pages import DeskRoute
from api.web.fields import QueryWord
from api.web.house import SnapshotDep
from api.web.visitors import VisitorDep

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False)

NAME = "opportunites"
PATH = f"/{NAME}"
# Past ones that are shown below the others.
PAST_SHOWN = 20
COLUMNS = (
    Column("Opportunité", Order.TITLE),
    Column("Acheteur", Order.BUYER),
    Column("Lieu", Order.PLACE),
    Column("Montant", Order.AMOUNT, is_number=True, largest_first=True),
    Column("Publiée", Order.PUBLISHED, largest_first=True),
    Column("Échéance", Order.DEADLINE),
    Column("Suivi par"),
    Column("Pistes", is_number=True),
)
FILE_COLUMNS = (
    "Intitulé", "Type", "Acheteur", "Commune", "Département", "Distance (km)", "Montant (€)", "Publiée le", "Échéance",
    "Lots", "Réservation", "Axe", "Source", "Suivi par", "Confidentiel",
)  # fmt: skip


async def _lead_counts(request: Request) -> LeadCounts:
    lead_counts: LeadCounts = request.app.state.lead_counts
    return lead_counts


LeadCountsDep = Annotated[LeadCounts, Depends(_lead_counts)]


@dataclass(frozen=True)
class Asked:
    """What the address asks for: the list, and its filters as they were typed."""

    opportunities: OpportunityList
    chosen: Chosen
    filters: OpportunityFilters

    @property
    def query(self) -> str:
        return self.chosen.query


def _asked(
    query: Annotated[OpportunityQuery, Query()],
    visitor: VisitorDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    today: TodayDep,
    now: NowDep,
) -> Asked:
    chosen, filters = read_filters(query, snapshot.gazetteer, today)
    filters = with_tables(unit.session, filters, chosen, visitor.account_id, now)
    return Asked(list_opportunities(snapshot, filters, visitor.audience, today=today), chosen, filters)


AskedDep = Annotated[Asked, Depends(_asked)]


@dataclass(frozen=True)
class OpportunitiesView(FilteredList):
    """A page of the open opportunities, and the latest past ones. since: only what came on that day or later.

    bulk: what may be done with the ticked ones.
    """

    past: Sequence[Mapping[str, Any]]
    past_count: int
    since: date | None
    empty: bool
    bulk: BulkChoices


@router.get(PATH)
def opportunities(
    visitor: VisitorDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    lead_counts: LeadCountsDep,
    today: TodayDep,
    asked: AskedDep,
    page: Annotated[int, Query(ge=-100_000, le=100_000)] = 1,
    fait: QueryWord = "",
) -> Response:
    current, past, chosen = asked.opportunities.current, asked.opportunities.past, asked.chosen
    pages = Pages(len(current), page)
    lines, past_lines = current[pages.slice], past[:PAST_SHOWN]
    followers = in_charge(unit.session, [line.row.id for line in (*lines, *past_lines)])
    leads = lead_counts.counted(snapshot, [line.row for line in lines], visitor.audience, today)
    choices = read_choices(snapshot, visitor.audience)
    return desk_page(
        "opportunites.html",
        visitor,
        PATH,
        view=OpportunitiesView(
            path=PATH,
            rows=[_row(line, today, followers.get(line.row.id, ()), leads.get(line.row.id)) for line in lines],
            past=[_row(line, today, followers.get(line.row.id, ()), None) for line in past_lines],
            past_count=len(past),
            words=plural(len(current), "opportunité ouverte", "opportunités ouvertes"),
            since=arrival_day(chosen.values["depuis"]),
            empty=not snapshot.open_opportunities,
            bulk=bulk_choices(bulk_list(asked)),
            pages=pages,
            chosen=chosen,
            choices={
                "type": [(kind, words.capitalize()) for kind, words in OPPORTUNITY_KINDS.items()],
                "departement": department_choices(choices.departments),
                "rayon": [(str(km), f"{km} km") for km in RADII_KM],
                "source": sorted(((name, source_in_words(name)) for name in choices.sources), key=itemgetter(1)),
                "axe": axis_choices(),
                "certitude": list(CERTAINTIES.items()),
                "reserve": list(RESERVED.items()),
                "echeance": [(str(days), f"Dans {days} jours") for days in DUE_DAYS],
                "suivi": list(FOLLOWED.items()),
                "nouveau": [("oui", "Depuis ma dernière visite")],
                "tri": list(ORDERS.items()),
            },
            headings=headings(COLUMNS, PATH, chosen, ORDERS, asked.filters.order, asked.filters.is_turned),
            folded_open=any(chosen.values[name] for name in FOLDED),
            saved=shown_views(unit.session, visitor.account_id, NAME, chosen.kept_query, fait),
        ),
    )


@router.get(f"{PATH}.{{file_format}}")
def as_file(file: ListFileDep, asked: AskedDep) -> Response:
    return opportunities_file(file, asked.opportunities.current)


def bulk_list(asked: Asked) -> BulkList:
    """Return the list as acts on many of its lines need it: without those whose deadline has passed."""
    return BulkList("opportunities", asked.query, [line.row.id for line in asked.opportunities.current])


def opportunities_file(file: ListFile, lines: Sequence[OpportunityLine]) -> Response:
    """Return lines of the list as a file."""
    followers = in_charge(file.session, [line.row.id for line in lines])
    return file.answer(NAME, FILE_COLUMNS, [_file_row(line, followers.get(line.row.id, ())) for line in lines])


def _row(line: OpportunityLine, today: date, followers: Sequence[str], leads: int | None) -> dict[str, Any]:
    row = line.row
    return {
        "id": row.id,
        "address": f"{PATH}/{row.id}",
        "title": row.title,
        "kind": OPPORTUNITY_KINDS[row.kind].capitalize(),
        "buyer": row.buyer or "",
        "place": place(row.commune, row.department),
        "distance": "" if line.km is None else f"à {number(round(line.km))} km",
        "amount": "" if row.amount_eur is None else euros(row.amount_eur),
        "published": day(row.published_on.isoformat()) if row.published_on else "",
        "deadline": row.deadline,
        "when": when(row.deadline, today) if row.deadline else "",
        "urgent": bool(row.deadline and 0 <= (row.deadline - today).days <= 7),
        "reserved": _reservations(row),
        "confidential": row.confidential,
        "lots": plural(row.lots, "lot") if row.lots else "",
        "followers": ", ".join(followers),
        "axis": AXES[row.axis.number],
        "axis_assumed": row.axis.assumed,
        "leads": None if leads is None else plural(leads, "piste"),
    }


def _reservations(row: OpenOpportunity) -> list[str]:
    """Return « réservé aux EA et ESAT » where all is, « 1 lot sur 4 réservé aux EA et ESAT » where a part is."""
    tags = []
    for reservation, count in sorted(row.reserved.items()):
        part = ""
        if count < row.lots:
            part = f"{plural(count, 'lot')} sur {row.lots} "
        tags.append(f"{part}réservé{'s' if part and count >= 2 else ''} {RESERVATIONS[reservation]}")
    return tags


def _file_row(line: OpportunityLine, followers: Sequence[str]) -> Sequence[Cell]:
    row = line.row
    return (
        row.title,
        OPPORTUNITY_KINDS[row.kind],
        row.buyer or "",
        row.commune or "",
        row.department or "",
        None if line.km is None else round(line.km, 1),
        row.amount_eur,
        row.published_on.isoformat() if row.published_on else "",
        row.deadline.isoformat() if row.deadline else "",
        row.lots or None,
        ", ".join(_reservations(row)),
        AXES[row.axis.number],
        source_in_words(row.source),
        ", ".join(followers),
        "oui" if row.confidential else "",
    )
