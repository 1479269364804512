"""One timeline for an actor, an opportunity or a case: interactions, steps of cases, answers, announcements."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlmodel import Session

from api.accounts.accounts import account_names
from api.alerts.history import EVENTS, announcements_about
from api.brokerage import case_history
from api.brokerage.pair_rows import PairRow
from api.brokerage.wording import step_in_words
from api.core.clock import PARIS, day_in_france
from api.interactions import queries as interaction_queries
from api.interactions.acting import is_sent
from api.interactions.kinds import KINDS, NOTED, InteractionKind
from api.interactions.queries import InteractionRow
from api.learning.wording import rating_in_words
from api.matching.answer import name_of
from api.matching.snapshot import Snapshot
from api.web.components.bars import address
from api.web.components.cases import by_in_words, what, who
from models.brokerage import BrokerageStep

MOST_ENTRIES = 50
TAKEN_BACK = "retire"
# A longer text is folded.
FOLDED_FROM = 300
NIGHT_WORDS = "la nuit"


@dataclass(frozen=True)
class TimelineEntry:
    """One thing that happened. other: the other side, with its address; both may be empty.

    interaction_id: of one that the reader may take back, else empty.
    """

    at: datetime
    what: str
    other: str
    address: str
    by: str
    text: str
    interaction_id: str = ""

    @property
    def day(self) -> date:
        return day_in_france(self.at)

    @property
    def is_long(self) -> bool:
        return len(self.text) > FOLDED_FROM or self.text.count("\n") > 3

    @property
    def first_line(self) -> str:
        return self.text.partition("\n")[0][:FOLDED_FROM]


@dataclass(frozen=True)
class Done:
    """What is said once an interaction was noted or taken back; interaction_id: what may be taken back."""

    words: str
    interaction_id: str = ""


@dataclass(frozen=True)
class Timeline:
    """The newest entries first. done: what the reader just did."""

    entries: Sequence[TimelineEntry]
    done: Done | None = None


def actor_timeline(
    session: Session, snapshot: Snapshot, actor_id: str, *, reader: str, just_done: str = ""
) -> Timeline:
    """Return the timeline of an actor. reader: as the journal names them. just_done: an interaction, or TAKEN_BACK."""
    interactions = interaction_queries.interactions_about(session, actor_id=actor_id, limit=MOST_ENTRIES)
    names_by_account = account_names(session)
    entries = [
        *_interactions(interactions, names_by_account, reader, about_actor=True),
        *_steps(session, names_by_account, actor_id=actor_id),
        *_answers(session, actor_id=actor_id),
        *_announcements(session, snapshot, actor_id),
    ]
    return Timeline(_newest(entries), _done(interactions, reader, just_done))


def opportunity_timeline(session: Session, opportunity_id: str, *, reader: str, just_done: str = "") -> Timeline:
    """Return the timeline of an opportunity."""
    interactions = interaction_queries.interactions_about(session, opportunity_id=opportunity_id, limit=MOST_ENTRIES)
    names_by_account = account_names(session)
    entries = [
        *_interactions(interactions, names_by_account, reader, about_actor=False),
        *_steps(session, names_by_account, opportunity_id=opportunity_id),
        *_answers(session, opportunity_id=opportunity_id),
    ]
    return Timeline(_newest(entries), _done(interactions, reader, just_done))


def case_timeline(
    session: Session,
    case_file: case_history.CaseFile,
    names_by_account: Mapping[str, str],
    *,
    reader: str,
    just_done: str = "",
) -> Timeline:
    """Return the timeline of a case: its steps, the answers, and what was done about its actor for its opportunity."""
    pair = case_file.row.pair
    interactions = interaction_queries.interactions_about(
        session,
        actor_id=pair.actor.id if pair.actor else None,
        opportunity_id=pair.opportunity.id,
        limit=MOST_ENTRIES,
    )
    if pair.actor is None:
        # Of a followed search: what was done about the opportunity with actors belongs to others.
        interactions = [row for row in interactions if row.interaction.case_id == case_file.row.case.id]
    former_steps: Sequence[BrokerageStep | None] = (None, *case_file.steps)
    entries = [
        *_interactions(interactions, names_by_account, reader, about_actor=None),
        *(
            TimelineEntry(
                case_step.at,
                step_in_words(case_step, former_step, names_by_account),
                "",
                "",
                by_in_words(case_step.by, names_by_account),
                case_step.note,
            )
            # Newest first: of steps at one moment, the last comes first.
            for former_step, case_step in [*zip(former_steps, case_file.steps, strict=False)][::-1]
        ),
        *(
            TimelineEntry(
                rating.created_at,
                rating_in_words(rating),
                "",
                "",
                partner.label or "partenaire sans nom",
                rating.comment,
            )
            for partner, rating in case_file.answers
        ),
    ]
    return Timeline(sorted(entries, key=lambda entry: entry.at, reverse=True), _done(interactions, reader, just_done))


def _newest(entries: Iterable[TimelineEntry]) -> Sequence[TimelineEntry]:
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[:MOST_ENTRIES]


def _interactions(
    rows: Iterable[InteractionRow], names_by_account: Mapping[str, str], reader: str, *, about_actor: bool | None
) -> Iterator[TimelineEntry]:
    """about_actor: whether the page is an actor's, so that the other side is the opportunity; None for a case's."""
    for row in rows:
        interaction = row.interaction
        other, other_address = "", ""
        if about_actor is True and interaction.opportunity_id:
            other, other_address = row.opportunity or "", f"/opportunites/{interaction.opportunity_id}"
        elif about_actor is False and interaction.actor_id:
            other, other_address = row.actor or "", f"/acteurs/{interaction.actor_id}"
        kind = KINDS[InteractionKind(interaction.kind)]
        yield TimelineEntry(
            interaction.at,
            f"{kind} – {row.contact}" if row.contact else kind,
            other,
            other_address,
            by_in_words(interaction.by, names_by_account),
            interaction.text,
            interaction.id if interaction.by == reader and not is_sent(interaction) else "",
        )


def _steps(
    session: Session,
    names_by_account: Mapping[str, str],
    *,
    actor_id: str | None = None,
    opportunity_id: str | None = None,
) -> Iterator[TimelineEntry]:
    for step, pair in case_history.history(session, actor_id=actor_id, opportunity_id=opportunity_id):
        yield TimelineEntry(
            step.at,
            step_in_words(step, None, names_by_account),
            _other(pair, actor_id),
            f"/dossiers/{step.case_id}",
            by_in_words(step.by, names_by_account),
            step.note,
        )


def _answers(
    session: Session, *, actor_id: str | None = None, opportunity_id: str | None = None
) -> Iterator[TimelineEntry]:
    for rating, partner, pair in case_history.answers(session, actor_id=actor_id, opportunity_id=opportunity_id):
        other_address = f"/opportunites/{pair.opportunity.id}" if actor_id else ""
        if not actor_id and pair.actor:
            other_address = f"/acteurs/{pair.actor.id}"
        yield TimelineEntry(
            rating.created_at,
            rating_in_words(rating),
            _other(pair, actor_id),
            other_address,
            partner or "partenaire sans nom",
            rating.comment,
        )


def _announcements(session: Session, snapshot: Snapshot, actor_id: str) -> Iterator[TimelineEntry]:
    for announcement in announcements_about(session, snapshot, actor_id):
        yield TimelineEntry(
            datetime.combine(announcement.night, time(4), PARIS),
            f"Annonce : {EVENTS.get(announcement.event, announcement.event)}",
            name_of(announcement.opportunity) if announcement.opportunity else "opportunité retirée",
            address(announcement.opportunity) if announcement.opportunity else "",
            NIGHT_WORDS,
            f"À {announcement.partner or 'un partenaire sans nom'}"
            + ("" if announcement.rating else ", qui n’a pas encore répondu"),
        )


def _other(pair: PairRow, actor_id: str | None) -> str:
    return what(pair) if actor_id else who(pair)


def _done(interactions: Iterable[InteractionRow], reader: str, just_done: str) -> Done | None:
    if just_done == TAKEN_BACK:
        return Done("L’échange est retiré.")
    for row in interactions:
        if just_done and row.interaction.id == just_done:
            may_go = row.interaction.by == reader and not is_sent(row.interaction)
            return Done(NOTED[InteractionKind(row.interaction.kind)], just_done if may_go else "")
    return None
