"""One contract, two encoders: what serves (onnxruntime) and what it was made from (sentence-transformers)."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.embedding import (
    FEWEST_BATCHED,
    GRID,
    Encoder,
    OnnxEncoder,
    Progress,
    SentenceTransformerEncoder,
    as_read,
    cosines,
    from_grid,
    in_batches,
    open_encoder,
    to_grid,
)
from matcher.types import FloatArray
from tests.support.apart import Apart, process_apart
from tests.support.proof_share import examples

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
ONNX = ROOT / "var/encoder"
REFERENCE = ROOT / "var/reference/sentence-transformers"
GOLDEN = ROOT / "tests/golden/encoder.json"
LOCATIONS = {"onnx": ONNX, "sentence-transformers": REFERENCE}
# Slow: it takes torch, and some ten seconds to load.
BOTH = ["onnx", pytest.param("sentence-transformers", marks=pytest.mark.slow)]
ODD_TEXTS = ("", " ", "🌿🪵 Élagage 💚", "садоводство и озеленение", "造园 庭の手入れ", "صيانة الحدائق", "a\x00b\u200b")


class EncoderApart:
    """An encoder in a process of its own: torch and the reference take 500 MB. Another number opens it again."""

    def __init__(self, apart: Apart, name: str, number: int = 1) -> None:
        self._apart, self._opened = apart, (name, number)
        self.kind, self.revision, self.dim, self.similarity_range = apart(facts, *self._opened)

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> FloatArray:
        result, counts = self._apart(rows, *self._opened, texts)
        if progress:
            for count in counts:
                progress(count)
        return result


@cache
def opened(name: str, number: int) -> Encoder:  # noqa: ARG001 the number is for the cache
    """In the other process."""
    if name == "sentence-transformers":
        import torch

        assert REFERENCE.is_dir(), "no reference encoder in var/reference: run `make reference`"

        # Tests run side by side: two that each take every core wait for one another.
        torch.set_num_threads(1)
    return open_encoder(str(LOCATIONS[name]))


def facts(name: str, number: int) -> tuple[type[Encoder], str, int, tuple[float, float]]:
    encoder = opened(name, number)
    return type(encoder), encoder.revision, encoder.dim, encoder.similarity_range


def rows(name: str, number: int, texts: Sequence[str]) -> tuple[FloatArray, list[int]]:
    """Return the rows, and each count that progress was called with."""
    counts: list[int] = []
    return opened(name, number).encode(texts, progress=counts.append), counts


@pytest.fixture(scope="module")
def apart() -> Iterator[Apart]:
    with process_apart() as process:
        yield process


@pytest.fixture(scope="module")
def reference(apart: Apart) -> EncoderApart:
    return EncoderApart(apart, "sentence-transformers")


@pytest.fixture(scope="module", params=sorted(LOCATIONS))
def either(request: pytest.FixtureRequest) -> Encoder:
    """What serves, in this process; then the reference."""
    chosen: Encoder = request.getfixturevalue("encoder" if request.param == "onnx" else "reference")
    return chosen


@cache
def french_texts() -> tuple[str, ...]:
    """Twenty activities of actors and twenty titles of openings, spread over the invented world."""
    activities = [part.strip() for row in _rows("actors.csv") for part in row["activites"].split("|") if part.strip()]
    titles = [row["titre"] for name in ("openings.csv", "takeovers.csv") for row in _rows(name)]
    return tuple(text for texts in (activities, titles) for text in _spread(list(dict.fromkeys(texts)), 20))


def _rows(name: str) -> list[dict[str, str]]:
    with (ROOT / "fixtures" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _spread(texts: list[str], count: int) -> list[str]:
    return [texts[position * len(texts) // count] for position in range(count)]


@pytest.mark.parametrize("count", [0, 1, 5])
def test_gives_one_unit_row_of_float32_a_text(either: Encoder, count: int) -> None:
    rows = either.encode(french_texts()[:count])
    assert rows.shape == (count, either.dim)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_the_same_text_gives_the_same_bits_whatever_stands_beside_it(either: Encoder) -> None:
    texts = list(french_texts()[::5])
    together = either.encode(texts)
    alone = np.concatenate([either.encode([text]) for text in texts])
    np.testing.assert_array_equal(together, alone)
    doubled = either.encode([*reversed(texts), texts[0]])
    np.testing.assert_array_equal(doubled[:-1], together[::-1])
    np.testing.assert_array_equal(doubled[-1], together[0])


@cache
def many_texts() -> tuple[str, ...]:
    """520 names, activities, titles and lots of the invented world, of two to some thirty tokens each."""
    columns = {"actors.csv": ("nom", "activites"), "openings.csv": ("titre", "lot_titre"), "takeovers.csv": ("titre",)}
    cells = [row[column] for name, wanted in columns.items() for row in _rows(name) for column in wanted]
    texts = [part.strip() for cell in cells for part in cell.split("|") if part.strip()]
    # The encoder reads small letters: no two that it would read alike.
    distinct = list({as_read(text): text for text in texts}.values())
    assert len(distinct) >= 520
    return tuple(_spread(distinct, 520))


@cache
def made_alone() -> FloatArray:
    """The row of each of `many_texts`, from an encoder that has no batches."""
    lone = OnnxEncoder(ONNX)
    return np.concatenate([lone.encode([text]) for text in many_texts()])


@settings(deadline=None, max_examples=examples(6))
@given(st.randoms(use_true_random=False), st.integers(FEWEST_BATCHED, 48))
def test_a_row_does_not_depend_on_what_its_text_is_batched_with(encoder: Encoder, random: Random, count: int) -> None:
    """The very bits, for any choice of texts in any order, some of them twice."""
    chosen = random.choices(range(len(many_texts())), k=count)
    np.testing.assert_array_equal(encoder.encode([many_texts()[text] for text in chosen]), made_alone()[chosen])


def test_all_texts_at_once_have_the_bits_that_each_has_alone(encoder: Encoder) -> None:
    np.testing.assert_array_equal(encoder.encode(many_texts()), made_alone())


def test_where_a_batch_changes_bits_each_text_is_encoded_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a processor whose kernels sum the last row of an odd number in another order."""
    careful = OnnxEncoder(ONNX)
    kept, sizes = careful._batch, list[int]()

    def other_bits(token_ids: Sequence[Sequence[int]]) -> list[FloatArray]:
        sizes.append(len(token_ids))
        rows = [row.copy() for row in kept(token_ids)]
        if len(rows) % 2 and len(rows) > 1:
            rows[-1][0] = np.nextafter(rows[-1][0], np.float32(2))
        return rows

    monkeypatch.setattr(careful, "_batch", other_bits)
    texts = many_texts()[: 2 * FEWEST_BATCHED]
    np.testing.assert_array_equal(careful.encode(texts), made_alone()[: len(texts)])
    assert sizes[-len(texts) :] == [1] * len(texts)


@given(st.lists(st.integers(0, 12), max_size=40), st.integers(0, 30))
def test_batches_hold_each_text_once_with_others_of_its_length_only(lengths: list[int], most: int) -> None:
    batches = in_batches(lengths, most)
    assert sorted(place for batch in batches for place in batch) == list(range(len(lengths)))
    for batch in batches:
        (length,) = {lengths[place] for place in batch}
        assert len(batch) == 1 or len(batch) * max(length, 1) <= most


@pytest.mark.parametrize("name", sorted(LOCATIONS))
def test_two_openings_give_the_same_bits(apart: Apart, name: str) -> None:
    first, again = (EncoderApart(apart, name, number) for number in (1, 2))
    np.testing.assert_array_equal(again.encode(french_texts()[:4]), first.encode(french_texts()[:4]))


def test_different_texts_give_different_rows(either: Encoder) -> None:
    rows = either.encode(french_texts()[::8])
    assert len(np.unique(to_grid(rows), axis=0)) == len(french_texts()[::8])


def test_what_exceeds_the_longest_text_is_cut_off(either: Encoder) -> None:
    long = "entretien des espaces verts, " * 300
    rows = either.encode([long, long + "expertise comptable", "expertise comptable"])
    np.testing.assert_array_equal(rows[0], rows[1])
    assert not np.array_equal(rows[0], rows[2])


def test_both_encoders_cut_a_long_text_at_the_same_place(encoder: Encoder, reference: EncoderApart) -> None:
    text = " ; ".join(french_texts())
    one, other = (each.encode([text])[0] for each in (encoder, reference))
    assert float(one @ other) >= 0.999


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_a_text_without_known_letters_still_has_a_unit_row(either: Encoder, text: str) -> None:
    (row,) = either.encode([text])
    assert np.linalg.norm(row) == pytest.approx(1, abs=1e-5)


@settings(deadline=None, max_examples=examples(40))
@given(st.lists(st.text(max_size=60), max_size=4))
def test_any_text_has_a_unit_row(encoder: Encoder, texts: list[str]) -> None:
    rows = encoder.encode(texts)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), np.ones(len(texts)), atol=1e-5)


@pytest.mark.parametrize("count", [0, 1, 5])
def test_progress_is_told_of_every_text_once(either: Encoder, count: int) -> None:
    told: list[int] = []
    either.encode(french_texts()[:count], progress=told.append)
    assert sum(told) == count
    assert all(part > 0 for part in told)


def test_related_trades_are_nearer_than_unrelated_ones(either: Encoder) -> None:
    """With French words in common or not; the encoder's own range tells the two cases apart."""
    trees, gardens, books = either.encode(
        ["Élagage et abattage d’arbres", "Taille d’arbres, entretien de parcs", "Expertise comptable"]
    )
    low, high = either.similarity_range
    near, far = ((float(trees @ other) - low) / (high - low) for other in (gardens, books))
    assert near > far + 0.2


def test_both_encoders_have_one_revision_dimension_and_range(encoder: Encoder, reference: EncoderApart) -> None:
    one, other = encoder, reference
    manifest = json.loads((ONNX / "manifest.json").read_text("utf-8"))
    assert one.revision == other.revision == manifest["revision"]
    assert one.dim == other.dim == manifest["dim"]
    assert one.similarity_range == other.similarity_range == tuple(manifest["similarity_range"])
    low, high = one.similarity_range
    assert -1 <= low < high <= 1


def test_both_encoders_give_almost_the_same_vectors(encoder: Encoder, reference: EncoderApart) -> None:
    agreement = (encoder.encode(french_texts()) * reference.encode(french_texts())).sum(axis=1)
    worst = int(agreement.argmin())
    assert agreement[worst] >= 0.999, french_texts()[worst]


def test_open_encoder_takes_onnx_where_the_folder_has_it(encoder: Encoder, reference: EncoderApart) -> None:
    assert isinstance(encoder, OnnxEncoder)
    assert reference.kind is SentenceTransformerEncoder


def test_what_encodes_nothing_opens_no_model(encoder: Encoder) -> None:
    """A command that finds all texts encoded; the first text opens them, and has the same bits."""
    idle = open_encoder(str(ONNX), at_once=False)
    assert (idle.revision, idle.dim, idle.similarity_range) == (
        encoder.revision,
        encoder.dim,
        encoder.similarity_range,
    )
    assert "_models" not in vars(idle)
    np.testing.assert_array_equal(idle.encode(french_texts()[:3]), encoder.encode(french_texts()[:3]))


def test_serving_never_loads_torch() -> None:
    program = (
        "import sys; from matcher.embedding import open_encoder; "
        f"open_encoder({str(ONNX)!r}).encode(['tonte']); "
        "print(*sorted({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_serving_leaves_no_device_id_for_a_vendor(tmp_path: Path) -> None:
    """onnxruntime reports its use to its vendor unless it is told not to, and keeps an id in the home folder for it."""
    program = f"from matcher.embedding import open_encoder; open_encoder({str(ONNX)!r}).encode(['tonte'])"
    bare = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=bare, check=True)
    assert [path.name for path in tmp_path.rglob("*")] == []


def test_golden_vectors_are_what_the_encoder_gives(encoder: Encoder) -> None:
    """Other bits of the same encoder would make stored vectors incomparable. New encoder: tests/golden/write.py."""
    golden = json.loads(GOLDEN.read_text("utf-8"))
    assert golden["revision"] == encoder.revision, "run `python -m tests.golden.write`"
    steps = to_grid(encoder.encode([row["text"] for row in golden["rows"]])).astype(int)
    expected = np.array([row["steps"] for row in golden["rows"]])
    assert expected.shape == (8, 12)
    # Another processor may round an entry otherwise: two steps of 1/4000 at most.
    assert np.abs(steps[:, :12] - expected).max() <= 2


def unit_rows(seed: int, count: int, dim: int, spikes: bool) -> FloatArray:
    """Random directions; `spikes` puts nearly all of a row into one entry, the worst case of rounding and range."""
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((count, dim))
    if spikes:
        rows[np.arange(count), rng.integers(dim, size=count)] *= 1000
    unit: FloatArray = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


UNIT_ROWS = st.builds(
    unit_rows, st.integers(0, 2**32 - 1), st.integers(1, 40), st.sampled_from([1, 3, 384]), st.booleans()
)


@settings(deadline=None, max_examples=examples(60))
@given(UNIT_ROWS)
def test_cosines_on_the_grid_are_exact(rows: FloatArray) -> None:
    """They equal whole-number arithmetic, hence do not depend on the order of a sum nor on the processor."""
    steps = to_grid(rows)
    values = cosines(from_grid(steps), from_grid(steps))
    exact = steps.astype(np.int64) @ steps.astype(np.int64).T
    assert exact.max() < 2**24
    np.testing.assert_array_equal(values, exact.astype(np.float32) / np.float32(GRID * GRID))


@settings(deadline=None, max_examples=examples(60))
@given(UNIT_ROWS, st.randoms(use_true_random=False))
def test_a_cosine_does_not_depend_on_the_other_rows(rows: FloatArray, random: Random) -> None:
    many = from_grid(to_grid(rows))
    few = many[: max(1, len(many) // 3)]
    whole = cosines(many, few)
    order = np.array(random.sample(range(len(many)), len(many)))
    np.testing.assert_array_equal(cosines(many[order], few), whole[order])
    np.testing.assert_array_equal(np.concatenate([cosines(row[None], few) for row in many]), whole)


@settings(deadline=None, max_examples=examples(60))
@given(UNIT_ROWS)
def test_the_grid_moves_a_cosine_by_less_than_a_thousandth(rows: FloatArray) -> None:
    on_grid = cosines(from_grid(to_grid(rows)), from_grid(to_grid(rows)))
    assert np.abs(on_grid - rows.astype(np.float64) @ rows.astype(np.float64).T).max() < 1e-3


def test_stored_rows_come_back_as_they_were(encoder: Encoder) -> None:
    steps = to_grid(encoder.encode(french_texts()))
    assert steps.dtype == np.int16
    np.testing.assert_array_equal(to_grid(from_grid(steps) / np.float32(GRID)), steps)
