"""Figures for Prometheus: the last night, the outbox, the public sources; no address, name or identifier.

A facilitator's key is asked for.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, time

from fastapi import Depends
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Engine
from starlette.responses import Response

from api.core.settings import Settings
from api.night import queries
from api.night.reports import last_nights
from api.open_data.freshness import source_states
from api.web.checked_router import CheckedRouter
from api.web.dependencies import BackgroundDep, EngineDep, NowDep, SettingsDep, facilitator
from models.background import BackgroundWriter
from models.database import reading

router = CheckedRouter(include_in_schema=False, dependencies=[Depends(facilitator)])


@router.get("/metrics")
def metrics(engine: EngineDep, options: SettingsDep, now: NowDep, background: BackgroundDep) -> Response:
    registry = CollectorRegistry()
    registry.register(NightCollector(engine))
    registry.register(SourceCollector(engine, options, now))
    registry.register(BackgroundCollector(background))
    return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


class NightCollector(Collector):
    """Figures of the last night, read from the tables: the night runs in another process."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        with reading(self._engine) as session:
            waiting_mails = queries.waiting_mails(session)
            nights = last_nights(session, 1)
        yield GaugeMetricFamily("polesud_mails_waiting", "Mails that have still to leave.", waiting_mails)
        if not nights:
            return
        (night,) = nights
        began_at = datetime.combine(night.day, time(), UTC).timestamp()
        yield GaugeMetricFamily("polesud_night_day_seconds", "The last night's day, as a Unix time.", began_at)
        is_finished = float(night.finished_at is not None)
        yield GaugeMetricFamily("polesud_night_finished", "Whether the last night has nothing left to do.", is_finished)
        yield _by("polesud_night_seconds", "How long a stage of it took.", "stage", _seconds(night.stages))
        yield _by("polesud_night_mails", "Its mails, by status.", "status", night.mails)
        yield _by("polesud_night_told", "What was told in them.", "event", night.announced)
        match_stage = night.stages.get("match", {})
        yield _by("polesud_night_skipped", "Subscriptions left alone.", "reason", match_stage.get("skipped", {}))
        yield _by("polesud_night_put_off", "Suggestions put off.", "reason", match_stage.get("waiting", {}))
        tune_stage = night.stages.get("tune", {})
        tuning_outcomes = {
            outcome: float(tune_stage.get("done") == outcome) for outcome in ("skipped", "kept", "activated")
        }
        yield _by("polesud_night_tuning", "What became of what was learned.", "done", tuning_outcomes)


class SourceCollector(Collector):
    """Freshness of each public source; a source that was never read completely is only late."""

    def __init__(self, engine: Engine, options: Settings, now: datetime) -> None:
        self._engine, self._options, self._now = engine, options, now

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        with reading(self._engine) as session:
            all_states = source_states(session, self._options, self._now)
        complete_at = {
            source_state.name: source_state.complete_at.timestamp()
            for source_state in all_states
            if source_state.complete_at
        }
        yield _by("polesud_source_complete_seconds", "The end of its last complete reading.", "source", complete_at)
        is_late = {source_state.name: float(source_state.late) for source_state in all_states}
        yield _by("polesud_source_late", "Whether that is too long ago, or a département is silent.", "source", is_late)
        silent_count = {source_state.name: float(len(source_state.silent)) for source_state in all_states}
        yield _by("polesud_source_silent_departments", "Départements without anything new.", "source", silent_count)
        has_stopped = {source_state.name: float(bool(source_state.error)) for source_state in all_states}
        yield _by("polesud_source_stopped", "Whether its last reading stopped half-way.", "source", has_stopped)
        refused_count = {source_state.name: float(source_state.refused) for source_state in all_states}
        yield _by("polesud_source_refused", "Records that are not understood.", "source", refused_count)


class BackgroundCollector(Collector):
    """What this process has still to write in the background, and what of it was lost."""

    def __init__(self, background: BackgroundWriter) -> None:
        self._background = background

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("polesud_writes_waiting", "Writes of the background.", self._background.waiting)
        lost_writes = {reason: float(count) for reason, count in self._background.lost.items()}
        yield _by("polesud_writes_lost", "Writes of the background lost since the start.", "reason", lost_writes)


def _seconds(stages: object) -> dict[str, float]:
    assert isinstance(stages, dict)
    return {stage_name: float(stage_content["seconds"]) for stage_name, stage_content in stages.items()}


def _by(metric_name: str, help_text: str, label_name: str, value_figures: object) -> Metric:
    assert isinstance(value_figures, dict)
    metric_family = GaugeMetricFamily(metric_name, help_text, labels=[label_name])
    for label_value, figure in sorted(value_figures.items()):
        metric_family.add_metric([label_value], figure)
    return metric_family
