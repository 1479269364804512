"""A ledger that is lost, cut or full while the service runs: nothing is forgotten without anybody noticing."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from api.core.errors import NotReadyError
from api.privacy.database_copies import backup
from api.privacy.ledger import LOST, Ledger, LedgerError, ledger_at
from api.privacy.restoring import Signature
from models.database import writing
from tests.support.revocable import NOW, Revocable, acts, restore, revocable, rights

SIGNED = Signature("boss@exemple.invalid", "le disque du registre est mort")


@pytest.fixture
def world(tmp_path: Path, empty_database: Path) -> Iterator[Revocable]:
    made = revocable(tmp_path, empty_database)
    yield made
    made.engine.dispose()


def remove(ledger: Ledger) -> None:
    ledger.path.unlink()


def cut(ledger: Ledger) -> None:
    lines = ledger.path.read_bytes().splitlines(keepends=True)
    ledger.path.write_bytes(b"".join(lines[:-1]))


@pytest.mark.parametrize("harm", [remove, cut])
def test_a_ledger_that_is_lost_while_it_serves_is_noted_and_wants_a_signature(
    world: Revocable, tmp_path: Path, harm: Callable[[Ledger], None]
) -> None:
    """Also for a backup of before its first entry: nothing in that tells how many there were."""
    ledger = ledger_at(world.options)
    ledger.path.unlink(missing_ok=True)
    with writing(world.engine) as session:
        session.execute(text("UPDATE ledger_head SET count = 0, mac = ''"))
    backup(world.options.database_url, tmp_path / "kept.db")
    acts(world)["replace the key"]()
    acts(world)["erase"]()
    harm(ledger)
    acts(world)["disable"]()
    assert LOST in [line.kind for line in ledger.lines()]
    with pytest.raises(LedgerError):
        restore(world, tmp_path / "kept.db", now=NOW)
    assert restore(world, tmp_path / "kept.db", signature=SIGNED, now=NOW).problem


def test_a_ledger_that_cannot_be_written_is_told_and_nothing_is_revoked(world: Revocable) -> None:
    ledger, before = ledger_at(world.options), rights(world.engine)
    ledger.path.unlink(missing_ok=True)
    ledger.path.mkdir()
    with pytest.raises(NotReadyError):
        acts(world)["disable"]()
    assert rights(world.engine) == before
    ledger.path.rmdir()
    acts(world)["disable"]()
    assert rights(world.engine) < before
