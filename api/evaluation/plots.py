"""The learning curve as a plot and as a table, in French, for `simulate` and docs/learning.md."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from api.core import pictures
from api.core.french import number
from matcher.learning.learning_curve import CurvePoint
from matcher.types import FloatArray, Role

# Between two values of the y axis, and how it writes them.
Y_STEP = 0.05
SIGNED = "datum.value == 0 ? '0' : (datum.value > 0 ? '+' : '−') + format(abs(datum.value), '.2f')"

# Label, colour, dash, with the hostile rater or not, values of a point. Colours for all eyes: Okabe & Ito 2008.
_LINES: tuple[tuple[str, str, str, bool, Callable[[CurvePoint], FloatArray]], ...] = (
    ("Appris, tous de bonne foi", "#0072B2", "", False, lambda point: point.learned),
    ("Appris, malgré un évaluateur hostile", "#009E73", "8 5", True, lambda point: point.learned),
    ("Après le garde-fou, malgré l’évaluateur hostile", "#CC79A7", "", True, lambda point: point.gated),
    ("Chacun cru sur parole, évaluateur hostile compris", "#D55E00", "2 4", True, lambda point: point.naive),
)


@dataclass(frozen=True)
class Line:
    """A line of points in the order of x, with half the width of each interval; `dash` as in SVG, "" for none."""

    label: str
    colour: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    half: tuple[float, ...]
    dash: str = ""


def interval(sample_values: FloatArray) -> tuple[float, float]:
    """Return the mean of `(n,)` values and half the width of its 95 % interval (Student); NaN where n < 2."""
    if len(sample_values) < 2:
        return float(np.mean(sample_values)) if len(sample_values) else np.nan, np.nan
    half_width = (
        float(stats.t.ppf(0.975, len(sample_values) - 1))
        * float(np.std(sample_values, ddof=1))
        / np.sqrt(len(sample_values))
    )
    return float(np.mean(sample_values)), float(half_width)


def learning_rows(points: Sequence[CurvePoint]) -> Iterator[list[str]]:
    """Yield a header, then a row per point: mean gains of nDCG@10 over the prior, with 95 % intervals over worlds."""
    yield ["avis", "évaluateur hostile", "appris", "chacun cru sur parole", "après le garde-fou", "garde-fou passé"]
    for curve_point in points:
        gain_cells = [
            _gain(values - curve_point.prior) for values in (curve_point.learned, curve_point.naive, curve_point.gated)
        ]
        hostile_words = "un avis hostile pour un avis honnête" if curve_point.hostile else "non"
        yield [
            number(curve_point.count),
            hostile_words,
            *gain_cells,
            f"{number(100 * float(curve_point.passed.mean()))} %",
        ]


def learning_markdown(points: Sequence[CurvePoint]) -> str:
    """Return the rows as a table in Markdown."""
    header_cells, *body_rows = learning_rows(points)
    markdown_rows = (header_cells, ["---:", "---", *["---:"] * (len(header_cells) - 2)], *body_rows)
    return "\n".join("| " + " | ".join(row) + " |" for row in markdown_rows) + "\n"


def role_markdown(points: Sequence[CurvePoint]) -> str:
    """Return the gains of nDCG@10 by role, a row per point, as a table in Markdown."""
    table_rows = [
        ["avis", "évaluateur hostile", *(role.value for role in Role)],
        ["---:", "---", *["---:"] * len(Role)],
    ]
    for point in points:
        gains = [role_gains[~np.isnan(role_gains)] for role_gains in point.role_gains.T]
        table_rows.append([number(point.count), "oui" if point.hostile else "non", *map(_gain, gains)])
    return "\n".join("| " + " | ".join(row) + " |" for row in table_rows) + "\n"


def learning_svg(points: Sequence[CurvePoint]) -> str:
    """Return the plot of the gains over the prior; points with and without the hostile rater, in any order."""
    plot_lines = []
    for label, colour, dash, hostile, values in _LINES:
        drawn_points = sorted((point for point in points if point.hostile == hostile), key=lambda point: point.count)
        gain_intervals = [interval(values(point) - point.prior) for point in drawn_points]
        x, y, half = (
            tuple(column)
            for column in zip(
                *[(point.count, *gain) for point, gain in zip(drawn_points, gain_intervals, strict=True)], strict=True
            )
        )
        plot_lines.append(Line(label, colour, x, y, half, dash))
    world_count = len(points[0].prior)
    return line_svg(
        plot_lines,
        title="Ce que les avis simulés apportent au classement",
        x_label="Nombre d’avis honnêtes (échelle en racine carrée)",
        y_label="Gain de nDCG@10 sur les poids de départ",
        note=f"Moyenne sur {number(world_count)} mondes simulés ; bandes : intervalles de confiance à 95 %.",
    )


def line_svg(lines: Sequence[Line], *, title: str, x_label: str, y_label: str, note: str) -> str:
    """Return an SVG of lines with their bands on white; x ≥ 0 on a square-root axis; the y axis includes 0."""
    rows = [
        {"line": line.label, "x": x, "y": y, "low": y - half, "high": y + half}
        for line in lines
        for x, y, half in zip(line.x, line.y, line.half, strict=True)
    ]
    labels = [line.label for line in lines]
    points = [(y, half) for line in lines for y, half in zip(line.y, line.half, strict=True)]
    ends = [0.0, *(end for y, half in points for end in (y, y - half, y + half) if end == end)]
    first = math.floor(min(ends) / Y_STEP)
    last = max(math.ceil(max(ends) / Y_STEP), first + 1)
    heights = [round(step * Y_STEP, 2) for step in range(first, last + 1)]
    x_axis = {"values": sorted({x for line in lines for x in line.x}), "grid": False, "format": ",d"}
    y_axis = {"values": heights, "labelExpr": SIGNED, "tickCount": len(heights)}
    shared = {
        "x": {"field": "x", "type": "quantitative", "title": x_label, "scale": {"type": "sqrt"}, "axis": x_axis},
        "color": {
            "field": "line",
            "type": "nominal",
            "scale": {"domain": labels, "range": [line.colour for line in lines]},
            "legend": {"title": None, "orient": "bottom", "columns": 1, "labelLimit": 0, "symbolType": "stroke"},
        },
    }
    dashes = [[float(part) for part in line.dash.split()] or [1, 0] for line in lines]
    height = {"type": "quantitative", "title": y_label, "axis": y_axis}
    bounds = {"domain": [heights[0], heights[-1]], "nice": False}
    line_height = {"field": "y", **height, "scale": bounds}
    specification = {
        "data": {"values": [{name: value for name, value in row.items() if value == value} for row in rows]},
        "width": 600,
        "height": 280,
        "title": {"text": title, "subtitle": note, "fontSize": 16},
        "encoding": shared,
        "layer": [
            {
                "transform": [{"filter": "isValid(datum.low)"}],
                "mark": {"type": "area", "opacity": 0.13},
                "encoding": {"y": {"field": "low", **height, "scale": bounds}, "y2": {"field": "high"}},
            },
            {
                "mark": {"type": "line", "strokeWidth": 2.5},
                "encoding": {
                    "y": line_height,
                    "strokeDash": {"field": "line", "type": "nominal", "scale": {"domain": labels, "range": dashes}},
                },
            },
            {"mark": {"type": "point", "filled": True, "size": 45, "opacity": 1}, "encoding": {"y": line_height}},
        ],
    }
    return pictures.draw(specification, alternative=title, colours=pictures.PAPER) + "\n"


def _gain(differences: FloatArray) -> str:
    mean_gain, half_width = interval(differences)
    if round(abs(mean_gain), 3) == 0 and round(half_width, 3) == 0:
        return "0"
    return f"{'−' if mean_gain < 0 else '+'}{number(abs(mean_gain), 3)} ± {number(half_width, 3)}"
