"""Lists as somebody narrowed and sorted them, kept under names of their own; each account has its own."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from api.accounts import queries
from api.core.errors import ConflictError, InvalidError, NotFoundError
from api.core.text import folded
from models.accounts import SavedView

NAME_LENGTH, QUERY_LENGTH = 60, 2_000
# Of one account, for one list.
MOST_VIEWS = 30


def views_of(session: Session, account_id: str) -> Sequence[SavedView]:
    """Return the views of an account, by list and by name."""
    views = queries.saved_views(session, account_id)
    return sorted(views, key=lambda view: (view.list_name, folded(view.name), view.id))


def save_view(session: Session, account_id: str, list_name: str, name: str, query: str, now: datetime) -> None:
    """Keep a view. query: as the list reads it. Raises InvalidError and ConflictError, both about the name.

    ConflictError: the account has one of that name, or as many as it may have.
    """
    view_name = _checked(name)
    if not query:
        raise InvalidError([("filtres", "choisissez d’abord un filtre ou un tri")])
    if len(query) > QUERY_LENGTH:
        raise InvalidError([("filtres", "ces filtres sont trop longs pour une vue : raccourcissez-en un")])
    others = _views_held(session, account_id, list_name)
    _refuse_same_name(others, view_name)
    if len(others) >= MOST_VIEWS:
        raise ConflictError(f"Vous avez déjà {MOST_VIEWS} vues de cette liste : retirez-en une d’abord.")
    view = SavedView(
        id=str(uuid.uuid4()), account_id=account_id, list_name=list_name, name=view_name, query=query, created_at=now
    )
    session.add(view)


def rename_view(session: Session, account_id: str, view_id: str, name: str) -> None:
    """Give a view another name. Raises InvalidError and ConflictError, both about the name; NotFoundError."""
    view_name, view = _checked(name), _own_view(session, account_id, view_id)
    others = _views_held(session, account_id, view.list_name)
    _refuse_same_name([other for other in others if other.id != view_id], view_name)
    view.name = view_name
    session.add(view)


def remove_view(session: Session, account_id: str, view_id: str) -> None:
    """Remove a view. Raises NotFoundError."""
    session.delete(_own_view(session, account_id, view_id))


def _own_view(session: Session, account_id: str, view_id: str) -> SavedView:
    view = session.get(SavedView, view_id)
    if view is None or view.account_id != account_id:
        raise NotFoundError("Cette vue n’existe pas, ou plus.")
    return view


def _views_held(session: Session, account_id: str, list_name: str) -> list[SavedView]:
    """Return the views of a list; whoever adds another waits until this unit of work is over."""
    queries.account_held(session, account_id)
    return [view for view in queries.saved_views(session, account_id) if view.list_name == list_name]


def _checked(name: str) -> str:
    view_name = " ".join(name.split())
    if not view_name:
        raise InvalidError([("nom", "donnez un nom à cette vue")])
    if len(view_name) > NAME_LENGTH:
        raise InvalidError([("nom", f"{NAME_LENGTH} caractères au plus")])
    return view_name


def _refuse_same_name(others: Sequence[SavedView], name: str) -> None:
    if any(folded(other.name) == folded(name) for other in others):
        raise ConflictError("Vous avez déjà une vue de ce nom pour cette liste.")
