"""Load control: nobody is told of, or called about, more than a set number of new things a week; the best go first."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from api.alerts.changes import EVENTS, NEW, News
from api.partner_view.public_desk import PartnerQuery
from matcher import types as match


@dataclass(frozen=True)
class Candidate:
    """Something to announce. `suggestion` is None where nothing is proposed any more: it was cancelled."""

    partner_id: str
    subscription_id: str
    followed: PartnerQuery
    opportunity_id: str
    suggestion_id: str
    news: News
    suggestion: match.Suggestion | None

    @property
    def score(self) -> float:
        return self.suggestion.score if self.suggestion else 0.0


@dataclass
class Load:
    """What was announced within the week, by actor and by partner, and the most that may be."""

    by_actor: Counter[str]
    by_partner: Counter[str]
    most_by_actor: int
    most_by_partner: int

    def share(self, candidates: Iterable[Candidate], most: dict[str, int]) -> tuple[list[Candidate], Counter[str]]:
        """Return what is announced tonight, best first, changes before what is new; and why the rest waits.

        most: subscription id → how many a mail. Changes count in a mail, not in the week: they are about what is known.
        """
        kept: list[Candidate] = []
        waiting: Counter[str] = Counter()
        mails: Counter[str] = Counter()
        for one in sorted(candidates, key=_best_first):
            actor = "" if one.followed.is_search else one.followed.card.id
            new = one.news.event == NEW
            if mails[one.subscription_id] >= most[one.subscription_id]:
                waiting["most"] += 1
            elif new and actor and self.by_actor[actor] >= self.most_by_actor:
                waiting["weekly_per_actor"] += 1
            elif new and self.by_partner[one.partner_id] >= self.most_by_partner:
                waiting["weekly_per_partner"] += 1
            else:
                mails[one.subscription_id] += 1
                if new:
                    self.by_actor[actor] += 1
                    self.by_partner[one.partner_id] += 1
                kept.append(one)
        return kept, waiting


def _best_first(one: Candidate) -> tuple[int, float, str, str]:
    return EVENTS.index(one.news.event), -one.score, one.partner_id, one.suggestion_id
