"""Where the blind sheet of a case is, and what has changed since the owner agreed to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlmodel import Session

from api.confidentiality.teaser import Teaser
from api.takeovers.sheet.queries import figures_of, standing_sheet, versions_of
from api.takeovers.sheet.sheet_facts import CaseFigures, SheetChoices, told_rows
from models.blind_sheets import BlindSheet


class SheetState(StrEnum):
    """Where the sheet of a case is. CHANGED: it stands, but the record or the line has changed since the agreement."""

    NONE = "none"
    TO_APPROVE = "to_approve"
    APPROVED = "approved"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Change:
    """What a version says otherwise than the record would by now; empty words: nothing of it."""

    name: str
    before: str
    now: str


@dataclass(frozen=True)
class SheetSummary:
    """The sheet of a case in a line. number, code_name: of the newest version, 0 and empty without one.

    standing_number: of the version that is read outside, None without one. changes: see `changes_since`, without the
    line, which takes a count of establishments.
    """

    state: SheetState
    number: int = 0
    code_name: str = ""
    standing_number: int | None = None
    approved_on: date | None = None
    changes: tuple[Change, ...] = ()


def changes_since(
    version: BlindSheet, figures: CaseFigures, *, teaser: Teaser | None = None, is_first_split: bool | None = None
) -> tuple[Change, ...]:
    """Return what a version says otherwise than the record and the line would by now.

    teaser, is_first_split: of this moment; None where they are not to be compared.
    """
    told = dict(version.told)
    choices = SheetChoices.stored(version.choices)
    if is_first_split is None:
        # The band that was told is told again, in whichever way it was.
        variants = [told_rows(figures, choices, is_first_split=split) for split in (False, True)]
        rows = next((rows for rows in variants if rows == version.told), variants[0])
    else:
        rows = told_rows(figures, choices, is_first_split=is_first_split)
    current = dict(rows)
    names = list(dict.fromkeys((*told, *current)))
    changes = [Change(name, told.get(name, ""), current.get(name, "")) for name in names]
    if teaser:
        changes.insert(0, Change("Métier, lieu et effectif", version.line, teaser.text))
    return tuple(change for change in changes if change.before != change.now)


def summary(session: Session, opportunity_id: str) -> SheetSummary:
    """Return where the sheet of a case is, without counting establishments."""
    versions = versions_of(session, opportunity_id)
    if not versions:
        return SheetSummary(SheetState.NONE)
    newest, standing = versions[0], standing_sheet(session, opportunity_id)
    changes = changes_since(standing, figures_of(session, opportunity_id)) if standing else ()
    return SheetSummary(
        state=state_of(newest, standing, changes),
        number=newest.number,
        code_name=newest.code_name,
        standing_number=standing.number if standing else None,
        approved_on=standing.approved_on if standing else None,
        changes=changes,
    )


def state_of(newest: BlindSheet | None, standing: BlindSheet | None, changes: Sequence[Change]) -> SheetState:
    """Return the state of a sheet. newest: its last version; standing: the one that is read outside."""
    if newest is None:
        return SheetState.NONE
    if standing is None or standing.number != newest.number:
        return SheetState.WITHDRAWN if newest.withdrawn_at else SheetState.TO_APPROVE
    return SheetState.CHANGED if changes else SheetState.APPROVED
