"""What became of the mails of a mailing, and who answered."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from api.core.clock import day_in_france
from api.core.french import day
from api.interactions import queries
from api.interactions.kinds import KINDS, InteractionKind
from api.interactions.letters import LETTER
from api.mailing.departure import WITHHELD
from api.web.components.state_badge import StateBadge, mail_badge
from models.alerts import OutboxMessage
from models.interactions import Interaction, Mailing

_FAILURES = {
    "refused": "l’adresse refuse les mails",
    "rejected": "le serveur refuse ce mail",
    "unsubscribed": "cette personne s’est désinscrite",
    "suspended": "les mails n’arrivent pas à cette adresse",
    WITHHELD: "la fiche est devenue confidentielle, ou le contact n’existe plus",
}


@dataclass(frozen=True)
class FollowedLetter:
    """One mail, in words. text: as it was sent; news: what was heard since, oldest first."""

    mail_id: str
    actor_id: str
    name: str
    address: str
    contact: str
    state: StateBadge
    is_waiting: bool
    text: str
    has_answered: bool
    news: Sequence[str]


def followed_letters(session: Session, mailing: Mailing) -> Sequence[FollowedLetter]:
    """Return the mails of a mailing."""
    letters = queries.letters_of(session, mailing.id, LETTER)
    actor_ids = {row.interaction.actor_id for row in letters if row.interaction.actor_id}
    heard = queries.heard_since(session, mailing, actor_ids)
    return [_followed(row, [one for one in heard if _is_about(one, row.interaction)], mailing) for row in letters]


def _is_about(heard: Interaction, letter: Interaction) -> bool:
    """Return whether something was heard of whom a letter went to; of two persons of an actor, of the right one."""
    if letter.actor_id:
        of_owner = heard.actor_id == letter.actor_id
    else:
        of_owner = heard.actor_id is None and heard.opportunity_id == letter.opportunity_id
    return of_owner and (heard.contact_id is None or heard.contact_id == letter.contact_id)


def _followed(row: queries.LetterRow, heard: Sequence[Interaction], mailing: Mailing) -> FollowedLetter:
    owner_address = f"/opportunites/{row.opportunity.id}" if row.opportunity else ""
    return FollowedLetter(
        row.interaction.id,
        row.interaction.actor_id or "",
        row.actor.name if row.actor else row.opportunity.title if row.opportunity else "",
        f"/acteurs/{row.actor.id}" if row.actor else owner_address,
        (row.contact.name or row.contact.email) if row.contact else "contact retiré",
        mail_badge(row.message, state_in_words(row.message)),
        row.message is not None and row.message.status == "pending",
        row.interaction.text,
        any(one.kind == InteractionKind.REPLY and one.mailing_id == mailing.id for one in heard),
        [_news(one) for one in heard],
    )


def state_in_words(message: OutboxMessage | None) -> str:
    """Return what the outbox knows of a mail."""
    if message is None:
        return "effacé"
    if message.status == "sent" and message.sent_at:
        return f"parti le {day(day_in_france(message.sent_at).isoformat())}"
    if message.status == "pending":
        return "nouvel essai bientôt" if message.attempts else "prêt à partir"
    reason = _FAILURES.get(message.last_error.partition(",")[0], "")
    words = "pas arrivé" if message.status == "failed" else "annulé"
    return f"{words} : {reason}" if reason else words


def _news(heard: Interaction) -> str:
    words = f"{KINDS[InteractionKind(heard.kind)]}, le {day(day_in_france(heard.at).isoformat())}"
    return f"{words} : {heard.text.partition(chr(10))[0]}" if heard.text else words
