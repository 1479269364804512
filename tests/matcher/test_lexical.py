"""French words and spellings on a fixed scale."""

from __future__ import annotations

import unicodedata
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.lexical import (
    analyse,
    background_counts,
    says_something,
    shared_words,
    similarity,
    spelling_rows,
    without_accents,
    word_rows,
)
from tests.support import builders
from tests.support.builders import few

any_text = st.one_of(builders.texts, st.text(max_size=40))
lists_of_texts = st.lists(any_text, min_size=1, max_size=5)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("l’élagage", "élagages"),
        ("d'entretien", "ENTRETIEN"),
        ("d’œuf", "oeufs"),
        ("Ménage", "menage"),
        ("menuiserie", "menuiseries"),
    ],
)
def test_elisions_accents_case_and_plurals_do_not_part_words(one: str, other: str) -> None:
    assert analyse(one) == analyse(other) != []


def test_grammar_and_boilerplate_say_nothing() -> None:
    assert analyse("le la les de du des et pour dans") == []
    assert analyse("") == []
    assert analyse("« — » … !") == []


def test_trades_that_differ_stay_apart() -> None:
    assert not set(analyse("menuiserie")) & set(analyse("maçonnerie"))


@few
@given(st.text("abelnsé èêàçùïôÉœ'’-", max_size=60))
def test_composed_and_decomposed_accents_are_the_same_text(text: str) -> None:
    assert analyse(unicodedata.normalize("NFD", text)) == analyse(unicodedata.normalize("NFC", text))
    assert without_accents(text).isascii() or set("œ’") & set(text)


@pytest.mark.parametrize("rows", [word_rows, spelling_rows])
@few
@given(lists_of_texts, any_text)
def test_similarities_are_in_the_unit_interval_or_nan_and_symmetric(rows, texts: list[str], text: str) -> None:  # type: ignore[no-untyped-def]
    many, one = rows(texts), rows([text])
    there = similarity(one, many)
    assert there.shape == (len(texts),)
    assert there.tobytes() == similarity(many, one).tobytes()
    known = there[~np.isnan(there)]
    assert ((known >= 0) & (known <= 1)).all()


@pytest.mark.parametrize("rows", [word_rows, spelling_rows])
@few
@given(lists_of_texts, any_text)
def test_a_pair_s_similarity_is_the_same_bits_whoever_stands_beside(rows, texts: list[str], text: str) -> None:  # type: ignore[no-untyped-def]
    together = similarity(rows([text]), rows(texts))
    alone = np.concatenate([similarity(rows([text]), rows([one])) for one in texts])
    assert together.tobytes() == alone.tobytes()


@pytest.mark.parametrize("rows", [word_rows, spelling_rows])
def test_the_same_words_in_another_order_are_the_same_and_no_common_word_is_zero(rows) -> None:  # type: ignore[no-untyped-def]
    wanted = rows(["taille de haies"])
    same, none = similarity(wanted, rows(["haies, taille", "bbb xyz"])).tolist()
    assert same == pytest.approx(1, abs=1e-6)
    assert none == 0


@pytest.mark.parametrize("rows", [word_rows, spelling_rows])
def test_a_text_without_any_word_is_unknown_not_unlike(rows) -> None:  # type: ignore[no-untyped-def]
    assert np.isnan(similarity(rows([""]), rows(["haies"]))).all()
    assert np.isnan(similarity(rows(["haies"]), rows(["", "de la"]))).all()


def test_a_rare_common_word_says_more_than_a_frequent_one() -> None:
    wanted = word_rows(["travaux ferronnerie"])
    rare, frequent = similarity(wanted, word_rows(["ferronnerie peinture", "travaux peinture"]))
    assert rare > frequent


def test_the_tenth_occurrence_adds_little() -> None:
    wanted = word_rows(["bois"])
    once, twice, often = similarity(wanted, word_rows(["bois pierre", "bois bois pierre", "bois " * 10 + "pierre"]))
    assert once < twice < often
    assert often - twice < 4 * (twice - once)


def test_spelling_joins_what_stems_do_not() -> None:
    wanted, done = ["débroussaillage"], ["debroussailage"]
    assert similarity(word_rows(wanted), word_rows(done))[0] == 0
    assert similarity(spelling_rows(wanted), spelling_rows(done))[0] > 0.5


def test_words_with_loose_accents_are_shown_whole() -> None:
    """macOS writes é as e and an accent."""
    assert shared_words(unicodedata.normalize("NFD", "Débroussaillage"), "débroussaillage") == ["débroussaillage"]
    assert analyse(unicodedata.normalize("NFD", "él’abc")) == analyse("él’abc")


@pytest.mark.parametrize("number", ["deux", "Trois", "DOUZE", "quinze", "cent", "première", "troisième", "vingtaine"])
def test_a_number_in_words_is_no_word_that_trades_have_in_common(number: str) -> None:
    assert shared_words(f"Abattage de {number} peupliers", f"Élagage, {number} peupliers") == ["peupliers"]
    both = similarity(word_rows([f"{number} peupliers"]), word_rows([f"{number} bancs"]))
    assert both[0] > 0, "it counts in the score as before"


def test_words_near_a_number_say_a_trade() -> None:
    for words in ("tiers lieu", "second oeuvre", "double vitrage", "zero dechet", "millet", "centrale"):
        assert shared_words(words, words)


def test_shared_words_are_shown_as_they_were_written_each_stem_once() -> None:
    assert shared_words("Taille des haies, tailles d’Élagage", "élagages et taille") == ["taille", "élagage"]


@few
@given(any_text, any_text)
def test_shared_words_stand_in_the_text(text: str, other: str) -> None:
    shared = shared_words(text, other)
    stems = [stem for word in shared for stem in analyse(word)]
    assert set(stems) >= {stem for stem in set(analyse(text)) & set(analyse(other)) if says_something(stem)}
    assert all(set(analyse(word)) & set(analyse(other)) for word in shared)


def test_the_counts_of_the_background_are_those_of_its_texts() -> None:
    counted = background_counts()
    with files("matcher.resources").joinpath("background_counts.npz").open("rb") as file, np.load(file) as stored:
        assert stored.keys() == counted.keys(), "run python -m api.build.background_counts"
        assert all(np.array_equal(stored[name], counted[name]) for name in counted)
