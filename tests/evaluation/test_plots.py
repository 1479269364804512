"""The learning curve, drawn and written down: it says what the points say, and the same points give the same bytes."""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from api.evaluation.plots import Line, interval, learning_markdown, learning_svg, line_svg
from matcher.learning.learning_curve import CurvePoint
from tests.support.proof_share import examples

SVG = "{http://www.w3.org/2000/svg}"
LABELS = {
    "Ce que les avis simulés apportent au classement",
    "Nombre d’avis honnêtes (échelle en racine carrée)",
    "Gain de nDCG@10 sur les poids de départ",
    "Appris, tous de bonne foi",
    "Appris, malgré un évaluateur hostile",
    "Après le garde-fou, malgré l’évaluateur hostile",
    "Chacun cru sur parole, évaluateur hostile compris",
}


def curve(worlds: int = 5, seed: int = 0) -> list[CurvePoint]:
    rng = np.random.default_rng(seed)
    return [
        CurvePoint(count, hostile, *(rng.uniform(0.7, 0.95, (5, worlds))), rng.integers(0, 2, worlds).astype(float))
        for hostile in (False, True)
        for count in (0, 50, 200, 1000)
    ]


def texts(svg: str) -> list[str]:
    return ["".join(node.itertext()) for node in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def paths(svg: str, mark: str) -> list[str]:
    """Return the paths of the marks of one kind: « line » or « area »."""
    groups = ElementTree.fromstring(svg).iter(f"{SVG}g")
    return [
        path.attrib["d"]
        for group in groups
        if f"mark-{mark} role-mark" in group.get("class", "")
        for path in group.findall(f"{SVG}path")
    ]


def points_of(path: str) -> list[tuple[float, float]]:
    numbers = [float(value) for value in re.findall(r"-?[0-9.]+(?:e-?[0-9]+)?", path)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def test_the_plot_is_svg_with_four_lines_four_bands_and_its_labels() -> None:
    svg = learning_svg(curve())
    assert ElementTree.fromstring(svg).tag == f"{SVG}svg"
    assert len(paths(svg, "line")) == len(paths(svg, "area")) == 4
    assert set(texts(svg)) >= LABELS | {"0", "50", "200", "1\u202f000"}
    assert any("95" in one and "5 mondes" in one for one in texts(svg))


def test_the_same_points_give_the_same_bytes_in_any_order() -> None:
    assert learning_svg(curve()) == learning_svg(curve()) == learning_svg(curve()[::-1])
    assert learning_svg(curve()) != learning_svg(curve(seed=1))


def test_each_line_draws_its_own_values() -> None:
    """To change one of them, within the same scale, moves its line and no other."""
    points = [replace(point, prior=np.zeros(5)) for point in curve()]
    shown = {}
    for name, hostile in (("learned", False), ("learned", True), ("gated", True), ("naive", True)):
        chosen = [p.hostile == hostile and p.count == 50 for p in points]
        moved = [
            replace(p, **{name: getattr(p, name) * 0.99}) if mine else p  # type: ignore[arg-type]
            for p, mine in zip(points, chosen, strict=True)
        ]
        before, after = (paths(learning_svg(each), "line") for each in (points, moved))
        shown[name, hostile] = [i for i in range(4) if before[i] != after[i]]
    assert shown == {("learned", False): [0], ("learned", True): [1], ("gated", True): [2], ("naive", True): [3]}


@settings(deadline=None, max_examples=examples(15))
@given(
    st.lists(
        st.tuples(st.integers(0, 5000), st.floats(-0.5, 0.5), st.floats(0, 0.3)),
        min_size=1,
        max_size=6,
        unique_by=lambda row: row[0],
    )
)
def test_a_higher_value_is_drawn_higher_and_all_is_within_the_frame(rows: list[tuple[int, float, float]]) -> None:
    rows = sorted(rows)
    x, y, half = (tuple(float(value) for value in column) for column in zip(*rows, strict=True))
    svg = line_svg([Line("a < b & c", "#000000", x, y, half)], title="t", x_label="x", y_label="y", note="n")
    assert "a < b & c" in texts(svg)
    (line,), (band,) = paths(svg, "line"), paths(svg, "area")
    drawn = points_of(line)
    # Within the plot, 600 by 280.
    assert all(0 <= a <= 600 and 0 <= b <= 280 for a, b in drawn + points_of(band))
    for (_, low, _), (_, lower) in zip(rows, drawn, strict=True):
        for (_, high, _), (_, higher) in zip(rows, drawn, strict=True):
            assert low >= high or lower >= higher
    assert [a for a, _ in drawn] == sorted(a for a, _ in drawn)
    # The band is around the line.
    edges = sorted(points_of(band))
    for across, middle in drawn:
        beside = [down for over, down in edges if abs(over - across) < 0.02]
        assert min(beside) - 0.02 <= middle <= max(beside) + 0.02


def test_the_interval_is_student_s() -> None:
    values = np.array([0.1, 0.4, 0.3, 0.9])
    mean, half = interval(values)
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert (mean - half, mean + half) == pytest.approx((expected.low, expected.high))
    assert np.isnan(interval(np.array([0.5]))[1])
    assert np.isnan(interval(np.array([]))[0])


def test_the_table_has_a_row_a_point_and_gains_are_over_the_prior() -> None:
    point = CurvePoint(
        count=1000,
        hostile=True,
        prior=np.array([0.8, 0.6]),
        learned=np.array([0.9, 0.7]),
        naive=np.array([0.7, 0.5]),
        gated=np.array([0.8, 0.6]),
        best=np.array([1.0, 1.0]),
        passed=np.array([1.0, 0.0]),
    )
    header, rule, row = learning_markdown([point]).splitlines()
    assert header.count("|") == rule.count("|") == row.count("|")
    assert re.fullmatch(
        r"\| 1\u202f000 \| un avis hostile .* \| \+0,100 ± 0,000 \| −0,100 ± 0,000 \| 0 \| 50 % \|", row
    )
    assert len(learning_markdown(curve()).splitlines()) == 2 + 8
