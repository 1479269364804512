"""Reports of the nights, read from the tables: by pages too, which need nothing of what a night does."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from api.core.errors import NotFoundError
from api.night import queries
from api.night.journal import JOURNAL
from models.alerts import Night

# Parts of LINES are done before those of MATCH, which need what they found; it is no stage of its own in reports.
LINES, MATCH, SEND = "lines", "match", "send"
STAGES = ("refresh", "encode", MATCH, "follow_ups", "mornings", SEND, "tune", "purge", JOURNAL)


@dataclass(frozen=True)
class NightReport:
    """Report of a night.

    stages: stage → what it did; a stage that is absent was not done (`send`: not to the end). mails: status → number.
    announced: event → number.
    """

    day: date
    stages: Mapping[str, Mapping[str, Any]]
    mails: Mapping[str, int] = field(default_factory=dict)
    announced: Mapping[str, int] = field(default_factory=dict)
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def complete(self) -> bool:
        """Tell whether all stages are done, every mail is sent, and none was given up."""
        return self.finished_at is not None and not self.mails.get("failed")

    def as_json(self) -> dict[str, Any]:
        """Return JSON values; `announced` keeps its published name, `told`."""
        moments = {
            moment_name: moment.isoformat() if moment else None
            for moment_name, moment in (("started_at", self.started_at), ("finished_at", self.finished_at))
        }
        values = asdict(self) | {"day": self.day.isoformat(), "complete": self.complete} | moments
        values["told"] = values.pop("announced")
        return values


def read_night(session: Session, night: date) -> NightReport:
    """Return a night's report, with the present status of its mails. Raises NotFoundError."""
    night_row = session.get(Night, night)
    if night_row is None:
        raise NotFoundError("Cette nuit n’a pas eu lieu.")
    return _report(night_row, queries.mails_of(session, night), queries.announced_on(session, night))


def last_nights(session: Session, limit: int = 30) -> list[NightReport]:
    """Return the reports of the last nights, newest first."""
    return [
        _report(night_row, queries.mails_of(session, night_row.day), queries.announced_on(session, night_row.day))
        for night_row in queries.night_page(session, limit)
    ]


def _report(night_row: Night, mail_counts: Mapping[str, int], announced: Mapping[str, int]) -> NightReport:
    stages = {stage: night_row.stages.get(stage) or night_row.report.get(stage) for stage in STAGES}
    done_stages = {stage: stage_content for stage, stage_content in stages.items() if stage_content}
    return NightReport(
        night_row.day, done_stages, dict(mail_counts), dict(announced), night_row.started_at, night_row.finished_at
    )
