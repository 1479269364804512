"""Where a builder runs nobody else builds; the house sees what it wrote, outsiders nothing that is secret."""

import threading
import time
from collections.abc import Iterator, Sequence

import pytest
from sqlalchemy import Engine, text

from api.accounts.audience import Audience
from api.catalogue import record_changes
from api.catalogue.schemas import ActorIn, OpportunityIn
from api.core.progress import EncodingProgress
from api.core.settings import HOME_DEPARTMENTS
from api.matching import builder as builder_module
from api.matching.builder import SnapshotBuilder
from api.matching.desk import AT_ONCE, PORTION, Desk
from matcher.embedding import Progress
from matcher.types import FloatArray
from models.change_feed import ChangeFeed
from models.database import open_database, writing
from models.tables import Actor
from tests.support.databases import by_hand
from tests.support.night_world import ToyEncoder, small
from tests.support.sameness import same

# Not a measure of speed: how long a builder that is stuck is waited for.
LONG = 60
HOUSE, OUTSIDE = Audience(confidential=True), Audience()


class PatientEncoder(ToyEncoder):
    """Encodes one call for each permit, and remembers the threads that called."""

    def __init__(self, permits: int) -> None:
        self.permits = threading.Semaphore(permits)
        self.threads: set[str] = set()

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> FloatArray:
        if texts:
            self.permits.acquire()
            self.threads.add(threading.current_thread().name)
        return super().encode(texts, progress)


@pytest.fixture
def encoder() -> PatientEncoder:
    return PatientEncoder(1_000)


@pytest.fixture
def desk(engine: Engine, encoder: PatientEncoder) -> Iterator[Desk]:
    """A desk with a builder."""
    desk = Desk(small(engine), encoder, HOME_DEPARTMENTS)
    builder = SnapshotBuilder(desk)
    builder.start()
    yield desk
    encoder.permits.release(1_000)
    builder.stop()


def actor(number: int, **fields: object) -> ActorIn:
    return ActorIn.model_validate(
        {"source_id": str(number), "name": f"N{number}", "kind": "scop", "activities": ["tonte"]} | fields
    )


def names(desk: Desk) -> list[str]:
    return sorted(one.name for one in desk.current().actors.actors)


def test_whoever_wrote_sees_it_and_only_the_builder_builds(desk: Desk, engine: Engine, encoder: PatientEncoder) -> None:
    encoder.threads.clear()
    for number in range(5):
        record_changes.create_actor(engine, actor(number))
        assert names(desk) == [f"N{n}" for n in range(number + 1)]
        assert desk.snapshot_for(HOUSE) is desk.snapshot()
    assert encoder.threads == {"snapshot-builder"}


def test_what_another_process_wrote_is_seen(desk: Desk, engine: Engine) -> None:
    actor_id = record_changes.create_actor(engine, actor(1))
    with by_hand(engine.url) as connection:
        connection.exec_driver_sql(f"UPDATE actors SET headcount = 7 WHERE id = '{actor_id}'")
    assert desk.catch_up(LONG)
    assert desk.snapshot().actor(actor_id, confidential=True).headcount == 7


def shown_without_asking(desk: Desk, actor_id: str, headcount: int) -> bool:
    """Wait until the snapshot shows a number that another process writes now; nobody asks for what is newer."""
    with by_hand(desk.engine.url) as connection:
        connection.exec_driver_sql(f"UPDATE actors SET headcount = {headcount} WHERE id = '{actor_id}'")
    end = time.monotonic() + LONG
    while desk.snapshot().actor(actor_id, confidential=True).headcount != headcount:
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


@pytest.mark.postgres_only("SQLite tells nobody of changes")
def test_what_another_process_commits_wakes_the_builder(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the feed alone: the next look at the tables is hours away."""
    monkeypatch.setattr(builder_module, "POLL_SECONDS", LONG * LONG)
    monkeypatch.setattr(builder_module, "HEARD_POLL_SECONDS", LONG * LONG)
    desk = Desk(small(engine), ToyEncoder(), HOME_DEPARTMENTS)
    actor_id = record_changes.create_actor(engine, actor(1))
    builder = SnapshotBuilder(desk)
    builder.start()
    # The first two may be seen by the looks that a builder and a new connection begin with, the third by none.
    assert [shown_without_asking(desk, actor_id, headcount) for headcount in (7, 8, 9)] == [True] * 3
    builder.stop()


def test_where_nobody_tells_of_changes_a_look_within_a_second_finds_them(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ChangeFeed, "start", lambda _: None)
    desk = Desk(small(engine), ToyEncoder(), HOME_DEPARTMENTS)
    actor_id = record_changes.create_actor(engine, actor(1))
    builder = SnapshotBuilder(desk)
    builder.start()
    assert [shown_without_asking(desk, actor_id, headcount) for headcount in (7, 8)] == [True] * 2
    builder.stop()
    # What the documents promise, less the time to build.
    assert max(builder_module.POLL_SECONDS, builder_module.HEARD_POLL_SECONDS) < 1


def test_who_waits_for_what_another_process_wrote_wakes_the_builder(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a feed, and before the next look at the tables: the house sees what its request could see in them."""
    monkeypatch.setattr(builder_module, "POLL_SECONDS", LONG * LONG)
    monkeypatch.setattr(builder_module, "HEARD_POLL_SECONDS", LONG * LONG)
    desk = Desk(small(engine), ToyEncoder(), HOME_DEPARTMENTS)
    builder = SnapshotBuilder(desk)
    actor_id = record_changes.create_actor(engine, actor(1))
    builder.start()
    other = open_database(engine.url.render_as_string(hide_password=False))
    with other.begin() as connection:
        connection.execute(text("UPDATE actors SET headcount = 7"))
    other.dispose()
    assert desk.catch_up(LONG)
    assert desk.snapshot().actor(actor_id, confidential=True).headcount == 7
    builder.stop()


def test_many_new_texts_keep_nobody_waiting(desk: Desk, engine: Engine, encoder: PatientEncoder) -> None:
    """The rows come once their texts are encoded; meanwhile they are counted, and an edit of another row is shown."""
    first = record_changes.create_actor(engine, actor(0))
    desk.catch_up(LONG)
    while encoder.permits.acquire(blocking=False):
        pass
    count = AT_ONCE + PORTION
    import_rows(engine, [actor(n) for n in range(1, count + 1)])
    assert desk.catch_up(LONG)
    assert [one.name for one in desk.snapshot().actors.actors] == ["N0"]
    assert desk.encoding == EncodingProgress(count, count)
    record_changes.change_actor(engine, first, {"headcount": 9})
    encoder.permits.release()
    assert desk.catch_up(LONG)
    snapshot = desk.snapshot()
    assert snapshot.actor(first, confidential=True).headcount == 9
    assert desk.encoding == EncodingProgress(count - PORTION, count)
    assert len(snapshot.actors.actors) == len(snapshot.actor_cards) == 1 + PORTION
    encoder.permits.release(1_000)
    while desk.encoding.waiting:
        threading.Event().wait(0.02)
    assert same(desk.snapshot(), Desk(engine, ToyEncoder(), HOME_DEPARTMENTS).snapshot())


def test_an_encoder_that_is_stuck_over_an_edit_keeps_nobody(
    desk: Desk, engine: Engine, encoder: PatientEncoder
) -> None:
    """The house gets what is ready once its patience is over, outsiders at once, while the builder encodes."""
    record_changes.create_actor(engine, actor(0))
    assert desk.catch_up(LONG)
    while encoder.permits.acquire(blocking=False):
        pass
    record_changes.create_actor(engine, actor(1, activities=["élagage des haies"]))
    for audience in (HOUSE, OUTSIDE):
        assert [one.name for one in desk.snapshot_for(audience).actors.actors] == ["N0"]
    encoder.permits.release(1_000)
    assert names(desk) == ["N0", "N1"]


def import_rows(engine: Engine, rows: Sequence[ActorIn]) -> None:
    """Write rows in one unit of work, as a file does."""
    with writing(engine) as session:
        for row in rows:
            kept = row.model_dump(mode="json", include={"source_id", "name", "activities"})
            key = str(row.source_id)
            session.add(Actor(id=f"i{key}", natural_key=key, content_hash="", source="s", kind="scop", **kept))


def test_a_builder_that_stopped_leaves_the_desk_to_whoever_asks(engine: Engine) -> None:
    desk = Desk(small(engine), ToyEncoder(), HOME_DEPARTMENTS)
    builder = SnapshotBuilder(desk)
    builder.start()
    assert "snapshot-builder" in {thread.name for thread in threading.enumerate()}
    builder.stop()
    assert "snapshot-builder" not in {thread.name for thread in threading.enumerate()}
    record_changes.create_actor(engine, actor(1))
    assert [one.name for one in desk.snapshot().actors.actors] == ["N1"]


@pytest.fixture
def stale(engine: Engine) -> Desk:
    """A desk whose builder never comes: it stays as it was when it was made."""
    desk = Desk(small(engine), ToyEncoder(), HOME_DEPARTMENTS)
    carrier = record_changes.create_actor(engine, actor(1, kind="network", name="Réseau"))
    record_changes.create_actor(engine, actor(2, name="Membre", member_of=["1"], activities=["élagage"], headcount=40))
    record_changes.create_opportunity(
        engine,
        OpportunityIn.model_validate({"source_id": "1", "title": "Tonte", "lots": [{"number": "1", "title": "L"}]}),
    )
    record_changes.create_opportunity(
        engine,
        OpportunityIn.model_validate({"source_id": "2", "title": "T", "kind": "takeover", "teaser": "Jardiniers"}),
    )
    assert len(desk.snapshot().actor(carrier, confidential=True).members) == 1
    desk.is_served = True
    return desk


def test_a_stale_snapshot_names_nothing_that_became_confidential(stale: Desk, engine: Engine) -> None:
    """Neither a row, nor its lots, nor what a member brought to its network."""
    before = stale.public()
    assert before is stale.snapshot()
    for id_, change in ((row.id, record_changes.change_actor) for row in before.actors.actors if row.name == "Membre"):
        change(engine, id_, {"confidential": True})
    (lot,) = (row for row in before.opportunities.opportunities if row.lot_title)
    record_changes.change_opportunity(engine, before.opportunity_cards[lot.id].opportunity_id, {"confidential": True})
    now, anew = stale.snapshot_for(OUTSIDE), Desk(engine, ToyEncoder(), HOME_DEPARTMENTS).snapshot()
    assert now is stale.public()
    assert now.confidential == anew.confidential
    assert same(now.actors, anew.actors)
    assert not any(unit.member for unit in now.actors.units)
    assert stale.snapshot() is before


def test_a_stale_snapshot_tells_of_no_case_whose_teaser_was_withdrawn(stale: Desk, engine: Engine) -> None:
    (case,) = stale.public().teasers
    record_changes.change_opportunity(engine, case, {"teaser": None})
    assert stale.public().teasers == stale.public().teaser_texts == {}
    assert list(stale.snapshot().teasers) == [case]


def test_a_row_that_waits_for_its_texts_is_confidential_at_once(engine: Engine) -> None:
    encoder = PatientEncoder(1_000)
    desk = Desk(small(engine), encoder, HOME_DEPARTMENTS)
    import_rows(engine, [actor(n) for n in range(1, AT_ONCE + PORTION + 1)])
    desk.snapshot()
    desk.is_served = True
    with writing(engine) as session:
        session.execute(text("UPDATE actors SET name = name || ' bis', confidential = true"))
    assert desk.advance(show=True)
    shown = desk.snapshot()
    old = {one.id for one in shown.actors.actors if not one.name.endswith("bis")}
    assert len(old) == AT_ONCE
    assert old < shown.confidential
