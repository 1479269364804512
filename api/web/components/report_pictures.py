"""The pictures of the report: bars by axis and territory, funnels of stages, a map. Each shows a table of the page."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from api.brokerage.wording import STATES
from api.catalogue.places.intercommunalities import intercommunality_names, intercommunality_points
from api.core import pictures
from api.core.french import number, plural
from api.reporting.figures import Figures, Report
from api.reporting.stays import StageTable
from api.reporting.wording import COLUMNS, REACHED, STANDING, UNPLACED, department_in_words
from api.takeovers.stages.wording import STAGES

OUTLINES = Path(__file__).parents[1] / "static" / "outlines.json"
WIDTH = 250
# Room for a letter of 12 pixels, in the widest of the fonts that a browser may take.
LETTER = 7.4
MARKS = pictures.PAGE.marks
# Labels are short, and their axis leaves room for them: to see whether one must be cut, the engine would measure each
# anew, half of its time.
UNCUT = {"labelLimit": 0}
Values = list[dict[str, Any]]


@dataclass(frozen=True)
class Picture:
    """A picture as SVG, and its caption."""

    caption: str
    svg: str


def axis_pictures(report: Report) -> list[Picture]:
    """Return bars by axis and département: what came, the cases, the jobs. What has no figures has no picture."""
    given, assumed = "axe confirmé", "axe supposé"
    received, cases, jobs = [], [], []
    for cell in report.cells:
        row = f"Axe {cell.axis}, {department_in_words(cell.department)}"
        assumed_count = report.total(axes=[cell.axis], departments=[cell.department], assumed=True).received
        counts = {given: cell.figures.received - assumed_count, assumed: assumed_count}
        received += _series(row, counts)
        cases += _series(row, _named(cell.figures, "taken", "introduced", "won"))
        jobs += _series(row, _named(cell.figures, "jobs_created", "jobs_kept"))
    drawn = (
        _axis_bars("Opportunités reçues", received, is_stacked=True),
        _axis_bars("Dossiers", cases, is_stacked=False),
        _axis_bars("Emplois", jobs, is_stacked=True),
    )
    return [picture for picture in drawn if picture]


def case_funnel(report: Report) -> Picture | None:
    """Return how many cases of each axis came to each stage or further."""
    tables = report.stages
    values = [
        {"row": STATES[figures.stage], "series": table.name, "rank": rank, "count": figures.reached}
        for rank, table in enumerate(tables)
        for figures in table.stages
    ]
    title = "Dossiers arrivés à chaque étape ou plus loin"
    told = " ; ".join(_funnel_in_words(table, STATES) for table in tables)
    alternative = f"{title}, par axe. {told}. Le tableau donne chaque étape."
    return _bars(title, values, [table.name for table in tables], alternative, is_stacked=False)


def takeover_funnels(report: Report) -> list[Picture]:
    """Return, for each track that has files, how many came to each stage or further, and how many stand there."""
    return [_takeover_funnel(table) for table in report.takeovers.tracks]


def territory_map(report: Report) -> Picture | None:
    """Return a dot for each intercommunality with opportunities: its area grows with their number."""
    points = intercommunality_points(frozenset(report.home))
    counts = {
        code: report.total(territory=code).received
        for code in report.territories
        if code in points and code not in UNPLACED
    }
    dots = [
        {"lon": points[code][1], "lat": points[code][0], "count": count, "words": number(count)}
        for code, count in sorted(counts.items(), key=lambda code_count: (-code_count[1], code_count[0]))
        if count
    ]
    if not dots:
        return None
    at = {
        "longitude": {"field": "lon", "type": "quantitative"},
        "latitude": {"field": "lat", "type": "quantitative"},
    }
    most = max(counts.values())
    specification = {
        "width": 330,
        "height": 320,
        "projection": {"type": "mercator"},
        "layer": [
            {
                "data": {"values": _outlines()},
                "mark": {
                    "type": "geoshape",
                    "fill": pictures.PAGE.line,
                    "fillOpacity": 0.35,
                    "stroke": pictures.PAGE.quiet,
                },
            },
            {
                "data": {"values": dots},
                "mark": {"type": "circle", "opacity": 0.75, "color": MARKS[0]},
                "encoding": {
                    **at,
                    "size": {
                        "field": "count",
                        "type": "quantitative",
                        "scale": {"domain": [0, most], "range": [150, 1400]},
                        "legend": None,
                    },
                },
            },
            {
                "data": {"values": dots},
                "mark": {"type": "text", "dy": -1, "fontSize": 11, "fontWeight": "bold", "color": "var(--picture-ink)"},
                "encoding": {**at, "text": {"field": "words", "type": "nominal"}},
            },
        ],
    }
    first = max(counts, key=lambda code: (counts[code], code))
    alternative = (
        f"Carte des opportunités reçues : {plural(len(dots), 'intercommunalité')} ; d’abord "
        f"{intercommunality_names()[first]}, avec {number(counts[first])}. Le tableau donne chaque nombre."
    )
    return Picture("Opportunités reçues, par intercommunalité", _draw(specification, alternative))


def _named(figures: Figures, *names: str) -> dict[str, int]:
    return {COLUMNS[name]: getattr(figures, name) for name in names}


def _series(row: str, counts: Mapping[str, int]) -> Values:
    return [
        {"row": row, "series": series, "rank": rank, "count": count}
        for rank, (series, count) in enumerate(counts.items())
    ]


def _axis_bars(title: str, values: Values, *, is_stacked: bool) -> Picture | None:
    sums = Counter[str]()
    for value in values:
        sums[value["series"]] += value["count"]
    told = ", ".join(f"{name} : {number(count)}" for name, count in sums.items())
    alternative = f"{title} par axe et par département. {told}. Le tableau donne le détail."
    return _bars(title, values, list(sums), alternative, is_stacked=is_stacked)


def _bars(title: str, values: Values, series: Sequence[str], alternative: str, *, is_stacked: bool) -> Picture | None:
    """Return horizontal bars in the order of the values, or nothing where all are 0."""
    if not any(value["count"] for value in values):
        return None
    lengths = Counter[tuple[str, str]]()
    for value in values:
        lengths[value["row"], "" if is_stacked else value["series"]] += value["count"]
    ticks = _ticks(max(lengths.values()))
    length = {
        "field": "count",
        "type": "quantitative",
        "title": None,
        "stack": "zero" if is_stacked else None,
        "scale": {"domain": [0, ticks[-1]], "nice": False},
        "axis": {"format": ",d", "values": ticks, **UNCUT},
    }
    beside = {} if is_stacked else {"yOffset": {"field": "series", "type": "nominal", "sort": list(series)}}
    specification = {
        "data": {"values": values},
        "width": WIDTH,
        "height": {"step": 22} if is_stacked else {"step": 11, "for": "offset"},
        "mark": {"type": "bar"},
        "encoding": {
            "y": _rows([value["row"] for value in values]),
            "x": length,
            "color": _legend(series, MARKS) | {"field": "series"},
            "order": {"field": "rank", "type": "quantitative"},
            **beside,
        },
    }
    return Picture(title, _draw(specification, alternative))


def _takeover_funnel(table: StageTable) -> Picture:
    values: Values = [
        {
            "row": STAGES[figures.stage],
            "reached": figures.reached,
            "standing": figures.standing,
            "words": number(figures.reached),
        }
        for figures in table.stages
    ]
    length = {"type": "quantitative", "title": None, "axis": None}
    kinds = _legend([REACHED, STANDING], (MARKS[1], MARKS[0]))

    def bar(field: str, kind: str, thickness: int) -> dict[str, Any]:
        return {
            "mark": {"type": "bar", "height": thickness, "stroke": "var(--paper)", "strokeWidth": 1},
            "encoding": {"x": {"field": field, **length}, "color": {**kinds, "datum": kind}},
        }

    specification = {
        "data": {"values": values},
        "width": WIDTH - 60,
        "height": {"step": 22},
        "encoding": {
            "y": _rows([str(value["row"]) for value in values]),
        },
        "layer": [
            bar("reached", REACHED, 16),
            bar("standing", STANDING, 7),
            {
                "mark": {"type": "text", "align": "left", "dx": 4},
                "encoding": {"x": {"field": "reached", **length}, "text": {"field": "words", "type": "nominal"}},
            },
        ],
    }
    title = f"Reprises par étape : {table.name[0].lower()}{table.name[1:]}"
    alternative = f"{title}. {_funnel_in_words(table, STAGES)}. Le tableau donne chaque étape."
    return Picture(title, _draw(specification, alternative))


def _funnel_in_words(table: StageTable, words: Mapping[str, str]) -> str:
    first, last = table.stages[0], table.stages[-1]
    return f"{table.name} : {plural(first.reached, 'suivi')}, {number(last.reached)} à l’étape « {words[last.stage]} »"


def _rows(labels: Sequence[str]) -> dict[str, Any]:
    """Return the axis of the rows, in the order of the values."""
    room = LETTER * max(map(len, labels))
    axis = {"ticks": False, "domain": False, "minExtent": room, "labelPadding": 6, **UNCUT}
    return {"field": "row", "type": "nominal", "title": None, "sort": None, "axis": axis}


def _ticks(most: int) -> list[int]:
    """Return whole numbers from 0, some five of them, the last one at least `most`."""
    step = next(size * 10**power for power in range(12) for size in (1, 2, 5) if size * 10**power * 5 >= most)
    return list(range(0, most + step, step))


def _legend(series: Iterable[str], colours: Sequence[str]) -> dict[str, Any]:
    names = list(series)
    return {
        "type": "nominal",
        "scale": {"domain": names, "range": list(colours[: len(names)])},
        "legend": {"title": None, "orient": "bottom", "columns": 1, "labelLimit": 0},
    }


def _draw(specification: Mapping[str, Any], alternative: str) -> str:
    return pictures.draw(specification, alternative=alternative, colours=pictures.PAGE)


@cache
def _outlines() -> list[dict[str, Any]]:
    """Return the outlines of the départements, turned so that the projection finds what is inside on the right."""
    features: list[dict[str, Any]] = json.loads(OUTLINES.read_text("utf-8"))["features"]
    return [
        {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring[::-1] for ring in rings]}}
        for rings in (feature["geometry"]["coordinates"] for feature in features)
    ]
