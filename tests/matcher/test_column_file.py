"""A file of columns gives back what was written, or nothing: never a part, and never what somebody else made of it."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from matcher import column_file
from matcher.column_file import ColumnFileError, check_ahead, give_back, open_columns, read_facts, write_columns
from matcher.index import ActorIndex, kept_columns
from matcher.types import Actor
from tests.support.builders import toy_encode
from tests.support.proof_share import examples
from tests.support.sameness import same

kinds = st.sampled_from(["<f4", "<f8", ">f4", "<i8", "<i4", "<i2", "|i1", "|u1", "|b1", "<U9"])
some_arrays = st.dictionaries(
    st.text(min_size=1, max_size=9),
    kinds.flatmap(lambda kind: arrays_of.arrays(np.dtype(kind), arrays_of.array_shapes(min_side=0, max_dims=3))),
    max_size=5,
)


@settings(max_examples=examples(40), deadline=None, suppress_health_check=list(HealthCheck))
@given(some_arrays, st.dictionaries(st.text(), st.integers() | st.text() | st.none()))
def test_what_was_written_is_read(tmp_path: Path, arrays: dict[str, Any], facts: dict[str, Any]) -> None:
    """Bits, shapes, names and their order; nobody can change what was read."""
    path = tmp_path / "some.columns"
    write_columns(path, facts, arrays)
    file = open_columns(path)
    assert read_facts(path) == file.facts == facts
    assert list(file.arrays) == list(arrays)
    for name, array in arrays.items():
        found = file.arrays[name]
        assert found.shape == array.shape
        assert found.dtype == array.dtype.newbyteorder("<")
        assert found.tobytes() == array.astype(found.dtype).tobytes()
        assert not found.size or not found.flags.writeable


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "some.columns"
    write_columns(path, {"counter": 3}, {"a": np.arange(50.0), "b": np.arange(6).reshape(2, 3)})
    return path


def test_no_byte_can_be_changed(written: Path) -> None:
    """Neither in the header nor in an array: it is not opened, or what is read is what was written."""
    whole = written.read_bytes()
    before = {name: array.tobytes() for name, array in open_columns(written).arrays.items()}
    for place in range(0, len(whole), 3):
        written.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            found = open_columns(written)
        except ColumnFileError:
            continue
        # What fills up to the next array is nobody's.
        assert {name: array.tobytes() for name, array in found.arrays.items()} == before


def test_what_was_checked_ahead_is_what_is_opened(written: Path) -> None:
    """Once each: a file that is right is opened, and one that is not is refused."""
    whole = written.read_bytes()
    expected = {name: array.tobytes() for name, array in open_columns(written).arrays.items()}
    for place in (len(whole) - 60, 3, None):
        wrong = whole if place is None else whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :]
        written.write_bytes(wrong)
        check_ahead(written)
        if place is None:
            assert {name: array.tobytes() for name, array in open_columns(written).arrays.items()} == expected
        else:
            with pytest.raises(ColumnFileError):
                open_columns(written)


@pytest.mark.parametrize("is_right", [True, False])
def test_a_check_ahead_that_was_ended_says_nothing(written: Path, is_right: bool) -> None:
    whole = written.read_bytes()
    if not is_right:
        written.write_bytes(whole[:-60] + bytes([whole[-60] ^ 0xFF]) + whole[-59:])
    check_ahead(written)
    *_, process = column_file._AHEAD.values()
    process.kill()
    if is_right:
        assert open_columns(written).arrays["b"].tolist() == [[0, 1, 2], [3, 4, 5]]
    else:
        with pytest.raises(ColumnFileError):
            open_columns(written)


def test_another_file_than_was_checked_ahead_is_checked(written: Path) -> None:
    check_ahead(written)
    whole = written.read_bytes()
    other = written.with_name("other")
    other.write_bytes(whole[:-60] + bytes([whole[-60] ^ 0xFF]) + whole[-59:])
    other.replace(written)
    with pytest.raises(ColumnFileError):
        open_columns(written)


def test_no_file_is_not_checked_ahead(tmp_path: Path) -> None:
    check_ahead(tmp_path / "none.columns")
    with pytest.raises(FileNotFoundError):
        open_columns(tmp_path / "none.columns")


def test_an_index_of_nobody_is_kept(tmp_path: Path) -> None:
    """A desk begins without an actor."""
    index = ActorIndex.build([], toy_encode)
    path = tmp_path / "nobody.columns"
    write_columns(path, {}, kept_columns.arrays_of(index, "actors"))
    nobody: dict[str, Actor] = {}
    assert same(kept_columns.actor_index(nobody.__getitem__, open_columns(path).arrays, "actors", stay=True), index)


def test_a_torn_file_is_not_opened(written: Path) -> None:
    whole = written.read_bytes()
    for length in (0, 5, 40, 100, len(whole) // 2, len(whole) - 1):
        written.write_bytes(whole[:length])
        with pytest.raises(ColumnFileError):
            open_columns(written)
    written.write_bytes(whole + b"\0")
    with pytest.raises(ColumnFileError):
        open_columns(written)


def test_it_is_its_owner_s_alone(written: Path) -> None:
    assert stat.S_IMODE(written.stat().st_mode) == 0o600


def test_who_has_it_open_keeps_what_was_there(written: Path) -> None:
    """Another process writes: the arrays that are mapped stay, and who opens it next finds the new ones."""
    before = open_columns(written).arrays["a"]
    write_columns(written, {"counter": 4}, {"a": np.zeros(2)})
    assert before.tolist() == list(range(50))
    assert open_columns(written).arrays["a"].tolist() == [0, 0]
    assert [path.name for path in written.parent.iterdir()] == [written.name]


def test_pages_that_are_given_back_are_there_when_asked_for(tmp_path: Path) -> None:
    path, array = tmp_path / "large.columns", np.arange(1 << 20)
    write_columns(path, {}, {"large": array})
    file = open_columns(path)
    held = []
    for _ in range(2):
        assert np.array_equal(file.arrays["large"], array)
        held.append(resident_kilobytes(path))
        assert file.mapped is not None
        give_back(file.mapped)
        held.append(resident_kilobytes(path))
    assert held == [held[0], 0] * 2
    assert held[0] >= array.nbytes >> 10


def resident_kilobytes(path: Path) -> int:
    """Return how much of a mapped file this process has in memory."""
    lines = Path("/proc/self/smaps").read_text("utf-8").splitlines()
    start = next(place for place, line in enumerate(lines) if line.endswith(str(path)))
    return int(next(line.split()[1] for line in lines[start:] if line.startswith("Rss:")))


def test_objects_are_not_written(tmp_path: Path) -> None:
    path = tmp_path / "some.columns"
    with pytest.raises(ValueError, match="object"):
        write_columns(path, {}, {"a": np.array([{}])})
    assert not list(tmp_path.iterdir())
