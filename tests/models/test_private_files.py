"""The database, what lies beside it, its backups, ledger and keys are their owner's alone, whatever the umask was."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.imports.upload import Staging
from api.mailing.links import open_signer, rotate_keys
from api.privacy.database_copies import backup
from api.privacy.ledger import ledger_at
from models.base import utc_now
from models.database import open_database, reading
from models.private_files import keep_private, keep_private_folder, tighten
from models.revisions import migrate
from tests.support.databases import url_of
from tests.support.revocable import acts, restore, revocable

OF_FILES = pytest.mark.sqlite_only("a server keeps its own files")


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    former = os.umask(0o022)
    yield
    os.umask(former)


def modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in sorted(folder.iterdir()) if path.is_file()}


@OF_FILES
def test_a_new_database_and_what_lies_beside_it_are_private(tmp_path: Path) -> None:
    engine = open_database(url_of(tmp_path / "new.db"))
    migrate(engine)
    with reading(engine):
        found = modes(tmp_path)
    assert {"new.db", "new.db-wal", "new.db-shm"} <= found.keys()
    assert set(found.values()) == {0o600}
    engine.dispose()


@OF_FILES
def test_files_of_before_are_tightened_when_they_are_opened(tmp_path: Path) -> None:
    first = open_database(url_of(tmp_path / "old.db"))
    migrate(first)
    for path in tmp_path.iterdir():
        path.chmod(0o644)
    second = open_database(url_of(tmp_path / "old.db"))
    assert set(modes(tmp_path).values()) == {0o600}
    second.dispose()
    first.dispose()


def test_ledger_keys_and_backups_are_private_also_after_a_restoration(tmp_path: Path, empty_database: Path) -> None:
    world = revocable(tmp_path, empty_database)
    open_signer(world.options)
    rotate_keys(Path(world.options.link_keys))
    Path(world.options.link_keys).chmod(0o644)
    backup(world.options.database_url, tmp_path / "kept.db")
    acts(world)["disable"]()
    ledger_at(world.options).path.chmod(0o644)
    restore(world, tmp_path / "kept.db", now=utc_now())
    open_signer(world.options)
    found = modes(tmp_path)
    assert {
        "own.db",
        "own.db.revocations",
        "own.db.revocations.key",
        "link_keys",
        "link_keys.retired",
        "kept.db",
    } <= set(found)
    assert set(found.values()) == {0o600}
    world.engine.dispose()


def test_the_folder_of_imports_is_private_also_if_it_was_there(tmp_path: Path) -> None:
    (tmp_path / "imports").mkdir(mode=0o755)
    with (tmp_path / "x.csv").open("w+b") as file:
        file.write(b"nom\nx\n")
        file.seek(0)
        Staging(tmp_path / "imports", 1_000).keep(file, "x.csv", "actors", "account:x", utc_now())
    assert stat.S_IMODE((tmp_path / "imports").stat().st_mode) == 0o700
    assert set(modes(tmp_path / "imports").values()) == {0o600}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file of somebody else")
def test_what_is_somebody_else_s_and_readable_by_others_is_refused(tmp_path: Path) -> None:
    keep_private(tmp_path / "theirs")
    keep_private_folder(tmp_path / "folder")
    (tmp_path / "theirs").chmod(0o644)
    child = os.fork()
    if not child:
        os.setuid(65534)
        try:
            tighten(Path("/etc/passwd"), 0o600)
        except PermissionError:
            os._exit(0)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
