"""Queries of personal data: rows about one person, and rows old enough to be purged."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, or_
from sqlmodel import Session, col, select

from api.interactions.letters import LETTER
from api.mailing.retrying import STATED_NEED
from models.accounts import Account, AccountSession, Invitation, RecoveryCode, SavedView, Throttle
from models.alerts import Announcement, OutboxMessage
from models.brokerage import BrokerageCase, BrokerageStep
from models.contacts import Contact
from models.partners import Partner, Subscription
from models.ratings import Rating
from models.reveal import AccountActor, Consent
from models.row_history import CardCorrection
from models.set_aside import SetAside
from models.stated_needs import StatedNeed
from models.takeover_facts import TakeoverFacts
from models.takeovers import TakeoverDate, TakeoverFile, TakeoverStep

# What an account has, and nobody else needs.
ROWS_OF_ACCOUNTS = (
    *(AccountSession, Invitation, RecoveryCode, AccountActor, CardCorrection, SavedView, SetAside, Throttle),
)


def ratings_by(session: Session, partner_id: str) -> Sequence[Rating]:
    """All ratings of a partner, superseded ones included, oldest first."""
    question = select(Rating).where(Rating.partner_id == partner_id)
    return session.exec(question.order_by(col(Rating.created_at), Rating.id)).all()


def messages_to(session: Session, partner_id: str) -> Sequence[OutboxMessage]:
    question = select(OutboxMessage).where(OutboxMessage.partner_id == partner_id)
    return session.exec(question.order_by(col(OutboxMessage.created_at), OutboxMessage.id)).all()


def announcements_to(session: Session, partner_id: str) -> Sequence[Announcement]:
    question = select(Announcement).where(Announcement.partner_id == partner_id)
    return session.exec(question.order_by(col(Announcement.night), Announcement.id)).all()


def announcements_sent_to(session: Session, partner_id: str) -> Sequence[Announcement]:
    """What was announced to a partner in mails that have left."""
    question = select(Announcement).join(OutboxMessage, col(OutboxMessage.id) == Announcement.message_id)
    question = question.where(Announcement.partner_id == partner_id, OutboxMessage.status == "sent")
    return session.exec(question.order_by(col(Announcement.night), Announcement.id)).all()


def old_messages(session: Session, before: datetime) -> Sequence[str]:
    """Ids of mails that are no longer pending and still have their text."""
    question = select(OutboxMessage.id).where(OutboxMessage.status != "pending", OutboxMessage.created_at < before)
    has_text: ColumnElement[bool] = or_(col(OutboxMessage.text) != "", col(OutboxMessage.html) != "")
    return session.exec(question.where(has_text)).all()


def needless_mailboxes(session: Session) -> Sequence[Partner]:
    """Mailboxes that only letters and links to stated needs went to, whose address no contact, no account and no need
    has, and where nothing waits.
    """
    letters = select(OutboxMessage.id).where(
        OutboxMessage.partner_id == Partner.id, col(OutboxMessage.purpose).in_((LETTER, STATED_NEED))
    )
    waiting = select(OutboxMessage.id).where(OutboxMessage.partner_id == Partner.id, OutboxMessage.status == "pending")
    question = select(Partner).where(
        col(Partner.status).in_(("pending", "suspended")),
        exists(letters),
        ~exists(waiting),
        ~exists(select(Subscription.id).where(Subscription.partner_id == Partner.id)),
        ~exists(select(Rating.id).where(Rating.partner_id == Partner.id)),
        ~exists(select(Contact.id).where(Contact.email == Partner.email)),
        ~exists(select(Account.id).where(Account.email == Partner.email)),
        ~exists(select(StatedNeed.id).where(StatedNeed.email == Partner.email)),
    )
    return session.exec(question.order_by(Partner.id)).all()


def over_sessions(session: Session, before: datetime) -> Sequence[str]:
    return session.exec(select(AccountSession.id).where(AccountSession.expires_at < before)).all()


def over_invitations(session: Session, before: datetime) -> Sequence[str]:
    return session.exec(select(Invitation.id).where(Invitation.expires_at < before)).all()


def over_throttles(session: Session, before: datetime) -> Sequence[str]:
    return session.exec(select(Throttle.id).where(Throttle.failed_at < before)).all()


def sessions_of(session: Session, account_id: str) -> Sequence[AccountSession]:
    question = select(AccountSession).where(AccountSession.account_id == account_id)
    return session.exec(question.order_by(col(AccountSession.created_at), AccountSession.id)).all()


def links_of_account(session: Session, account_id: str) -> Sequence[AccountActor]:
    question = select(AccountActor).where(AccountActor.account_id == account_id)
    return session.exec(question.order_by(AccountActor.actor_id)).all()


def corrections_by(session: Session, account_id: str) -> Sequence[CardCorrection]:
    """What an account asked to correct in its actors' cards."""
    question = select(CardCorrection).where(CardCorrection.account_id == account_id)
    return session.exec(question.order_by(col(CardCorrection.proposed_at), CardCorrection.id)).all()


def cases_by(session: Session, account_id: str) -> Sequence[BrokerageCase]:
    """Cases of a facilitator."""
    question = select(BrokerageCase).where(BrokerageCase.facilitator_id == account_id)
    return session.exec(question.order_by(col(BrokerageCase.opened_at), BrokerageCase.id)).all()


def takeovers_by(session: Session, account_id: str) -> Sequence[TakeoverFile]:
    """Files of takeovers that an account is in charge of."""
    question = select(TakeoverFile).where(TakeoverFile.facilitator_id == account_id)
    return session.exec(question.order_by(TakeoverFile.opportunity_id)).all()


def takeover_steps_by(session: Session, by: str) -> Sequence[TakeoverStep]:
    question = select(TakeoverStep).where(TakeoverStep.by == by)
    return session.exec(question.order_by(col(TakeoverStep.at), TakeoverStep.opportunity_id)).all()


def takeover_dates_by(session: Session, by: str) -> Sequence[TakeoverDate]:
    question = select(TakeoverDate).where(TakeoverDate.noted_by == by)
    return session.exec(question.order_by(TakeoverDate.opportunity_id, TakeoverDate.kind)).all()


def takeover_facts_by(session: Session, by: str) -> Sequence[TakeoverFacts]:
    question = select(TakeoverFacts).where(TakeoverFacts.by == by)
    return session.exec(question.order_by(TakeoverFacts.opportunity_id, col(TakeoverFacts.version))).all()


def steps_by(session: Session, by: str) -> Sequence[BrokerageStep]:
    """Steps of cases made by an account."""
    question = select(BrokerageStep).where(BrokerageStep.by == by)
    return session.exec(
        question.order_by(col(BrokerageStep.at), BrokerageStep.case_id, col(BrokerageStep.number))
    ).all()


def consents_by(session: Session, account_id: str) -> Sequence[Consent]:
    question = select(Consent).where(Consent.given_by == account_id)
    return session.exec(question.order_by(col(Consent.given_at), Consent.id)).all()
