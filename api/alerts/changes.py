"""Events of one suggestion: new, or changed since its partner read of it."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from api.alerts.queries import BASELINE
from api.core.french import day, euros
from api.matching.advice_wording import advice_to_partner, score_in_words
from api.partner_view.public_desk import PublicDesk
from matcher.sections import Section, section_of

# proposed: by a facilitator, whatever the score.
NEW, PROPOSED = "new", "proposed"
# Their order in a mail.
EVENTS = ("cancelled", "rectified", "worse", "better", PROPOSED, NEW)
# A smaller change of score, even across two levels, is only ageing and is not announced.
MIN_SCORE_CHANGE = 0.05
# Two states equal in these fields are the same to a partner.
_COMPARED_FIELDS = ("title", "deadline", "amount", "level", "blind")


@dataclass(frozen=True)
class AlertEvent:
    """An event to announce. key: the event as stored; change: in French, empty if the suggestion is new or proposed.

    known_to_partner: the state that the partner knows once this is announced.
    """

    event: str
    key: str
    known_to_partner: Mapping[str, Any]
    change: str = ""


def state_to_announce(public: PublicDesk, opportunity_id: str, score: float) -> dict[str, Any]:
    """Return the state of a suggestion that an announcement makes known, as JSON values."""
    return {
        "title": public.cards[opportunity_id].display_title,
        "deadline": public.cards[opportunity_id].deadline,
        "amount": public.opportunities[opportunity_id].amount_eur,
        "level": score_in_words(score),
        "blind": opportunity_id in public.teasers,
        "score": round(score, 4),
        "scoring": public.scoring,
    }


def change_since(
    known_to_partner: Mapping[str, Any],
    announced_keys: Collection[str],
    current_state: Mapping[str, Any] | None,
    *,
    cancelled: bool,
) -> AlertEvent | None:
    """Return the change since the last announcement, None without one or if it was announced already.

    known_to_partner: the state announced last. announced_keys: the keys of earlier events. current_state: today's
    state, None without a score. A case announced by its teaser is not compared: teasers move with public data.

    A score is compared with that of the same scoring alone (`new_baseline`): new weights move all scores at once, which
    is no change of this opportunity. What is announced is also a change of what the partner was told.
    """
    if cancelled:
        alert_event = _make_event("cancelled", known_to_partner, "Cette opportunité est annulée.")
    elif current_state is None or known_to_partner["blind"] or current_state["blind"]:
        return None
    elif change_text := _rectification_text(known_to_partner, current_state):
        alert_event = _make_event("rectified", current_state, change_text)
    elif event := _move_of_section(known_to_partner, current_state):
        alert_event = _make_event(
            event,
            current_state,
            f"Avant : « {advice_to_partner(known_to_partner['level'])} » ; "
            f"maintenant : « {advice_to_partner(current_state['level'])} ».",
        )
    else:
        return None
    return None if alert_event.key in announced_keys else alert_event


def _make_event(event: str, state: Mapping[str, Any], change_text: str) -> AlertEvent:
    compared_values = json.dumps([state[field_name] for field_name in _COMPARED_FIELDS], ensure_ascii=False)
    return AlertEvent(event, f"{event}:{hashlib.sha256(compared_values.encode()).hexdigest()[:12]}", state, change_text)


def new_baseline(known_to_partner: Mapping[str, Any], current_state: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return where the score stands, to be kept, if the scoring has changed since the state known; else None."""
    if current_state is None or known_to_partner["blind"] or current_state["blind"]:
        return None
    if _baseline(known_to_partner).get("scoring") == current_state["scoring"]:
        return None
    return {name: current_state[name] for name in ("score", "scoring")}


def _baseline(known_to_partner: Mapping[str, Any]) -> Mapping[str, Any]:
    baseline: Mapping[str, Any] = known_to_partner.get(BASELINE, known_to_partner)
    return baseline


def _move_of_section(known_to_partner: Mapping[str, Any], current_state: Mapping[str, Any]) -> str | None:
    """Return better or worse if the records moved the score to another section, both since the baseline and as told."""
    baseline = _baseline(known_to_partner)
    if baseline.get("scoring") != current_state["scoring"]:
        return None
    if abs(current_state["score"] - baseline["score"]) < MIN_SCORE_CHANGE:
        return None
    now = _place(current_state)
    steps = [_place(before) - now for before in (baseline, known_to_partner)]
    if all(step > 0 for step in steps):
        return "better"
    return "worse" if all(step < 0 for step in steps) else None


def _place(state: Mapping[str, Any]) -> int:
    """Return the place of a state's section, 0 for the best."""
    return list(Section).index(section_of(state["score"]))


def _rectification_text(former_state: Mapping[str, Any], current_state: Mapping[str, Any]) -> str:
    sentences = []
    if former_state["deadline"] != current_state["deadline"]:
        before_text, after_text = (
            day(state["deadline"]) if state["deadline"] else "non précisée" for state in (former_state, current_state)
        )
        sentences.append(f"Date limite : {after_text} (avant : {before_text}).")
    if former_state["amount"] != current_state["amount"]:
        before_text, after_text = (
            euros(state["amount"]) if state["amount"] is not None else "non précisé"
            for state in (former_state, current_state)
        )
        sentences.append(f"Montant : {after_text} (avant : {before_text}).")
    if former_state["title"] != current_state["title"]:
        sentences.append(f"Nouvel intitulé ; avant : « {former_state['title']} ».")
    return " ".join(sentences)
