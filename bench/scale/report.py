"""What a run found, as JSON, as tables in docs/performance.md, and as a plot."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from api.core.pictures import PAPER, draw
from bench.scale.measuring import Measure
from bench.scale.phrases import ROOT
from bench.scale.vectors import QUANTILES, Likeness

PAGE, PLOT = ROOT / "docs/performance.md", ROOT / "docs/performance.svg"
BEGIN, END = "<!-- bench-scale -->", "<!-- end of bench-scale -->"
# Okabe and Ito 2008; black is the limit's.
MARKS = (
    "#0072B2",
    "#000000",
    "#D55E00",
    "#E69F00",
    "#CC79A7",
    "#009E73",
    "#56B4E9",
    "#777777",
    "#999933",
    "#AA4499",
    "#882255",
)


@dataclass(frozen=True)
class Run:
    """limits_ms: number of actors → reading their vectors once, in float32 and in eight bits.

    reservations: why milliseconds do not count on this machine, in French; ratios do.
    """

    measures: tuple[Measure, ...]
    limits_ms: Mapping[int, tuple[float, float]]
    likeness: Likeness
    phrases: int
    collections: tuple[str, ...]
    revision: str
    reservations: tuple[str, ...]
    minutes: float

    def to_json(self) -> str:
        alike = {"asked": self.likeness.asked, "nearest": self.likeness.nearest}
        whole = asdict(replace(self, likeness=None))  # type: ignore[arg-type]
        whole["likeness"] = {name: [part.tolist() for part in both] for name, both in alike.items()}
        return json.dumps(whole, ensure_ascii=False, indent=1)

    def of(self, system: str, actors: int) -> Measure | None:
        return next((row for row in self.measures if (row.system, row.actors) == (system, actors)), None)

    @property
    def systems(self) -> list[str]:
        return list(dict.fromkeys(row.system for row in self.measures))


def write_report(run: Run) -> None:
    """Write the plot, and what stands between the two marks of the page."""
    PLOT.write_text(plot(run), "utf-8")
    page = PAGE.read_text("utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{tables(run)}\n{END}{after}", "utf-8")


def tables(run: Run) -> str:
    """Return the tables in Markdown."""
    sizes = list(run.limits_ms)
    busy = f" Not on a quiet machine ({' ; '.join(run.reservations)})." if run.reservations else ""
    read = f", of {', '.join(run.collections)} and this checkout" if run.collections else ", of this checkout"
    heading = ["", *(f"{size:,} actors" for size in sizes)]
    limits = [["reading float32 once, ms", *(f"{run.limits_ms[size][0]:.2f}" for size in sizes)]]
    limits += [["reading eight bits once, ms", *(f"{run.limits_ms[size][1]:.2f}" for size in sizes)]]
    times = [[system, *(_time(run, system, size) for size in sizes)] for system in run.systems]
    others = [[system, *(_others(run, system, size) for size in sizes)] for system in run.systems]
    notes = [f"{row.system}, {row.actors:,} actors: {row.note}." for row in run.measures if row.note]
    quantiles = [
        [name, *(f"{value:.3f}" for value in values)]
        for name, values in (
            ("questions and real phrases", run.likeness.asked[0]),
            ("questions and made ones", run.likeness.asked[1]),
            ("a real phrase and the nearest other", run.likeness.nearest[0]),
            ("a made one and the nearest other", run.likeness.nearest[1]),
        )
    ]
    return "\n\n".join(
        [
            f"{run.phrases:,} real phrases{read}; encoder {run.revision}."
            f" The run took {run.minutes:.0f} minutes.{busy}",
            "Time of a question, as a multiple of reading the vectors once in float32 (milliseconds, median):",
            _table(heading, limits + times),
            "Recall of the first 50 · memory in MB · build in seconds:",
            _table(heading, others),
            *notes,
            "![Time of a question by the number of actors](performance.svg)",
            "Quantiles of cosines, real and made:",
            _table(["", *(f"{quantile:g}" for quantile in QUANTILES)], quantiles),
        ]
    )


def _time(run: Run, system: str, size: int) -> str:
    measure = run.of(system, size)
    if measure is None or measure.query_ms is None:
        return "–"
    return f"{measure.query_ms / run.limits_ms[size][0]:.2f} ({measure.query_ms:.2f})"


def _others(run: Run, system: str, size: int) -> str:
    measure = run.of(system, size)
    if measure is None or measure.recall is None or measure.memory_mb is None or measure.build_s is None:
        return "–"
    return f"{measure.recall:.3f} · {measure.memory_mb:.0f} · {measure.build_s:.1f}"


def _table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heading, ["---", *["---:"] * (len(heading) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def plot(run: Run) -> str:
    """Return the plot: a line a system, both axes by powers of ten."""
    values = [
        {"system": row.system, "actors": row.actors, "ratio": row.query_ms / run.limits_ms[row.actors][0]}
        for row in run.measures
        if row.query_ms is not None
    ]
    names = run.systems
    specification: dict[str, Any] = {
        "width": 560,
        "height": 340,
        "data": {"values": values},
        "encoding": {
            "x": {
                "field": "actors",
                "type": "quantitative",
                "scale": {"type": "log"},
                "axis": {"title": "actors, 2.5 phrases each", "values": list(run.limits_ms), "format": ",d"},
            },
            "y": {
                "field": "ratio",
                "type": "quantitative",
                "scale": {"type": "log"},
                "axis": {"title": "time of a question ÷ reading the vectors once"},
            },
            "color": {
                "field": "system",
                "type": "nominal",
                "scale": {"domain": names, "range": list(MARKS[: len(names)])},
                "legend": {"title": None},
            },
        },
        "layer": [
            {"mark": {"type": "line"}},
            {"mark": {"type": "point", "filled": True}},
            {
                "data": {"values": [{"limit": 1}]},
                "mark": {"type": "rule", "strokeDash": [4, 4]},
                "encoding": {"y": {"field": "limit", "type": "quantitative"}, "x": None, "color": None},
            },
        ],
    }
    alternative = "Time of a question divided by reading the vectors once, by the number of actors, for each system."
    return draw(specification, alternative=alternative, colours=replace(PAPER, marks=MARKS))
