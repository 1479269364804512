"""The learning curve as a plot and as a table, in French, for `simulate` and docs/learning.md."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

import numpy as np
from scipy import stats

from api.core.french import number
from matcher.learning.learning_curve import CurvePoint
from matcher.types import FloatArray

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


def interval(values: FloatArray) -> tuple[float, float]:
    """Return the mean of `(n,)` values and half the width of its 95 % interval (Student); NaN where n < 2."""
    if len(values) < 2:
        return float(np.mean(values)) if len(values) else np.nan, np.nan
    half = float(stats.t.ppf(0.975, len(values) - 1)) * float(np.std(values, ddof=1)) / np.sqrt(len(values))
    return float(np.mean(values)), float(half)


def learning_rows(points: Sequence[CurvePoint]) -> Iterator[list[str]]:
    """Yield a header, then a row per point: mean gains of nDCG@10 over the prior, with 95 % intervals over worlds."""
    yield ["avis", "évaluateur hostile", "appris", "chacun cru sur parole", "après le garde-fou", "garde-fou passé"]
    for point in points:
        gains = [_gain(values - point.prior) for values in (point.learned, point.naive, point.gated)]
        hostile = "un avis hostile pour un avis honnête" if point.hostile else "non"
        yield [number(point.count), hostile, *gains, f"{number(100 * float(point.passed.mean()))} %"]


def learning_markdown(points: Sequence[CurvePoint]) -> str:
    """Return the rows as a table in Markdown."""
    header, *lines = learning_rows(points)
    rows = (header, ["---:", "---", *["---:"] * (len(header) - 2)], *lines)
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"


def learning_svg(points: Sequence[CurvePoint]) -> str:
    """Return the plot of the gains over the prior; points with and without the hostile rater, in any order."""
    lines = []
    for label, colour, dash, hostile, values in _LINES:
        drawn = sorted((point for point in points if point.hostile == hostile), key=lambda point: point.count)
        gains = [interval(values(point) - point.prior) for point in drawn]
        x, y, half = (
            tuple(column)
            for column in zip(*[(point.count, *gain) for point, gain in zip(drawn, gains, strict=True)], strict=True)
        )
        lines.append(Line(label, colour, x, y, half, dash))
    worlds = len(points[0].prior)
    return line_svg(
        lines,
        title="Ce que les avis simulés apportent au classement",
        x_label="Nombre d’avis honnêtes (échelle en racine carrée)",
        y_label="Gain de nDCG@10 sur les poids de départ",
        note=f"Moyenne sur {number(worlds)} mondes simulés ; bandes : intervalles de confiance à 95 %.",
    )


def line_svg(lines: Sequence[Line], *, title: str, x_label: str, y_label: str, note: str) -> str:
    """Return an SVG of lines with their bands on white; x ≥ 0 on a square-root axis; the y axis includes 0."""
    ticks = sorted({x for line in lines for x in line.x})
    step = 0.05
    ends = [end for line in lines for y, half in zip(line.y, line.half, strict=True) for end in (y - half, y + half)]
    low = step * np.floor(min(0.0, *ends) / step)
    high = step * max(np.ceil(max(0.0, *ends) / step), np.floor(min(0.0, *ends) / step) + 1)
    inner_width, inner_height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    widest = max(ticks[-1], 1) ** 0.5

    def across(x: float) -> str:
        return _round(LEFT + inner_width * x**0.5 / widest)

    def down(y: float) -> str:
        return _round(TOP + inner_height * (high - y) / (high - low))

    bottom = TOP + inner_height
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        f' font-family="sans-serif" font-size="13" fill="{TEXT}" role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        _text(LEFT, 28, title, 'font-size="16" font-weight="bold"'),
    ]
    for i in range(round((high - low) / step) + 1):
        y = low + i * step
        zero = abs(y) < step / 2
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{down(y)}" y2="{down(y)}" stroke="{TEXT if zero else GRID}"/>'
        )
        label = "0" if zero else f"{'+' if y > 0 else '−'}{number(abs(y), 2)}"
        parts.append(_text(LEFT - 8, float(down(y)) + 4, label, 'text-anchor="end"'))
    for x in ticks:
        parts.append(f'<line x1="{across(x)}" x2="{across(x)}" y1="{bottom}" y2="{bottom + 6}" stroke="{TEXT}"/>')
        parts.append(_text(across(x), bottom + 21, number(x), 'text-anchor="middle"'))
    parts.append(f'<line x1="{LEFT}" x2="{LEFT}" y1="{TOP}" y2="{bottom}" stroke="{TEXT}"/>')
    parts.append(_text(LEFT + inner_width / 2, bottom + 43, x_label, 'text-anchor="middle"'))
    middle = TOP + inner_height / 2
    parts.append(_text(22, middle, y_label, f'text-anchor="middle" transform="rotate(-90 22 {_round(middle)})"'))
    for line in lines:
        known = [row for row in zip(line.x, line.y, line.half, strict=True) if row[2] == row[2]]
        band = [f"{across(x)},{down(y + half)}" for x, y, half in known]
        band += [f"{across(x)},{down(y - half)}" for x, y, half in reversed(known)]
        parts.append(f'<polygon points="{" ".join(band)}" fill="{line.colour}" fill-opacity="0.13"/>')
    for line in lines:
        way = " ".join(f"{across(x)},{down(y)}" for x, y in zip(line.x, line.y, strict=True))
        parts.append(f'<polyline points="{way}" fill="none" {_stroke(line)}/>')
        parts += [
            f'<circle cx="{across(x)}" cy="{down(y)}" r="3.5" fill="{line.colour}"/>'
            for x, y in zip(line.x, line.y, strict=True)
        ]
    # Two to a row, under the axis.
    for i, line in enumerate(lines):
        x, y = LEFT - 55 + 345 * (i % 2), bottom + 72 + 22 * (i // 2)
        parts.append(f'<line x1="{x}" x2="{x + 30}" y1="{y - 4}" y2="{y - 4}" {_stroke(line)}/>')
        parts.append(_text(x + 38, y, line.label))
    parts.append(_text(LEFT - 55, HEIGHT - 16, note, 'font-size="12" fill="#555555"'))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _stroke(line: Line) -> str:
    dash = f' stroke-dasharray="{line.dash}"' if line.dash else ""
    return f'stroke="{line.colour}" stroke-width="2.5"{dash}'


def _text(x: float | str, y: float, words: str, how: str = "") -> str:
    at = x if isinstance(x, str) else _round(x)
    return f'<text x="{at}" y="{_round(y)}"{" " if how else ""}{how}>{escape(words)}</text>'


def _round(value: float) -> str:
    """Return a coordinate to a tenth of a pixel, so that the last bits of a mean do not change the file."""
    return f"{value + 0.0:.1f}"


def _gain(differences: FloatArray) -> str:
    mean, half = interval(differences)
    if round(abs(mean), 3) == 0 and round(half, 3) == 0:
        return "0"
    return f"{'−' if mean < 0 else '+'}{number(abs(mean), 3)} ± {number(half, 3)}"
