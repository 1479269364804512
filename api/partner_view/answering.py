"""Record what a partner answers: refused, not recorded, where the suggestion may no longer be shown to it."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlmodel import Session

from api.learning.ratings import rating_work
from api.partner_view.suggestion_view import visible_opportunity, visible_suggestion
from matcher.learning.observations import Objection
from models.ratings import Rating


def answering_work(
    partner_id: str,
    suggestion_id: str,
    *,
    interest: int | None = None,
    reasons: Sequence[Objection] = (),
    comment: str = "",
    answered: bool | None = None,
    retained: bool | None = None,
    now: datetime,
    own_opportunity_id: str | None = None,
) -> Callable[[Session], Rating]:
    """Return an answer as a unit of work, in which it is decided whether the suggestion may still be read.

    own_opportunity_id: the opportunity of a suggestion to the partner's own actor, which is no secret to it. Raises
    InvalidError at once; the work raises NotFoundError.
    """
    record = rating_work(
        partner_id,
        suggestion_id,
        interest=interest,
        reasons=reasons,
        comment=comment,
        answered=answered,
        retained=retained,
        now=now,
    )

    def work(session: Session) -> Rating:
        if own_opportunity_id is None:
            visible_suggestion(session, partner_id, suggestion_id, to_judge=True)
        else:
            visible_opportunity(session, own_opportunity_id)
        return record(session)

    return work
