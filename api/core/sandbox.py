"""Read an untrusted file in a child process with limits: whatever the file does to its reader, the service goes on.

The reader is a generator function of a module that imports little; its items are JSON. The child gets the open file as
its standard input, no environment of ours, and can write no file; its answer is read as JSON and never trusted.
"""

import json
import logging
import os
import resource
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from api.core.errors import BusyError, SourceError

logger = logging.getLogger(__name__)

# Children of this process at once, and how long another waits for its turn.
MOST_CHILDREN, WAIT_S = 4, 2.0
_PLACES = threading.BoundedSemaphore(MOST_CHILDREN)

_ROOT = Path(__file__).parents[2]
_BLOCK = 1 << 18
# What a line of the child's answer begins with.
_ITEM, _REFUSED, _FAILED, _MEMORY, _END = b"i", b"r", b"f", b"m", b"e"

_TOO_MUCH_MEMORY = "ce fichier demande trop de mémoire, ou est abîmé ; partagez-le en plusieurs fichiers"
_TOO_MUCH_TIME = "sa lecture prend trop de temps ; partagez-le en plusieurs fichiers"
_TOO_MUCH_CONTENT = "ce fichier contient trop de choses ; partagez-le en plusieurs fichiers"
_UNREADABLE = "ce fichier est illisible"


@dataclass(frozen=True)
class Limits:
    """What a child may use. `silence_s` is the longest wait for its next words; the bytes of an item are of JSON."""

    memory_bytes: int = 1 << 30
    cpu_s: int = 60
    silence_s: float = 120
    item_bytes: int = 16 << 20
    output_bytes: int = 1 << 30


def read_apart(
    reader: Callable[..., Iterator[Any]], file: IO[bytes], *, name: str, limits: Limits = Limits(), **arguments: Any
) -> Iterator[Any]:
    """Yield what `reader(file, **arguments)` yields in a child process; the child ends with this iterator.

    name: the file's name, for its reader. Raises SourceError: the reader's own, or one that says which limit was met;
    BusyError where `MOST_CHILDREN` are at work.
    """
    if not _PLACES.acquire(timeout=WAIT_S):
        raise BusyError("Plusieurs fichiers sont en cours de lecture : réessayez dans quelques secondes.")
    try:
        yield from _read_in_a_child(reader, file, name, limits, arguments)
    finally:
        _PLACES.release()


def _read_in_a_child(
    reader: Callable[..., Iterator[Any]], file: IO[bytes], name: str, limits: Limits, arguments: dict[str, Any]
) -> Iterator[Any]:
    target = f"{reader.__module__}:{reader.__qualname__}"
    command = [sys.executable, "-s", "-m", __name__, target, json.dumps(asdict(limits)), json.dumps(arguments)]
    with subprocess.Popen(
        command, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environment(), cwd=_ROOT
    ) as child:
        try:
            yield from _items(child, name, limits)
        finally:
            child.kill()


def _environment() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key in ("PATH", "LD_LIBRARY_PATH", "TZ")}
    return kept | {"PYTHONUTF8": "1"}


def _items(child: subprocess.Popen[bytes], name: str, limits: Limits) -> Iterator[Any]:
    for line in _lines(child, name, limits):
        kind, content = line[:1], line[1:]
        if kind == _END:
            return
        if kind == _REFUSED:
            raise SourceError(str(json.loads(content)))
        if kind == _MEMORY:
            raise _refusal(name, _TOO_MUCH_MEMORY)
        if kind == _FAILED:
            logger.warning("The reader of an untrusted file failed: %s", json.loads(content))
            raise _refusal(name, _UNREADABLE)
        yield json.loads(content)
    code = child.wait()
    logger.warning("The reader of an untrusted file died: exit status %d", code)
    # What kills without a word is the want of memory (SIGKILL, a library's abort) far more often than a fault.
    raise _refusal(name, _TOO_MUCH_TIME if code == -signal.SIGXCPU else _TOO_MUCH_MEMORY)


def _lines(child: subprocess.Popen[bytes], name: str, limits: Limits) -> Iterator[bytes]:
    """Yield the lines that the child writes. Raises SourceError where it is too long about it, or writes too much."""
    assert child.stdout is not None
    pipe = child.stdout.fileno()
    ready = select.poll()
    ready.register(pipe, select.POLLIN)
    parts: list[bytes] = []
    length = total = 0
    while ready.poll(limits.silence_s * 1000):
        block = os.read(pipe, _BLOCK)
        if not block:
            return
        total += len(block)
        first, *others = block.split(b"\n")
        parts.append(first)
        length += len(first)
        if length > limits.item_bytes or total > limits.output_bytes:
            raise _refusal(name, _TOO_MUCH_CONTENT)
        for other in others:
            yield b"".join(parts)
            parts, length = [other], len(other)
    raise _refusal(name, _TOO_MUCH_TIME)


def _refusal(name: str, why: str) -> SourceError:
    return SourceError(f"« {name} » : {why}.")


def main() -> None:
    """Be the child: `TARGET LIMITS ARGUMENTS`, the latter two in JSON."""
    target, limits, arguments = sys.argv[1], Limits(**json.loads(sys.argv[2])), json.loads(sys.argv[3])
    _confine(limits)
    # What a library prints must not look like an item.
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)

    def say(kind: bytes, content: Any) -> None:
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        answer.write(kind + text.encode("utf-8", "surrogatepass") + b"\n")
        answer.flush()

    try:
        module, _, function = target.partition(":")
        for item in getattr(import_module(module), function)(sys.stdin.buffer, **arguments):
            say(_ITEM, item)
        say(_END, None)
    except SourceError as error:
        say(_REFUSED, error.detail)
    except MemoryError:
        say(_MEMORY, None)
    except BaseException as error:  # a panic of a library in Rust is no Exception
        say(_FAILED, _without_content(error))


def _confine(limits: Limits) -> None:
    def limit(what: int, soft: int, hard: int | None = None) -> None:
        allowed = resource.getrlimit(what)[1]
        top = soft if hard is None else hard
        top = top if allowed == resource.RLIM_INFINITY else min(top, allowed)
        resource.setrlimit(what, (min(soft, top), top))

    limit(resource.RLIMIT_AS, limits.memory_bytes)
    # At the soft limit the kernel ends it with SIGXCPU, at the hard one with SIGKILL.
    limit(resource.RLIMIT_CPU, limits.cpu_s, limits.cpu_s + 2)
    limit(resource.RLIMIT_FSIZE, 0)
    limit(resource.RLIMIT_CORE, 0)
    limit(resource.RLIMIT_NOFILE, 64)


def _without_content(error: BaseException) -> str:
    """Return an error's type and place; its message may quote the file."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "?"
    return f"{type(error).__name__} at {place}"


if __name__ == "__main__":
    main()
