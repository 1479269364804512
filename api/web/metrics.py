"""What Prometheus reads: the last night, the outbox, the public sources, in figures; no address, name or identifier.

`api.app` asks for a key.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, time

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Engine
from starlette.responses import Response

from api.core.settings import Settings
from api.night import queries
from api.night.run import last_nights
from api.open_data.freshness import source_states
from models.base import utc_now
from models.database import reading

router = APIRouter(include_in_schema=False)


@router.get("/metrics")
def metrics(request: Request) -> Response:
    registry = CollectorRegistry()
    registry.register(NightCollector(request.app.state.engine))
    registry.register(SourceCollector(request.app.state.engine, request.app.state.settings))
    return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


class NightCollector(Collector):
    """Reads the tables each time it is asked: the night runs in another process."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        with reading(self._engine) as session:
            waiting = queries.waiting_mails(session)
            nights = last_nights(session, 1)
        yield GaugeMetricFamily("polesud_mails_waiting", "Mails that have still to leave.", waiting)
        if not nights:
            return
        (night,) = nights
        began = datetime.combine(night.day, time(), UTC).timestamp()
        yield GaugeMetricFamily("polesud_night_day_seconds", "The last night's day, as a Unix time.", began)
        finished = float(night.finished_at is not None)
        yield GaugeMetricFamily("polesud_night_finished", "Whether the last night has nothing left to do.", finished)
        yield _by("polesud_night_seconds", "How long a stage of it took.", "stage", _seconds(night.stages))
        yield _by("polesud_night_mails", "Its mails, by status.", "status", night.mails)
        yield _by("polesud_night_told", "What was told in them.", "event", night.announced)
        match = night.stages.get("match", {})
        yield _by("polesud_night_skipped", "Subscriptions left alone.", "reason", match.get("skipped", {}))
        yield _by("polesud_night_put_off", "Suggestions put off.", "reason", match.get("waiting", {}))
        tune = night.stages.get("tune", {})
        done = {state: float(tune.get("done") == state) for state in ("skipped", "kept", "activated")}
        yield _by("polesud_night_tuning", "What became of what was learned.", "done", done)


class SourceCollector(Collector):
    """How fresh each public source is; of one that was never read whole, only that it is late."""

    def __init__(self, engine: Engine, options: Settings) -> None:
        self._engine, self._options = engine, options

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        with reading(self._engine) as session:
            states = source_states(session, self._options, utc_now())
        complete = {one.name: one.complete_at.timestamp() for one in states if one.complete_at}
        yield _by("polesud_source_complete_seconds", "The end of its last complete reading.", "source", complete)
        late = {one.name: float(one.late) for one in states}
        yield _by("polesud_source_late", "Whether that is too long ago.", "source", late)
        failed = {one.name: float(bool(one.error)) for one in states}
        yield _by("polesud_source_stopped", "Whether its last reading stopped half-way.", "source", failed)
        refused = {one.name: float(one.refused) for one in states}
        yield _by("polesud_source_refused", "Records that are not understood.", "source", refused)


def _seconds(stages: object) -> dict[str, float]:
    assert isinstance(stages, dict)
    return {stage: float(content["seconds"]) for stage, content in stages.items()}


def _by(name: str, help_text: str, label: str, values: object) -> Metric:
    assert isinstance(values, dict)
    family = GaugeMetricFamily(name, help_text, labels=[label])
    for value, figure in sorted(values.items()):
        family.add_metric([value], figure)
    return family
