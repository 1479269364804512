"""The gate of alerts: what became hidden, stopped, cancelled or past since a mail was composed is not in it.

Whether a mail may leave is read from the tables; only one that may not is composed anew, from the desk of the moment,
by the rules of the night, of what it carried already. What is left out counts as never announced.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col

from api.alerts import queries
from api.alerts.candidates import RankedOpportunities, announced_by_subject
from api.alerts.digest import actors_drawn_from, announce, digest_mail
from api.alerts.queries import Announced, CarriedRow
from api.alerts.quota import Candidate, best_first
from api.alerts.shown import MailActors, why_not_as_shown
from api.core.clock import day_in_france
from api.core.settings import Settings
from api.mailing.compose import Mail
from api.mailing.departure import Recomposition
from api.mailing.links import Signer
from api.matching import queries as matching_queries
from api.matching.desk import Desk
from api.partner_view.building import DeskView
from api.partner_view.granted import Granted
from api.partner_view.ties import Ties
from models.alerts import Announcement, OutboxMessage
from models.database import reading


class AlertGate:
    def __init__(self, open_desk: Callable[[], Desk], signer: Signer, options: Settings) -> None:
        """open_desk: called when a mail has to be composed anew, which is rare; it may load the encoder."""
        self._open_desk, self._signer, self._options = open_desk, signer, options

    def reasons_to_stay(self, session: Session, message: OutboxMessage, now: datetime) -> Mapping[str, int]:
        carried = queries.carried_by(session, message.id)
        if not carried:
            return {"gone": 1}
        about = {each.id for row in carried for each in (row.opportunity, row.actor) if each}
        duplicates, today = matching_queries.hidden_as_duplicates(session, about), day_in_france(now)
        actors = MailActors(session, message)
        reasons = (
            why_not_as_shown(session, row, message, today=today, duplicates=duplicates, actors=actors)
            for row in carried
        )
        return Counter(reason for reason in reasons if reason)

    def compose_anew(self, message: OutboxMessage, now: datetime) -> Recomposition:
        desk = self._open_desk()
        view = DeskView.of(desk, desk.current(), day_in_france(now), Ties.of(self._signer))
        with reading(desk.engine) as session:
            carried = queries.carried_by(session, message.id)
            earlier = list(
                queries.announced_to(session, [message.partner_id], view.public.day, except_message=message.id)
            )
            granted = Granted.read(session, {row.suggestion.actor_id for row in carried if row.suggestion.actor_id})
        candidates = _candidates_again(view, carried, earlier, granted)

        def recompose(session: Session) -> Mail | None:
            session.execute(delete(Announcement).where(col(Announcement.message_id) == message.id))
            if not candidates:
                return None
            session.get_one(OutboxMessage, message.id).drawn_from = actors_drawn_from(candidates)
            announce(session, view.public, message.partner_id, candidates, message.id, message.night)
            return digest_mail(
                view.public, self._signer, message.partner_id, candidates, message.night, now, self._options
            )

        return recompose


def _candidates_again(
    view: DeskView, carried: Sequence[CarriedRow], earlier: Sequence[Announced], granted: Granted
) -> list[Candidate]:
    """Return what the night would announce now of what a mail carried, in the order of a mail."""
    carried_by_subscription: dict[str, list[CarriedRow]] = defaultdict(list)
    for row in carried:
        if row.subscription and row.subscription.confirmed_at and row.subscription.frequency != "paused":
            carried_by_subscription[row.subscription.id].append(row)
    candidates: list[Candidate] = []
    for _, rows in sorted(carried_by_subscription.items()):
        subscription = rows[0].subscription
        followed = view.subscribed(subscription) if subscription else None
        if subscription is None or followed is None:
            continue
        announced = announced_by_subject(subscription, earlier)
        subjects = {row.suggestion.subject for row in rows}
        ranked = RankedOpportunities(view.public, followed, among=subjects, granted=granted)
        candidates += ranked.proposed_candidates(subscription, announced)
        candidates += ranked.changed_candidates(subscription, announced)
        candidates += ranked.new_candidates(subscription, announced)[0]
    return sorted(candidates, key=best_first)
