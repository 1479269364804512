"""Candidates of one followed actor or search: new suggestions, and changes of announced ones."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from api.alerts.changes import NEW, PROPOSED, AlertEvent, change_since, new_baseline, state_to_announce
from api.alerts.queries import Announced
from api.alerts.quota import Candidate
from api.partner_view.granted import Granted
from api.partner_view.public_desk import PartnerQuery, PublicDesk
from matcher.sections import FLOORS, Section
from matcher.types import Suggestion
from models.partners import Subscription


def announced_by_subject(subscription: Subscription, earlier: Iterable[Announced]) -> dict[str, list[Announced]]:
    """Return what a partner was told of what a subscription follows, or followed before, by subject.

    earlier: the announcements to the partner, in the order in which each subject's are returned.
    """
    followed_ids = {subscription.actor_id or subscription.id, *subscription.formerly}
    announced: dict[str, list[Announced]] = defaultdict(list)
    for announcement in earlier:
        if announcement.followed in followed_ids:
            announced[announcement.subject].append(announcement)
    return announced


class RankedOpportunities:
    """Open opportunities ranked for one followed actor or search; a suggestion is explained when first needed."""

    def __init__(
        self,
        public: PublicDesk,
        followed: PartnerQuery,
        *,
        among: Collection[str] | None = None,
        was_told: Callable[[str, str, str], bool] | None = None,
        granted: Granted | None = None,
    ) -> None:
        """among: the subjects of the only suggestions that become candidates, where not all may.

        was_told: whether a partner was told of a suggestion and an event by a mail that the tables no longer know.
        granted: what is open to actors whatever the score.
        """
        self._public, self._followed, self._among = public, followed, among
        self._sent_before = was_told
        own_id, granted = followed.card.id, granted or Granted()
        self._proposed = frozenset(filter(public.is_offered, granted.proposed.get(own_id, ())))
        self._reaching = public.cases_of_lines(granted.lines.get(own_id, frozenset()))
        self._ranking = public.rank(followed)
        self._rank_and_score = (
            {
                opportunity_id: (rank, score)
                for rank, (opportunity_id, score) in enumerate(self._ranking.scores().items(), start=1)
            }
            if self._ranking
            else {}
        )
        self._explained: dict[str, Suggestion] = {}
        # Announcement id → where the score stands by a scoring that it was not announced by.
        self.new_baselines: dict[str, dict[str, Any]] = {}

    def new_candidates(
        self, subscription: Subscription, announced: dict[str, list[Announced]]
    ) -> tuple[list[Candidate], int]:
        """Return the best new candidates of a mail, and the number of others in the sections that it wants."""
        new_candidates: list[Candidate] = []
        more_count = 0
        for opportunity_id, score in self._likely(subscription):
            subject = self._public.subject(opportunity_id)
            if subject in announced or opportunity_id in self._proposed or not self._may_be_candidate(subject):
                continue
            if self._was_told(subscription, opportunity_id, NEW):
                continue
            if len(new_candidates) < subscription.most:
                known_state = state_to_announce(self._public, opportunity_id, score)
                new_candidates.append(self._candidate(subscription, opportunity_id, AlertEvent(NEW, NEW, known_state)))
            else:
                more_count += 1
        return new_candidates, more_count

    def proposed_candidates(self, subscription: Subscription, announced: dict[str, list[Announced]]) -> list[Candidate]:
        """Return what a facilitator proposes to the followed actor, and no mail of this partner has said yet."""
        proposed_candidates = []
        for opportunity_id in self._proposed:
            subject = self._public.subject(opportunity_id)
            if not self._may_be_candidate(subject) or not self._public.is_in_time(opportunity_id):
                continue
            if any(earlier.event == PROPOSED for earlier in announced.get(subject, ())):
                continue
            if self._was_told(subscription, opportunity_id, PROPOSED):
                continue
            known_state = state_to_announce(self._public, opportunity_id, self._place(opportunity_id)[1])
            alert_event = AlertEvent(PROPOSED, PROPOSED, known_state)
            proposed_candidates.append(self._candidate(subscription, opportunity_id, alert_event))
        return proposed_candidates

    def _likely(self, subscription: Subscription) -> Iterator[tuple[str, float]]:
        """Yield what a subscription wants to hear of, with its score: the best first, then what its line brings."""
        least_score = FLOORS[Section(subscription.least)]
        for opportunity_id, (_, score) in self._rank_and_score.items():
            if score < least_score:
                break
            yield opportunity_id, score
        if least_score > FLOORS[Section.TO_STUDY]:
            return
        brought = [(rank, score, each) for each in self._reaching for rank, score in [self._place(each)] if rank]
        yield from ((opportunity_id, score) for _, score, opportunity_id in sorted(brought) if score < least_score)

    def changed_candidates(self, subscription: Subscription, announced: dict[str, list[Announced]]) -> list[Candidate]:
        """Return the changes of announced suggestions whose opportunity is still on the desk."""
        changed_candidates = []
        for subject, earlier_events in announced.items():
            opportunity_id = subject.partition(":")[2]
            if opportunity_id not in self._public.cards or not self._may_be_candidate(subject):
                continue
            rank_and_score = self._rank_and_score.get(opportunity_id)
            current_state = (
                state_to_announce(self._public, opportunity_id, rank_and_score[1]) if rank_and_score else None
            )
            last = earlier_events[-1]
            if baseline := new_baseline(last.known_to_partner, current_state):
                self.new_baselines[last.announcement_id] = baseline
            alert_event = change_since(
                last.known_to_partner,
                {announced_event.event for announced_event in earlier_events},
                current_state,
                cancelled=opportunity_id in self._public.cancelled,
            )
            if alert_event and not self._was_told(subscription, opportunity_id, alert_event.key):
                changed_candidates.append(self._candidate(subscription, opportunity_id, alert_event))
        return changed_candidates

    def _place(self, opportunity_id: str) -> tuple[int, float]:
        """Return the rank and score of an opportunity; 0 where it is not eligible."""
        return self._rank_and_score.get(opportunity_id, (0, 0.0))

    def _was_told(self, subscription: Subscription, opportunity_id: str, event: str) -> bool:
        # The id is asked for only here: a thousand a subscription cost more than their ranking.
        sent_before = self._sent_before
        return sent_before is not None and sent_before(
            subscription.partner_id, self._suggestion_id(opportunity_id), event
        )

    def _may_be_candidate(self, subject: str) -> bool:
        return self._among is None or subject in self._among

    def _suggestion_id(self, opportunity_id: str) -> str:
        return self._followed.suggestion_id(self._public.cards[opportunity_id])

    def _candidate(self, subscription: Subscription, opportunity_id: str, alert_event: AlertEvent) -> Candidate:
        return Candidate(
            partner_id=subscription.partner_id,
            subscription_id=subscription.id,
            followed=self._followed,
            opportunity_id=opportunity_id,
            suggestion_id=self._suggestion_id(opportunity_id),
            alert_event=alert_event,
            suggestion=None if alert_event.event == PROPOSED else self._explain(opportunity_id),
            tie=(self._followed.card.id, self._public.tie_keys[opportunity_id]),
        )

    def _explain(self, opportunity_id: str) -> Suggestion | None:
        if self._ranking is None or opportunity_id not in self._rank_and_score:
            return None
        if opportunity_id not in self._explained:
            rank = self._rank_and_score[opportunity_id][0]
            self._explained[opportunity_id] = self._ranking.suggestion(int(self._ranking.best[rank - 1]), rank)
        return self._explained[opportunity_id]
