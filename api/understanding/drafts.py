"""Needs that somebody is about to ask or to keep: encrypted, for an hour, and read by their owner alone.

A draft is never changed: a correction is another one, so that « Back » finds each as it was.
"""

import secrets
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import Engine
from sqlmodel import Session

from api.accounts.set_aside import KEPT, Kind, Shelf
from api.core.errors import NotFoundError
from api.understanding.need import UnderstoodNeed
from models.database import LockedError, writing

GONE = "Ce besoin n’est plus là : un texte collé n’est gardé qu’une heure. Collez-le à nouveau."


@dataclass(frozen=True, slots=True)
class Draft:
    """A need, and the identifier that an opportunity made of it has; corrections keep it."""

    understood: UnderstoodNeed
    reference: str
    note: str = ""  # what its reader must know: that only a part of a file was read


STORED_DRAFT = TypeAdapter(Draft)
# Drafts that a process holds by itself; the oldest go first.
MOST_UNWRITTEN = 50


class UnwrittenDrafts:
    """Drafts that the tables could not take, since others wrote for long: their own process alone finds them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: OrderedDict[tuple[str, str], tuple[datetime, Draft]] = OrderedDict()

    def hold(self, owner: str, token: str, draft: Draft, now: datetime) -> None:
        with self._lock:
            self._forget(now)
            self._held[owner, token] = now, draft
            while len(self._held) > MOST_UNWRITTEN:
                self._held.popitem(last=False)

    def find(self, owner: str, token: str, now: datetime) -> Draft | None:
        """Return a draft of the last hour."""
        with self._lock:
            self._forget(now)
            held = self._held.get((owner, token))
        return held[1] if held else None

    def _forget(self, now: datetime) -> None:
        for key in [key for key, (held_at, _) in self._held.items() if now - held_at >= KEPT[Kind.NEED]]:
            del self._held[key]


class Drafts:
    """The drafts of all processes. keys: those of `AccountKeys.set_aside`; unwritten: those of this process alone."""

    def __init__(self, keys: Sequence[bytes], unwritten: UnwrittenDrafts) -> None:
        self._shelf = Shelf(Kind.NEED, keys)
        self._unwritten = unwritten

    def keep(
        self,
        engine: Engine,
        owner: str,
        understood: UnderstoodNeed,
        now: datetime,
        *,
        reference: str | None = None,
        note: str = "",
    ) -> str:
        """Keep a draft and return its token; its owner's oldest go where there are too many.

        Whoever asks waits for no writer: where the tables cannot be written, this process holds it.
        """
        token = secrets.token_urlsafe(24)
        draft = Draft(understood, reference or secrets.token_hex(12), note)
        try:
            with writing(engine) as session:
                self._shelf.keep(session, owner, token, STORED_DRAFT.dump_json(draft), now)
        except LockedError:
            self._unwritten.hold(owner, token, draft, now)
        return token

    def find(self, session: Session, token: str, owner: str, now: datetime) -> Draft:
        """Return a draft. Raises NotFoundError, for another owner's as for one that is gone."""
        if held := self._unwritten.find(owner, token, now):
            return held
        stored = self._shelf.find(session, owner, token, now)
        if stored is None:
            raise NotFoundError(GONE)
        return STORED_DRAFT.validate_json(stored)
