"""The history of a row, with the undoing of its last change; the archive."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, NamedTuple
from urllib.parse import urlencode

from fastapi import Depends, Form, Query, Request
from starlette.responses import Response

from api.catalogue import records
from api.catalogue.archiving import archived_page, set_archived
from api.catalogue.row_history import Author, edits_of
from api.catalogue.schemas import RecordKind
from api.catalogue.undone_edits import undo_last_edit, why_not_undone
from api.catalogue.wording import OPPORTUNITY_KINDS, kind_in_words, place
from api.core.clock import PARIS
from api.core.errors import ConflictError, InvalidError
from api.core.french import day, plural
from api.web.checked_router import CheckedRouter
from api.web.components.forms import PER_PAGE, Pages, desk_page
from api.web.components.row_edits import ADDRESSES, ShownEdit, shown_edits
from api.web.dependencies import EngineDep, NowDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import FormWord, QueryWord
from api.web.rendering import see
from api.web.visitors import Visitor, VisitorDep
from models.database import writing
from models.tables import Actor, Opportunity
from models.unit_of_work import UnitOfWork

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False)

# Edits that a page shows.
SHOWN = 200
# The greatest number of an edit.
MOST_EDITS = 2_147_483_647

KINDS: Mapping[str, RecordKind] = {"acteurs": "actors", "opportunites": "opportunities"}


class AskedRow(NamedTuple):
    """The row of an address."""

    kind: RecordKind
    id: str

    @property
    def address(self) -> str:
        return f"{ADDRESSES[self.kind]}/{self.id}"


async def _asked_row(request: Request) -> AskedRow:
    names = request.path_params
    if "actor_id" in names:
        return AskedRow("actors", names["actor_id"])
    return AskedRow("opportunities", names["opportunity_id"])


AskedRowDep = Annotated[AskedRow, Depends(_asked_row)]


@dataclass(frozen=True)
class HistoryView:
    """The edits of a row, the newest first. why_not: why the newest can't be undone, empty where it can."""

    name: str
    address: str
    edits: Sequence[ShownEdit]
    is_cut: bool
    why_not: str
    problem_text: str


@dataclass(frozen=True)
class ArchiveView:
    """A page of what is in the archive, of one kind."""

    rows: Sequence[Mapping[str, str]]
    words: str
    which: str
    text: str
    query: str
    pages: Pages


@router.get("/archives")
def archive(
    visitor: VisitorDep,
    unit: UnitDep,
    quoi: QueryWord = "",
    texte: Annotated[str, Query(max_length=100)] = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    which = quoi if quoi in KINDS else "opportunites"
    kind, text = KINDS[which], texte.strip()
    rows, count = archived_page(unit.session, kind, text, offset=(page - 1) * PER_PAGE, limit=PER_PAGE)
    return desk_page(
        "archives.html",
        visitor,
        "/acteurs" if kind == "actors" else "/",
        view=ArchiveView(
            rows=[
                {
                    "address": f"/{which}/{row.id}",
                    "name": row.name,
                    "kind": kind_in_words(row.kind) if kind == "actors" else OPPORTUNITY_KINDS[row.kind].capitalize(),
                    "place": place(row.commune, row.department),
                    "day": day(row.archived_at.astimezone(PARIS).date().isoformat()),
                }
                for row in rows
            ],
            words=plural(count, "fiche archivée", "fiches archivées"),
            which=which,
            text=text,
            query=urlencode({"quoi": which} | ({"texte": text} if text else {})),
            pages=Pages(count, page),
        ),
    )


@router.get("/acteurs/{actor_id}/historique")
@router.get("/opportunites/{opportunity_id}/historique")
def history(row: AskedRowDep, visitor: VisitorDep, unit: UnitDep) -> Response:
    return _history_page(visitor, unit, row)


@router.post("/acteurs/{actor_id}/historique")
@router.post("/opportunites/{opportunity_id}/historique")
def undo(
    row: AskedRowDep,
    visitor: VisitorDep,
    engine: EngineDep,
    unit: UnitDep,
    now: NowDep,
    modification: Annotated[int, Form(ge=0, le=MOST_EDITS)] = 0,
) -> Response:
    """Undo the last change of a row; modification: its number, as the person saw it."""
    unit.end_reading()
    try:
        with writing(engine, durable=True) as session:
            undo_last_edit(session, row.kind, row.id, modification, by=visitor.by, now=now)
    except ConflictError as conflict:
        return _history_page(visitor, unit, row, conflict)
    return see(f"{row.address}?fait=annule")


@router.post("/acteurs/{actor_id}/archives")
@router.post("/opportunites/{opportunity_id}/archives")
def move(row: AskedRowDep, visitor: VisitorDep, engine: EngineDep, now: NowDep, choix: FormWord = "") -> Response:
    """`archiver` takes a row from the desk, `restaurer` puts it back."""
    if choix not in ("archiver", "restaurer"):
        raise InvalidError([("choix", "dites si la fiche va aux archives")])
    archived = choix == "archiver"
    with writing(engine, durable=True) as session:
        set_archived(session, row.kind, row.id, archived, Author(visitor.by, now))
    return see(f"{row.address}?fait={'archive' if archived else 'restaure'}")


def _history_page(
    visitor: Visitor, unit: UnitOfWork, asked: AskedRow, conflict: ConflictError | None = None
) -> Response:
    row: Actor | Opportunity
    if asked.kind == "actors":
        row = records.read_actor(unit, asked.id, visitor.audience).actor
    else:
        row = records.read_opportunity(unit, asked.id, visitor.audience).opportunity
    edits = edits_of(unit.session, asked.kind, asked.id, SHOWN + 1)
    return desk_page(
        "historique.html",
        visitor,
        "/acteurs" if asked.kind == "actors" else "/",
        conflict.status if conflict else 200,
        view=HistoryView(
            name=row.name if isinstance(row, Actor) else row.title,
            address=asked.address,
            edits=shown_edits(unit.session, edits[:SHOWN]),
            is_cut=len(edits) > SHOWN,
            why_not=why_not_undone(edits[0] if edits else None, row),
            problem_text=conflict.detail if conflict else "",
        ),
    )
