"""The saved views of a list, as its page shows them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from api.accounts.saved_views import NAME_LENGTH, views_of

DONE = {
    "vue": "La vue est enregistrée : elle est au-dessus de la liste.",
    "renommee": "La vue est renommée.",
    "retiree": "La vue est retirée.",
}


@dataclass(frozen=True)
class ViewLink:
    """A saved view. is_shown: the page shows it just now."""

    name: str
    address: str
    is_shown: bool


@dataclass(frozen=True)
class ShownViews:
    """The reader's views of a list. query: what may be saved now, "" where nothing is chosen or it is saved already.

    done_message: what was just done, in words.
    """

    list_name: str
    links: Sequence[ViewLink]
    query: str
    name_length: int
    done_message: str


def shown_views(session: Session, account_id: str, list_name: str, query: str, done: str) -> ShownViews:
    """Return the views of the list at `/list_name`. query: what is chosen, as a view keeps it; done: after an act."""
    views = [view for view in views_of(session, account_id) if view.list_name == list_name]
    links = [ViewLink(view.name, f"/{list_name}?{view.query}", view.query == query) for view in views]
    is_kept = any(link.is_shown for link in links)
    return ShownViews(list_name, links, "" if is_kept else query, NAME_LENGTH, DONE.get(done, ""))
