"""The reliability diagram: mean score of each tenth against the share that is right, as SVG, in French."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from api.core.french import number
from api.evaluation.plots import GRID, TEXT
from matcher.evaluation.calibration import wilson
from matcher.evaluation.measures import reliability
from matcher.types import FloatArray

SIDE, LEFT, TOP = 420, 80, 48
WIDTH, HEIGHT = LEFT + SIDE + 40, TOP + SIDE + 130
THRESHOLDS = (0.2, 0.45, 0.7)


@dataclass(frozen=True)
class Series:
    """Scores `(n,)` in [0, 1] of one system, and whether each was right, 0 or 1."""

    label: str
    colour: str
    scores: FloatArray
    right: FloatArray


def reliability_svg(series: Sequence[Series], *, title: str) -> str:
    """Return a square diagram on white: points on the diagonal are calibrated; bars are Wilson's 95 % intervals."""
    right_edge, bottom = LEFT + SIDE, TOP + SIDE
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        f' font-family="sans-serif" font-size="13" fill="{TEXT}" role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        _text(LEFT, 28, title, 'font-size="16" font-weight="bold"'),
    ]
    for tenth in range(0, 11, 2):
        x, y = _across(tenth / 10), _down(tenth / 10)
        parts.append(f'<line x1="{LEFT}" x2="{right_edge}" y1="{y}" y2="{y}" stroke="{GRID}"/>')
        parts.append(_text(LEFT - 8, float(y) + 4, number(tenth / 10, 1), 'text-anchor="end"'))
        parts.append(_text(float(x), bottom + 20, number(tenth / 10, 1), 'text-anchor="middle"'))
    for threshold in THRESHOLDS:
        x = _across(threshold)
        parts.append(
            f'<line x1="{x}" x2="{x}" y1="{TOP}" y2="{bottom}" stroke="{GRID}"'
            ' stroke-dasharray="3 4" stroke-width="2"/>'
        )
    parts.append(
        f'<line x1="{LEFT}" y1="{bottom}" x2="{right_edge}" y2="{TOP}" stroke="{TEXT}" stroke-dasharray="6 5"/>'
    )
    for plotted in series:
        parts += _drawn(plotted)
    middle = _round(TOP + SIDE / 2)
    parts.append(_text(LEFT + SIDE / 2, bottom + 42, "Score moyen du dixième", 'text-anchor="middle"'))
    parts.append(
        _text(22, float(middle), "Part juste (note ≥ 2)", f'text-anchor="middle" transform="rotate(-90 22 {middle})"')
    )
    for i, plotted in enumerate(series):
        below = bottom + 68 + 22 * i
        parts.append(f'<circle cx="{LEFT + 10}" cy="{below - 4}" r="5" fill="{plotted.colour}"/>')
        parts.append(_text(LEFT + 24, below, plotted.label))
    note = "Tirets verticaux : les seuils des mots. Barres : intervalles de Wilson à 95 %."
    parts.append(_text(LEFT, HEIGHT - 14, note, 'font-size="12" fill="#555555"'))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _drawn(series: Series) -> list[str]:
    parts, points = [], []
    for mean_score, share, count in reliability(series.scores, series.right):
        low, high = wilson(round(share * count), count)
        x, y = _across(mean_score), _down(share)
        points.append(f"{x},{y}")
        parts.append(
            f'<line x1="{x}" x2="{x}" y1="{_down(low)}" y2="{_down(high)}" stroke="{series.colour}"'
            ' stroke-opacity="0.45"/>'
        )
        parts.append(f'<circle cx="{x}" cy="{y}" r="4" fill="{series.colour}"/>')
    parts.append(f'<polyline points="{" ".join(points)}" fill="none" stroke="{series.colour}" stroke-width="2.5"/>')
    return parts


def _across(value: float) -> str:
    return _round(LEFT + SIDE * value)


def _down(value: float) -> str:
    return _round(TOP + SIDE * (1 - value))


def _text(x: float, y: float, words: str, attributes: str = "") -> str:
    return f'<text x="{_round(x)}" y="{_round(y)}"{" " + attributes if attributes else ""}>{escape(words)}</text>'


def _round(pixel: float) -> str:
    """Return a coordinate to a tenth of a pixel, so that the last bits of a mean do not change the file."""
    return f"{pixel + 0.0:.1f}"
