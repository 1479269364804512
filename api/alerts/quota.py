"""Weekly quota: at most so many new suggestions a week for an actor and for a partner; the best first."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from api.alerts.changes import EVENTS, NEW, PROPOSED, AlertEvent
from api.partner_view.public_desk import PartnerQuery, TieKey
from matcher import types as match

# What is followed, then the opportunity's place (`PublicDesk.tie_keys`).
Tie = tuple[str, TieKey]


@dataclass(frozen=True)
class Candidate:
    """An event to announce to a partner. suggestion: None if the opportunity is cancelled, or proposed by a
    facilitator, whose act stands for a score.

    tie: its place among candidates that score alike, which nothing secret moves.
    """

    partner_id: str
    subscription_id: str
    followed: PartnerQuery
    opportunity_id: str
    suggestion_id: str
    alert_event: AlertEvent
    suggestion: match.Suggestion | None
    tie: Tie

    @property
    def score(self) -> float:
        return self.suggestion.score if self.suggestion else 0.0


@dataclass
class WeeklyQuota:
    """Numbers announced within the week, by actor and by partner, and their limits."""

    by_actor: Counter[str]
    by_partner: Counter[str]
    most_by_actor: int
    most_by_partner: int

    def apply(
        self, candidates: Iterable[Candidate], max_per_mail: dict[str, int]
    ) -> tuple[list[Candidate], Counter[str]]:
        """Return tonight's candidates, changes first, then the best; and the counts of the others, by reason.

        max_per_mail: subscription id → limit of a mail. Changes count in a mail, but not in the week; what a
        facilitator proposes counts in neither, and never waits.
        """
        chosen_candidates: list[Candidate] = []
        waiting_counts: Counter[str] = Counter()
        mail_counts: Counter[str] = Counter()
        for candidate in sorted(candidates, key=best_first):
            actor_id = "" if candidate.followed.is_search else candidate.followed.card.id
            is_new = candidate.alert_event.event == NEW
            if candidate.alert_event.event == PROPOSED:
                chosen_candidates.append(candidate)
            elif mail_counts[candidate.subscription_id] >= max_per_mail[candidate.subscription_id]:
                waiting_counts["most"] += 1
            elif is_new and actor_id and self.by_actor[actor_id] >= self.most_by_actor:
                waiting_counts["weekly_per_actor"] += 1
            elif is_new and self.by_partner[candidate.partner_id] >= self.most_by_partner:
                waiting_counts["weekly_per_partner"] += 1
            else:
                mail_counts[candidate.subscription_id] += 1
                if is_new:
                    self.by_actor[actor_id] += 1
                    self.by_partner[candidate.partner_id] += 1
                chosen_candidates.append(candidate)
        return chosen_candidates, waiting_counts


def best_first(candidate: Candidate) -> tuple[int, float, str, Tie]:
    """Return the key of a mail's order: changes, then new suggestions, the best first."""
    return EVENTS.index(candidate.alert_event.event), -candidate.score, candidate.partner_id, candidate.tie
