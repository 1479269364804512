"""An answer: cards, entries, filtered candidates."""

from dataclasses import dataclass

from api.catalogue.axes import Axis
from matcher import types as match
from models.suggestions import subject_name

# The kind of a card that stands for words somebody follows, where an actor's would be.
SEARCH = "search"


@dataclass(frozen=True)
class ActorCard:
    """What a reader is shown of an actor in a list."""

    id: str
    name: str
    kind: str
    commune: str | None
    department: str | None


@dataclass(frozen=True)
class OpportunityCard:
    """What a reader is shown of an opportunity, or of one of its lots, in a list; `id` is then the lot's."""

    id: str
    opportunity_id: str
    lot_id: str | None
    lot_number: str | None
    title: str
    lot_title: str | None
    kind: str
    commune: str | None
    department: str | None
    deadline: str | None
    axis: Axis
    # Of the whole; none of it in what outsiders are told of a confidential case.
    buyer: str | None = None
    source: str = ""
    amount_eur: float | None = None

    @property
    def display_title(self) -> str:
        """The whole's title, then the lot's."""
        return f"{self.title} – lot {self.lot_number} : {self.lot_title}" if self.lot_id else self.title


Card = ActorCard | OpportunityCard


@dataclass(frozen=True)
class Entry:
    """One line of a list: the suggestion's id, whom or what it is about, through which member, and why.

    same_place: the network or members that would be listed too if they did not fill one place with it.
    """

    suggestion_id: str
    card: Card
    member: ActorCard | None
    suggestion: match.Suggestion
    same_place: tuple[ActorCard, ...] = ()


@dataclass(frozen=True)
class Refused:
    """A candidate that a hard condition excludes, and which."""

    card: Card
    reason: match.Reason


@dataclass(frozen=True)
class AskedLot:
    """The lot of a pasted text that a list is for."""

    number: str
    title: str


@dataclass(frozen=True)
class Answer:
    """One ranked list. `subject` names the question; `question` is its card, None for a pasted text.

    `place` and `lot` are what was read in a pasted text. `variant`: what else was asked for, such as filters; of two
    answers to one question that differ in it, neither is the other shown again.
    """

    direction: str
    subject: str
    question: Card | None
    entries: tuple[Entry, ...]
    refused: tuple[Refused, ...]
    n_candidates: int
    place: str | None = None
    lot: AskedLot | None = None
    variant: tuple[str, ...] = ()


def name_of(card: Card) -> str:
    """Return what a reader is shown as the name of an actor, an opportunity or a lot."""
    return card.name if isinstance(card, ActorCard) else card.display_title


def subject_of(card: OpportunityCard) -> str:
    """Return the name of an opportunity, or of a lot, as a suggestion's subject."""
    return subject_name(card.opportunity_id, card.lot_id)
