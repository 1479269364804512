"""The public desk: all that is public, and of confidential cases their teasers, ranked by the same matcher as the desk.

It holds nothing else: what would need the full snapshot is worked out in `api.partner_view.building`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np

from api.matching.answer import SEARCH, ActorCard, Answer, Entry, OpportunityCard, subject_of
from matcher import types as match
from matcher.batches import BatchedPhrases
from matcher.comparing import Comparison
from matcher.index import ActorIndex, OpportunityIndex
from matcher.matching import Matcher
from matcher.revision import code_revision
from matcher.scoring import revision
from matcher.types import BoolArray, IntArray
from models.base import identifier

# By what is shown; where that is the same, no outsider can tell which comes first, and any stable order will do.
TieKey = tuple[bytes, bytes]


@dataclass(frozen=True)
class PartnerQuery:
    """What opportunities are ranked for: an actor, or a saved search that stands for an actor of unknown kind.

    actor: an index of it alone. confidential: the actor is confidential, and known to those who speak for it. That it
    holds a case is not here: whoever holds one is proposed its line like everybody, else its absence would tell.
    """

    card: ActorCard
    actor: ActorIndex
    confidential: bool = False

    @property
    def is_search(self) -> bool:
        return self.card.kind == SEARCH

    def suggestion_id(self, card: OpportunityCard) -> str:
        return identifier("suggestions", self.card.id, subject_of(card))


@dataclass(frozen=True)
class PublicRanking:
    """What ranked a partner's lists: an `api.matching.impressions.RankedBy` of what a partner knows alone."""

    weights_id: str
    encoder_revision: str
    confidential: frozenset[str]


@dataclass(frozen=True)
class PublicDesk:
    """What outsiders may know on one day; ids are those of the snapshot that it was made from.

    opportunities, cards: public opportunities and announced cases, by id; of a case they have its teaser and no more.
    index: the same as arrays; in_time `(n_opportunities,)`: the deadline has not passed on `day` (that of a case is
    not told, but counts). teasers, cancelled: ids of `opportunities`. tie_keys: id → its place among what scores alike,
    by what an outsider is shown of it (`api.partner_view.ties`); tie_order `(n_opportunities,)`: the same as numbers.
    """

    day: date
    actors: Mapping[str, match.Actor]
    actor_cards: Mapping[str, ActorCard]
    opportunities: Mapping[str, match.Opportunity]
    cards: Mapping[str, OpportunityCard]
    teasers: frozenset[str]
    cancelled: frozenset[str]
    index: OpportunityIndex
    in_time: BoolArray
    tie_keys: Mapping[str, TieKey]
    tie_order: IntArray
    matcher: Matcher
    weights_id: str
    encoder_revision: str

    @cached_property
    def scoring(self) -> str:
        """The name of all that makes a score of two records: weights, encoder, code."""
        return f"{revision(self.matcher.weights)}.{self.encoder_revision}.{code_revision()}"

    def rank(self, query: PartnerQuery) -> Comparison | None:
        """Compare all that is open with what is asked for; None on an empty desk. Ties go by `tie_order`."""
        if not len(self.index):
            return None
        comparison = self._compare(query, self.index, self.in_time)
        best = comparison.best
        by_tie = np.lexsort((self.tie_order[comparison.owner[best]], -comparison.totals[best]))
        return replace(comparison, best=best[by_tie])

    def comparing(self, queries: Iterable[PartnerQuery]) -> "PublicDesk":
        """Return the same desk, with all that is on it compared with what these queries say, in one matrix product.

        Rankings have the same bits; those of these queries take less time.
        """
        phrases = BatchedPhrases.of(self.index.phrases, (query.actor.phrases for query in queries))
        return replace(self, index=replace(self.index, phrases=phrases))

    def suggest(self, query: PartnerQuery, opportunity_id: str) -> match.Suggestion | None:
        """Score and explain one opportunity alone, whatever their number; None where it is not eligible.

        Its rank is 1. Raises KeyError for an opportunity that is not here.
        """
        index_row = self._rows[opportunity_id]
        comparison = self._compare(query, self.index.row(index_row), self.in_time[index_row : index_row + 1])
        return comparison.suggestion(int(comparison.best[0]), 1) if len(comparison.best) else None

    def answer(self, query: PartnerQuery, suggestions: Sequence[match.Suggestion]) -> Answer:
        """Return suggestions that are really shown, as a list that can be recorded."""
        direction = "opportunities_for_search" if query.is_search else "opportunities_for_actor"
        entries = tuple(
            self.entry(query, suggestion) for suggestion in sorted(suggestions, key=lambda suggestion: suggestion.rank)
        )
        subject = f"{SEARCH if query.is_search else 'actor'}:{query.card.id}"
        return Answer(direction, subject, query.card, entries, (), len(self.index))

    def entry(self, query: PartnerQuery, suggestion: match.Suggestion) -> Entry:
        card = self.cards[suggestion.candidate_id]
        member = self.actor_cards.get(suggestion.via_member or "")
        return Entry(query.suggestion_id(card), card, member, suggestion)

    def subject(self, opportunity_id: str) -> str:
        """Return the name of a suggestion's other side."""
        return subject_of(self.cards[opportunity_id])

    def ranked_by(self, queries: Iterable[PartnerQuery]) -> PublicRanking:
        """Return what ranks lists for these queries, as their impressions note it."""
        confidential = self.teasers | {query.card.id for query in queries if query.confidential}
        return PublicRanking(self.weights_id, self.encoder_revision, confidential)

    def cases_of_lines(self, lines: Collection[str]) -> frozenset[str]:
        """Return the told cases that read as one of these lines."""
        if not lines:
            return frozenset()
        return frozenset(case_id for case_id in self.teasers if self.cards[case_id].title in lines)

    def rows_of(self, opportunity_ids: Collection[str]) -> IntArray:
        """Return where those of these opportunities that are here stand in `index` `(n,)`."""
        here = sorted(self._rows[opportunity_id] for opportunity_id in opportunity_ids if opportunity_id in self._rows)
        return np.array(here, np.int64)

    def is_offered(self, opportunity_id: str) -> bool:
        """Return whether an opportunity is here and open, whatever its deadline."""
        opportunity = self.opportunities.get(opportunity_id)
        return opportunity is not None and opportunity.open

    def is_in_time(self, opportunity_id: str) -> bool:
        """Return whether an opportunity that is here has not passed its deadline. Raises KeyError: it is not here."""
        return bool(self.in_time[self._rows[opportunity_id]])

    @cached_property
    def _rows(self) -> Mapping[str, int]:
        return {opportunity.id: row for row, opportunity in enumerate(self.index.opportunities)}

    @cached_property
    def _unreserved(self) -> OpportunityIndex:
        return _unreserved(self.index)

    def _compare(self, query: PartnerQuery, candidates: OpportunityIndex, in_time: BoolArray) -> Comparison:
        if query.is_search:
            # A search stands for an actor of any kind: an unknown kind never excludes.
            candidates = self._unreserved if candidates is self.index else _unreserved(candidates)
        return self.matcher.compare(query.actor, candidates, today=self.day, among=in_time)


def _unreserved(opportunities: OpportunityIndex) -> OpportunityIndex:
    return replace(opportunities, reserved=np.zeros_like(opportunities.reserved))
