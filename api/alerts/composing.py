"""Alert: write each partner's mail to the outbox together with its announcements, in one unit of work a partner.

Due subscriptions → ranking → new or changed suggestions → weekly quota → outbox. A rerun finds each partner served and
writes nothing. A night that crashed continues with the remaining partners, with the same result: announcements of the
served ones count in every quota.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Engine, update
from sqlmodel import col

from api.alerts import queries
from api.alerts.candidates import RankedOpportunities, announced_by_subject
from api.alerts.digest import store_digest
from api.alerts.due import why_not_due
from api.alerts.line_parts import is_within
from api.alerts.line_reach import ToldLines
from api.alerts.queries import Announced
from api.alerts.quota import Candidate, WeeklyQuota
from api.core.chunks import in_chunks
from api.core.settings import Settings
from api.mailing.links import Signer
from api.matching.desk import Desk
from api.matching.snapshot import Snapshot
from api.partner_view.building import DeskView
from api.partner_view.granted import Granted
from api.partner_view.public_desk import PartnerQuery, PublicDesk
from api.partner_view.ties import Ties
from api.takeovers.reach.line_reach import lines_by_actor, store_reach
from models.database import ledger_of, reading, writing
from models.partners import Subscription

WEEK = timedelta(days=7)
# So many actors and searches are compared with the desk in one product: enough for its speed, and little memory.
SUBJECTS_AT_ONCE = 250

logger = logging.getLogger(__name__)

Progress = Callable[[int, int], None]


@dataclass
class AlertReport:
    """Counts of a night.

    subscriptions: all of them; due: those looked at; skipped: those without a mail, by reason. matched: suggestions
    that are new or changed; announced: those in mails; events: the same by event; waiting: the others, by reason.
    """

    subscriptions: int = 0
    due: int = 0
    matched: int = 0
    announced: int = 0
    mails: int = 0
    events: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    waiting: Counter[str] = field(default_factory=Counter)

    def as_json(self) -> dict[str, Any]:
        """Return the counts as JSON values."""
        return {
            field_name: dict(field_value) if isinstance(field_value, Counter) else field_value
            for field_name, field_value in vars(self).items()
        }


def compose_alerts(
    desk: Desk,
    signer: Signer,
    *,
    night: date,
    now: datetime,
    dry_run: bool = False,
    progress: Progress | None = None,
    options: Settings,
) -> AlertReport:
    """Write each partner's mail of a night. dry_run: only count what would be written."""
    composer = AlertComposer(desk, signer, night=night, options=options, dry_run=dry_run)
    composer.find_reach()
    return composer.compose(now=now, progress=progress)


class AlertComposer:
    """Composes one night's alerts, all or in parts (`api.alerts.sharing`); the desk is read when it is first needed."""

    def __init__(self, desk: Desk, signer: Signer, *, night: date, options: Settings, dry_run: bool = False) -> None:
        """dry_run: only count what would be written."""
        self._desk, self._signer, self._night, self._options, self._dry_run = desk, signer, night, options, dry_run
        self._view: DeskView | None = None
        self._told: ToldLines | None = None
        self._reach: Mapping[str, Sequence[str]] | None = None

    def find_reach(self, parts: Collection[str] = ()) -> dict[str, int]:
        """Find whom each published line of these parts, or of all, reaches tonight; return the number of lines."""
        snapshot = self._desk.snapshot()
        public, chosen = self._current_view(snapshot).public, partial(is_within, parts)
        if self._told is None or self._told.public is not public:
            self._told = ToldLines(snapshot, public, self._desk.vectors.rows)
        reach = self._told.reached(chosen)
        if self._dry_run:
            self._reach = reach
        else:
            with writing(self._desk.engine) as session:
                store_reach(session, reach, chosen)
        self._desk.give_back_pages()
        return {"lines": len(reach)}

    def compose(
        self, partner_ids: Collection[str] | None = None, *, now: datetime, progress: Progress | None = None
    ) -> AlertReport:
        """Write the mails of these partners, or of all. What lines reach was found before."""
        report, night, engine = AlertReport(), self._night, self._desk.engine
        due_subscriptions = _due_subscriptions(engine, night, report, partner_ids)
        # The snapshot is taken after the subscriptions are read, so that it holds what they follow.
        desk_view = self._current_view(self._desk.snapshot())
        lines = None if self._reach is None else lines_by_actor(self._reach)
        candidate_search = _CandidateSearch(engine, desk_view, lines, night, report)
        candidates = candidate_search.candidates(due_subscriptions, progress)
        if not self._dry_run:
            _keep_baselines(engine, candidate_search.new_baselines)
        with reading(engine) as session:
            by_actor, by_partner = queries.new_since(session, night - WEEK, night)
        options = self._options
        weekly_quota = WeeklyQuota(by_actor, by_partner, options.weekly_per_actor, options.weekly_per_partner)
        chosen_candidates, waiting_counts = weekly_quota.apply(
            candidates, {subscription.id: subscription.most for subscription in due_subscriptions}
        )
        report.waiting += waiting_counts
        _write_digests(
            engine,
            desk_view.public,
            self._signer,
            due_subscriptions,
            chosen_candidates,
            night,
            now,
            options,
            report,
            dry_run=self._dry_run,
        )
        for reason, count in sorted(report.skipped.items()):
            logger.info("night %s: %d subscriptions left alone: %s", night, count, reason)
        self._desk.give_back_pages()
        return report

    def _current_view(self, snapshot: Snapshot) -> DeskView:
        if self._view is None or not self._view.shows(snapshot):
            self._view = DeskView.of(self._desk, snapshot, self._night, Ties.of(self._signer), self._view)
        return self._view


def _due_subscriptions(
    engine: Engine, night: date, report: AlertReport, partner_ids: Collection[str] | None
) -> list[Subscription]:
    with reading(engine) as session:
        subscription_rows = queries.all_subscriptions(session, partner_ids)
        undelivered_partners = queries.partners_with_undelivered_alerts(session)
    report.subscriptions = len(subscription_rows)
    due_subscriptions = []
    for subscription, partner_status in subscription_rows:
        if reason := why_not_due(subscription, partner_status, night, undelivered_partners):
            report.skipped[reason] += 1
        else:
            due_subscriptions.append(subscription)
    report.due = len(due_subscriptions)
    return due_subscriptions


class _CandidateSearch:
    """Finds candidates, one followed actor or search at a time: it is ranked once for all its subscriptions."""

    def __init__(
        self,
        engine: Engine,
        view: DeskView,
        lines: Mapping[str, frozenset[str]] | None,
        night: date,
        report: AlertReport,
    ) -> None:
        """lines: followed actor → the lines that reach it tonight, where they are not stored."""
        self._engine, self._view, self._lines, self._night, self._report = engine, view, lines, night, report
        self.new_baselines: dict[str, dict[str, Any]] = {}
        self._granted = Granted()

    def candidates(self, due_subscriptions: Sequence[Subscription], progress: Progress | None) -> list[Candidate]:
        announced_before = self._announced_before(due_subscriptions)
        followed_ids = {subscription.actor_id for subscription in due_subscriptions if subscription.actor_id}
        with reading(self._engine) as session:
            granted = Granted.read(session, followed_ids)
        self._granted = granted if self._lines is None else replace(granted, lines=self._lines)
        followers_by_subject: dict[str, list[Subscription]] = defaultdict(list)
        for subscription in due_subscriptions:
            followers_by_subject[subscription.actor_id or subscription.id].append(subscription)
        all_candidates: list[Candidate] = []
        done_count = 0
        for some_subjects in in_chunks(sorted(followers_by_subject), SUBJECTS_AT_ONCE):
            queries_of = {subject: self._view.subscribed(followers_by_subject[subject][0]) for subject in some_subjects}
            public = self._view.public.comparing(query for query in queries_of.values() if query)
            for subject, followed in queries_of.items():
                followers = followers_by_subject[subject]
                if followed is None:
                    self._report.skipped["actor_gone"] += len(followers)
                else:
                    for new_candidates in self._candidates_of(public, followed, followers, announced_before):
                        if not new_candidates:
                            self._report.skipped["nothing_new"] += 1
                        self._report.matched += len(new_candidates)
                        all_candidates += new_candidates
                done_count += 1
                if progress:
                    progress(done_count, len(followers_by_subject))
        return all_candidates

    def _announced_before(self, due_subscriptions: Sequence[Subscription]) -> dict[str, list[Announced]]:
        """Return the announcements to each partner, oldest first."""
        announced_before: dict[str, list[Announced]] = defaultdict(list)
        with reading(self._engine) as session:
            for announced in queries.announced_to(
                session, sorted({subscription.partner_id for subscription in due_subscriptions}), self._night
            ):
                announced_before[announced.partner_id].append(announced)
        return announced_before

    def _candidates_of(
        self,
        public: PublicDesk,
        followed: PartnerQuery,
        subscriptions: Sequence[Subscription],
        announced_before: dict[str, list[Announced]],
    ) -> list[list[Candidate]]:
        ledger = ledger_of(self._engine)
        ranked_opportunities = RankedOpportunities(
            public, followed, was_told=ledger.has_sent if ledger else None, granted=self._granted
        )
        candidate_lists = []
        for subscription in subscriptions:
            announced = announced_by_subject(subscription, announced_before[subscription.partner_id])
            changed_candidates = ranked_opportunities.changed_candidates(subscription, announced)
            new_candidates, more_count = ranked_opportunities.new_candidates(subscription, announced)
            self._report.waiting["most"] += more_count
            self._report.matched += more_count
            proposed_candidates = ranked_opportunities.proposed_candidates(subscription, announced)
            candidate_lists.append(changed_candidates + proposed_candidates + new_candidates)
        self.new_baselines |= ranked_opportunities.new_baselines
        return candidate_lists


def _keep_baselines(engine: Engine, new_baselines: dict[str, dict[str, Any]]) -> None:
    """Note where announced scores stand by a new scoring: nothing is said of it, later changes are compared with it."""
    for announcement_ids in in_chunks(sorted(new_baselines)):
        with writing(engine) as session:
            queries.keep_baselines(session, {each: new_baselines[each] for each in announcement_ids})


def _write_digests(
    engine: Engine,
    public: PublicDesk,
    signer: Signer,
    due_subscriptions: Sequence[Subscription],
    chosen_candidates: Sequence[Candidate],
    night: date,
    now: datetime,
    options: Settings,
    report: AlertReport,
    *,
    dry_run: bool,
) -> None:
    """Write the mails, in the order of partners' ids, and mark the subscriptions without a mail as served."""
    ids_by_partner: dict[str, list[str]] = defaultdict(list)
    for subscription in due_subscriptions:
        ids_by_partner[subscription.partner_id].append(subscription.id)
    candidates_by_partner: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in chosen_candidates:
        candidates_by_partner[candidate.partner_id].append(candidate)
    quiet_ids = []
    for partner_id, subscription_ids in sorted(ids_by_partner.items()):
        partner_candidates = candidates_by_partner.get(partner_id, [])
        if not partner_candidates:
            quiet_ids += subscription_ids
            continue
        if not dry_run and not store_digest(
            engine, public, signer, partner_id, partner_candidates, subscription_ids, night, now, options
        ):
            report.skipped["already_written"] += len(subscription_ids)
            continue
        report.mails += 1
        report.announced += len(partner_candidates)
        report.events.update(candidate.alert_event.event for candidate in partner_candidates)
    if quiet_ids and not dry_run:
        with writing(engine) as session:
            for some_ids in in_chunks(quiet_ids):
                session.execute(update(Subscription).where(col(Subscription.id).in_(some_ids)).values(served_on=night))
