"""Whatever is imported, edited or synchronised, in whatever order: nothing confidential becomes less so."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import select

from api.catalogue import record_changes
from api.catalogue.places.book import PlacesBook
from api.core.errors import PoleSudError
from api.imports.history import recent_imports
from api.imports.undoing import WOULD_PUBLISH, undo_import
from api.open_data.raw_records import IncomingRecord
from api.open_data.reconciling import PageReconciler
from api.open_data.sources.contract import ActorFound, OpportunityFound
from models.base import utc_now
from models.database import open_database, reading, writing
from models.tables import Actor, Opportunity, metadata
from tests.support.databases import make_database, remove_database, url_of
from tests.support.file_worlds import TITLES, FileDrop, catalogue, file_drops, lowered
from tests.support.proof_share import examples

pytestmark = pytest.mark.slow
# What fails is short already: to make it shorter takes minutes.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
EXAMPLES = settings(max_examples=examples(60, least=8), deadline=None, phases=PHASES)
Step = Callable[[Engine, Path], object]


def in_a_new_database(body: Callable[[Engine, Path], None]) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        make_database(folder / "own.db")
        engine = open_database(url_of(folder / "own.db"))
        metadata.create_all(engine)
        try:
            body(engine, folder)
        finally:
            engine.dispose()
            remove_database(folder / "own.db")


@st.composite
def edits(draw: st.DrawFn) -> Step:
    """An edit by hand of a row that is there, of its kind or its confidentiality among others."""
    changes: dict[str, Any] = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "confidential": st.sampled_from([True, False, None]),
                "kind": st.sampled_from(["market", "takeover", "scop", "employee_group"]),
                "headcount": st.integers(0, 9),
                "description": st.sampled_from(["écrite à la main"]),
            },
        )
    )
    position = draw(st.integers(0, 5))

    def edit(engine: Engine, _folder: Path) -> None:
        with reading(engine) as session:
            actors = session.exec(select(Actor.id).order_by(Actor.id)).all()
            opportunities = session.exec(select(Opportunity.id).order_by(Opportunity.id)).all()
        whole = [(record_changes.change_actor, row) for row in actors]
        whole += [(record_changes.change_opportunity, row) for row in opportunities]
        if position < len(whole):
            change, row_id = whole[position]
            with suppress(PoleSudError):
                change(engine, row_id, dict(changes))

    return edit


@st.composite
def synchronisations(draw: st.DrawFn) -> Step:
    """A page of a public source that has the name of a file's source."""
    source, number = draw(st.sampled_from(["reprises", "marches", "saisie"])), draw(st.sampled_from(["1", "2"]))
    title, said = draw(st.sampled_from(TITLES)), draw(st.sampled_from([None, True, False]))
    kind = draw(st.sampled_from(["market", "takeover", "scop", "employee_group"]))
    confidential = {} if said is None else {"confidential": said}

    def synchronise(engine: Engine, _folder: Path) -> None:
        fact: Any
        if kind in ("market", "takeover"):
            fact = OpportunityFound(source, number, {"title": title, "kind": kind} | confidential)
        else:
            fact = ActorFound(source, number, {"name": title, "kind": kind} | confidential)
        with writing(engine) as session:
            reconciler = PageReconciler(session, source, PlacesBook().current(session).places, utc_now())
            reconciler.reconcile([IncomingRecord(number, "", b"", [fact])], {})

    return synchronise


STEPS: st.SearchStrategy[Step] = st.one_of(file_drops().map(lambda drop: drop.bring_in), edits(), synchronisations())


@EXAMPLES
@given(st.lists(STEPS, min_size=2, max_size=8))
def test_nothing_confidential_becomes_less_so(steps: list[Step]) -> None:
    def body(engine: Engine, folder: Path) -> None:
        for step in steps:
            before = catalogue(engine)
            step(engine, folder)
            assert lowered(before, catalogue(engine)) == []

    in_a_new_database(body)


@EXAMPLES
@given(st.lists(file_drops(), max_size=3), file_drops(), st.sampled_from([None, "neuf.csv", "Neuf (2).csv"]))
def test_a_file_imported_twice_under_its_own_or_a_new_name_changes_nothing_the_second_time(
    earlier: list[FileDrop], drop: FileDrop, other_name: str | None
) -> None:
    def body(engine: Engine, folder: Path) -> None:
        for one in earlier:
            one.bring_in(engine, folder)
        drop.bring_in(engine, folder)
        before = catalogue(engine)
        renamed = FileDrop(other_name, drop.kind, drop.text) if other_name else drop
        again = renamed.bring_in(engine, folder)
        assert (again.created, again.changed) == (0, 0)
        assert catalogue(engine) == before

    in_a_new_database(body)


@EXAMPLES
@given(st.lists(file_drops(), max_size=3), file_drops())
def test_an_import_undone_is_as_if_it_had_never_been(earlier: list[FileDrop], drop: FileDrop) -> None:
    """But for rows that it made confidential: they stay so, and are named, unless a person gives a reason."""

    def body(engine: Engine, folder: Path) -> None:
        for one in earlier:
            one.bring_in(engine, folder)
        before = catalogue(engine)
        report = drop.bring_in(engine, folder)
        after = catalogue(engine)
        if not report.created + report.changed:
            assert after == before
            return
        now = utc_now()
        with writing(engine) as session:
            newest = recent_imports(session, now.replace(year=2000), 1)[0]
            undoing = undo_import(session, newest.id, reason="", by="test", now=now)
        undone = catalogue(engine)
        # Whatever the import created was public or secret by itself; what was there before is not lowered.
        kept = {row["id"] for table in ("actors", "opportunities") for row in before[table]}
        assert [row_id for row_id in lowered(after, undone) if row_id in kept] == []
        assert {row.why for row in undoing.left} <= {WOULD_PUBLISH}
        if not undoing.left:
            assert undone == before

    in_a_new_database(body)


@EXAMPLES
@given(st.lists(file_drops(), max_size=3), file_drops())
def test_with_a_reason_it_is_undone_whole(earlier: list[FileDrop], drop: FileDrop) -> None:
    def body(engine: Engine, folder: Path) -> None:
        for one in earlier:
            one.bring_in(engine, folder)
        before = catalogue(engine)
        report = drop.bring_in(engine, folder)
        if report.created + report.changed:
            now = utc_now()
            with writing(engine) as session:
                newest = recent_imports(session, now.replace(year=2000), 1)[0]
                undo_import(session, newest.id, reason="Mauvais fichier, importé par erreur", by="test", now=now)
        assert catalogue(engine) == before

    in_a_new_database(body)
