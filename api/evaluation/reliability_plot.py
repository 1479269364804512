"""The reliability diagram: mean score of each tenth against the share that is right, as SVG, in French."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.core import pictures
from matcher.evaluation.calibration import wilson
from matcher.evaluation.measures import reliability
from matcher.types import FloatArray

SIDE = 420
THRESHOLDS = (0.2, 0.45, 0.7)
NOTE = "Tirets verticaux : les seuils des mots. Barres : intervalles de Wilson à 95 %."


@dataclass(frozen=True)
class Series:
    """Scores `(n,)` in [0, 1] of one system, and whether each was right, 0 or 1."""

    label: str
    colour: str
    scores: FloatArray
    right: FloatArray


def reliability_svg(series: Sequence[Series], *, title: str) -> str:
    """Return a square diagram on white: points on the diagonal are calibrated; bars are Wilson's 95 % intervals."""
    rows = []
    for plotted in series:
        for mean_score, share, count in reliability(plotted.scores, plotted.right):
            low, high = wilson(round(share * count), count)
            rows.append({"series": plotted.label, "score": mean_score, "right": share, "low": low, "high": high})
    scale = {"domain": [0, 1], "nice": False}
    axis = {"format": ".1f", "tickCount": 6}
    across, upward = (
        {"type": "quantitative", "title": words, "scale": scale, "axis": axis}
        for words in ("Score moyen du dixième", "Part juste (note ≥ 2)")
    )
    colour = {
        "field": "series",
        "type": "nominal",
        "scale": {"domain": [each.label for each in series], "range": [each.colour for each in series]},
        "legend": {"title": None, "orient": "bottom", "columns": 1, "labelLimit": 0, "symbolType": "circle"},
    }
    drawn = {"x": {"field": "score", **across}, "color": colour}
    drawn_right = {"field": "right", **upward}
    specification = {
        "width": SIDE,
        "height": SIDE,
        "title": {"text": title, "subtitle": NOTE, "fontSize": 16},
        "data": {"values": rows},
        "layer": [
            {
                "data": {"values": [{"score": threshold} for threshold in THRESHOLDS]},
                "mark": {"type": "rule", "strokeDash": [3, 4], "color": pictures.PAPER.quiet, "strokeWidth": 2},
                "encoding": {"x": {"field": "score", **across}},
            },
            {
                "data": {"values": [{"score": 0, "right": 0}, {"score": 1, "right": 1}]},
                "mark": {"type": "line", "strokeDash": [6, 5], "color": pictures.PAPER.ink, "strokeWidth": 1},
                "encoding": {"x": {"field": "score", **across}, "y": drawn_right},
            },
            {
                "mark": {"type": "rule", "opacity": 0.45},
                "encoding": {**drawn, "y": {"field": "low", **upward}, "y2": {"field": "high"}},
            },
            {"mark": {"type": "line", "strokeWidth": 2.5}, "encoding": {**drawn, "y": drawn_right}},
            {
                "mark": {"type": "point", "filled": True, "size": 50, "opacity": 1},
                "encoding": {**drawn, "y": drawn_right},
            },
        ],
    }
    return pictures.draw(specification, alternative=title, colours=pictures.PAPER) + "\n"
