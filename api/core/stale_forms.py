"""Forms that two persons have open at once: what a form shows is compared with what is stored when it comes back."""

from datetime import datetime
from typing import Protocol

from api.core.errors import ChangedMeanwhileError


class Dated(Protocol):
    """A row that notes when it was written."""

    @property
    def updated_at(self) -> datetime: ...


def state_of(row: Dated) -> str:
    """Return what differs whenever a row has changed: a form keeps it beside what it shows of the row."""
    return row.updated_at.isoformat()


def refuse_stale(seen: str, stored: str, why: str) -> None:
    """Raise ChangedMeanwhileError where a form shows another state than what is stored.

    seen: the state that came with the form, empty where nobody had the row before them; why: in French.
    """
    if seen and seen != stored:
        raise ChangedMeanwhileError(why)
