"""What was ever told of a case: its lines, each with what it tells together with all before it.

A line counts as told when it becomes the current one (`api.matching.desk`), before any outsider can be shown it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from api.confidentiality import queries
from api.confidentiality.crowd import Cell, Condition, Description
from api.confidentiality.facts import STEPS
from api.core.errors import ChangedMeanwhileError
from models.database import writing
from models.teasers import TeaserLine


class ToldElsewhereError(Exception):
    """Another process told a line of the same case meanwhile: it is to be read first."""


@dataclass(frozen=True)
class ToldLine:
    """A line of a case. number: 1, 2, … of the case; cell: what it and all lines before it tell together."""

    number: int
    cell: Cell
    text: str


def last_lines(session: Session, opportunity_ids: Collection[str]) -> dict[str, ToldLine]:
    """Return case → the last line that was told of it, for those of which any was."""
    return {case_id: _line(row) for case_id, row in queries.last_lines(session, opportunity_ids).items()}


def record_lines(engine: Engine, lines: Mapping[str, tuple[ToldLine, int]]) -> None:
    """Write lines by case, each with how many establishments it fits.

    Raises ToldElsewhereError, and writes nothing, where a case has a line of that number already.
    """
    rows = [_row(case_id, line, fits) for case_id, (line, fits) in lines.items()]
    try:
        with writing(engine, durable=True) as session:
            session.add_all(rows)
    except IntegrityError as error:
        raise ToldElsewhereError from error


def tell_line(session: Session, case_id: str, line: ToldLine, fits: int) -> None:
    """Write the line of a case in the caller's unit of work, unless it is told already.

    Raises ChangedMeanwhileError where another line was told meanwhile.
    """
    last = last_lines(session, [case_id]).get(case_id)
    if last == line:
        return
    if line.number != (last.number if last else 0) + 1:
        raise ChangedMeanwhileError("La ligne de ce cas a changé entre-temps : rechargez la page.")
    session.add(_row(case_id, line, fits))


def _row(case_id: str, line: ToldLine, fits: int) -> TeaserLine:
    return TeaserLine(
        opportunity_id=case_id,
        number=line.number,
        text=line.text,
        description=line.cell.description._asdict(),
        conditions=_stored(line.cell),
        fits=fits,
    )


def _line(row: TeaserLine) -> ToldLine:
    description = Description(**{attribute: tuple(known) for attribute, known in row.description.items()})
    return ToldLine(row.number, Cell(description, tuple(_conditions(row.conditions))), row.text)


def _stored(cell: Cell) -> dict[str, Any]:
    """Return the conditions of a cell by step, as JSON values; steps without one are left out."""
    stored: dict[str, Any] = {}
    for step, condition in zip(STEPS, cell.conditions, strict=True):
        if condition.value is not None:
            stored[f"{step.attribute}:{step.level}"] = {"is": condition.value}
        elif condition.excluded:
            stored[f"{step.attribute}:{step.level}"] = {"not": sorted(condition.excluded)}
    return stored


def _conditions(stored: Mapping[str, Any]) -> list[Condition]:
    conditions = []
    for step in STEPS:
        known = stored.get(f"{step.attribute}:{step.level}", {})
        conditions.append(Condition(known.get("is"), frozenset(known.get("not", ()))))
    return conditions
