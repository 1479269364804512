"""Whom a published line reaches by itself: the ten actors that it fits best, found each night from the line alone.

Nothing but the line and public actors counts, so that whom it reaches tells nothing else of a case: the table names no
case, and cases of which the same is told reach the same actors.
"""

from collections.abc import Callable, Collection, Mapping

from sqlalchemy import delete, insert
from sqlmodel import Session, col, select

from api.core.chunks import in_chunks
from models.proposals import LineReach

# How many actors a line reaches at most.
MOST_REACHED = 10


def store_reach(
    session: Session, reach: Mapping[str, Collection[str]], chosen: Callable[[str], bool] = lambda _line: True
) -> None:
    """Write whom each of the chosen lines reaches, in place of what stood of them. reach: line → ids of public actors.

    A chosen line that is not in `reach` is told no more.
    """
    stood = session.exec(select(LineReach.line).distinct().order_by(col(LineReach.line))).all()
    for some_lines in in_chunks([line for line in stood if chosen(line)]):
        session.execute(delete(LineReach).where(col(LineReach.line).in_(some_lines)))
    rows = [{"line": line, "actor_id": actor_id} for line, actor_ids in reach.items() for actor_id in actor_ids]
    for some_rows in in_chunks(rows):
        session.execute(insert(LineReach), some_rows)


def lines_by_actor(reach: Mapping[str, Collection[str]]) -> Mapping[str, frozenset[str]]:
    """Return actor → the lines that reach it."""
    lines: dict[str, set[str]] = {}
    for line, actor_ids in reach.items():
        for actor_id in actor_ids:
            lines.setdefault(actor_id, set()).add(line)
    return {actor_id: frozenset(own_lines) for actor_id, own_lines in lines.items()}


def lines_reaching(session: Session, actor_ids: Collection[str]) -> Mapping[str, frozenset[str]]:
    """Return actor → the lines that reach it, for those of these actors that any does."""
    lines: dict[str, set[str]] = {}
    for some_ids in in_chunks(sorted(actor_ids)):
        columns = select(LineReach.actor_id, LineReach.line).where(col(LineReach.actor_id).in_(some_ids))
        for actor_id, line in session.exec(columns):
            lines.setdefault(actor_id, set()).add(line)
    return {actor_id: frozenset(own_lines) for actor_id, own_lines in lines.items()}
