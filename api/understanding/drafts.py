"""Needs that somebody is about to ask or to keep: encrypted, for an hour, and read by their owner alone.

A draft is never changed: a correction is another one, so that « Back » finds each as it was.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import Engine
from sqlmodel import Session

from api.accounts.set_aside import Kind, Shelf
from api.core.errors import NotFoundError
from api.understanding.need import UnderstoodNeed
from models.database import writing

GONE = "Ce besoin n’est plus là : un texte collé n’est gardé qu’une heure. Collez-le à nouveau."


@dataclass(frozen=True, slots=True)
class Draft:
    """A need, and the identifier that an opportunity made of it has; corrections keep it."""

    understood: UnderstoodNeed
    reference: str
    note: str = ""  # what its reader must know: that only a part of a file was read


STORED_DRAFT = TypeAdapter(Draft)


class Drafts:
    """The drafts of all processes. keys: those of `AccountKeys.set_aside`."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._shelf = Shelf(Kind.NEED, keys)

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
        """Keep a draft and return its token; its owner's oldest go where there are too many. Raises LockedError."""
        token = secrets.token_urlsafe(24)
        stored = STORED_DRAFT.dump_json(Draft(understood, reference or secrets.token_hex(12), note))
        with writing(engine) as session:
            self._shelf.keep(session, owner, token, stored, now)
        return token

    def find(self, session: Session, token: str, owner: str, now: datetime) -> Draft:
        """Return a draft. Raises NotFoundError, for another owner's as for one that is gone."""
        stored = self._shelf.find(session, owner, token, now)
        if stored is None:
            raise NotFoundError(GONE)
        return STORED_DRAFT.validate_json(stored)
