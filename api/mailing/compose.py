"""Mails in French, text and HTML: what a night has for a partner, a request to confirm, a question after a deadline.

Both parts say the same, with the same links. Nothing remote is in them; titles are shown as text, whatever they hold.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import date
from email.utils import parseaddr
from functools import cache
from pathlib import Path
from typing import Any

from css_inline import CSSInliner
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from api.core.french import day, number

TEMPLATES = Path(__file__).parent / "templates"
# What is read in 30 seconds has no longer lines than this.
LONGEST = 200
# An announcement of something known comes before what is new, the worst first.
EVENTS = ("cancelled", "rectified", "worse", "better", "new")
LABELS = {
    "cancelled": "Annulé",
    "rectified": "Rectifié",
    "worse": "Moins proche qu’annoncé",
    "better": "Plus proche qu’annoncé",
    "new": "",
}
NBSP = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Item:
    """One suggestion as its partner reads it.

    deadline: ISO. level: the score in words. reasons: two sentences. for_actor: the followed actor, or the search.
    event: one of EVENTS; change: what is told of it, empty where it is new. Of what is cancelled, only the link to see
    it is shown.
    """

    title: str
    place: str | None
    deadline: str | None
    level: str
    reasons: tuple[str, ...]
    for_actor: str | None
    event: str
    change: str
    yes_url: str
    no_url: str
    view_url: str


@dataclass(frozen=True)
class Digest:
    """What one night has for one partner, the best first; there is at least one item."""

    night: date
    items: tuple[Item, ...]
    unsubscribe_url: str
    manage_url: str | None = None


@dataclass(frozen=True)
class FollowUpItem:
    """A suggestion that interested its partner and whose deadline has passed. deadline: ISO."""

    title: str
    actor: str | None
    deadline: str | None
    url: str


@dataclass(frozen=True)
class Mail:
    """What is written and frozen; who it goes to is known on sending."""

    subject: str
    text: str
    html: str
    headers: dict[str, str]


def alert_mail(digest: Digest) -> Mail:
    """Return the mail of a night. Raises ValueError for one that has nothing to say, or an event that is none."""
    if not digest.items:
        raise ValueError("nothing to announce")
    items = sorted((_clean(item) for item in digest.items), key=lambda item: EVENTS.index(item.event))
    new = sum(item.event == "new" for item in items)
    night = day(digest.night.isoformat())
    summary = f"{_counted(new, len(items) - new)} pour vous"
    values = {
        "summary": summary,
        "night": night,
        "changed": [item for item in items if item.event != "new"],
        "new": [item for item in items if item.event == "new"],
        "labels": LABELS,
        "unsubscribe_url": digest.unsubscribe_url,
        "manage_url": digest.manage_url,
    }
    return _mail("alert", f"{summary} – {night}", values, digest.unsubscribe_url)


def confirmation_mail(what: str, confirm_url: str) -> Mail:
    """Return the request to confirm a subscription; `what` completes « être prévenu·e : »."""
    values = {"what": _plain(what), "confirm_url": confirm_url}
    return _mail("confirmation", "Confirmez votre abonnement aux alertes de Pôle Sud", values)


def follow_up_mail(items: tuple[FollowUpItem, ...], unsubscribe_url: str) -> Mail:
    """Return the question « avez-vous répondu ? retenu ? ». Raises ValueError for no item."""
    if not items:
        raise ValueError("nothing to ask")
    passed = "1 échéance passée" if len(items) == 1 else f"{number(len(items))} échéances passées"
    values = {
        "passed": passed,
        "items": [replace(item, title=_plain(item.title), actor=_plain(item.actor or "")) for item in items],
        "unsubscribe_url": unsubscribe_url,
    }
    return _mail("follow_up", f"{passed}{NBSP}: avez-vous répondu{NBSP}?", values, unsubscribe_url)


def message_id(message_key: str, mail_from: str) -> str:
    """Return the Message-ID that a key always gets, at the domain of the sender."""
    _, _, domain = parseaddr(mail_from)[1].rpartition("@")
    return f"<{message_key}@{domain or 'localhost'}>"


def _mail(template: str, subject: str, values: dict[str, Any], unsubscribe_url: str | None = None) -> Mail:
    headers = {"Auto-Submitted": "auto-generated"}
    if unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    environment, inliner = _environment(), _inliner()
    text = environment.get_template(f"{template}.txt").render(values, subject=subject)
    html = environment.get_template(f"{template}.html").render(values, subject=subject)
    return Mail(subject, text.strip() + "\n", inliner.inline(html), headers)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["day"] = day
    return environment


@cache
def _inliner() -> CSSInliner:
    # What answers to the reader's dark mode cannot be inlined: it stays where it is.
    return CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)


def _counted(new: int, changed: int) -> str:
    parts = []
    if new:
        parts.append("1 nouveauté" if new == 1 else f"{number(new)} nouveautés")
    if changed:
        parts.append("1 changement" if changed == 1 else f"{number(changed)} changements")
    return " et ".join(parts)


def _clean(item: Item) -> Item:
    return replace(
        item,
        title=_plain(item.title),
        place=_plain(item.place or "") or None,
        level=_plain(item.level),
        reasons=tuple(_plain(reason) for reason in item.reasons),
        for_actor=_plain(item.for_actor or "") or None,
        change=_plain(item.change),
    )


def _plain(text: str) -> str:
    """Return a text on one line, without what is not seen, not too long, its spaces as French wants them."""
    # Not `split()`: it would take the non-breaking spaces too.
    line = re.sub(r"[ \t-\r\x1c-\x1f\x85\u2028\u2029]+", " ", text)
    line = "".join(sign for sign in line if unicodedata.category(sign) not in ("Cc", "Cf", "Cs")).strip()
    line = re.sub(r" (?=[:;!?»€%])", NBSP, line).replace("« ", f"«{NBSP}")
    return line if len(line) <= LONGEST else line[: LONGEST - 1].rstrip() + "…"
