"""Takeovers to come as they are shown: sums of whole groups, by territory and by trade."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, select

from api.open_data import queries
from api.open_data.sources.handovers import SOURCE
from models.handovers import HandoverGroup


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums over groups. older, larger: None where they are hidden in one of the groups."""

    companies: int
    seniors: int
    older: int | None
    larger: int | None

    @property
    def share(self) -> float:
        """The share of companies with a director of 60 or more, in [0, 1]."""
        return self.seniors / self.companies


def day_of_report(session: Session) -> date | None:
    """Return the day of the last complete reading."""
    complete_run = queries.last_complete_run(session, SOURCE)
    return complete_run.day if complete_run else None


def shown_groups(session: Session) -> Sequence[HandoverGroup]:
    """Return the groups of the last complete reading, in the order of territories and trades."""
    statement = select(HandoverGroup)
    return session.exec(
        statement.order_by(HandoverGroup.territory, HandoverGroup.section, HandoverGroup.division)  # type: ignore[arg-type]
    ).all()


def figures_of(groups: Iterable[HandoverGroup]) -> Figures | None:
    """Return the sums over groups; None over none."""
    summed = list(groups)
    if not summed:
        return None
    older, larger = ([getattr(group, name) for group in summed] for name in ("older", "larger"))
    return Figures(
        sum(group.companies for group in summed),
        sum(group.seniors for group in summed),
        None if None in older else sum(older),
        None if None in larger else sum(larger),
    )
