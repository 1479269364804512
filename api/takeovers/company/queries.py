"""Queries of the facts of takeover cases, version by version."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from models.contacts import Contact
from models.takeover_facts import TakeoverFacts, TakeoverYear


def last_facts(session: Session, opportunity_id: str) -> TakeoverFacts | None:
    question = select(TakeoverFacts).where(TakeoverFacts.opportunity_id == opportunity_id)
    return session.exec(question.order_by(col(TakeoverFacts.version).desc()).limit(1)).first()


def all_facts(session: Session, opportunity_id: str) -> Sequence[TakeoverFacts]:
    """The versions of a case's facts, the oldest first."""
    question = select(TakeoverFacts).where(TakeoverFacts.opportunity_id == opportunity_id)
    return session.exec(question.order_by(col(TakeoverFacts.version))).all()


def years_of(session: Session, opportunity_id: str, version: int) -> Sequence[TakeoverYear]:
    question = select(TakeoverYear).where(TakeoverYear.opportunity_id == opportunity_id)
    return session.exec(question.where(TakeoverYear.version == version).order_by(col(TakeoverYear.year))).all()


def all_years(session: Session, opportunity_id: str) -> Sequence[TakeoverYear]:
    """The figures of all versions of a case's facts."""
    question = select(TakeoverYear).where(TakeoverYear.opportunity_id == opportunity_id)
    return session.exec(question.order_by(col(TakeoverYear.version), col(TakeoverYear.year))).all()


def contact_names(session: Session, opportunity_id: str) -> Sequence[str]:
    """The names of the contacts of a case."""
    return session.exec(select(Contact.name).where(Contact.opportunity_id == opportunity_id).order_by(Contact.id)).all()
