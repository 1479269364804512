"""What was shown in lists: the words of a search are forgotten with it, and old lists are deleted.

A list that was answered stays whole, for the place of a suggestion among the others is what the weights learn from; so
does one whose suggestion became a case, unless that was cancelled.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Text, cast, delete, exists, select, update
from sqlmodel import Session, col

from api.brokerage.queries import CANCELLED
from api.core.chunks import in_chunks
from api.matching.impressions import without_words
from api.matching.reasons import FORGOTTEN
from matcher.embedding import text_hash
from models.alerts import Announcement
from models.brokerage import BrokerageCase
from models.partners import Subscription
from models.ratings import Rating
from models.suggestions import Impression, RankedList, Suggestion
from models.vectors import TextVector

# Ids a statement, below the limit of parameters.


def forget_search(session: Session, subscription_id: str, search: str) -> None:
    """Forget the words of a saved search: in the reasons of what was shown for it, and their vector."""
    _forget_reasons(session, col(Suggestion.subscription_id) == subscription_id)
    session.execute(delete(TextVector).where(col(TextVector.text_hash) == text_hash(search)))


def forget_removed_searches(session: Session) -> int:
    """Forget the words of searches that nobody follows any more; return in how many impressions they stood."""
    is_followed = exists().where(col(Subscription.id) == col(Suggestion.subscription_id))
    return _forget_reasons(session, col(Suggestion.subscription_id).is_not(None) & ~is_followed)


def delete_old_lists(session: Session, before: datetime) -> int:
    """Delete the lists of before a moment that nobody answered; return the number of their impressions."""
    own = (
        select(Impression.id).where(col(Impression.list_id) == col(RankedList.id)).correlate(RankedList)  # type: ignore[call-overload]
    )
    is_answered = exists().where(col(Rating.impression_id).in_(own))
    is_a_case = exists(
        select(BrokerageCase.id)  # type: ignore[call-overload]
        .join(Impression, col(Impression.suggestion_id) == BrokerageCase.suggestion_id)
        .where(col(Impression.list_id) == col(RankedList.id), col(BrokerageCase.state) != CANCELLED)
        .correlate(RankedList)
    )
    question = select(RankedList.id).where(RankedList.created_at < before, ~is_answered, ~is_a_case)  # type: ignore[call-overload]
    deleted = 0
    for list_ids in in_chunks([list_id for (list_id,) in session.execute(question)]):
        impressions = select(Impression.id).where(col(Impression.list_id).in_(list_ids))  # type: ignore[call-overload]
        session.execute(
            update(Announcement).where(col(Announcement.impression_id).in_(impressions)).values(impression_id=None)
        )
        result: Any = session.execute(delete(Impression).where(col(Impression.list_id).in_(list_ids)))
        deleted += result.rowcount
        session.execute(delete(RankedList).where(col(RankedList.id).in_(list_ids)))
    return deleted


def _forget_reasons(session: Session, of_search: Any) -> int:
    question = select(Impression.id, Impression.breakdown).join(  # type: ignore[call-overload]
        Suggestion, col(Suggestion.id) == Impression.suggestion_id
    )
    # What is forgotten already says so.
    question = question.where(of_search, ~cast(Impression.breakdown, Text).contains(FORGOTTEN))
    changed = 0
    for impression_id, breakdown in session.execute(question).all():
        reasons = [without_words(reason) for reason in breakdown["reasons"]]
        if reasons != breakdown["reasons"]:
            statement = update(Impression).where(col(Impression.id) == impression_id)
            session.execute(statement.values(breakdown={**breakdown, "reasons": reasons}))
            changed += 1
    return changed
