"""Needs that somebody is about to ask or to keep: in memory only, for an hour, and read by their owner alone.

A draft is never changed: a correction is another one, so that « Back » finds each as it was.
"""

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from api.core.errors import NotFoundError
from api.understanding.need import UnderstoodNeed

KEPT = timedelta(hours=1)
# A draft holds a text of at most `LONGEST_TEXT` characters.
MOST_DRAFTS, MOST_OF_ONE_OWNER = 500, 50
GONE = "Ce besoin n’est plus là : un texte collé n’est gardé qu’une heure. Collez-le à nouveau."


@dataclass(frozen=True, slots=True)
class Draft:
    """A need, whoever pasted it, and the identifier that an opportunity made of it has; corrections keep it."""

    owner: str
    understood: UnderstoodNeed
    made_at: datetime
    reference: str
    note: str = ""  # what its reader must know: that only a part of a file was read


class Drafts:
    """The drafts of a process; threads may share it."""

    def __init__(self) -> None:
        self._drafts: OrderedDict[str, Draft] = OrderedDict()
        self._lock = Lock()

    def keep(
        self, owner: str, understood: UnderstoodNeed, now: datetime, *, reference: str | None = None, note: str = ""
    ) -> str:
        """Keep a draft and return its token; the oldest go where there are too many."""
        token = secrets.token_urlsafe(24)
        draft = Draft(owner, understood, now, reference or secrets.token_hex(12), note)
        with self._lock:
            self._sweep(now)
            own = [known for known, kept in self._drafts.items() if kept.owner == owner]
            for known in own[: len(own) - MOST_OF_ONE_OWNER + 1]:
                del self._drafts[known]
            while len(self._drafts) >= MOST_DRAFTS:
                self._drafts.popitem(last=False)
            self._drafts[token] = draft
        return token

    def find(self, token: str, owner: str, now: datetime) -> Draft:
        """Return a draft. Raises NotFoundError, for another owner's as for one that is gone."""
        with self._lock:
            self._sweep(now)
            draft = self._drafts.get(token)
        if draft is None or draft.owner != owner:
            raise NotFoundError(GONE)
        return draft

    def _sweep(self, now: datetime) -> None:
        while self._drafts:
            token, oldest = next(iter(self._drafts.items()))
            if oldest.made_at > now - KEPT:
                return
            del self._drafts[token]
