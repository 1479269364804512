"""The ledger of revocations: a file outside the database, so that restoring a backup undoes none of them.

One line of JSON an entry, appended under a lock and on the disk before the unit of work that caused it commits. What is
named in it is named by keyed hashes alone. Each entry's mac covers the one before: a line that is changed, moved or
removed is noticed; that the end is missing, by the count that each database keeps (`models.revocations.LedgerHead`).

The key is a file of its own, never rotated: hashes must be found again as long as a backup is kept. It is not derived
from the links' keys, of which only the last three stand.
"""

import fcntl
import hashlib
import hmac
import json
import logging
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from errno import errorcode
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import make_url

from api.core.errors import NotReadyError, SourceError
from api.core.settings import ServiceSettings
from models.private_files import keep_private

logger = logging.getLogger(__name__)

NO_MAC = ""
# The kind of the first entry of a ledger that took the place of a longer one, whose entries are lost.
LOST = "ledger:lost"
# What the last line is looked for in; a line is far shorter.
TAIL = 1 << 16


class LedgerError(SourceError):
    """A ledger that is missing, altered, cut, or without its key."""

    title = "Registre des révocations"


@dataclass(frozen=True)
class Head:
    """How far a ledger goes: the number of its entries, and the mac of the last."""

    count: int = 0
    mac: str = NO_MAC


@dataclass(frozen=True)
class Entry:
    """One entry. marks: keyed hashes of what it is about; note: what names nobody, such as a mark of the journal."""

    kind: str
    marks: Sequence[str] = ()
    note: str = ""


@dataclass(frozen=True)
class Line(Entry):
    """An entry of the file, with its number from 1, its moment in ISO 8601, and its mac."""

    number: int = 0
    at: str = ""
    mac: str = NO_MAC


class Ledger:
    """A ledger's file and its key; both are made at the first entry, readable by their owner alone."""

    def __init__(self, path: Path, key_path: Path) -> None:
        self.path = path
        self._key_path = key_path
        self._key: bytes | None = None

    def check_usable(self) -> None:
        """Raises NotReadyError for a ledger without its key, PermissionError for files that others may read."""
        if self.path.exists() and self.path.stat().st_size:
            keep_private(self.path)
            self._read_key()

    def append(self, entries: Sequence[Entry], now: datetime, *, known: Head | None = None) -> Head:
        """Append entries, on the disk when this returns. Raises NotReadyError.

        known: how far the database says that it goes. Where it does not, that is noted before them (`LOST`).
        """
        with _writable(), self._locked() as file:
            key = self._key_made()
            head = _last(file)
            if known and (head.count < known.count or (head.count == known.count and head.mac != known.mac)):
                # What is revoked now must not wait until somebody finds the former file.
                logger.critical("the ledger of revocations is not the one of before: its entries are lost")
                entries = [Entry(LOST, note=f"{known.count}:{known.mac}"), *entries]
            for entry in entries:
                values = [head.count + 1, now.astimezone(UTC).isoformat(timespec="seconds"), entry.kind]
                values += [list(entry.marks), entry.note]
                head = Head(head.count + 1, _mac(key, head.mac, values))
                file.write(json.dumps([*values, head.mac], ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        return head

    def lines(self) -> list[Line]:
        """Return all entries, each checked. Raises LedgerError."""
        if not self.path.exists():
            raise LedgerError(f"« {self.path} » n’existe pas.")
        key, lines, former_mac = self._read_key(), [], NO_MAC
        for number, raw_line in enumerate(self.path.read_bytes().split(b"\n")[:-1], start=1):
            try:
                *values, mac = json.loads(raw_line)
                sound = values[0] == number and hmac.compare_digest(mac, _mac(key, former_mac, values))
                line = Line(values[2], tuple(values[3]), values[4], number, values[1], mac)
            except (ValueError, TypeError, IndexError, AttributeError):
                sound = False
            if not sound:
                raise LedgerError(f"« {self.path} » a été touché, ligne {number}, ou sa clé n’est pas celle-ci.")
            lines.append(line)
            former_mac = line.mac
        return lines

    def add_marks(self, kind: str, marks: set[str], *, after: int = 0) -> int:
        """Add the marks of entries of a kind, unchecked, from a byte of the file on; return how far it was read."""
        if not self.path.exists():
            return 0
        with self.path.open("rb") as file:
            file.seek(after)
            content = file.read()
        whole = content[: content.rfind(b"\n") + 1]
        for raw_line in whole.splitlines():
            with suppress(ValueError, TypeError, IndexError):
                values = json.loads(raw_line)
                if values[2] == kind:
                    marks.update(values[3])
        return after + len(whole)

    def mark(self, *names: str) -> str:
        """Return the keyed hash of a row's id, or of what else names a thing."""
        return hmac.digest(self._key_made(), "\x1f".join(names).encode(), "sha256").hex()[:32]

    def set_aside(self) -> None:
        """Rename the file and its key, so that the next entry begins a new ledger."""
        for path in (self.path, self._key_path):
            if path.exists():
                target, number = path.with_name(f"{path.name}.ecarte"), 1
                while target.exists():
                    number += 1
                    target = path.with_name(f"{path.name}.ecarte-{number}")
                path.rename(target)
        self._key = None

    def _read_key(self) -> bytes:
        if self._key is None:
            if not self._key_path.exists():
                raise NotReadyError(f"« {self._key_path} » manque : c’est la clé du registre des révocations.")
            keep_private(self._key_path)
            self._key = self._key_path.read_bytes()
            if len(self._key) < hashlib.sha256().digest_size:
                raise NotReadyError(f"« {self._key_path} » est trop courte pour une clé.")
        return self._key

    def _key_made(self) -> bytes:
        """Return the key; it is made only for a ledger without entries."""
        if self._key is None and not self._key_path.exists() and not (self.path.exists() and self.path.stat().st_size):
            self._key_path.parent.mkdir(parents=True, exist_ok=True)
            draft = self._key_path.with_name(f"{self._key_path.name}.{secrets.token_hex(8)}")
            keep_private(draft)
            with draft.open("wb") as file:
                file.write(secrets.token_bytes(32))
                file.flush()
                os.fsync(file.fileno())
            try:
                # Fails where another process was faster: its key counts.
                os.link(draft, self._key_path)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return self._read_key()

    @contextmanager
    def _locked(self) -> Iterator[BinaryIO]:
        """Open the file for one writer at a time, at its end, without what a crash left of a last line."""
        is_new = not self.path.exists()
        if is_new:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        keep_private(self.path)
        with self.path.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - TAIL))
            file.truncate(size - len(file.read().rpartition(b"\n")[2]))
            file.seek(0, os.SEEK_END)
            yield file
        if is_new:
            folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


def ledger_at(options: ServiceSettings) -> Ledger:
    """Return the ledger of the settings: beside the database, unless they say where. Nothing is written yet."""
    path = options.ledger
    if not path:
        url = make_url(options.database_url)
        is_file = url.get_backend_name() == "sqlite" and url.database
        path = f"{url.database}.revocations" if is_file else "var/revocations"
    return Ledger(Path(path), Path(options.ledger_key or f"{path}.key"))


@contextmanager
def _writable() -> Iterator[None]:
    """Raise NotReadyError where the file can't be written: the disk is full, or gone."""
    try:
        yield
    except OSError as error:
        logger.error("the ledger of revocations cannot be written: %s", errorcode.get(error.errno or 0, "unknown"))
        raise NotReadyError("Le registre des révocations ne peut pas être écrit : rien n’a été changé.") from error


def _last(file: BinaryIO) -> Head:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - TAIL))
    last_line = file.read().rstrip(b"\n").rpartition(b"\n")[2]
    if not last_line:
        return Head()
    try:
        values = json.loads(last_line)
        return Head(int(values[0]), str(values[-1]))
    except (ValueError, TypeError, IndexError) as error:
        raise NotReadyError("Le registre des révocations a été touché : rien ne peut y être ajouté.") from error


def _mac(key: bytes, former_mac: str, values: Sequence[object]) -> str:
    content = json.dumps([former_mac, *values], ensure_ascii=False, separators=(",", ":"))
    return hmac.digest(key, content.encode(), "sha256").hex()
