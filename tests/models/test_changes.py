"""Every change of a row that the desk reads moves the counter on, whoever writes it and how."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, text
from sqlmodel import select

from models.changes import EVENTS, WATCHED, ChangeCounter, RowChange
from models.database import open_database, reading, writing
from models.revisions import migrate
from models.tables import (
    Actor,
    Commune,
    CompanyState,
    ContractWon,
    DuplicateProposal,
    FormerCommune,
    Lot,
    Membership,
    Opportunity,
    RegisterExtract,
    TakeoverCase,
    TeaserLine,
    WeightsVersion,
)
from tests.support.databases import make_database, url_of
from tests.support.schemas import is_sqlite, triggers_of


@pytest.fixture
def blank(tmp_path: Path) -> Iterator[Engine]:
    make_database(tmp_path / "blank.db")
    opened = open_database(url_of(tmp_path / "blank.db"))
    migrate(opened)
    yield opened
    opened.dispose()


def value(engine: Engine) -> int:
    with reading(engine) as session:
        return session.exec(select(ChangeCounter.value)).one()


def changed_since(engine: Engine, counter: int) -> set[tuple[str, str]]:
    with reading(engine) as session:
        rows = session.exec(select(RowChange).where(RowChange.counter > counter)).all()
        return {(row.subject, row.row_id) for row in rows}


def an_actor(id: str) -> Actor:
    return Actor(id=id, natural_key=id, content_hash="", source="s", name=id, kind="scop")


def an_opening(id: str) -> Opportunity:
    return Opportunity(id=id, natural_key=id, content_hash="", source="s", source_id=id, kind="market", title=id)


def a_proposal(first: str, second: str) -> DuplicateProposal:
    return DuplicateProposal(id=first + second, kind="actors", first_id=first, second_id=second, similarity=1.0)


def test_every_table_that_the_desk_reads_is_watched_once_the_newest_tables_are_made(blank: Engine) -> None:
    """A later migration that makes a table anew loses its triggers: this test sees it."""
    expected = (
        {f"note_{table}_{event}" for table in WATCHED for event in EVENTS}
        if is_sqlite(blank)
        else {f"{act}_{table}" for table in WATCHED for act in ("advance", "note")}
    )
    assert expected <= triggers_of(blank)


def test_an_insert_an_update_and_a_deletion_are_noted_each(blank: Engine) -> None:
    at = [value(blank)]
    with writing(blank) as session:
        session.add(an_actor("a"))
    at.append(value(blank))
    with writing(blank) as session:
        session.execute(text("UPDATE actors SET name = 'b' WHERE id = 'a'"))
    at.append(value(blank))
    with writing(blank) as session:
        session.execute(text("DELETE FROM actors"))
    at.append(value(blank))
    assert at == sorted(set(at))
    for counter in at[:-1]:
        assert changed_since(blank, counter) == {("actors", "a")}
    assert changed_since(blank, at[-1]) == set()


def test_what_follows_a_part_that_was_rolled_back_is_noted(blank: Engine) -> None:
    before = value(blank)
    with writing(blank) as session:
        with suppress(LookupError), session.begin_nested():
            session.add(an_actor("a"))
            session.flush()
            raise LookupError
        session.add(an_actor("b"))
    assert changed_since(blank, before) == {("actors", "b")}


def test_in_postgresql_a_transaction_moves_the_counter_on_once(blank: Engine) -> None:
    """Each move leaves a version that the next one walks through: a file of many rows took the square of its length."""
    before = value(blank)
    for ids in ("ab", "cd"):
        with writing(blank) as session:
            for id in ids:
                session.add(an_actor(id))
                session.flush()
    assert changed_since(blank, before) == {("actors", id) for id in "abcd"}
    assert value(blank) - before == (4 if is_sqlite(blank) else 2)


def test_what_depends_on_another_row_is_noted_under_that_row(blank: Engine) -> None:
    with writing(blank) as session:
        session.add_all([an_actor("a"), an_actor("b"), an_opening("o"), an_opening("p")])
        session.add(Commune(code="26001", name="C", department="26", lat=1, lon=1, point_source="x"))
        session.add(WeightsVersion(id="w", status="active", values={}))
    for row, noted in (
        (Lot(id="l", opportunity_id="o", number="1", title="L"), {("opportunities", "o")}),
        (TakeoverCase(opportunity_id="p", cause="other"), {("opportunities", "p")}),
        (Membership(carrier_id="a", member_id="b"), {("memberships", "a")}),
        (
            ContractWon(source="d", source_id="1", siret="1" * 14, title="T", buyer_name="", reference=""),
            {("contracts_won", "1" * 14)},
        ),
        (
            CompanyState(source="r", source_id="siren:1", siren="1" * 9, state="closed", reference=""),
            {("company_states", "1" * 9)},
        ),
        (a_proposal("a", "b"), {("duplicate_proposals", "a"), ("duplicate_proposals", "b")}),
        (FormerCommune(code="26002", name="D", department="26", current_code="26001"), {("communes", "26002")}),
        (
            TeaserLine(opportunity_id="p", number=1, text="E", description={}, conditions={}, fits=10),
            {("opportunities", "p")},
        ),
        (RegisterExtract(department="26", day=date(2026, 11, 1), establishments=9), {("register", "26")}),
    ):
        before = value(blank)
        with writing(blank) as session:
            session.add(row)
        assert changed_since(blank, before) == noted
        before = value(blank)
        with writing(blank) as session:
            session.delete(session.merge(row))
        assert changed_since(blank, before) == noted
    before = value(blank)
    with writing(blank) as session:
        session.execute(text("UPDATE weights SET status = 'retired'"))
        session.execute(text("UPDATE communes SET name = 'E'"))
    assert changed_since(blank, before) == {("weights", "w"), ("communes", "26001")}


def test_a_row_that_changes_its_key_is_noted_under_both(blank: Engine) -> None:
    with writing(blank) as session:
        session.add_all([an_opening("o"), an_opening("p")])
        session.flush()
        session.add(Lot(id="l", opportunity_id="o", number="1", title="L"))
    before = value(blank)
    with writing(blank) as session:
        session.execute(text("UPDATE lots SET opportunity_id = 'p'"))
    assert changed_since(blank, before) == {("opportunities", "o"), ("opportunities", "p")}


def test_a_change_that_is_rolled_back_moves_nothing(blank: Engine) -> None:
    before = value(blank)

    def fail() -> None:
        with writing(blank) as session:
            session.add(an_actor("a"))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert value(blank) == before
    assert changed_since(blank, 0) == set()


def test_the_notes_are_no_more_than_the_rows_however_often_they_change(blank: Engine) -> None:
    with writing(blank) as session:
        session.add(an_actor("a"))
    for name in "bcdef":
        with writing(blank) as session:
            session.execute(text("UPDATE actors SET name = :name"), {"name": name})
    with reading(blank) as session:
        (note,) = session.exec(select(RowChange)).all()
    assert note.counter == value(blank)


def test_a_database_of_before_is_watched_from_its_migration_on(blank: Engine) -> None:
    """Its rows count as read whole: the counter begins at 0, and the first change is seen."""
    migrate(blank, "base")
    migrate(blank, "0008")
    assert not [name for name in triggers_of(blank) if name.startswith(("note", "advance"))]
    assert "change_counter" not in inspect(blank).get_table_names()
    with writing(blank) as session:
        # By the columns of then.
        lists = ("activities", "naf", "area_departments", "area_communes", "approvals", "seeks")
        words = dict.fromkeys(("id", "natural_key", "content_hash", "source", "name", "kind"), "a")
        row = words | dict.fromkeys(lists, "[]") | {"confidential": False}
        row |= dict.fromkeys(("created_at", "updated_at"), "2026-11-24 03:30:00")
        names = ", ".join(row)
        session.execute(text(f"INSERT INTO actors ({names}) VALUES (:{', :'.join(row)})"), row)
    migrate(blank)
    assert value(blank) == 0
    with writing(blank) as session:
        session.execute(text("UPDATE actors SET name = 'b'"))
    assert changed_since(blank, 0) == {("actors", "a")}
