"""What each stage of a night does, part by part."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlmodel import Session

from api.alerts.composing import AlertComposer, Progress
from api.alerts.follow_up import follow_up
from api.alerts.line_parts import parts_of_lines
from api.alerts.sharing import parts_of_partners
from api.core.clock import Clock
from api.core.settings import Settings
from api.day.morning_mail import accounts_in_parts, write_mornings
from api.learning.tuning import tune
from api.mailing.links import Signer
from api.matching.desk import Desk
from api.night import queries
from api.night.journal import JOURNAL, check_journal
from api.night.reports import LINES, MATCH
from api.night.shares import Counts, Plan
from api.open_data.refresh import refresh
from api.privacy.personal_data import purge
from models.database import reading


class StageWork:
    """The stages of a night as one worker does them, but for sending, which workers share mail by mail.

    stages: stage → does a part of it, that of these ids, and returns what it counted. plans: how a stage is parted; the
    others are done by one worker.
    """

    def __init__(
        self,
        desk: Desk,
        signer: Signer,
        *,
        night: date,
        now: Clock,
        options: Settings,
        progress_of: Callable[[str], Progress] | None,
        dry_run: bool,
    ) -> None:
        self._desk, self._signer, self._engine = desk, signer, desk.engine
        self.night, self._now, self._options, self._dry_run = night, now, options, dry_run
        self.progress_of = progress_of or (lambda _stage: lambda _done, _total: None)
        self._composer = AlertComposer(desk, signer, night=night, options=options, dry_run=dry_run)
        self.stages: Mapping[str, Callable[..., Counts]] = {
            "refresh": self._ask_sources,
            "encode": self._read_desk,
            MATCH: self._match,
            "follow_ups": self._ask_follow_ups,
            "mornings": self._write_mornings,
            "tune": lambda _ids=(): asdict(tune(self._engine, night=night, now=now(), dry_run=dry_run)),
            "purge": lambda _ids=(): {} if dry_run else asdict(purge(self._engine, now=now(), options=options)),
            JOURNAL: lambda _ids=(): {} if dry_run else check_journal(self._engine),
        }
        self.plans: Mapping[str, Plan] = {
            LINES: parts_of_lines,
            MATCH: self._parts_of_partners,
            "mornings": accounts_in_parts,
        }

    def find_reach(self, parts: Sequence[str] = ()) -> Counts:
        """Find whom each published line of these parts, or of all, reaches."""
        return dict(self._composer.find_reach(parts))

    def count_waiting(self) -> dict[str, Any]:
        """Return how many mails would be sent."""
        with reading(self._engine) as session:
            return {"waiting": queries.waiting_mails(session)}

    def _parts_of_partners(self, session: Session) -> list[list[str]]:
        return parts_of_partners(session, self._options.night_part_partners)

    def _ask_sources(self, _ids: Sequence[str] = ()) -> Counts:
        if self._dry_run:
            return {"sources": 0, "reason": "dry_run"}
        return refresh(self._engine, today=self.night, now=self._now, options=self._options)

    def _read_desk(self, _ids: Sequence[str] = ()) -> Counts:
        snapshot = self._desk.snapshot()
        return {"actors": len(snapshot.actors.actors), "opportunities": len(snapshot.opportunities)}

    def _match(self, partner_ids: Sequence[str] | None = None) -> Counts:
        return self._composer.compose(partner_ids, now=self._now(), progress=self.progress_of(MATCH)).as_json()

    def _ask_follow_ups(self, _ids: Sequence[str] = ()) -> Counts:
        now, dry_run = self._now(), self._dry_run
        return asdict(
            follow_up(self._engine, self._signer, night=self.night, now=now, options=self._options, dry_run=dry_run)
        )

    def _write_mornings(self, account_ids: Sequence[str] | None = None) -> Counts:
        now, dry_run = self._now(), self._dry_run
        return asdict(
            write_mornings(self._engine, account_ids, night=self.night, now=now, options=self._options, dry_run=dry_run)
        )
