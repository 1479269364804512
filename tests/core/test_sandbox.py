"""Whatever befalls the child that reads a file, its caller gets a SourceError that names the file, and goes on."""

import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from api.core.errors import BusyError, SourceError
from api.core.sandbox import MOST_CHILDREN, Limits, read_apart
from tests.support.child_processes import sandbox_children

pytestmark = pytest.mark.slow

TIGHT = Limits(memory_bytes=300 << 20, cpu_s=1, silence_s=20, item_bytes=100_000, output_bytes=1_000_000)


def words(file: IO[bytes], *, shout: bool = False) -> Iterator[list[str]]:
    for line in file:
        yield [word.upper() if shout else word for word in line.decode().split()]


def refusing(_file: IO[bytes]) -> Iterator[str]:
    yield "début"
    raise SourceError("Le fichier n’a pas d’en-tête.")


def faulty(_file: IO[bytes]) -> Iterator[str]:
    yield str(1 // 0)


def greedy(_file: IO[bytes]) -> Iterator[str]:
    yield str(len(bytes(1 << 30)))


def endless(_file: IO[bytes]) -> Iterator[str]:
    while True:
        pass
    yield ""


def killed(_file: IO[bytes]) -> Iterator[str]:
    os.kill(os.getpid(), signal.SIGKILL)
    yield ""


def aborted(_file: IO[bytes]) -> Iterator[str]:
    os.abort()
    yield ""


def silent(_file: IO[bytes]) -> Iterator[str]:
    time.sleep(600)
    yield ""


def leaving(_file: IO[bytes]) -> Iterator[str]:
    os._exit(0)
    yield ""


def one_huge_item(_file: IO[bytes]) -> Iterator[str]:
    yield "x" * 200_000


def flood(_file: IO[bytes]) -> Iterator[str]:
    while True:
        yield "x" * 50_000


def chatty(_file: IO[bytes]) -> Iterator[str]:
    print("{ no item of ours")
    yield "é\n\ud800"


def surroundings(_file: IO[bytes]) -> Iterator[Any]:
    try:
        # The file can be made, but nothing can be written to it.
        Path("/tmp/left-behind").write_text("x")  # noqa: S108 - empty, and nobody reads it
        writes = True
    except OSError:
        writes = False
    yield [sorted(os.environ), writes, resource.getrlimit(resource.RLIMIT_CORE)[0]]


@pytest.fixture
def source(tmp_path: Path) -> Iterator[IO[bytes]]:
    path = tmp_path / "f.txt"
    path.write_text("un deux\ntrois\n")
    with path.open("rb") as file:
        yield file


def read(function: Callable[..., Iterator[Any]], file: IO[bytes], limits: Limits = TIGHT) -> list[Any]:
    return list(read_apart(function, file, name="annuaire.pdf", limits=limits))


def test_items_come_back_as_they_were_yielded(source: IO[bytes]) -> None:
    assert read(words, source) == [["un", "deux"], ["trois"]]
    source.seek(0)
    assert list(read_apart(words, source, name="f", shout=True)) == [["UN", "DEUX"], ["TROIS"]]


def test_what_a_library_prints_is_no_item(source: IO[bytes]) -> None:
    assert read(chatty, source) == ["é\n\ud800"]


def test_a_refusal_is_given_back_in_its_own_words_after_what_came_before(source: IO[bytes]) -> None:
    items = read_apart(refusing, source, name="f", limits=TIGHT)
    assert next(items) == "début"
    with pytest.raises(SourceError, match="pas d’en-tête"):
        next(items)


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (greedy, "mémoire"),
        (killed, "mémoire"),
        (aborted, "mémoire"),
        (leaving, "mémoire"),
        (endless, "temps"),
        (faulty, "illisible"),
        (one_huge_item, "trop"),
        (flood, "trop"),
    ],
)
def test_any_death_is_a_refusal_that_names_the_file(
    function: Callable[..., Iterator[Any]], why: str, source: IO[bytes]
) -> None:
    with pytest.raises(SourceError, match=f"« annuaire.pdf » : .*{why}"):
        read(function, source)
    assert read(words, source)


def test_a_child_that_says_nothing_is_ended(source: IO[bytes]) -> None:
    with pytest.raises(SourceError, match="temps"):
        read(silent, source, Limits(silence_s=0.2))
    assert sandbox_children() == []


def test_more_children_than_there_are_places_for_are_refused_until_one_ends(source: IO[bytes]) -> None:
    busy = [read_apart(flood, source, name="f") for _ in range(MOST_CHILDREN)]
    for items in busy:
        next(items)
    with pytest.raises(BusyError, match="réessayez"):
        read(words, source)
    busy[0].close()
    source.seek(0)
    assert read(words, source) == [["un", "deux"], ["trois"]]
    for items in busy:
        items.close()
    assert sandbox_children() == []


def test_the_child_has_no_secret_of_ours_and_writes_no_file(source: IO[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLESUD_SMTP_PASSWORD", "secret")
    [(names, writes, core)] = read(surroundings, source)
    assert not [name for name in names if name.startswith("POLESUD")]
    assert (writes, core) == (False, 0)


def test_the_child_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    """A service that is killed leaves no reader behind: it would write into a closed pipe."""
    script = (
        "import sys; from api.core.sandbox import read_apart; from tests.core.test_sandbox import flood\n"
        f"items = read_apart(flood, open({str(tmp_path / 'f')!r}, 'rb'), name='f')\n"
        "next(items); print('ready', flush=True); sys.stdin.read()"
    )
    (tmp_path / "f").touch()
    ours, theirs = socket.socketpair()
    with subprocess.Popen([sys.executable, "-c", script], stdin=theirs, stdout=subprocess.PIPE) as parent:
        theirs.close()
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"ready\n"
        children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
        assert len(children) == 1
        parent.kill()
    ours.close()
    for _ in range(200):
        if not Path(f"/proc/{children[0]}").exists() or "Z" in Path(f"/proc/{children[0]}/stat").read_text().split():
            return
        time.sleep(0.05)
    raise AssertionError("the reader outlives its service")
