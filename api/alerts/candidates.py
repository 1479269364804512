"""What one thing that is followed has on the desk tonight, ranked: what of it is new, and what has changed."""

from api.alerts.changes import NEW, News, news_of, what_is_known
from api.alerts.queries import Announced
from api.alerts.quota import Candidate
from api.partner_view.public_desk import PartnerQuery, PublicDesk
from matcher.columns import Encode
from matcher.types import Suggestion
from models.partners import Subscription


class Ranked:
    """What is open, ranked for one thing that is followed; each suggestion is explained when it is first kept."""

    def __init__(self, public: PublicDesk, followed: PartnerQuery, encode: Encode) -> None:
        self._public, self._followed = public, followed
        self._found = public.rank(followed, encode)
        self._places = (
            {one: (rank, score) for rank, (one, score) in enumerate(self._found.scores().items(), start=1)}
            if self._found
            else {}
        )
        self._explained: dict[str, Suggestion] = {}

    def new(self, subscription: Subscription, announced: dict[str, list[Announced]]) -> tuple[list[Candidate], int]:
        """Return the best that may go into a mail, and how many more there are."""
        kept: list[Candidate] = []
        more = 0
        for opportunity_id, (_, score) in self._places.items():
            if score < subscription.threshold:
                break
            if self._public.subject(opportunity_id) in announced:
                continue
            if len(kept) < subscription.most:
                known = what_is_known(self._public, opportunity_id, score)
                kept.append(self._candidate(subscription, opportunity_id, News(NEW, NEW, known)))
            else:
                more += 1
        return kept, more

    def changes(self, subscription: Subscription, announced: dict[str, list[Announced]]) -> list[Candidate]:
        """Return what has changed of what was announced and still is on the desk."""
        found = []
        for subject, events in announced.items():
            opportunity_id = subject.partition(":")[2]
            if opportunity_id not in self._public.cards:
                continue
            place = self._places.get(opportunity_id)
            now = what_is_known(self._public, opportunity_id, place[1]) if place else None
            news = news_of(
                events[-1].known_to_partner,
                {one.event for one in events},
                now,
                cancelled=opportunity_id in self._public.cancelled,
            )
            if news:
                found.append(self._candidate(subscription, opportunity_id, news))
        return found

    def _candidate(self, subscription: Subscription, opportunity_id: str, news: News) -> Candidate:
        return Candidate(
            partner_id=subscription.partner_id,
            subscription_id=subscription.id,
            followed=self._followed,
            opportunity_id=opportunity_id,
            suggestion_id=self._followed.suggestion_id(self._public.cards[opportunity_id]),
            news=news,
            suggestion=self._explain(opportunity_id),
        )

    def _explain(self, opportunity_id: str) -> Suggestion | None:
        if self._found is None or opportunity_id not in self._places:
            return None
        if opportunity_id not in self._explained:
            rank = self._places[opportunity_id][0]
            self._explained[opportunity_id] = self._found.suggestion(int(self._found.best[rank - 1]), rank)
        return self._explained[opportunity_id]
