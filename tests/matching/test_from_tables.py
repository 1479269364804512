"""A process that holds no index finds candidates in PostgreSQL, and ranks these as the whole desk would."""

import os
import random
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypedDict

import numpy as np
import pytest
from sqlalchemy import Engine, text

from api.accounts.audience import Audience
from api.catalogue.places.loading import load_places
from api.core.clock import today_in_france
from api.core.errors import ForbiddenError
from api.core.settings import HOME_DEPARTMENTS
from api.demo.postgres_server import create_database, postgres_server
from api.imports.importing import ingest
from api.matching import suggest
from api.matching.desk import Desk
from api.matching.from_tables.candidates import CandidateSearch, Widths
from api.matching.from_tables.phrase_rows import NoVectorSearchError, keep_phrases
from api.matching.from_tables.ranking import actors_for_text
from api.matching.need_question import opportunities_of
from api.matching.subject import encode_on_grid
from api.matching.suggest import Filters
from api.understanding.understand import understand
from bench import world
from matcher.embedding import Encoder, Progress
from matcher.index import OpportunityIndex
from matcher.types import FloatArray
from models.actors import Actor
from models.database import open_database, reading, writing
from models.phrase_vectors import DIMENSIONS, make_tables
from models.revisions import migrate
from tests.support.databases import SERVER

pytestmark = pytest.mark.slow

HOUSE, OUTSIDE = Audience(confidential=True), Audience(confidential=False)
ACTORS = 300
NEEDS = (
    "Tonte et débroussaillage autour de l’école, à Crest",
    "Nettoyage des vitres de la médiathèque de Privas",
    "Repas bio pour la cantine, à Die",
    "Menuiserie bois et isolation d’une salle communale à Aubenas",
    "Mise sous pli et conditionnement",
)
# Those that a filter leaves are taken whole, or found by the index.
WIDTHS = {"whole": Widths(), "by the index": Widths(everyone=0)}


class WordEncoder:
    """Texts that share words are near: each word has a direction of its own."""

    revision, dim, similarity_range = "words", DIMENSIONS, (0.0, 1.0)

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> FloatArray:  # noqa: ARG002
        rows = np.zeros((len(texts), self.dim), np.float32)
        for position, written in enumerate(texts):
            for word in ("", *written.lower().split()):
                rows[position] += self._word(word)
        unit: FloatArray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit

    def _word(self, word: str) -> FloatArray:
        return np.random.default_rng(zlib.crc32(word[:6].encode())).standard_normal(self.dim, np.float32)


class Options(TypedDict):
    k: int
    filters: Filters
    today: date


@dataclass(frozen=True)
class Tables:
    engine: Engine
    desk: Desk
    encoder: Encoder

    def rankings(
        self, filters: Filters, widths: Widths, k: int = 50
    ) -> tuple[list[list[tuple[str, float]]], list[list[tuple[str, float]]]]:
        """Return, for each need, the ids that the whole desk lists, and those that candidates alone make."""
        whole, found = [], []
        today, exhaustive = today_in_france(), self.desk.snapshot()
        search = CandidateSearch(self.engine, self.encoder, widths)
        options: Options = {"k": k, "filters": filters, "today": today}
        for words in NEEDS:
            with reading(self.engine) as session:
                answers = suggest.actors_for_text(session, exhaustive, self.encoder, words, HOUSE, **options)
                _, same = actors_for_text(
                    session,
                    search,
                    self.encoder,
                    exhaustive.gazetteer,
                    words,
                    HOUSE,
                    departments=HOME_DEPARTMENTS,
                    **options,
                )
            for lists, (answer,) in ((whole, answers), (found, same)):
                lists.append([(entry.card.id, entry.suggestion.score) for entry in answer.entries])
        return whole, found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if SERVER:
        yield SERVER
        return
    with postgres_server(tmp_path_factory.mktemp("server") / "data", fast=True) as url:
        yield url


@pytest.fixture(scope="module")
def tables(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tables]:
    engine = open_database(create_database(server, f"from_tables_{os.getpid()}"))
    migrate(engine)
    load_places(engine)
    file = tmp_path_factory.mktemp("files") / "actors.csv"
    file.write_text(world.as_csv(world.actors(random.Random(0), ACTORS)), "utf-8")
    assert ingest(engine, file, "actors", source="essai").refused == 0
    encoder = WordEncoder()
    yield Tables(engine, Desk(engine, encoder, HOME_DEPARTMENTS), encoder)
    engine.dispose()


@pytest.mark.parametrize("widths", WIDTHS.values(), ids=WIDTHS)
@pytest.mark.parametrize(
    "filters",
    [
        Filters(departments=frozenset({"26"})),
        Filters(departments=frozenset({"07"}), kinds=frozenset({"aci", "ei", "esat", "scop"})),
    ],
)
def test_the_first_fifty_under_filters_are_those_of_the_whole_desk(
    tables: Tables, filters: Filters, widths: Widths
) -> None:
    whole, found = tables.rankings(filters, widths)
    shared = [len({*map(tuple, ours)} & {*map(tuple, theirs)}) for ours, theirs in zip(found, whole, strict=True)]
    # With the same scores, to the last bit.
    assert sum(shared) >= 0.99 * sum(map(len, whole))
    assert max(map(len, whole)) >= 15


def test_what_changed_since_the_vectors_were_kept_is_found_too(tables: Tables) -> None:
    keep_phrases(tables.engine, tables.encoder)
    # The desk is made first: one that has no weights yet stores them, which waits for a unit of work that is open.
    changed_id = tables.desk.snapshot().actors.actors[7].id
    with writing(tables.engine) as session:
        actor = session.get_one(Actor, changed_id)
        actor.name, actor.activities, actor.department = "Zinguerie Quenelle", ["zinguerie quenelle girouette"], "26"
    today = today_in_france()
    need = understand(
        "girouette zinguerie quenelle", tables.desk.snapshot().gazetteer, set(HOME_DEPARTMENTS), today
    ).need
    questions = OpportunityIndex.build(opportunities_of(need, today), encode_on_grid(tables.encoder))
    search = CandidateSearch(tables.engine, tables.encoder, Widths(1, 1, 0))
    for is_behind in (True, False):
        found = search.snapshot(questions, tables.desk.snapshot().gazetteer, HOUSE)
        assert actor.id in {row.id for row in found.actors.actors}
        assert (keep_phrases(tables.engine, tables.encoder) > 0) is is_behind


def test_kept_vectors_are_those_of_the_tables_however_they_were_reached(tables: Tables) -> None:
    keep_phrases(tables.engine, tables.encoder)
    stepwise = _rows(tables.engine)
    with writing(tables.engine) as session:
        session.execute(text("DELETE FROM vectors.state"))
        # As on a database that no desk has opened yet.
        session.execute(text("DELETE FROM text_vectors"))
    assert keep_phrases(tables.engine, tables.encoder) == ACTORS
    assert _rows(tables.engine) == stepwise
    assert len(stepwise) > ACTORS


def test_outsiders_are_never_answered_so(tables: Tables) -> None:
    questions = OpportunityIndex.build([], encode_on_grid(tables.encoder))
    with pytest.raises(ForbiddenError):
        CandidateSearch(tables.engine, tables.encoder).snapshot(questions, tables.desk.snapshot().gazetteer, OUTSIDE)


def test_without_the_extension_the_tables_are_not_made_and_it_is_said(server: str, tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'small.db'}")
    migrate(engine)
    with engine.begin() as connection:
        assert not make_tables(connection)
    with pytest.raises(NoVectorSearchError, match="pgvector"):
        keep_phrases(engine, WordEncoder())
    engine.dispose()
    bare = open_database(create_database(server, f"bare_{os.getpid()}"))
    migrate(bare)
    with bare.begin() as connection:
        connection.execute(text("DROP SCHEMA vectors CASCADE"))
    with pytest.raises(NoVectorSearchError, match="pgvector"):
        keep_phrases(bare, WordEncoder())
    bare.dispose()


def _rows(engine: Engine) -> set[tuple[object, ...]]:
    with engine.connect() as connection:
        phrases = connection.execute(text("SELECT actor_id, department, kind, vector::text FROM vectors.actor_phrases"))
        trades = connection.execute(
            text("SELECT actor_id, department, kind, class, place::text FROM vectors.actor_trades")
        )
        return {*map(tuple, phrases), *map(tuple, trades)}
