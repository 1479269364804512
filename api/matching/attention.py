"""How attention was shared lately: who was shown how often, who answered, and how sure the weights are."""

from datetime import date, datetime, timedelta

from sqlmodel import Session

from api.core.clock import PARIS
from api.matching import queries
from api.matching.snapshot import Snapshot
from matcher.exposure import Attention

MEMORY = timedelta(days=90)


def attention(session: Session, snapshot: Snapshot, today: date) -> Attention:
    """Return what sharing goes by on a day, for a list about a subject once it is asked for (`about`).

    What the day itself brings does not count, and chance starts from the day and the subject: the list stays the same
    all day long.
    """
    before = datetime.combine(today, datetime.min.time(), PARIS)
    shown = queries.times_shown(session, before - MEMORY, before)
    answered = queries.times_answered(session, before - MEMORY, before)
    return Attention(shown, answered, snapshot.deviations, (today.toordinal(),))
