"""Distances on the sphere and middles of départements."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.geography import EARTH_RADIUS_KM, department_middle, department_of, great_circle_km
from matcher.types import Point
from tests.support.builders import few

places = st.tuples(st.floats(-89, 89), st.floats(-180, 180))


def by_vectors(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The angle between two position vectors: another formula than the tested one, stable at all distances."""

    def position(place: tuple[float, float]) -> tuple[float, float, float]:
        lat, lon = map(math.radians, place)
        return math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)

    a, b = position(one), position(other)
    return EARTH_RADIUS_KM * math.atan2(float(np.linalg.norm(np.cross(a, b))), float(np.dot(a, b)))


@few
@given(places, places)
def test_it_is_the_angle_between_two_positions(one: tuple[float, float], other: tuple[float, float]) -> None:
    assert float(great_circle_km(*one, *other)) == pytest.approx(by_vectors(one, other), rel=1e-4, abs=1e-3)


@few
@given(places, places)
def test_there_is_as_far_as_back(one: tuple[float, float], other: tuple[float, float]) -> None:
    assert float(great_circle_km(*one, *other)) == pytest.approx(float(great_circle_km(*other, *one)), rel=1e-5)
    assert great_circle_km(*one, *one) == 0


def test_known_distances() -> None:
    """A degree of latitude is a 360th of the circumference; Paris–Marseille is some 660 km as the crow flies."""
    assert float(great_circle_km(44.0, 5.0, 45.0, 5.0)) == pytest.approx(2 * math.pi * EARTH_RADIUS_KM / 360)
    assert 655 < float(great_circle_km(48.8566, 2.3522, 43.2965, 5.3698)) < 665


@few
@given(st.lists(places, min_size=1, max_size=9), places)
def test_many_at_once_are_the_same_bits_as_one_by_one(
    many: list[tuple[float, float]], one: tuple[float, float]
) -> None:
    lat, lon = (np.array(column, np.float32) for column in zip(*many, strict=True))
    here = np.array([one[0]], np.float32), np.array([one[1]], np.float32)
    together = great_circle_km(*here, lat, lon)
    assert together.shape == (len(many),)
    alone = [great_circle_km(*here, lat[i : i + 1], lon[i : i + 1])[0] for i in range(len(many))]
    assert together.tolist() == alone


def test_an_unknown_place_is_at_an_unknown_distance() -> None:
    assert math.isnan(great_circle_km(math.nan, 5.0, 45.0, 5.0))
    assert math.isnan(great_circle_km(44.0, 5.0, 45.0, math.nan))


def test_the_middle_of_a_department_is_inexact_and_an_unknown_code_has_none() -> None:
    middle = department_middle("26")
    assert isinstance(middle, Point)
    assert not middle.exact
    assert float(great_circle_km(middle.lat, middle.lon, 44.85, 5.0)) < 40
    assert department_middle(None) is None
    assert department_middle("") is None
    assert department_middle("99") is None


@pytest.mark.parametrize(
    ("commune", "department"), [("26362", "26"), ("07186", "07"), ("2A004", "2A"), ("97411", "974")]
)
def test_a_commune_s_code_tells_its_department(commune: str, department: str) -> None:
    assert department_of(commune) == department
