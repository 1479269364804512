"""The desk is what the tables say, and no text is encoded twice."""

import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine
from sqlmodel import select

from api.accounts.audience import Audience
from api.catalogue import record_changes, records
from api.catalogue.schemas import ActorIn, LotIn, OpportunityIn
from api.core.settings import HOME_DEPARTMENTS
from api.imports.importing import ingest
from api.matching.answer import Entry
from api.matching.desk import Desk
from api.matching.reasons import sentence
from api.matching.suggest import actors_for_text
from api.matching.vectors import VectorStore
from matcher.embedding import Encoder, Progress, from_grid, text_hash, to_grid
from matcher.priors import PRIORS
from matcher.scoring import PRIOR
from matcher.types import ActorKind, FloatArray, Role
from models.base import identifier, utc_now
from models.database import open_database, reading, writing
from models.tables import ContractWon, TextVector, WeightsVersion
from tests.support.databases import copy_database, url_of
from tests.support.reads import read_once
from tests.support.world import synthetic_siret

pytestmark = pytest.mark.slow


class Listening:
    """The real encoder; it remembers what it was asked to encode."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.revision = encoder.revision
        self.dim = encoder.dim
        self.similarity_range = encoder.similarity_range
        self.heard: list[str] = []

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> FloatArray:
        self.heard += texts
        return self._encoder.encode(texts, progress)

    def heard_since(self) -> list[str]:
        heard, self.heard = self.heard, []
        return sorted(heard)


@pytest.fixture
def listening(encoder: Encoder) -> Listening:
    return Listening(encoder)


@pytest.fixture
def desk(engine: Engine, listening: Listening) -> Desk:
    return Desk(engine, listening, HOME_DEPARTMENTS)


def actor(source_id: str, name: str, *activities: str, kind: str = "scop", member_of: Sequence[str] = ()) -> ActorIn:
    return ActorIn(
        source_id=source_id, name=name, kind=ActorKind(kind), activities=list(activities), member_of=list(member_of)
    )


def test_a_second_snapshot_encodes_nothing_nor_does_another_process_s_desk(
    desk: Desk, engine: Engine, listening: Listening, encoder: Encoder
) -> None:
    record_changes.create_actor(engine, actor("1", "Les Jardins", "tonte", "taille"))
    first = desk.snapshot()
    assert listening.heard_since() == ["Les Jardins : taille", "Les Jardins : tonte"]
    assert desk.snapshot() is first
    again = Listening(encoder)
    assert Desk(engine, again, HOME_DEPARTMENTS).snapshot().actors.actors == first.actors.actors
    assert listening.heard_since() + again.heard_since() == []


@pytest.mark.slow
def test_a_changed_text_encodes_only_itself(desk: Desk, engine: Engine, listening: Listening) -> None:
    actor_id = record_changes.create_actor(engine, actor("1", "Les Jardins", "tonte", "taille"))
    record_changes.create_actor(engine, actor("2", "Coop Métal", "soudure"))
    desk.snapshot()
    listening.heard_since()
    record_changes.change_actor(engine, actor_id, {"activities": ["taille", "arrosage"]})
    desk.snapshot()
    assert listening.heard_since() == ["Les Jardins : arrosage"]
    # A change of anything but texts encodes nothing, and shows.
    record_changes.change_actor(engine, actor_id, {"headcount": 12})
    assert {one.headcount for one in desk.snapshot().actors.actors} == {12, None}
    # What comes back is remembered.
    record_changes.change_actor(engine, actor_id, {"activities": ["tonte"]})
    desk.snapshot()
    assert listening.heard_since() == []


def test_the_same_text_in_two_places_is_encoded_once(desk: Desk, engine: Engine, listening: Listening) -> None:
    for number in range(3):
        record_changes.create_opportunity(engine, OpportunityIn(source_id=str(number), title="Tonte"))
    desk.snapshot()
    assert listening.heard_since() == ["Tonte"]


@pytest.mark.slow
def test_the_snapshot_follows_every_change_of_the_tables(desk: Desk, engine: Engine) -> None:
    """Actors, opportunities, lots, takeover cases, memberships, weights; and stands still in between."""
    assert (len(desk.snapshot().actors.actors), len(desk.snapshot().opportunities)) == (0, 0)
    carrier = record_changes.create_actor(engine, actor("cae", "Couveuse", kind="cae"))
    member = record_changes.create_actor(engine, actor("1", "Aline", "cartographie", kind="entrepreneur"))

    def members_of_carrier() -> list[str]:
        return [one.id for one in desk.snapshot().actor(carrier, confidential=True).members]

    assert members_of_carrier() == []
    record_changes.change_actor(engine, member, {"member_of": ["cae"]})
    assert members_of_carrier() == [member]
    assert any(unit.member and unit.member.id == member for unit in desk.snapshot().actors.units)
    record_changes.change_actor(engine, member, {"member_of": []})
    assert members_of_carrier() == []

    opening = record_changes.create_opportunity(engine, OpportunityIn(source_id="1", title="Tonte"))
    assert [one.id for one in desk.snapshot().lots_of(opening, confidential=False)] == [opening]
    lots = [LotIn(number=number, title=f"Lot {number}").model_dump() for number in ("10", "9")]
    record_changes.change_opportunity(engine, opening, {"lots": lots})
    found = desk.snapshot().lots_of(opening, confidential=False)
    assert [one.lot_title for one in found] == ["Lot 9", "Lot 10"]
    record_changes.change_opportunity(engine, opening, {"lots": [lots[0] | {"amount_eur": 5.0}]})
    assert [one.amount_eur for one in desk.snapshot().lots_of(opening, confidential=False)] == [5.0]
    record_changes.change_opportunity(engine, opening, {"kind": "takeover", "lots": [], "takeover": {"headcount": 6}})
    record_changes.change_opportunity(engine, opening, {"takeover": {"headcount": 7}})
    (case,) = desk.snapshot().lots_of(opening, confidential=True)
    assert (case.kind, case.headcount) == ("takeover", 7)
    assert opening in desk.snapshot().confidential
    assert desk.snapshot() is desk.snapshot()


def test_the_snapshot_follows_an_import_and_one_that_changes_nothing_leaves_it(
    desk: Desk, engine: Engine, tmp_path: Path
) -> None:
    file = tmp_path / "acteurs.csv"
    file.write_text("id,nom,type\n1,Les Jardins,ACI\n", "utf-8")
    ingest(engine, file, "actors")
    first = desk.snapshot()
    assert [one.name for one in first.actors.actors] == ["Les Jardins"]
    ingest(engine, file, "actors")
    assert desk.snapshot() is first
    file.write_text("id,nom,type\n1,Les Jardins d’en haut,ACI\n", "utf-8")
    ingest(engine, file, "actors")
    assert [one.name for one in desk.snapshot().actors.actors] == ["Les Jardins d’en haut"]


def test_the_order_of_two_writers_clocks_hides_no_change(desk: Desk, engine: Engine, tmp_path: Path) -> None:
    """A long import reads the clock, then waits for its turn: what was written meanwhile must not hide it."""
    record_changes.create_actor(engine, actor("1", "Les Jardins", "tonte"))
    record_changes.create_actor(engine, actor("2", "Coop Métal", "soudure"))
    desk.snapshot()
    file = tmp_path / "acteurs.csv"
    file.write_text("source,id,nom,type\nsaisie,1,Les Jardins d’en haut,SCOP\n", "utf-8")
    importer = threading.Thread(target=ingest, args=(engine, file, "actors"))
    with writing(engine) as session:
        session.connection()
        importer.start()
        # The importer has read its file and stands at the door; this writer's clock is later than its own.
        importer.join(1.0)
        coop = session.get_one(records.Actor, identifier("actors", "saisie:2"))
        coop.headcount, coop.updated_at = 30, utc_now()
        session.add(coop)
    desk.snapshot()
    importer.join()
    names = {one.name for one in desk.snapshot().actors.actors}
    assert names == {"Les Jardins d’en haut", "Coop Métal"}


def test_a_contract_won_speaks_for_its_winner_from_the_next_question(desk: Desk, engine: Engine) -> None:
    """The reason quotes it; who won nothing is scored as before."""
    siret, today = synthetic_siret(1), utc_now().date()
    for name, number in (("Winner", siret), ("Other", None)):
        record_changes.create_actor(
            engine, ActorIn(source_id=name, name=name, kind="scop", siret=number, activities=["tonte"])
        )
    need = "Nettoyage des écoles et des crèches"

    def ranked() -> dict[str, Entry]:
        asker = Audience(confidential=True)
        (found,) = read_once(engine, actors_for_text, desk.snapshot(), desk.encoder, need, asker, k=20, today=today)
        return {one.card.name: one for one in found.entries}

    before = ranked()
    with writing(engine) as session:
        won = {"source": "decp", "source_id": "1", "title": need, "buyer_name": "Crest", "reference": "1"}
        session.add(ContractWon(siret=siret, **won))
    after = ranked()
    assert after["Winner"].suggestion.score > before["Winner"].suggestion.score
    assert after["Other"].suggestion.score == before["Other"].suggestion.score
    quoted = [sentence(one) for one in after["Winner"].suggestion.reasons if one.code == "semantic"]
    assert f"contrat remporté, « {need} »" in quoted[0].replace("\u202f", " ").replace("\xa0", " ")


def test_one_snapshot_is_made_however_many_ask_for_it(desk: Desk, engine: Engine, listening: Listening) -> None:
    record_changes.create_actor(engine, actor("1", "Les Jardins", "tonte"))
    made = []
    threads = [threading.Thread(target=lambda: made.append(desk.snapshot())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 4
    assert len({id(one) for one in made}) == 1
    assert len(listening.heard_since()) == 1


def test_without_any_weights_the_prior_becomes_the_active_version(desk: Desk, engine: Engine) -> None:
    snapshot = desk.snapshot()
    assert snapshot.matcher.weights == PRIORS
    with reading(engine) as session:
        (stored,) = session.exec(select(WeightsVersion)).all()
    assert (stored.id, stored.status) == (snapshot.weights_id, "active")
    desk.snapshot()
    with reading(engine) as session:
        assert len(session.exec(select(WeightsVersion)).all()) == 1


def test_the_snapshot_scores_by_the_active_weights(desk: Desk, engine: Engine) -> None:
    """Activation and rollback are one change of status each, seen by a desk that is open."""
    prior = desk.snapshot().weights_id
    values = {"bias": PRIOR.bias - 1, "values": dict(PRIOR.values), "neutral": dict(PRIOR.neutral)}
    later = utc_now() + timedelta(seconds=1)
    with writing(engine) as session:
        session.add(WeightsVersion(id="learned", status="candidate", values=values, created_at=later))
    assert desk.snapshot().weights_id == prior
    for status, wanted in (("active", ("learned", PRIOR.bias - 1)), ("retired", (prior, PRIOR.bias))):
        with writing(engine) as session:
            version = session.get_one(WeightsVersion, "learned")
            version.status = status
            session.add(version)
        assert (desk.snapshot().weights_id, desk.snapshot().matcher.weights[Role.SUPPLY].bias) == wanted


def test_stored_vectors_are_the_encoder_s_own_in_the_order_asked(engine: Engine, encoder: Encoder) -> None:
    """Bit for bit, from the encoder or from the store, whatever the order and the repeats."""
    texts = ["tonte", "soudure", "cartographie", "tonte"]
    store = VectorStore(engine, encoder)
    rows = store.rows(texts)
    assert rows.shape == (4, encoder.dim)
    np.testing.assert_array_equal(rows, from_grid(to_grid(encoder.encode(texts))))
    np.testing.assert_array_equal(store.rows(texts[::-1]), rows[::-1])
    assert store.rows([]).shape == (0, encoder.dim)


def test_another_encoder_s_vectors_are_not_used(engine: Engine, listening: Listening) -> None:
    VectorStore(engine, listening).rows(["tonte"])
    listening.revision = "another"
    VectorStore(engine, listening).rows(["tonte"])
    assert listening.heard_since() == ["tonte", "tonte"]
    with reading(engine) as session:
        stored = {(row.encoder_revision, row.text_hash) for row in session.exec(select(TextVector)).all()}
    assert len(stored) == 2
    assert {digest for _, digest in stored} == {text_hash("tonte")}


def test_an_interruption_loses_no_more_than_the_last_batch(
    engine: Engine, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.matching.vectors.SAVE_EVERY", 2)
    texts = ["un", "deux", "trois", "quatre", "cinq"]
    told: list[tuple[int, int]] = []

    def stop(done: int, total: int) -> None:
        told.append((done, total))
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        VectorStore(engine, encoder, stop).rows(texts)
    assert told[-1] == (4, 5)
    assert told == sorted(told)
    again = Listening(encoder)
    VectorStore(engine, again).rows(texts)
    # The first portion was stored, the second was under way.
    assert len(again.heard) == 3


def test_the_invented_world_is_on_the_desk_whole(world_database: Path, listening: Listening, tmp_path: Path) -> None:
    engine = open_database(url_of(copy_database(world_database, tmp_path / "world.db")))
    snapshot = Desk(engine, listening, HOME_DEPARTMENTS).snapshot()
    engine.dispose()
    assert listening.heard == []
    assert len(snapshot.actors.actors) == len(snapshot.actor_cards) == 130
    assert len(snapshot.opportunities) == len(snapshot.opportunity_cards) == 106
    assert snapshot.public_actors.sum() == 130 - 4
    assert snapshot.public_opportunities.sum() == 106 - 21
