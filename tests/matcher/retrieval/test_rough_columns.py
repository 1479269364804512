"""Rough columns bound the exact ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from api.build.integer_product import write_graph
from matcher.embedding import GRID, cosines, from_grid, to_grid
from matcher.geography import great_circle_km
from matcher.lexical import similarity, spelling_rows, word_rows
from matcher.retrieval.distinct_rows import distinct_rows
from matcher.retrieval.integer_product import MOST_DIGIT, ZERO_CODE, integer_products
from matcher.retrieval.phrase_codes import PhraseCodes
from matcher.retrieval.rough_columns import RoughPhrases, RoughWords
from matcher.retrieval.rough_places import FAR_SHARE, NEAR_KM, RoughPlaces
from matcher.types import FloatArray
from tests.support import builders
from tests.support.builders import actor_index, opportunity_index
from tests.support.noise_worlds import noise_actors, noise_opportunities


def grid_rows(seed: int, count: int, dim: int, peaks: float) -> FloatArray:
    """Return unit rows on the grid; the higher `peaks`, the more one entry of a row exceeds the others."""
    rows = np.random.default_rng(seed).standard_normal((count, dim))
    rows[:, 0] += peaks
    return from_grid(to_grid((rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)))


@builders.few
@given(st.integers(0, 1_000), st.sampled_from((1, 7, 48, 384)), st.integers(1, 5), st.sampled_from((0.0, 3.0, 50.0)))
def test_the_exact_cosine_lies_between_the_bounds(seed: int, dim: int, asked: int, peaks: float) -> None:
    rows, question = grid_rows(seed, 200, dim, peaks), grid_rows(seed + 1, asked, dim, 0)
    exact = cosines(rows, question).max(axis=1)
    upper, width = PhraseCodes.build(rows).highest(question)
    assert (exact <= upper).all()
    assert (exact >= upper - np.float32(width)).all()
    # A row with one entry far above the others is coded in coarser steps.
    assert width < (0.05 if peaks < 50 else 0.15)


def test_a_row_s_code_does_not_depend_on_the_others() -> None:
    rows = grid_rows(1, 50, 384, 0)
    whole, alone = PhraseCodes.build(rows), PhraseCodes.build(rows[7:8])
    assert np.array_equal(whole.codes[7], alone.codes[0])
    assert (whole.scale[7], whole.error[7]) == (alone.scale[0], alone.error[0])


def test_products_of_the_largest_numbers_are_exact() -> None:
    """Where a processor adds products in 16 bits, too large ones would be cut."""
    for code, digit in ((0, MOST_DIGIT), (255, MOST_DIGIT), (255, -MOST_DIGIT), (0, -MOST_DIGIT)):
        codes, digits = np.full((5, 384), code, np.uint8), np.full((384, 3), digit, np.int8)
        assert (integer_products(codes, digits) == (code - ZERO_CODE) * digit * 384).all()
    assert GRID <= MOST_DIGIT * MOST_DIGIT


def test_the_stored_graph_is_the_one_that_is_built(tmp_path: Path) -> None:
    write_graph(tmp_path / "graph.onnx")
    stored = Path(__file__).parents[3] / "matcher/resources/integer_product.onnx"
    assert stored.read_bytes() == (tmp_path / "graph.onnx").read_bytes()


@pytest.mark.parametrize("spare", [0.0, 0.05, 0.5, 3.0])
def test_words_and_spellings_lie_within_a_width_below_their_bounds(spare: float) -> None:
    texts = ["Tonte des pelouses", "", "Pose de fenêtres en bois", "tonte tonte tonte", "le la les"]
    for rows_of in (word_rows, spelling_rows):
        rows = rows_of(texts)
        rough = RoughWords.build(rows)
        for question in ("Tonte et pose de clôtures", "", "bois"):
            exact = similarity(rows_of([question]), rows)
            upper, width = rough.similarity(rows_of([question]), spare)
            assert width <= spare + 3e-5
            assert np.array_equal(np.isnan(exact), np.isnan(upper))
            known = ~np.isnan(exact)
            assert (exact[known] <= upper[known]).all()
            assert (exact[known] >= upper[known] - width).all()


_DEGREES = arrays.arrays(
    np.float32, 20, elements=st.floats(-90, 90, width=32) | st.floats(48, 48.0078125, width=32) | st.just(np.nan)
)


@given(_DEGREES, _DEGREES, st.floats(-90, 90, width=32), st.sampled_from((0.0, 180.0)), st.booleans())
def test_rough_distances_are_near_the_exact_ones(
    lat: FloatArray, lon: FloatArray, here: float, turn: float, beside: bool
) -> None:
    if beside:
        # One of them, or what lies opposite of it.
        here = 0.0 if np.isnan(lat[0]) else float(lat[0]) * (-1 if turn else 1)
    there = float(np.float32(0 if np.isnan(lon[0]) else lon[0]) + np.float32(turn))
    exact = great_circle_km(here, there, lat, lon)
    place = np.array([here], np.float32), np.array([there], np.float32)
    rough = RoughPlaces.build(lat, lon).km(*place, slice(3, 20))
    assert np.array_equal(np.isnan(exact[3:]), np.isnan(rough))
    known = ~np.isnan(rough)
    assert (np.abs(rough - exact[3:]) <= NEAR_KM + FAR_SHARE * rough)[known].all()


def test_the_best_phrases_of_rows_lie_between_their_bounds() -> None:
    actors = actor_index(*noise_actors(2, 200))
    rough = RoughPhrases.build(actors.phrases, actors.own_phrases)
    for row in noise_opportunities(5, 5):
        question = opportunity_index(row).phrases
        *uppers, width = rough.highest(question)
        exacts = actors.phrases.best(question), actors.phrases.best_leading(question, actors.own_phrases)
        for exact, upper in zip(exacts, uppers, strict=True):
            assert np.array_equal(np.isnan(exact), np.isnan(upper))
            known = ~np.isnan(exact)
            assert ((exact <= upper) & (exact >= upper - np.float32(width)))[known].all()


@given(
    arrays.arrays(
        np.float32, st.tuples(st.integers(0, 30), st.integers(1, 3)), elements=st.sampled_from((0, 1, np.nan))
    )
)
def test_distinct_rows_give_every_row_back(rows: FloatArray) -> None:
    first, which = distinct_rows(rows)
    assert np.array_equal(rows[first][which], rows, equal_nan=True)
    told = {row.tobytes() for row in rows}
    assert len(first) == len(told)
