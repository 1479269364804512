"""Queries of accounts, sessions, invitations and keys."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from models.accounts import Account, AccountSession, ApiKey, Invitation, RecoveryCode, SavedView, Throttle
from models.alerts import OutboxMessage
from models.partners import Partner
from models.reveal import AccountActor
from models.set_aside import SetAside


def all_accounts(session: Session) -> Sequence[Account]:
    return session.exec(select(Account).order_by(col(Account.disabled_at).is_not(None), Account.name, Account.id)).all()


def account_by_email(session: Session, email: str) -> Account | None:
    return session.exec(select(Account).where(Account.email == email)).first()


def open_accounts_of_domain(session: Session, domain: str) -> int:
    """Number of accounts that can sign in and whose e-mail ends in a domain (`@…`)."""
    question = select(func.count(col(Account.id))).where(
        col(Account.email).endswith(domain, autoescape=True), col(Account.disabled_at).is_(None)
    )
    return session.exec(question).one()


def session_with_account(session: Session, session_id: str) -> tuple[AccountSession, Account] | None:
    question = select(AccountSession, Account).join(Account, col(Account.id) == AccountSession.account_id)
    return session.exec(question.where(AccountSession.id == session_id)).first()


def open_sessions(session: Session, account_id: str) -> Sequence[AccountSession]:
    """Sessions that were not revoked; some may have expired."""
    question = select(AccountSession).where(AccountSession.account_id == account_id)
    return session.exec(question.where(col(AccountSession.revoked_at).is_(None))).all()


def open_session_counts(session: Session, seen_since: datetime, now: datetime) -> dict[str, int]:
    """Account id → number of valid sessions; accounts without any are absent."""
    question = select(AccountSession.account_id, func.count(col(AccountSession.id))).where(
        col(AccountSession.revoked_at).is_(None),
        AccountSession.expires_at > now,
        AccountSession.last_seen_at > seen_since,
        col(AccountSession.awaits_code_until).is_(None),
    )
    return dict(session.exec(question.group_by(AccountSession.account_id)).all())


def other_administrators(session: Session, account_id: str) -> int:
    """Number of other administrators who can sign in."""
    question = select(func.count(col(Account.id))).where(
        Account.id != account_id,
        Account.role == "administrator",
        col(Account.disabled_at).is_(None),
        col(Account.password_hash).is_not(None),
    )
    return session.exec(question).one()


def account_held(session: Session, account_id: str) -> Account | None:
    """An account, its row locked until this unit of work ends."""
    return session.exec(select(Account).where(Account.id == account_id).with_for_update()).first()


def invitation_with_account(session: Session, invitation_id: str) -> tuple[Invitation, Account] | None:
    question = select(Invitation, Account).join(Account, col(Account.id) == Invitation.account_id)
    return session.exec(question.where(Invitation.id == invitation_id)).first()


def invitations_of(session: Session, account_id: str) -> Sequence[Invitation]:
    return session.exec(select(Invitation).where(Invitation.account_id == account_id)).all()


def saved_views(session: Session, account_id: str) -> Sequence[SavedView]:
    return session.exec(select(SavedView).where(SavedView.account_id == account_id)).all()


def messages_since(session: Session, partner_id: str, purpose: str, since: datetime) -> int:
    """Number of mails of a purpose to a partner that were written since a moment."""
    question = select(func.count(col(OutboxMessage.id))).where(OutboxMessage.partner_id == partner_id)
    return session.exec(question.where(OutboxMessage.purpose == purpose, OutboxMessage.created_at > since)).one()


def waiting_messages(session: Session, email: str, purposes: Sequence[str]) -> Sequence[OutboxMessage]:
    """Mails of some purposes that wait for an address."""
    question = select(OutboxMessage).join(Partner, col(Partner.id) == OutboxMessage.partner_id)
    question = question.where(Partner.email == email, OutboxMessage.status == "pending")
    return session.exec(question.where(col(OutboxMessage.purpose).in_(purposes))).all()


def throttle_held(session: Session, throttle_id: str) -> Throttle | None:
    return session.exec(select(Throttle).where(Throttle.id == throttle_id).with_for_update()).first()


def partner_by_email(session: Session, email: str) -> Partner | None:
    return session.exec(select(Partner).where(Partner.email == email)).first()


def partner_held(session: Session, partner_id: str) -> Partner | None:
    """A partner, its row locked until this unit of work ends (SQLite has one writer anyway)."""
    return session.exec(select(Partner).where(Partner.id == partner_id).with_for_update()).first()


def recovery_codes_of(session: Session, account_id: str) -> Sequence[RecoveryCode]:
    return session.exec(select(RecoveryCode).where(RecoveryCode.account_id == account_id)).all()


def key_by_hash(session: Session, secret_hash: str, now: datetime) -> ApiKey | None:
    """The key of a hash, if it opens at this moment."""
    question = select(ApiKey).where(ApiKey.secret_hash == secret_hash, col(ApiKey.revoked_at).is_(None))
    return session.exec(question.where(col(ApiKey.expires_at) > now)).first()


def all_keys(session: Session) -> Sequence[ApiKey]:
    """All keys, revoked ones last, by name."""
    return session.exec(select(ApiKey).order_by(col(ApiKey.revoked_at).is_not(None), ApiKey.name, ApiKey.id)).all()


def key_held(session: Session, key_id: str) -> ApiKey | None:
    """A key, its row locked until this unit of work ends."""
    return session.exec(select(ApiKey).where(ApiKey.id == key_id).with_for_update()).first()


def key_by_name(session: Session, name: str) -> ApiKey | None:
    return session.exec(select(ApiKey).where(ApiKey.name == name)).first()


def speaks_for(session: Session, account_id: str, actor_id: str) -> AccountActor | None:
    return session.get(AccountActor, (account_id, actor_id))


def accounts_of_actor(session: Session, actor_id: str) -> Sequence[Account]:
    question = select(Account).join(AccountActor, col(AccountActor.account_id) == Account.id)
    return session.exec(question.where(AccountActor.actor_id == actor_id).order_by(Account.name, Account.id)).all()


def set_aside_by(session: Session, account_id: str, kind: str, *, since: datetime) -> Sequence[SetAside]:
    """What an account set aside after a moment, the oldest first."""
    question = select(SetAside).where(SetAside.account_id == account_id, SetAside.kind == kind)
    return session.exec(
        question.where(col(SetAside.kept_at) > since).order_by(col(SetAside.kept_at), SetAside.id)
    ).all()


def set_aside_of(session: Session, account_id: str, ids: Sequence[str], *, since: datetime) -> SetAside | None:
    """What an account set aside after a moment, under one of these ids."""
    question = select(SetAside).where(col(SetAside.id).in_(ids), SetAside.account_id == account_id)
    return session.exec(question.where(col(SetAside.kept_at) > since)).first()
