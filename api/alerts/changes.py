"""News of one suggestion: that it is new, or what has changed since its partner was told of it."""

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
    """What is told of one suggestion. `key` is the event as it is kept; `told`, what its partner then knows.

    change: what has changed, in French; empty where it is new.
    """

    event: str
    key: str
    told: Mapping[str, Any]
    change: str = ""


def what_is_known(public: PublicDesk, opportunity_id: str, score: float) -> dict[str, Any]:
    """Return what a partner who is told of a suggestion then knows of it, in plain values."""
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
    told: Mapping[str, Any], known: Collection[str], now: Mapping[str, Any] | None, *, cancelled: bool
) -> News | None:
    """Return what has changed since a partner was told, None where nothing has, or where they were told that already.

    told: what they know; known: the events that they were told of this suggestion; now: what would be told today, None
    where no score is to be had. A case that is or was told blind is not compared: its teaser moves with what is public.
    """
    if cancelled:
        news = _changed("cancelled", told, "Cette opportunité est annulée.")
    elif now is None or told["blind"] or now["blind"]:
        return None
    elif change := _rectified(told, now):
        news = _changed("rectified", now, change)
    elif told["level"] != now["level"] and _has_moved(told, now):
        event = "better" if now["score"] > told["score"] else "worse"
        news = _changed(event, now, f"Avant : « {told['level']} » ; maintenant : « {now['level']} ».")
    else:
        return None
    return None if news.key in known else news


def _changed(event: str, told: Mapping[str, Any], change: str) -> News:
    content = json.dumps([told[name] for name in _STATE], ensure_ascii=False)
    return News(event, f"{event}:{hashlib.sha256(content.encode()).hexdigest()[:12]}", told, change)


def _has_moved(told: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    # Other weights move all scores at once, and say nothing new of this opportunity.
    moved: float = abs(now["score"] - told["score"])
    return told["weights"] == now["weights"] and moved >= LEAST_MOVE


def _rectified(told: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    parts = []
    if told["deadline"] != now["deadline"]:
        before, after = (day(one["deadline"]) if one["deadline"] else "non précisée" for one in (told, now))
        parts.append(f"Date limite : {after} (avant : {before}).")
    if told["amount"] != now["amount"]:
        before, after = (euros(one["amount"]) if one["amount"] is not None else "non précisé" for one in (told, now))
        parts.append(f"Montant : {after} (avant : {before}).")
    if told["title"] != now["title"]:
        parts.append(f"Nouvel intitulé ; avant : « {told['title']} ».")
    return " ".join(parts)
