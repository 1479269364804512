"""Lines in parts: each is in one, and writing what one part reaches leaves the others as they stood."""

from functools import partial

from sqlalchemy import Engine
from sqlmodel import Session, select

from api.alerts.line_parts import is_within, parts_of_lines
from api.takeovers.reach.line_reach import store_reach
from models.database import reading, writing
from models.proposals import LineReach

LINES = [f"Une ligne de {size} à {size + 9} salariés" for size in range(0, 2000, 10)]


def test_a_line_is_in_one_part_and_in_the_whole() -> None:
    parts = parts_of_lines(Session())
    assert all(sum(is_within(part, line) for part in parts) == 1 for line in LINES)
    assert all(any(is_within(part, line) for line in LINES) for part in parts), "no part is empty of so many lines"
    assert all(is_within([], line) for line in LINES)


def test_what_one_part_reaches_replaces_what_stood_of_its_lines_alone(engine: Engine) -> None:
    """A line that is told no more goes with its part, whichever part is written first."""
    before, later = ({line: [f"{night} {line[13:18]}"] for line in LINES} for night in ("before", "later"))
    with writing(engine) as session:
        store_reach(session, before)
    gone = LINES[0]
    del later[gone]
    for part in reversed(parts_of_lines(Session())):
        chosen = partial(is_within, part)
        with writing(engine) as session:
            store_reach(session, {line: actor_ids for line, actor_ids in later.items() if chosen(line)}, chosen)
        with reading(engine) as session:
            stand = {row.line: [row.actor_id] for row in session.exec(select(LineReach)).all()}
        before = {line: actor_ids for line, actor_ids in before.items() if not chosen(line)}
        assert {line: actor_ids for line, actor_ids in stand.items() if line in before} == before
        assert {line: actor_ids for line, actor_ids in stand.items() if chosen(line)} == {
            line: actor_ids for line, actor_ids in later.items() if chosen(line)
        }
    assert stand == later
