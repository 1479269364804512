"""Mails in French, as text and HTML: digest of a night, request to confirm, question after a deadline, letter.

Both parts have the same words and links. They load nothing remote; titles are escaped.
"""

import re
import unicodedata
from collections.abc import Sequence
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
# Longest title or sentence in a mail, in characters: a mail should be read in 30 seconds.
LINE_LENGTH = 200
# Order of the items of a mail: changes of known suggestions first, the worst first, then what a
# facilitator proposes, then new suggestions.
EVENTS = ("cancelled", "rectified", "worse", "better", "proposed", "new")
# What is not a change of what the partner knows already.
NEWS = ("proposed", "new")
LABELS = {
    "cancelled": "Annulé",
    "rectified": "Rectifié",
    "worse": "Moins proche qu’annoncé",
    "better": "Plus proche qu’annoncé",
    "proposed": "Proposé par l’équipe",
    "new": "",
}
NBSP = "\N{NO-BREAK SPACE}"
# Stands in a mail for a link that is made as the mail leaves, and kept nowhere (`api.mailing.delivery`).
LINK_AT_DEPARTURE = "lien-fait-au-depart"


@dataclass(frozen=True)
class ItemFact:
    """A fact that decides, in a few words. fit: « fits », « check » or « against », which is its colour in HTML."""

    words: str
    fit: str


@dataclass(frozen=True)
class Item:
    """One suggestion as its partner reads it.

    deadline: ISO. level: the score in words. for_actor: the followed actor, or the search.
    event: one of EVENTS; change: the change in French, empty for what is new or proposed. A cancelled suggestion only
    has the link to its page.
    """

    title: str
    place: str | None
    deadline: str | None
    level: str
    facts: tuple[ItemFact, ...]
    for_actor: str | None
    event: str
    change: str
    yes_url: str
    no_url: str
    view_url: str


@dataclass(frozen=True)
class Digest:
    """The items of one partner for one night, the best first; at least one."""

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
class MorningLine:
    """A line of the morning mail: what it is about, what is said of it, where it stands."""

    text: str
    detail: str
    url: str


@dataclass(frozen=True)
class MorningSection:
    """A list of the morning mail. rest: « Et 3 autres. », or empty."""

    title: str
    lines: tuple[MorningLine, ...]
    rest: str


@dataclass(frozen=True)
class Mail:
    """A composed mail. The recipient's address is read when it is sent."""

    subject: str
    text: str
    html: str
    headers: dict[str, str]


def alert_mail(digest: Digest) -> Mail:
    """Return the mail of a night. Raises ValueError for a digest without items or an unknown event."""
    if not digest.items:
        raise ValueError("nothing to announce")
    items = sorted((_normalize_item(item) for item in digest.items), key=lambda item: EVENTS.index(item.event))
    new_count = sum(item.event in NEWS for item in items)
    night_text = day(digest.night.isoformat())
    summary = f"{_counts_in_words(new_count, len(items) - new_count)} pour vous"
    template_values = {
        "summary": summary,
        "night": night_text,
        "changed": [item for item in items if item.event not in NEWS],
        "new": [item for item in items if item.event in NEWS],
        "labels": LABELS,
        "unsubscribe_url": digest.unsubscribe_url,
        "manage_url": digest.manage_url,
    }
    return _render_mail("alert", f"{summary} – {night_text}", template_values, digest.unsubscribe_url)


def confirmation_mail(requested_alerts: str, confirm_url: str) -> Mail:
    """Return the request to confirm a subscription; requested_alerts completes « être prévenu·e : »."""
    template_values = {"requested_alerts": _normalize_line(requested_alerts), "confirm_url": confirm_url}
    return _render_mail("confirmation", "Confirmez votre abonnement aux alertes de Pôle Sud", template_values)


def follow_up_mail(items: tuple[FollowUpItem, ...], unsubscribe_url: str) -> Mail:
    """Return the question « avez-vous répondu ? retenu ? ». Raises ValueError for no item."""
    if not items:
        raise ValueError("nothing to ask")
    deadlines_passed = "1 échéance passée" if len(items) == 1 else f"{number(len(items))} échéances passées"
    template_values = {
        "deadlines_passed": deadlines_passed,
        "items": [
            replace(item, title=_normalize_line(item.title), actor=_normalize_line(item.actor or "")) for item in items
        ],
        "unsubscribe_url": unsubscribe_url,
    }
    return _render_mail(
        "follow_up", f"{deadlines_passed}{NBSP}: avez-vous répondu{NBSP}?", template_values, unsubscribe_url
    )


def morning_mail(
    sections: Sequence[MorningSection], *, summary: str, night: str, home_url: str, account_url: str
) -> Mail:
    """Return the day of somebody of the house. Raises ValueError for no section."""
    if not sections:
        raise ValueError("nothing to say")
    normalized = [
        replace(
            section,
            title=_normalize_line(section.title),
            lines=tuple(
                replace(line, text=_normalize_line(line.text), detail=_normalize_line(line.detail))
                for line in section.lines
            ),
        )
        for section in sections
    ]
    template_values = {
        "sections": normalized,
        "summary": _normalize_line(summary),
        "night": night,
        "home_url": home_url,
        "account_url": account_url,
    }
    return _render_mail("morning", f"Ma journée{NBSP}: {_normalize_line(summary)}", template_values)


def letter_mail(subject: str, body: str, sender: str, reply_to: str) -> Mail:
    """Return a mail that a facilitator wrote. sender: its name; reply_to: where an answer goes (RFC 5322 mailbox)."""
    subject = _normalize_line(subject)
    values = {"paragraphs": [part for part in re.split(r"\n\s*\n", body) if part.strip()], "sender": sender}
    mail = _render_mail("letter", subject, values)
    # A person wrote it: it is no automatic mail.
    return replace(mail, headers={"Reply-To": reply_to})


def invitation_mail(name: str, days: int) -> Mail:
    """Return the invitation to choose a password for a new account, or a lost one. days: how long the link holds."""
    template_values = {
        "name": _normalize_line(name),
        "lasts": f"{days}{NBSP}jours" if days > 1 else "un jour",
        "link": LINK_AT_DEPARTURE,
    }
    return _render_mail("invitation", f"Votre compte Pôle Sud{NBSP}: choisissez votre mot de passe", template_values)


def password_mail(name: str) -> Mail:
    """Return the mail to whoever forgot a password."""
    template_values = {"name": _normalize_line(name), "link": LINK_AT_DEPARTURE}
    return _render_mail("password", f"Pôle Sud{NBSP}: choisissez un nouveau mot de passe", template_values)


def stated_need_mail(days: int) -> Mail:
    """Return the request to confirm what was stated on the public page; it tells nothing of it, nor which kind it is.

    days: how long it waits to be confirmed.
    """
    values = {"lasts": f"{days}{NBSP}jours" if days > 1 else "un jour", "link": LINK_AT_DEPARTURE}
    return _render_mail("stated_need", "Confirmez votre message à Pôle Sud", values)


def message_id(message_key: str, mail_from: str) -> str:
    """Return the Message-ID that a key always gets, at the domain of the sender."""
    _, _, domain = parseaddr(mail_from)[1].rpartition("@")
    return f"<{message_key}@{domain or 'localhost'}>"


def _render_mail(
    template_name: str, subject: str, template_values: dict[str, Any], unsubscribe_url: str | None = None
) -> Mail:
    headers = {"Auto-Submitted": "auto-generated"}
    if unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    environment, inliner = _environment(), _inliner()
    text_part = environment.get_template(f"{template_name}.txt").render(template_values, subject=subject)
    html_part = environment.get_template(f"{template_name}.html").render(template_values, subject=subject)
    return Mail(subject, text_part.strip() + "\n", inliner.inline(html_part), headers)


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
    # Media queries (dark mode) cannot be inlined: they stay in the style sheet.
    return CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)


def _counts_in_words(new_count: int, changed_count: int) -> str:
    counts = []
    if new_count:
        counts.append("1 nouveauté" if new_count == 1 else f"{number(new_count)} nouveautés")
    if changed_count:
        counts.append("1 changement" if changed_count == 1 else f"{number(changed_count)} changements")
    return " et ".join(counts)


def _normalize_item(item: Item) -> Item:
    return replace(
        item,
        title=_normalize_line(item.title),
        place=_normalize_line(item.place or "") or None,
        level=_normalize_line(item.level),
        facts=tuple(replace(fact, words=_normalize_line(fact.words)) for fact in item.facts),
        for_actor=_normalize_line(item.for_actor or "") or None,
        change=_normalize_line(item.change),
    )


def _normalize_line(text: str) -> str:
    """Return a text on one line, without invisible characters, cut to LINE_LENGTH, with French non-breaking spaces."""
    # `split()` would also remove non-breaking spaces.
    line = re.sub(r"[ \t-\r\x1c-\x1f\x85\u2028\u2029]+", " ", text)
    line = "".join(character for character in line if unicodedata.category(character) not in ("Cc", "Cf", "Cs")).strip()
    line = re.sub(r" (?=[:;!?»€%])", NBSP, line).replace("« ", f"«{NBSP}")
    return line if len(line) <= LINE_LENGTH else line[: LINE_LENGTH - 1].rstrip() + "…"
