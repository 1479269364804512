"""News of one suggestion: that it is new, or what has changed since it was announced to its partner."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from api.core.french import day, euros
from api.matching.reasons import score_in_words
from api.partner_view.public_desk import PublicDesk

NEW = "new"
# In the order in which a mail has them.
EVENTS = ("cancelled", "rectified", "worse", "better", NEW)
# A score that crosses from one advice to the next by less has only aged, which is no news.
LEAST_MOVE = 0.05
# Two states that agree in these are the same to a partner.
_STATE = ("title", "deadline", "amount", "level", "blind")


@dataclass(frozen=True)
class News:
    """An announcement of one suggestion. key: the event as stored; change: in French, empty if it is new.

    known_to_partner: what its partner knows from then on.
    """

    event: str
    key: str
    known_to_partner: Mapping[str, Any]
    change: str = ""


def what_is_known(public: PublicDesk, opportunity_id: str, score: float) -> dict[str, Any]:
    """Return what a partner knows of a suggestion once it is announced, as JSON values."""
    return {
        "title": public.cards[opportunity_id].display_title,
        "deadline": public.cards[opportunity_id].deadline,
        "amount": public.opportunities[opportunity_id].amount_eur,
        "level": score_in_words(score),
        "blind": opportunity_id in public.teasers,
        "score": round(score, 4),
        "weights": public.weights_id,
    }


def news_of(
    known_to_partner: Mapping[str, Any], announced: Collection[str], now: Mapping[str, Any] | None, *, cancelled: bool
) -> News | None:
    """Return what has changed since the last announcement, None if nothing has or if it was announced already.

    known_to_partner: what was announced last; announced: the events so far; now: what would be announced today, None
    without a score. A case that is or was announced by its teaser is not compared: teasers move with what is public.
    """
    if cancelled:
        news = _changed("cancelled", known_to_partner, "Cette opportunité est annulée.")
    elif now is None or known_to_partner["blind"] or now["blind"]:
        return None
    elif change := _rectified(known_to_partner, now):
        news = _changed("rectified", now, change)
    elif known_to_partner["level"] != now["level"] and _has_moved(known_to_partner, now):
        event = "better" if now["score"] > known_to_partner["score"] else "worse"
        news = _changed(event, now, f"Avant : « {known_to_partner['level']} » ; maintenant : « {now['level']} ».")
    else:
        return None
    return None if news.key in announced else news


def _changed(event: str, state: Mapping[str, Any], change: str) -> News:
    content = json.dumps([state[name] for name in _STATE], ensure_ascii=False)
    return News(event, f"{event}:{hashlib.sha256(content.encode()).hexdigest()[:12]}", state, change)


def _has_moved(former: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    # Other weights move all scores at once, and say nothing new of this opportunity.
    moved: float = abs(now["score"] - former["score"])
    return former["weights"] == now["weights"] and moved >= LEAST_MOVE


def _rectified(former: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    parts = []
    if former["deadline"] != now["deadline"]:
        before, after = (day(one["deadline"]) if one["deadline"] else "non précisée" for one in (former, now))
        parts.append(f"Date limite : {after} (avant : {before}).")
    if former["amount"] != now["amount"]:
        before, after = (euros(one["amount"]) if one["amount"] is not None else "non précisé" for one in (former, now))
        parts.append(f"Montant : {after} (avant : {before}).")
    if former["title"] != now["title"]:
        parts.append(f"Nouvel intitulé ; avant : « {former['title']} ».")
    return " ".join(parts)
