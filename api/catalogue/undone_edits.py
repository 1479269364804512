"""The last change of a row undone: its fields hold again what they held before it."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlmodel import Session

from api.audit import log
from api.catalogue.archiving import set_archived
from api.catalogue.lowering import CONFIDENTIAL, KIND
from api.catalogue.row_changes import Record
from api.catalogue.row_history import ARCHIVED, LOTS, MEMBER_OF, NATURAL_KEY, TAKEOVER, UNDONE, Author, last_edit
from api.catalogue.rows_by_kind import SUBJECTS, row_of
from api.catalogue.schemas import RecordKind
from api.catalogue.stored_values import from_json
from api.catalogue.upsert import write_actors, write_opportunities
from api.core.errors import ConflictError
from models.base import table_of
from models.row_history import RowEdit
from models.tables import Actor, Lot, Opportunity, Suggestion, TakeoverCase

CHANGED_SINCE = "La fiche a changé depuis : rien n’a été annulé. Voyez son historique."
# Fields that only their own page changes, with a reason.
_WITH_REASON = (CONFIDENTIAL, KIND)


def why_not_undone(edit: RowEdit | None, row: Actor | Opportunity) -> str:
    """Return why the last edit of a row can't be undone, in French; empty where it can.

    edit: None where no edit is kept.
    """
    if edit is None:
        return "Aucune modification n’est gardée."
    if edit.is_new:
        return "C’est sa création : pour la retirer, archivez la fiche."
    if any(name in edit.changes for name in _WITH_REASON):
        return "Le type et la confidentialité se changent sur la page « Diffusion »."
    return "" if edit.hash_after == row.content_hash else CHANGED_SINCE


def undo_last_edit(session: Session, kind: RecordKind, row_id: str, number: int, *, by: str, now: datetime) -> None:
    """Undo the last edit of a row, in the caller's unit of work; number: the edit that the person saw as the last.

    Raises NotFoundError, ConflictError: another edit came since, or this one is not to be undone.
    """
    row, edit = row_of(session, kind, row_id), last_edit(session, kind, row_id)
    if edit is None or edit.number != number:
        raise ConflictError(CHANGED_SINCE)
    if why := why_not_undone(edit, row):
        raise ConflictError(why)
    author = Author(by, now, f"{UNDONE}:{number}")
    former = {name: before for name, (before, _) in edit.changes.items()}
    if ARCHIVED in former:
        set_archived(session, kind, row_id, former[ARCHIVED], author)
        return
    if kind == "actors":
        _restore_actor(session, row, former, author)
    else:
        _restore_opportunity(session, row, former, edit, author)
    subject, detail = SUBJECTS[kind], {"fields": sorted(former)}
    log.note(session, by=by, action=f"{subject}.undone", kind=subject, of=row_id, detail=detail, now=now)


def _restore_actor(session: Session, row: Actor | Opportunity, former: dict[str, Any], author: Author) -> None:
    fields = from_json(table_of(Actor), former)
    carriers: list[str] | None = former.get(MEMBER_OF)
    named: dict[tuple[str, str], str] = {}
    if carriers is not None:
        here = table_of(Actor).c.id
        carriers = list(session.execute(select(here).where(here.in_(carriers)).order_by(here)).scalars())
        named = {(fields.get("source", row.source), carrier): carrier for carrier in carriers}
    record = _record(session, row, former, fields)
    record.member_of = carriers
    write_actors(session, [record], author=author, named=named)


def _restore_opportunity(
    session: Session, row: Actor | Opportunity, former: dict[str, Any], edit: RowEdit, author: Author
) -> None:
    record = _record(session, row, former, from_json(table_of(Opportunity), former))
    if LOTS in former:
        record.lots = {lot["number"]: lot for lot in former[LOTS]}
    record.takeover = former.get(TAKEOVER) and from_json(table_of(TakeoverCase), former[TAKEOVER])
    result = write_opportunities(session, [record], author=author)
    if result.lowered:
        raise ConflictError("Annuler en dirait plus qu’aujourd’hui : passez par la page « Confidentialité ».")
    _link_lots_again(session, edit)


def _link_lots_again(session: Session, edit: RowEdit) -> None:
    """Give suggestions back the lots that had gone; a lot bears the same id again."""
    links, lots = table_of(Suggestion), table_of(Lot)
    here = select(lots.c.id).where(lots.c.opportunity_id == edit.row_id)
    present = set(session.execute(here).scalars())
    again = [{"row": row, "lot": lot} for row, lot in edit.lot_links.items() if lot in present]
    if again:
        change = update(links).where(links.c.id == bindparam("row")).values(lot_id=bindparam("lot"))
        session.connection().execute(change, again)


def _record(session: Session, row: Actor | Opportunity, former: dict[str, Any], fields: dict[str, Any]) -> Record:
    key = former.get(NATURAL_KEY, row.natural_key)
    if key != row.natural_key and _is_taken(session, type(row), key):
        raise ConflictError("Une autre fiche porte depuis le numéro que celle-ci avait : rien n’a été annulé.")
    own_fields = {name: value for name, value in fields.items() if name != NATURAL_KEY}
    return Record(0, key, own_fields, {}, stored_key=row.natural_key)


def _is_taken(session: Session, model: type[Actor | Opportunity], key: str) -> bool:
    table = table_of(model)
    return session.execute(select(table.c.id).where(table.c.natural_key == key)).first() is not None
