"""The learning curve as a plot and as a table, in French, for `simulate` and docs/learning.md."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

import numpy as np
from scipy import stats

from api.core.french import number
from matcher.learning.learning_curve import CurvePoint
from matcher.types import FloatArray, Role

WIDTH, HEIGHT = 760, 470

LEFT, RIGHT, TOP, BOTTOM = 80, 20, 48, 150

GRID, TEXT = "#d9d9d9", "#222222"

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
    x_ticks = sorted({x for line in lines for x in line.x})
    y_step = 0.05
    band_ends = [
        end for line in lines for y, half in zip(line.y, line.half, strict=True) for end in (y - half, y + half)
    ]
    y_low = y_step * np.floor(min(0.0, *band_ends) / y_step)
    y_high = y_step * max(np.ceil(max(0.0, *band_ends) / y_step), np.floor(min(0.0, *band_ends) / y_step) + 1)
    inner_width, inner_height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    widest_root = max(x_ticks[-1], 1) ** 0.5

    def across(x: float) -> str:
        return _round(LEFT + inner_width * x**0.5 / widest_root)

    def down(y: float) -> str:
        return _round(TOP + inner_height * (y_high - y) / (y_high - y_low))

    bottom = TOP + inner_height
    svg_parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        f' font-family="sans-serif" font-size="13" fill="{TEXT}" role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        _text(LEFT, 28, title, 'font-size="16" font-weight="bold"'),
    ]
    for i in range(round((y_high - y_low) / y_step) + 1):
        y = y_low + i * y_step
        is_zero = abs(y) < y_step / 2
        stroke_colour = TEXT if is_zero else GRID
        svg_parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{down(y)}" y2="{down(y)}" stroke="{stroke_colour}"/>'
        )
        tick_label = "0" if is_zero else f"{'+' if y > 0 else '−'}{number(abs(y), 2)}"
        svg_parts.append(_text(LEFT - 8, float(down(y)) + 4, tick_label, 'text-anchor="end"'))
    for x in x_ticks:
        svg_parts.append(f'<line x1="{across(x)}" x2="{across(x)}" y1="{bottom}" y2="{bottom + 6}" stroke="{TEXT}"/>')
        svg_parts.append(_text(across(x), bottom + 21, number(x), 'text-anchor="middle"'))
    svg_parts.append(f'<line x1="{LEFT}" x2="{LEFT}" y1="{TOP}" y2="{bottom}" stroke="{TEXT}"/>')
    svg_parts.append(_text(LEFT + inner_width / 2, bottom + 43, x_label, 'text-anchor="middle"'))
    middle_height = TOP + inner_height / 2
    svg_parts.append(
        _text(22, middle_height, y_label, f'text-anchor="middle" transform="rotate(-90 22 {_round(middle_height)})"')
    )
    for line in lines:
        known_rows = [row for row in zip(line.x, line.y, line.half, strict=True) if row[2] == row[2]]
        band_points = [f"{across(x)},{down(y + half)}" for x, y, half in known_rows]
        band_points += [f"{across(x)},{down(y - half)}" for x, y, half in reversed(known_rows)]
        svg_parts.append(f'<polygon points="{" ".join(band_points)}" fill="{line.colour}" fill-opacity="0.13"/>')
    for line in lines:
        line_path = " ".join(f"{across(x)},{down(y)}" for x, y in zip(line.x, line.y, strict=True))
        svg_parts.append(f'<polyline points="{line_path}" fill="none" {_stroke(line)}/>')
        svg_parts += [
            f'<circle cx="{across(x)}" cy="{down(y)}" r="3.5" fill="{line.colour}"/>'
            for x, y in zip(line.x, line.y, strict=True)
        ]
    # Two to a row, under the axis.
    for i, line in enumerate(lines):
        x, y = LEFT - 55 + 345 * (i % 2), bottom + 72 + 22 * (i // 2)
        svg_parts.append(f'<line x1="{x}" x2="{x + 30}" y1="{y - 4}" y2="{y - 4}" {_stroke(line)}/>')
        svg_parts.append(_text(x + 38, y, line.label))
    svg_parts.append(_text(LEFT - 55, HEIGHT - 16, note, 'font-size="12" fill="#555555"'))
    return "\n".join([*svg_parts, "</svg>"]) + "\n"


def _stroke(line: Line) -> str:
    dash_attribute = f' stroke-dasharray="{line.dash}"' if line.dash else ""
    return f'stroke="{line.colour}" stroke-width="2.5"{dash_attribute}'


def _text(x: float | str, y: float, label_text: str, text_attributes: str = "") -> str:
    x_text = x if isinstance(x, str) else _round(x)
    attributes = f" {text_attributes}" if text_attributes else ""
    return f'<text x="{x_text}" y="{_round(y)}"{attributes}>{escape(label_text)}</text>'


def _round(pixel_value: float) -> str:
    """Return a coordinate to a tenth of a pixel, so that the last bits of a mean do not change the file."""
    return f"{pixel_value + 0.0:.1f}"


def _gain(differences: FloatArray) -> str:
    mean_gain, half_width = interval(differences)
    if round(abs(mean_gain), 3) == 0 and round(half_width, 3) == 0:
        return "0"
    return f"{'−' if mean_gain < 0 else '+'}{number(abs(mean_gain), 3)} ± {number(half_width, 3)}"
