"""A partner's space: its own actors, what is open for them as outsiders may know it, and what it says of that.

In the address of a page a suggestion is called by a mark of the account and itself (`Signer.marks`): its id is made of
those of the actor and the opportunity, and somebody might check a guess of them against it.
"""

import hmac
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from api.accounts import queries as accounts_queries
from api.accounts.audience import Audience
from api.accounts.partner_accounts import partner_of
from api.core.errors import NotFoundError
from api.learning import queries as learning_queries
from api.learning.ratings import rating_work
from api.mailing.links import Signer
from api.matching.answer import ActorCard, Entry, OpportunityCard
from api.matching.impressions import record
from api.matching.snapshot import Desk, Snapshot
from api.partner_view.public_desk import Followed, Outside
from matcher.learning.observations import Objection
from models.accounts import Account
from models.database import reading, writing
from models.partners import Partner
from models.ratings import Rating

LENGTH = 10
# What is less likely than « à étudier » is not proposed to anybody.
LEAST_SCORE = 0.2


class Outsides:
    """The desk as outsiders know it, made once for each state of the desk."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: Outside | None = None

    def of(self, desk: Desk) -> Outside:
        snapshot = desk.public()
        with self._lock:
            if self._last is None or self._last.snapshot is not snapshot:
                self._last = Outside.of(desk, snapshot)
            return self._last


@dataclass(frozen=True)
class Proposal:
    """An opportunity for an own actor. entry: how it ranks today, None where it does not; rating: what is said of it.

    teaser: it is confidential, and known by its teaser alone.
    """

    mark: str
    actor: ActorCard
    card: OpportunityCard
    suggestion_id: str
    teaser: bool
    entry: Entry | None = None
    rating: Rating | None = None


@dataclass(frozen=True)
class Space:
    """What one account may see, at one moment."""

    desk: Desk
    outside: Outside
    signer: Signer
    account_id: str

    @property
    def snapshot(self) -> Snapshot:
        return self.outside.snapshot

    def actor_ids(self) -> list[str]:
        """Return the ids of the own actors that are on the desk, by name."""
        with reading(self.desk.engine) as session:
            rows = accounts_queries.actors_of_account(session, self.account_id)
        return [row.id for row in rows if row.id in self.snapshot.actor_cards]

    def check_own(self, actor_id: str) -> None:
        """Raises NotFoundError for another's actor as for one that does not exist."""
        if actor_id not in self.actor_ids():
            raise NotFoundError("Cet acteur n’existe pas.")

    def proposals(self, *, today: date, length: int = LENGTH) -> list[tuple[ActorCard, Sequence[Proposal]]]:
        """Return what is open for each own actor, the best first; what is returned is recorded as shown."""
        found: list[tuple[ActorCard, Sequence[Proposal]]] = []
        answers = []
        said = self._said()
        for followed in self._followed():
            entries = [one for one in self._ranked(followed, today, length) if one.suggestion.score >= LEAST_SCORE]
            answers.append(self.outside.answer(followed, [one.suggestion for one in entries]))
            found.append((followed.card, [self._ranked_proposal(followed, one, said) for one in entries]))
        with writing(self.desk.engine) as session:
            record(session, self.desk, self.snapshot, answers, Audience(account_id=self.account_id))
        return found

    def find(self, mark: str, *, today: date) -> Proposal:
        """Return what a mark stands for. Raises NotFoundError: another's, unknown, or not to be told any more."""
        for followed in self._followed():
            for card in self.outside.cards.values():
                marks = self.signer.marks(self.account_id, followed.suggestion_id(card))
                if any(hmac.compare_digest(one.encode(), mark.encode()) for one in marks):
                    ranked = self._ranked(followed, today, None)
                    entry = next((one for one in ranked if one.card.id == card.id), None)
                    return self._proposal(followed, card, entry, self._said())
        raise NotFoundError("Cette proposition n’existe pas.")

    def answers(self) -> list[Proposal]:
        """Return what this partner said of what was proposed to its actors, the newest first."""
        cards = self.outside.cards
        found = []
        with reading(self.desk.engine) as session:
            partner = self._partner(session)
            rows = learning_queries.answers_about(session, partner.id, self.actor_ids()) if partner else []
        for suggestion, rating in rows:
            card = cards.get(suggestion.lot_id or suggestion.opportunity_id or "")
            if card and suggestion.actor_id:
                followed = self._follow(suggestion.actor_id)
                found.append(self._proposal(followed, card, None, {suggestion.id: rating}))
        return found

    def answer(
        self, proposal: Proposal, *, interest: int, reasons: Sequence[Objection], comment: str, now: datetime
    ) -> None:
        """Record what the partner says. Raises InvalidError, NotFoundError."""
        work = rating_work(
            partner_of(self.desk.engine, self.account_id, now=now),
            proposal.suggestion_id,
            interest=interest,
            reasons=reasons,
            comment=comment,
            now=now,
        )
        with writing(self.desk.engine, durable=True) as session:
            work(session)

    def _followed(self) -> list[Followed]:
        return [self._follow(one) for one in self.actor_ids()]

    def _follow(self, actor_id: str) -> Followed:
        # Its own actor is no secret to it, whatever it is to others.
        actor = self.snapshot.actor(actor_id, confidential=True)
        return Followed(self.snapshot.actor_cards[actor_id], actor)

    def _ranked(self, followed: Followed, today: date, length: int | None) -> Sequence[Entry]:
        if not len(self.outside.opportunities):
            return ()
        found = self.outside.compare(self.desk, followed, today)
        best = found.best[:length].tolist()
        suggestions = [found.suggestion(row, rank) for rank, row in enumerate(best, start=1)]
        return self.outside.answer(followed, suggestions).entries

    def _ranked_proposal(self, followed: Followed, entry: Entry, said: Mapping[str, Rating]) -> Proposal:
        return self._proposal(followed, self.outside.cards[entry.card.id], entry, said)

    def _proposal(
        self, followed: Followed, card: OpportunityCard, entry: Entry | None, said: Mapping[str, Rating]
    ) -> Proposal:
        suggestion_id = followed.suggestion_id(card)
        return Proposal(
            mark=self.signer.marks(self.account_id, suggestion_id)[-1],
            actor=followed.card,
            card=card,
            suggestion_id=suggestion_id,
            teaser=card.id in self.snapshot.teasers,
            entry=entry,
            rating=said.get(suggestion_id),
        )

    def _said(self) -> dict[str, Rating]:
        with reading(self.desk.engine) as session:
            partner = self._partner(session)
            rows = learning_queries.answers_about(session, partner.id, self.actor_ids()) if partner else []
        return {suggestion.id: rating for suggestion, rating in rows}

    def _partner(self, session: Session) -> Partner | None:
        account = session.get_one(Account, self.account_id)
        return accounts_queries.partner_by_email(session, account.email)
