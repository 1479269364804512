"""A partner's space: its own actors, what is proposed to them, and what it answered.

Nothing here reads the full desk: a space is opened by `api.partner_view.building.PartnerSpaces`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from sqlalchemy import Engine

from api.accounts import queries as accounts_queries
from api.accounts.audience import Audience
from api.accounts.partner_accounts import partner_of
from api.catalogue import records
from api.confidentiality.disclosure import DisclosureLevel
from api.core.errors import NotFoundError
from api.learning import queries as learning_queries
from api.matching.answer import ActorCard, Answer, Entry, OpportunityCard
from api.matching.impressions import note_shown
from api.partner_view import queries
from api.partner_view.answering import answering_work
from api.partner_view.granted import Granted
from api.partner_view.marks import Marks, Pair
from api.partner_view.public_desk import PartnerQuery, PublicDesk
from matcher.learning.observations import Objection
from matcher.sections import FLOORS, Section
from models.accounts import Account
from models.actors import Actor
from models.database import writing
from models.opportunities import Lot, Opportunity, TakeoverCase
from models.partners import Partner
from models.ratings import Rating
from models.suggestions import Suggestion
from models.unit_of_work import UnitOfWork

LENGTH = 10
# Less likely pairs are proposed to nobody.
LEAST_SECTION = Section.TO_STUDY


@dataclass(frozen=True)
class Proposal:
    """An opportunity proposed to an own actor. entry: how it scores today, None where it is not eligible.

    teaser: it is confidential, and known by its teaser alone. is_unlikely: its score alone would not have it listed.
    """

    mark: str
    actor: ActorCard
    card: OpportunityCard
    suggestion_id: str
    teaser: bool
    entry: Entry | None = None
    rating: Rating | None = None
    is_unlikely: bool = False


@dataclass(frozen=True)
class OpenedCase:
    """A case about which the actor or the holder consented, and how much of it is open to the actor."""

    proposal: Proposal
    level: DisclosureLevel


@dataclass(frozen=True)
class OwnActor:
    """An own actor's record, and the names of its members that are not confidential."""

    actor: Actor
    members: tuple[str, ...]


@dataclass(frozen=True)
class PublicOpportunity:
    """The record of a public opportunity, with the lot that is proposed, or what only a takeover case has."""

    opportunity: Opportunity
    lot: Lot | None
    takeover: TakeoverCase | None


@dataclass(frozen=True)
class PartnerSpace:
    """What one account may see at one moment. own: the query of each of its actors, by id, in the order of names.

    granted: what is open to them whatever the score.

    least: the lowest section that is proposed. is_looked_at: what is listed is shown to somebody, and recorded.
    """

    unit: UnitOfWork
    public: PublicDesk
    own: Mapping[str, PartnerQuery]
    granted: Granted
    account_id: str
    marks: Marks
    least: Section = LEAST_SECTION
    is_looked_at: bool = True

    def own_actors(self) -> list[ActorCard]:
        """Return the own actors that are on the desk, by name."""
        return [query.card for query in self.own.values()]

    def actor_mark(self, actor: ActorCard) -> str:
        """Return what stands for an own actor in an address."""
        return self.marks.make_single(actor.id)

    def own_actor(self, mark: str) -> OwnActor:
        """Return an own actor by its mark. Raises NotFoundError for another's actor as for one that does not exist."""
        query = self.own.get(self.marks.open_single(mark) or "")
        if query is None:
            raise NotFoundError("Cet acteur n’existe pas.")
        # A confidential actor is no secret to its own account; its members may be.
        audience = Audience(confidential=query.confidential, account_id=self.account_id)
        actor_file = records.read_actor(self.unit, query.card.id, audience)
        return OwnActor(
            actor_file.actor, tuple(member.name for member in actor_file.members if not member.confidential)
        )

    def proposals(self, *, length: int = LENGTH) -> list[tuple[ActorCard, Sequence[Proposal]]]:
        """Return what is likely for each own actor, best first; what is returned is recorded as shown.

        What a facilitator proposed, or either side consented to, is not in it: `proposed`, `opened`.
        """
        ratings_by_suggestion = self._ratings()
        answers_by_query = [(query, self._best(query, length)) for query in self.own.values()]
        if self.is_looked_at:
            ranked_by, audience = self.public.ranked_by(self.own.values()), Audience(account_id=self.account_id)
            note_shown(self.unit, ranked_by, [answer for _, answer in answers_by_query], audience, day=self.public.day)
        return [
            (
                query.card,
                [
                    self._proposal(
                        query, self.public.cards[entry.card.id], entry, ratings_by_suggestion.get(entry.suggestion_id)
                    )
                    for entry in answer.entries
                ],
            )
            for query, answer in answers_by_query
        ]

    def proposed(self) -> dict[str, list[Proposal]]:
        """Return own actor → what a facilitator proposes to it, whatever the score, in the order of what is shown."""
        ratings_by_suggestion = self._ratings()
        return {
            query.card.id: [
                self._proposal(query, card, None, ratings_by_suggestion.get(query.suggestion_id(card)))
                for card in self._cards(self._proposed_ids(query.card.id))
            ]
            for query in self.own.values()
        }

    def opened(self) -> list[OpenedCase]:
        """Return the told cases about which the holder or an own actor consented, whatever the score."""
        opened_cases = []
        for query in self.own.values():
            levels = self.granted.consented.get(query.card.id, {})
            cards = self._cards(self._opened_ids(query.card.id))
            # What is shown decides the order: of several cases with one line, the level before the case's own id.
            cards.sort(key=lambda card: (self.public.tie_keys[card.id][0], levels[card.id]))
            opened_cases += [OpenedCase(self._proposal(query, card, None, None), levels[card.id]) for card in cards]
        return opened_cases

    def find(self, mark: str) -> Proposal:
        """Return what a mark stands for; only its own pair is scored.

        Raises NotFoundError for another account's mark, one that nobody made, and what may not be known any more.
        """
        marked_pair = self.marks.open(mark)
        query = self.own.get(marked_pair.actor_id) if marked_pair else None
        card = self.public.cards.get(marked_pair.opportunity_id) if marked_pair else None
        if query is None or card is None:
            raise NotFoundError("Cette proposition n’existe pas.")
        suggestion = self.public.suggest(query, card.id)
        entry = self.public.entry(query, suggestion) if suggestion else None
        return self._proposal(query, card, entry, self._rating(query.suggestion_id(card)))

    def opportunity(self, proposal: Proposal) -> PublicOpportunity | None:
        """Return the record behind a proposal, None for a teaser. Raises NotFoundError: confidential by now."""
        if proposal.teaser:
            return None
        audience = Audience(account_id=self.account_id)
        opportunity_file = records.read_opportunity(self.unit, proposal.card.opportunity_id, audience)
        lot = next(
            (
                opportunity_lot
                for opportunity_lot in opportunity_file.lots
                if opportunity_lot.id == proposal.card.lot_id
            ),
            None,
        )
        return PublicOpportunity(opportunity_file.opportunity, lot, opportunity_file.takeover)

    def answers(self) -> list[Proposal]:
        """Return what this partner answered to proposals for its actors, newest first."""
        answered_proposals = []
        for suggestion, rating in self._answered():
            query = self.own.get(suggestion.actor_id or "")
            card = self.public.cards.get(suggestion.lot_id or suggestion.opportunity_id or "")
            if query and card:
                answered_proposals.append(self._proposal(query, card, None, rating))
        return answered_proposals

    def answer(
        self,
        engine: Engine,
        proposal: Proposal,
        *,
        interest: int,
        reasons: Sequence[Objection],
        comment: str,
        now: datetime,
    ) -> None:
        """Record what the partner answers, at once. Raises InvalidError, NotFoundError."""
        self.unit.end_reading()
        write_rating = answering_work(
            partner_of(engine, self.account_id, now=now),
            proposal.suggestion_id,
            interest=interest,
            reasons=reasons,
            comment=comment,
            now=now,
            own_opportunity_id=proposal.card.opportunity_id,
        )
        with writing(engine, durable=True) as session:
            write_rating(session)

    def _best(self, query: PartnerQuery, length: int) -> Answer:
        comparison = self.public.rank(query)
        if comparison is None:
            return self.public.answer(query, ())
        apart = self._opened_ids(query.card.id) | self._proposed_ids(query.card.id)
        reaching = self.public.cases_of_lines(self.granted.lines.get(query.card.id, frozenset()))
        owners = comparison.owner[comparison.best]
        listed = comparison.best[~np.isin(owners, self.public.rows_of(apart))]
        first, others = listed[:length], listed[length:]
        also = others[np.isin(comparison.owner[others], self.public.rows_of(reaching))]
        suggestions = [comparison.suggestion(row, 1) for row in (*first.tolist(), *also.tolist())]
        likely = [
            suggestion
            for suggestion in suggestions
            if suggestion.score >= FLOORS[self.least] or suggestion.candidate_id in reaching
        ]
        ranked = [replace(suggestion, rank=rank) for rank, suggestion in enumerate(likely, start=1)]
        return self.public.answer(query, ranked)

    def _opened_ids(self, actor_id: str) -> frozenset[str]:
        return self.public.teasers & self.granted.consented.get(actor_id, {}).keys()

    def _proposed_ids(self, actor_id: str) -> frozenset[str]:
        proposed_ids = self.granted.proposed.get(actor_id, frozenset()) - self._opened_ids(actor_id)
        return frozenset(case_id for case_id in proposed_ids if self.public.is_offered(case_id))

    def _cards(self, case_ids: Collection[str]) -> list[OpportunityCard]:
        """Return the cards of these cases in the order of what is shown of them."""
        return [self.public.cards[case_id] for case_id in sorted(case_ids, key=self.public.tie_keys.__getitem__)]

    def _proposal(
        self, query: PartnerQuery, card: OpportunityCard, entry: Entry | None, rating: Rating | None
    ) -> Proposal:
        return Proposal(
            mark=self.marks.make(Pair(query.card.id, card.id)),
            actor=query.card,
            card=card,
            suggestion_id=query.suggestion_id(card),
            teaser=card.id in self.public.teasers,
            entry=entry,
            rating=rating,
            is_unlikely=entry is None or entry.suggestion.score < FLOORS[self.least],
        )

    def _ratings(self) -> dict[str, Rating]:
        return {suggestion.id: rating for suggestion, rating in self._answered()}

    def _answered(self) -> Sequence[tuple[Suggestion, Rating]]:
        partner = self._partner()
        return queries.answers_about(self.unit.session, partner.id, list(self.own)) if partner else []

    def _rating(self, suggestion_id: str) -> Rating | None:
        partner = self._partner()
        return learning_queries.current_rating(self.unit.session, partner.id, suggestion_id) if partner else None

    def _partner(self) -> Partner | None:
        account = self.unit.session.get_one(Account, self.account_id)
        return accounts_queries.partner_by_email(self.unit.session, account.email)
