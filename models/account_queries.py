"""Who may come in: the questions about accounts, sessions and invitations."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from models.accounts import Account, Invitation, SignInSession


def account_by_email(session: Session, email: str) -> Account | None:
    return session.exec(select(Account).where(Account.email == email)).first()


def account_by_session(session: Session, token_hash: str, now: datetime) -> Account | None:
    """The account that a session is signed in to at this moment."""
    question = select(Account).join(SignInSession, col(SignInSession.account_id) == Account.id)
    question = question.where(
        SignInSession.token_hash == token_hash,
        col(SignInSession.revoked_at).is_(None),
        SignInSession.expires_at > now,
        col(Account.disabled_at).is_(None),
    )
    return session.exec(question).first()


def live_invitation(session: Session, token_hash: str, now: datetime) -> tuple[Invitation, Account] | None:
    question = select(Invitation, Account).join(Account, col(Account.id) == Invitation.account_id)
    question = question.where(
        Invitation.token_hash == token_hash,
        col(Invitation.used_at).is_(None),
        Invitation.expires_at > now,
        col(Account.disabled_at).is_(None),
    )
    return session.exec(question).first()


def open_invitations(session: Session, account_id: str) -> Sequence[Invitation]:
    question = select(Invitation).where(Invitation.account_id == account_id, col(Invitation.used_at).is_(None))
    return session.exec(question.order_by(Invitation.token_hash)).all()


def live_sessions(session: Session, account_id: str) -> Sequence[SignInSession]:
    question = select(SignInSession).where(
        SignInSession.account_id == account_id, col(SignInSession.revoked_at).is_(None)
    )
    return session.exec(question.order_by(SignInSession.token_hash)).all()


def all_accounts(session: Session) -> Sequence[Account]:
    return session.exec(select(Account).order_by(Account.name, Account.id)).all()
