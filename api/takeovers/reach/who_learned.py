"""« Qui a vu quoi »: who learned what of a takeover case, by which act, and when. For facilitators only."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

from sqlalchemy import or_
from sqlmodel import Session, col, select

from api.core.clock import PARIS
from models.alerts import Announcement, OutboxMessage
from models.audit import AuditEntry
from models.reveal import CaseDocument
from models.suggestions import Suggestion
from models.teasers import TeaserLine

# Acts that are no entry of the journal: a line became what outsiders read, a mail about the case left.
LINE_TOLD, MAIL_SENT = "line.told", "mail.sent"
# Who reads a line: everybody outside whom it is shown to.
EVERYBODY = ""
# The acts of the journal about a case by which somebody outside learns something of it, or is to learn it or not, as
# they begin; and what the house itself read.
LEARNING = ("proposal.", "consent.", "identity.", "document.", "agreement.", "sheet.", "confidentiality.")
READ_BY_HOUSE = "opportunity.seen"
MOST_SHOWN = 300


@dataclass(frozen=True)
class Learned:
    """One act. by: who did it or read, as in the journal, or EVERYBODY; actor_id: the actor for whom, or empty.

    what: the line, the name of the document, the side of a consent, the event of a mail; else empty.
    """

    at: datetime
    by: str
    act: str
    actor_id: str = ""
    what: str = ""


@dataclass(frozen=True)
class Wanted:
    """What the page is narrowed to; empty or None is all. act: one act, or READ_BY_HOUSE, which is not in « all »."""

    by: str = ""
    act: str = ""
    actor_id: str = ""
    first_day: date | None = None
    last_day: date | None = None

    def fits(self, learned: Learned) -> bool:
        """Return whether an act is wanted; days are those of France."""
        day = learned.at.astimezone(PARIS).date()
        return (
            self.by in ("", learned.by)
            and self.act in ("", learned.act)
            and self.actor_id in ("", learned.actor_id)
            and (self.first_day is None or day >= self.first_day)
            and (self.last_day is None or day <= self.last_day)
        )


def who_learned(session: Session, opportunity_id: str, wanted: Wanted | None = None) -> list[Learned]:
    """Return the acts about a case that are wanted, the newest first."""
    wanted = wanted or Wanted()
    acts = [
        # What is wanted is chosen before the newest are: pages that somebody opens again and again hide nothing.
        *islice(filter(wanted.fits, _journaled(session, opportunity_id, wanted)), MOST_SHOWN),
        *filter(wanted.fits, _lines(session, opportunity_id)),
        *islice(filter(wanted.fits, _mails(session, opportunity_id)), MOST_SHOWN),
    ]
    return sorted(acts, key=lambda learned: learned.at, reverse=True)[:MOST_SHOWN]


def _journaled(session: Session, opportunity_id: str, wanted: Wanted) -> Iterator[Learned]:
    action = col(AuditEntry.action)
    is_learning = or_(*(action.startswith(beginning, autoescape=True) for beginning in LEARNING))
    if wanted.act == READ_BY_HOUSE:
        is_learning = action == READ_BY_HOUSE
    question = select(AuditEntry).where(AuditEntry.object_id == opportunity_id, is_learning)
    if wanted.first_day:
        # The journal is in UTC: a day more is read than is wanted.
        question = question.where(AuditEntry.at >= (wanted.first_day - timedelta(days=1)).isoformat())
    documents = _document_names(session, opportunity_id)
    for entry in session.exec(question.order_by(col(AuditEntry.seq).desc()).execution_options(yield_per=MOST_SHOWN)):
        detail = json.loads(entry.detail)
        document_id = detail.get("document")
        what = documents.get(document_id, "un document retiré depuis") if document_id else detail.get("side", "")
        yield Learned(datetime.fromisoformat(entry.at), entry.actor, entry.action, detail.get("actor", ""), what)


def _document_names(session: Session, opportunity_id: str) -> dict[str, str]:
    names = select(CaseDocument.id, CaseDocument.name).where(CaseDocument.opportunity_id == opportunity_id)
    return dict(session.exec(names).all())


def _lines(session: Session, opportunity_id: str) -> Iterator[Learned]:
    lines = select(TeaserLine).where(TeaserLine.opportunity_id == opportunity_id).order_by(col(TeaserLine.number))
    for line in session.exec(lines):
        yield Learned(line.told_at, EVERYBODY, LINE_TOLD, "", line.text)


def _mails(session: Session, opportunity_id: str) -> Iterator[Learned]:
    columns = select(OutboxMessage.sent_at, Announcement.partner_id, Suggestion.actor_id, Announcement.event)
    mails = (
        columns.join(Announcement, col(Announcement.message_id) == OutboxMessage.id)
        .join(Suggestion, col(Suggestion.id) == Announcement.suggestion_id)
        .where(Suggestion.opportunity_id == opportunity_id, OutboxMessage.status == "sent")
        .order_by(col(OutboxMessage.sent_at).desc().nulls_last(), Announcement.id)
    )
    for sent_at, partner_id, actor_id, event in session.exec(mails):
        if sent_at:
            yield Learned(sent_at, f"partner:{partner_id}", MAIL_SENT, actor_id or "", event.partition(":")[0])
