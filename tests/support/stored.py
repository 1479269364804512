"""Whole tables, in the order of their keys."""

from collections.abc import Sequence

from sqlmodel import Session, select

from models.tables import Actor, Lot, Membership, Opportunity, TakeoverCase


def all_actors(session: Session) -> Sequence[Actor]:
    return session.exec(select(Actor).order_by(Actor.id)).all()


def all_opportunities(session: Session) -> Sequence[Opportunity]:
    return session.exec(select(Opportunity).order_by(Opportunity.id)).all()


def all_lots(session: Session) -> Sequence[Lot]:
    return session.exec(select(Lot).order_by(Lot.opportunity_id, Lot.number)).all()


def all_memberships(session: Session) -> Sequence[Membership]:
    return session.exec(select(Membership).order_by(Membership.carrier_id, Membership.member_id)).all()


def all_takeover_cases(session: Session) -> Sequence[TakeoverCase]:
    return session.exec(select(TakeoverCase).order_by(TakeoverCase.opportunity_id)).all()
