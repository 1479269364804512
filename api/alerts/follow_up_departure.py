"""The gate of follow-ups: nobody is asked how it ended with what may not be named any more, or has been answered."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Engine, delete
from sqlmodel import Session, col

from api.alerts import queries
from api.alerts.follow_up import LEAST_INTEREST, announce_questions, question_mail
from api.alerts.queries import CarriedRow, PromisingSuggestion
from api.alerts.shown import SHOWN, why_hidden
from api.core.settings import Settings
from api.mailing.compose import Mail
from api.mailing.departure import Recomposition
from api.mailing.links import Signer
from models.alerts import Announcement, OutboxMessage
from models.database import reading


class FollowUpGate:
    def __init__(self, engine: Engine, signer: Signer, options: Settings) -> None:
        self._engine, self._signer, self._options = engine, signer, options

    def reasons_to_stay(self, session: Session, message: OutboxMessage, now: datetime) -> Mapping[str, int]:  # noqa: ARG002
        carried = queries.carried_by(session, message.id)
        promising = _promising_by_id(session, message, carried)
        reasons = (_why_not_asked(session, row, promising.get(row.suggestion.id)) for row in carried)
        return Counter(reason for reason in reasons if reason) if carried else {"gone": 1}

    def compose_anew(self, message: OutboxMessage, now: datetime) -> Recomposition:
        with reading(self._engine) as session:
            carried = queries.carried_by(session, message.id)
            promising = _promising_by_id(session, message, carried)
            asked = [
                promising[row.suggestion.id]
                for row in carried
                if _why_not_asked(session, row, promising.get(row.suggestion.id)) in (None, "rectified")
            ]

        def recompose(session: Session) -> Mail | None:
            session.execute(delete(Announcement).where(col(Announcement.message_id) == message.id))
            if not asked:
                return None
            announce_questions(session, message.partner_id, asked, message.id, message.night)
            return question_mail(self._signer, message.partner_id, asked, now, self._options)

        return recompose


def _promising_by_id(
    session: Session, message: OutboxMessage, carried: Sequence[CarriedRow]
) -> dict[str, PromisingSuggestion]:
    suggestion_ids = [row.suggestion.id for row in carried]
    promising_rows = queries.promising_suggestions(session, LEAST_INTEREST, message.partner_id, suggestion_ids)
    return {row.suggestion.id: row for row in promising_rows}


def _why_not_asked(session: Session, row: CarriedRow, promising: PromisingSuggestion | None) -> str | None:
    if why := why_hidden(session, row, [row.suggestion.actor_id or ""], shown_blind=False):
        return why
    if promising is None:
        return "answered"
    if promising.opportunity.archived_at or (promising.actor and promising.actor.archived_at):
        return "archived"
    if promising.opportunity.status == "cancelled":
        return "opportunity_cancelled"
    return None if row.announcement.told.get(SHOWN) == promising.shown else "rectified"
