"""What tests share: the real encoder, opened once; the invented world, encoded once and copied for each module."""

import fcntl
import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import Engine

from matcher.embedding import Encoder, open_encoder
from models.database import open_database
from tests.support.databases import SERVER, copy_database, remove_database, url_of
from tests.support.proof_share import examples
from tests.support.quick_hashing import quick_hashing
from tests.support.world import ENCODER, Doors, build_bare, build_empty, build_world, opened_doors
from tests.support.written_tables import written_tables

pytest_plugins = ["tests.support.real_browser"]

# No test is a measure of time: a first example that loads a library takes what it takes.
settings.register_profile("untimed", deadline=None, max_examples=examples(100, least=30))
settings.load_profile("untimed")

WRITTEN = written_tables()


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Spare the garbage collector what was imported."""
    gc.collect()
    gc.freeze()
    # Seven times fewer passes; no more memory was held for it.
    gc.set_threshold(5_000, 10, 10)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is said of the other kind of database alone; pytest counts it."""
    other = "sqlite_only" if SERVER else "postgres_only"
    left_out = {item for item in items if item.get_closest_marker(other)}
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=list(left_out))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run of all contract suites that left a table unwritten; each worker tells what it wrote."""
    if WRITTEN is None:
        return
    WRITTEN.save()
    if not hasattr(session.config, "workerinput") and (missing := WRITTEN.never_written()):
        print(f"\nNo contract suite writes to {', '.join(missing)}: see tests/support/contract_suites.py")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session", autouse=True)
def hashed_quickly() -> Iterator[None]:
    with quick_hashing():
        yield


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """The encoder that serves; `make setup` builds it."""
    assert (ENCODER / "model.onnx").is_file(), "no encoder in var/encoder: run `make setup`"
    return open_encoder(str(ENCODER))


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the whole run: pytest-xdist gives each of its workers a folder under it."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if base.name.startswith("popen-") else base


@pytest.fixture(scope="session")
def empty_database(shared_folder: Path) -> Path:
    """The newest tables with the places loaded, and nothing else. Copy it; never write into it."""
    return _built_once(shared_folder / "empty.db", build_empty)


@pytest.fixture(scope="session")
def bare_database(shared_folder: Path) -> Path:
    """The tables, without a place. Copy it; never write into it."""
    return _built_once(shared_folder / "bare.db", build_bare)


@pytest.fixture(scope="session")
def world_database(shared_folder: Path, encoder: Encoder) -> Path:
    """The invented world of `fixtures/`, its vectors made. Copy it; never write into it."""
    return _built_once(shared_folder / "world.db", lambda path: build_world(path, encoder))


@pytest.fixture
def database(empty_database: Path, tmp_path: Path) -> Iterator[Path]:
    """A test's own database: tables and places."""
    yield (own := copy_database(empty_database, tmp_path / "own.db"))
    remove_database(own)


@pytest.fixture
def engine(database: Path) -> Iterator[Engine]:
    opened = open_database(url_of(database))
    yield opened
    opened.dispose()


@pytest.fixture(scope="module")
def doors(world_database: Path, encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    """The API over a test module's own copy of the invented world."""
    database = copy_database(world_database, tmp_path_factory.mktemp("doors") / "world.db")
    with opened_doors(database, encoder) as opened:
        yield opened
    remove_database(database)


def _built_once(path: Path, build: Callable[[Path], None]) -> Path:
    """Build a file under a lock: workers that run side by side wait for the first, and use its work."""
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            partial = path.with_suffix(".partial")
            build(partial)
            copy_database(partial, path)
    return path
