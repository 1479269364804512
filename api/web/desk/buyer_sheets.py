"""The sheet for a buyer, to print or to download: of actors that were ticked, or of the first of a ranking."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query
from sqlmodel import Session
from starlette.responses import Response

from api.audit import log
from api.catalogue import records
from api.catalogue.wording import place
from api.core.errors import NotFoundError
from api.core.table_files import TYPES, as_xlsx
from api.matching.suggest import actors_for_opportunity
from api.web.checked_router import CheckedRouter
from api.web.components.buyer_sheet import BuyerSheet, buyer_sheet
from api.web.components.forms import desk_page
from api.web.components.picked_acts import opportunity_address
from api.web.dependencies import TodayDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import QueryWord, QueryWords
from api.web.house import SnapshotDep
from api.web.rendering import HEADERS
from api.web.visitors import Visitor, VisitorDep
from matcher.sections import Section, section_of
from models.unit_of_work import UnitOfWork

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False)

OFFERED, FIRST = 10, 3
SECRET = (
    "Ce cas est confidentiel : aucune feuille ne peut le nommer. Une feuille sans lui se fait depuis la liste des "
    "acteurs."
)


@dataclass(frozen=True)
class SheetView:
    """The sheet, for whom it is, and the form that says who stands on it.

    subject: of the opportunity, by name and value; empty without one. hidden: what the form keeps. refusal: why there
    is no sheet.
    """

    sheet: BuyerSheet
    subject: Sequence[tuple[str, str]]
    back: str
    page: str
    hidden: Sequence[tuple[str, str]]
    day: date
    refusal: str = ""
    is_scripted: bool = True

    @property
    def file_address(self) -> str:
        chosen = [choice for choice in self.sheet.choices if choice.is_chosen]
        fields = [
            *self.hidden,
            *(("acteur", choice.id) for choice in chosen),
            *(("contact", row_id) for choice in chosen for row_id, _, is_given in choice.contacts if is_given),
        ]
        return f"{self.page}.xlsx?{urlencode(fields)}"


def _for_opportunity(
    opportunity_id: str,
    visitor: VisitorDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    today: TodayDep,
    acteur: QueryWords = (),
    contact: QueryWords = (),
    lot: Annotated[str, Query(max_length=36)] = "",
    closes: QueryWord = "",
) -> SheetView:
    """Return the sheet of the actors that were ticked; where none was, of the first three that are not unlikely.

    No list is shown anew, so that no impression is noted.
    """
    opportunity_file = records.read_opportunity(unit, opportunity_id, visitor.audience)
    opportunity = opportunity_file.opportunity
    page, back = f"/opportunites/{opportunity_id}/feuille", {"lot": lot, "closes": closes}
    if opportunity.confidential:
        nothing = buyer_sheet(unit.session, (), ())
        return SheetView(nothing, (), opportunity_address(opportunity_id, back), page, (), today, SECRET)
    chosen_lot = next((row for row in opportunity_file.lots if row.id == lot), None)
    if lot and chosen_lot is None:
        raise NotFoundError("Ce lot n’existe pas.")
    subject_id = lot or (opportunity_file.lots[0].id if opportunity_file.lots else opportunity_id)
    offered: Sequence[str] = ()
    if opportunity.archived_at is None:
        (ranked,) = actors_for_opportunity(
            unit.session, snapshot, subject_id, visitor.audience, k=OFFERED, even_closed=bool(closes), today=today
        )
        offered = [entry.card.id for entry in ranked.entries]
        likely = [
            entry.card.id
            for entry in ranked.entries
            if section_of(entry.suggestion.score) != Section.UNLIKELY and entry.card.id not in snapshot.confidential
        ]
        acteur = acteur or likely[:FIRST]
    subject = [
        ("Pour", opportunity.title),
        ("Lot", f"{chosen_lot.number} : {chosen_lot.title}" if chosen_lot else ""),
        ("Acheteur", opportunity.buyer_name or ""),
        ("Lieu", place(opportunity.commune_name, opportunity.department)),
    ]
    return SheetView(
        sheet=buyer_sheet(unit.session, acteur, contact, offered),
        subject=[(name, value) for name, value in subject if value],
        back=opportunity_address(opportunity_id, back, acteur),
        page=page,
        hidden=[(name, value) for name, value in back.items() if value],
        day=today,
    )


def _of_actors(unit: UnitDep, today: TodayDep, acteur: QueryWords = (), contact: QueryWords = ()) -> SheetView:
    return SheetView(buyer_sheet(unit.session, acteur, contact), (), "/acteurs", "/acteurs/feuille", (), today)


OpportunitySheetDep = Annotated[SheetView, Depends(_for_opportunity)]
ActorsSheetDep = Annotated[SheetView, Depends(_of_actors)]


@router.get("/opportunites/{opportunity_id}/feuille")
def opportunity_sheet(visitor: VisitorDep, view: OpportunitySheetDep) -> Response:
    return _page(view, visitor, "/opportunites")


@router.get("/opportunites/{opportunity_id}/feuille.xlsx")
def opportunity_sheet_file(visitor: VisitorDep, unit: UnitDep, view: OpportunitySheetDep) -> Response:
    return _page(view, visitor, "/opportunites") if view.refusal else _file(view, visitor, unit)


@router.get("/acteurs/feuille")
def actors_sheet(visitor: VisitorDep, view: ActorsSheetDep) -> Response:
    return _page(view, visitor, "/acteurs")


@router.get("/acteurs/feuille.xlsx")
def actors_sheet_file(visitor: VisitorDep, unit: UnitDep, view: ActorsSheetDep) -> Response:
    return _file(view, visitor, unit)


def _page(view: SheetView, visitor: Visitor, menu_entry: str) -> Response:
    return desk_page("feuille.html", visitor, menu_entry, 409 if view.refusal else 200, view=view)


def _file(view: SheetView, visitor: Visitor, unit: UnitOfWork) -> Response:
    """Return the sheet as a workbook; that it left the house, and with how many contacts, is noted in the journal."""
    sheet = view.sheet
    unit.later(partial(_note, by=visitor.by, count=len(sheet.rows), contacts=sheet.given_contacts))
    disposition = f'attachment; filename="feuille-{view.day.isoformat()}.xlsx"'
    return Response(
        as_xlsx("Acteurs", [sheet.columns, *sheet.rows]),
        media_type=TYPES["xlsx"],
        headers=HEADERS | {"Content-Disposition": disposition},
    )


def _note(session: Session, by: str, count: int, contacts: int) -> None:
    detail = {"format": "xlsx", "count": count, "contacts": contacts}
    log.note(session, by=by, action="actor.sheet_exported", kind="actors", detail=detail)
