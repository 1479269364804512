"""Vectors are made once, counted as they are made, and those that are stored outlive the process that made them."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine
from sqlmodel import func, select

from api.matching.vectors import SAVE_EVERY, VectorStore
from models.database import open_database, reading
from models.vectors import TextVector
from tests.support.databases import copy_database, url_of
from tests.support.encoding_worker import CountingEncoder, some_texts

TEXTS = 4 * SAVE_EVERY + 100


def stored(engine: Engine) -> int:
    with reading(engine) as session:
        return session.exec(select(func.count()).select_from(TextVector)).one()


@pytest.mark.slow
def test_an_encoding_that_is_killed_goes_on_where_it_was(empty_database: Path, tmp_path: Path) -> None:
    """Killed in the midst of a portion: whole portions are stored, and only what is missing is encoded again."""
    database = copy_database(empty_database, tmp_path / "own.db")
    command = [sys.executable, "-m", "tests.support.encoding_worker", str(database), str(TEXTS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for line in process.stdout:
            done, total = map(int, line.split())
            assert total == TEXTS
            if done > 2 * SAVE_EVERY:
                process.kill()
                break
    engine = open_database(url_of(database))
    before = stored(engine)
    assert 2 * SAVE_EVERY <= before < TEXTS, "the process was not killed in the midst"
    assert before % SAVE_EVERY == 0
    again, anew = CountingEncoder(), CountingEncoder()
    rows = VectorStore(engine, again).rows(some_texts(TEXTS))
    assert len(again.given) == TEXTS - before
    assert stored(engine) == TEXTS
    at_once = VectorStore(open_database(url_of(copy_database(empty_database, tmp_path / "other.db"))), anew)
    np.testing.assert_array_equal(rows, at_once.rows(some_texts(TEXTS)))
    engine.dispose()


def test_the_same_text_is_encoded_once_and_progress_counts_what_is_encoded(engine: Engine) -> None:
    encoder, told = CountingEncoder(), list[tuple[int, int]]()
    store = VectorStore(engine, encoder, lambda done, total: told.append((done, total)))
    texts = some_texts(40)
    rows = store.rows([*texts, *reversed(texts)])
    assert sorted(encoder.given) == sorted(texts)
    np.testing.assert_array_equal(rows[:40], rows[:39:-1])
    assert told == [(done, 40) for done in range(1, 41)]
    store.rows([*texts, "un autre"])
    assert encoder.given[40:] == ["un autre"]
