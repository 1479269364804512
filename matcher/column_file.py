"""One file of named arrays, which processes map into memory and share: written whole, checked whole, never changed.

After a mark, the length and the hash of a header, the header in JSON: facts of who wrote it, and of each array its
name, type, shape, place and hashes (SHA-256 of each portion, so that several processors check them). Nothing in it is
executed when it is read, whoever wrote it.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

MARK = b"COLUMNS1"
_DIGEST = 32
# Where arrays begin: on lines of a processor's cache.
_ALIGNED = 64
# Types of arrays: whether, whole numbers, numbers, texts of one width. Objects are none.
_KINDS = "biufU"
_MOST_HEADER = 1 << 24
_PORTION = 1 << 24
_START = len(MARK) + 8 + _DIGEST

# Where the package of this module is found.
_ROOT = Path(__file__).resolve().parents[1]

Array = NDArray[Any]

# The processes that check a file, by what tells files apart: see `check_ahead`.
_AHEAD: dict[tuple[int, ...], subprocess.Popen[bytes]] = {}


class ColumnFileError(Exception):
    """A file that is not whole, or not what was asked for; the message holds nothing of its content."""


@dataclass(frozen=True)
class ColumnFile:
    """What a file holds. arrays: read-only views of the file, which stays mapped as long as one of them is there."""

    facts: Mapping[str, Any]
    arrays: Mapping[str, Array]
    mapped: mmap.mmap | None = None


def give_back(mapped: mmap.mmap) -> None:
    """Give the pages of a file that this process looked at back to the system, which may use them for something else.

    They are looked at again when they are asked for; as long as there is room, none is read from the disk for it.
    """
    if hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)


def write_columns(path: Path, facts: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Write a file in one step: who opens it finds the one before or this one; of two writers, the last wins.

    facts: values of JSON. The file is its owner's alone; its folder must be there. Raises OSError, and ValueError for
    an array of a type that is none of the file's.
    """
    contents = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    offset, listed = 0, []
    for name, array in contents.items():
        if array.dtype.kind not in _KINDS:
            raise ValueError(f"{name}: {array.dtype}")
        listed.append(
            {
                "name": name,
                "type": array.dtype.newbyteorder("<").str,
                "shape": list(array.shape),
                "offset": offset,
                "hashes": _hashes_of(_bytes_of(array)),
            }
        )
        offset += _aligned(array.nbytes)
    header = json.dumps({"facts": dict(facts), "arrays": listed, "bytes": offset}, ensure_ascii=False).encode()
    # Made with the owner's rights alone.
    handle, made = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(MARK + len(header).to_bytes(8, "little") + hashlib.sha256(header).digest() + header)
            file.write(b"\0" * (_aligned(file.tell()) - file.tell()))
            for array in contents.values():
                file.write(_bytes_of(array))
                file.write(b"\0" * (_aligned(array.nbytes) - array.nbytes))
            file.flush()
            os.fsync(file.fileno())
        Path(made).replace(path)
    except BaseException:
        Path(made).unlink(missing_ok=True)
        raise


def read_facts(path: Path) -> Mapping[str, Any]:
    """Return the facts of a file, without a look at its arrays. Raises ColumnFileError; FileNotFoundError."""
    with path.open("rb") as file:
        facts: Mapping[str, Any] = _header(file.read(_START), file.read)[0]["facts"]
        return facts


def check_ahead(path: Path) -> None:
    """Begin to compare a file with its hashes in one more process: who opens it next waits for what it finds.

    A thread would wait for the interpreter, which imports meanwhile, hundreds of times. Where there is no file that
    can be read, or no process can be started, nothing is begun.
    """
    with suppress(OSError), path.open("rb") as file:
        # It is given the very file, whatever takes its place.
        _AHEAD[_identity(file)] = subprocess.Popen([sys.executable, "-m", __name__], stdin=file, cwd=_ROOT)


def open_columns(path: Path, threads: int = 2) -> ColumnFile:
    """Map a file whose every byte is as it was written. threads: that hash at once, where it was not checked ahead.

    Raises ColumnFileError where it is not; FileNotFoundError.
    """
    with path.open("rb") as file:
        ahead = _AHEAD.pop(_identity(file), None)
        is_right = ahead is not None and ahead.wait() == 0
        header, start = _whole_header(file)
        if not is_right:
            # Or it was ended by somebody: what is not said to be right is looked at here.
            _check(file.fileno(), header["arrays"], start, threads)
        if not header["bytes"]:
            return ColumnFile(header["facts"], {each["name"]: _empty(each) for each in header["arrays"]})
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return ColumnFile(header["facts"], {each["name"]: _view(mapped, each, start) for each in header["arrays"]}, mapped)


def _identity(file: IO[bytes]) -> tuple[int, ...]:
    """Return what tells a file from one that took its place, and from itself written anew."""
    status = os.fstat(file.fileno())
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _is_right(file: IO[bytes]) -> bool:
    try:
        header, start = _whole_header(file)
        _check(file.fileno(), header["arrays"], start, 1)
    except (ColumnFileError, OSError):
        return False
    return True


def _whole_header(file: IO[bytes]) -> tuple[dict[str, Any], int]:
    header, start = _header(file.read(_START), file.read)
    if os.fstat(file.fileno()).st_size != start + header["bytes"]:
        raise ColumnFileError("the file is not whole")
    return header, start


def _header(beginning: bytes, read: Any) -> tuple[dict[str, Any], int]:
    """Return the header, and where the arrays begin."""
    length = int.from_bytes(beginning[len(MARK) : len(MARK) + 8], "little")
    if len(beginning) < _START or not beginning.startswith(MARK) or length > _MOST_HEADER:
        raise ColumnFileError("it is no file of columns")
    content = read(length)
    if hashlib.sha256(content).digest() != beginning[len(MARK) + 8 :]:
        raise ColumnFileError("the header is not as it was written")
    header: dict[str, Any] = json.loads(content)
    for each in header["arrays"]:
        size = np.dtype(each["type"]).itemsize * int(np.prod(each["shape"], dtype=np.int64))
        outside = min(each["shape"], default=0) < 0 or each["offset"] < 0 or each["offset"] + size > header["bytes"]
        if np.dtype(each["type"]).kind not in _KINDS or outside:
            raise ColumnFileError("an array lies outside of the file")
    return header, _aligned(_START + length)


def _check(handle: int, arrays: list[dict[str, Any]], start: int, threads: int) -> None:
    """Compare each array with its hash. What is read so is not mapped: it does not count as this process's memory."""
    portions = [
        (start + each["offset"] + begin, min(_PORTION, _size(each) - begin))
        for each in arrays
        for begin in range(0, _size(each), _PORTION)
    ]
    expected = [digest for each in arrays for digest in each["hashes"]]
    with ThreadPoolExecutor(threads) as pool:
        found = pool.map(lambda portion: hashlib.sha256(os.pread(handle, portion[1], portion[0])).hexdigest(), portions)
        if expected != list(found):
            raise ColumnFileError("an array is not as it was written")


def _size(each: dict[str, Any]) -> int:
    return int(np.dtype(each["type"]).itemsize * np.prod(each["shape"], dtype=np.int64))


def _view(mapped: mmap.mmap, each: dict[str, Any], start: int) -> Array:
    if not _size(each):
        return _empty(each)
    count = int(np.prod(each["shape"], dtype=np.int64))
    return np.frombuffer(mapped, each["type"], count, start + each["offset"]).reshape(each["shape"])


def _empty(each: dict[str, Any]) -> Array:
    return np.empty(each["shape"], each["type"])


def _hashes_of(content: memoryview) -> list[str]:
    return [hashlib.sha256(content[begin : begin + _PORTION]).hexdigest() for begin in range(0, len(content), _PORTION)]


def _bytes_of(array: Array) -> memoryview:
    """Return the bytes of an array, in the order of its rows, lowest byte first."""
    return np.ascontiguousarray(array, array.dtype.newbyteorder("<")).reshape(-1).view(np.uint8).data


def _aligned(size: int) -> int:
    return -(-size // _ALIGNED) * _ALIGNED


if __name__ == "__main__":
    # Whoever started it reads its status alone.
    sys.exit(not _is_right(sys.stdin.buffer))
