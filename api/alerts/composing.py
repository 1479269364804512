"""Alert: what is new for each partner → a mail in the outbox, and who was told what, in one unit of work a partner.

Due subscriptions → the same ranking as everywhere → what was not told yet, or has changed → load control → outbox. A
rerun finds each partner served and writes nothing. A night that died goes on with those who are left, and they get what
they would have got: who is served already takes its share of every limit with it.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, update
from sqlmodel import col

from api.alerts import queries
from api.alerts.candidates import Ranked
from api.alerts.digest import post
from api.alerts.due import why_not_due
from api.alerts.queries import Announced
from api.alerts.quota import Candidate, Load
from api.catalogue.queries import CHUNK
from api.core.settings import Settings
from api.mailing.links import Signer
from api.matching.snapshot import Desk
from api.partner_view.building import DeskView
from api.partner_view.public_desk import PartnerQuery, PublicDesk
from models.database import reading, writing
from models.partners import Subscription

WEEK = timedelta(days=7)

logger = logging.getLogger(__name__)

Progress = Callable[[int, int], None]


@dataclass
class AlertReport:
    """What was looked at and written.

    due: subscriptions, of `subscriptions`; skipped: those that no mail is about, by reason. matched: suggestions that
    are news; announced: those in mails, by event; waiting: the others, by reason.
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
        """Return plain values."""
        return {name: dict(value) if isinstance(value, Counter) else value for name, value in vars(self).items()}


def compose_alerts(
    desk: Desk,
    signer: Signer,
    *,
    night: date,
    now: datetime,
    dry_run: bool = False,
    told: Progress | None = None,
    options: Settings,
) -> AlertReport:
    """Write to each partner what a night has for them. With `dry_run`, only say what would be written."""
    report = AlertReport()
    due = _due(desk.engine, night, report)
    # The snapshot after the subscriptions: what these follow is then on it.
    view = DeskView.of(desk, desk.snapshot(), night)
    search = _Search(desk, view, night, report)
    candidates = search.candidates(due, told)
    with reading(desk.engine) as session:
        by_actor, by_partner = queries.new_since(session, night - WEEK, night)
    load = Load(by_actor, by_partner, options.weekly_per_actor, options.weekly_per_partner)
    kept, waiting = load.share(candidates, {one.id: one.most for one in due})
    report.waiting += waiting
    _write(desk.engine, view.public, signer, due, kept, night, now, options, report, dry_run=dry_run)
    for reason, count in sorted(report.skipped.items()):
        logger.info("night %s: %d subscriptions left alone: %s", night, count, reason)
    return report


def _due(engine: Engine, night: date, report: AlertReport) -> list[Subscription]:
    with reading(engine) as session:
        rows = queries.all_subscriptions(session)
        undelivered = queries.partners_with_undelivered_alerts(session)
    report.subscriptions = len(rows)
    due = []
    for subscription, status in rows:
        if reason := why_not_due(subscription, status, night, undelivered):
            report.skipped[reason] += 1
        else:
            due.append(subscription)
    report.due = len(due)
    return due


class _Search:
    """Finds what is news, for all that follow one thing at a time: it is ranked once, and then forgotten."""

    def __init__(self, desk: Desk, view: DeskView, night: date, report: AlertReport) -> None:
        self._desk, self._view, self._night, self._report = desk, view, night, report

    def candidates(self, due: Sequence[Subscription], told: Progress | None) -> list[Candidate]:
        known = self._known(due)
        groups: dict[str, list[Subscription]] = defaultdict(list)
        for one in due:
            groups[one.actor_id or one.id].append(one)
        found: list[Candidate] = []
        for done, (key, mine) in enumerate(sorted(groups.items()), start=1):
            followed = self._view.subscribed(mine[0])
            if followed is None:
                self._report.skipped["actor_gone"] += len(mine)
            else:
                for news in self._news(followed, mine, known, key):
                    if not news:
                        self._report.skipped["nothing_new"] += 1
                    self._report.matched += len(news)
                    found += news
            if told:
                told(done, len(groups))
        return found

    def _known(self, due: Sequence[Subscription]) -> dict[tuple[str, str], dict[str, list[Announced]]]:
        """Return the announcements to each partner about each query, by subject, oldest first."""
        known: dict[tuple[str, str], dict[str, list[Announced]]] = defaultdict(lambda: defaultdict(list))
        with reading(self._desk.engine) as session:
            for one in queries.announced_to(session, sorted({row.partner_id for row in due}), self._night):
                known[one.partner_id, one.followed][one.subject].append(one)
        return known

    def _news(
        self,
        followed: PartnerQuery,
        subscriptions: Sequence[Subscription],
        known: dict[tuple[str, str], dict[str, list[Announced]]],
        key: str,
    ) -> list[list[Candidate]]:
        ranked = Ranked(self._view.public, followed, self._desk.vectors.rows)
        found = []
        for one in subscriptions:
            announced = known.get((one.partner_id, key), {})
            news = ranked.changes(one, announced)
            new, more = ranked.new(one, announced)
            self._report.waiting["most"] += more
            self._report.matched += more
            found.append(news + new)
        return found


def _write(
    engine: Engine,
    public: PublicDesk,
    signer: Signer,
    due: Sequence[Subscription],
    kept: Sequence[Candidate],
    night: date,
    now: datetime,
    options: Settings,
    report: AlertReport,
    *,
    dry_run: bool,
) -> None:
    """Write a mail to each partner who has something, in the order of their ids, and note who had nothing."""
    subscriptions: dict[str, list[str]] = defaultdict(list)
    for one in due:
        subscriptions[one.partner_id].append(one.id)
    items: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in kept:
        items[candidate.partner_id].append(candidate)
    quiet = []
    for partner_id, served in sorted(subscriptions.items()):
        mine = items.get(partner_id, [])
        if not mine:
            quiet += served
            continue
        if not dry_run and not post(engine, public, signer, partner_id, mine, served, night, now, options):
            report.skipped["already_written"] += len(served)
            continue
        report.mails += 1
        report.announced += len(mine)
        report.events.update(one.news.event for one in mine)
    if quiet and not dry_run:
        with writing(engine) as session:
            for start in range(0, len(quiet), CHUNK):
                ids = quiet[start : start + CHUNK]
                session.execute(update(Subscription).where(col(Subscription.id).in_(ids)).values(served_on=night))
