"""Rate: record a partner's rating of a suggestion. One rating of each pair is current; earlier ones are kept."""

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine, bindparam, insert, update
from sqlmodel import Session

from api.core.errors import InvalidError, NotFoundError
from api.core.french import plural
from api.learning import queries
from matcher.learning.observations import TARGETS, Objection
from models.base import table_of
from models.database import reading, writing
from models.ratings import Rating
from models.suggestions import Suggestion

# Of the table itself, built once: the mapper's own insert and update would cost as much again for each rating.
_RATINGS = table_of(Rating)
_COLUMNS = tuple(column.name for column in _RATINGS.columns)
_SUPERSEDE = update(_RATINGS).where(_RATINGS.c.id == bindparam("former")).values(superseded_at=bindparam("at"))
_ADD = insert(_RATINGS)

INTERESTS = range(len(TARGETS))
COMMENT_LENGTH = 2000


def rate(
    engine: Engine,
    partner_id: str,
    suggestion_id: str,
    *,
    interest: int | None = None,
    reasons: Sequence[Objection] = (),
    comment: str = "",
    answered: bool | None = None,
    retained: bool | None = None,
    now: datetime,
) -> Rating:
    """Record a rating and return the current one.

    A new interest comes with its reasons and comment, which replace the earlier ones; the outcome is kept. An outcome
    may be added later without an interest. An identical rating changes nothing.
    Raises InvalidError for contradictory answers, NotFoundError for an unknown partner or suggestion.
    """
    work = rating_work(
        partner_id,
        suggestion_id,
        interest=interest,
        reasons=reasons,
        comment=comment,
        answered=answered,
        retained=retained,
        now=now,
    )
    with writing(engine, durable=True) as session:
        return work(session)


def rating_work(
    partner_id: str,
    suggestion_id: str,
    *,
    interest: int | None = None,
    reasons: Sequence[Objection] = (),
    comment: str = "",
    answered: bool | None = None,
    retained: bool | None = None,
    now: datetime,
) -> Callable[[Session], Rating]:
    """Return `rate` as a unit of work, for `models.group_commit.GroupedWriter`. Raises InvalidError at once."""
    comment = comment.replace("\r\n", "\n").replace("\0", "").strip()
    if retained:
        answered = True if answered is None else answered
    _check_answer(interest, reasons, comment, answered, retained)

    def work(session: Session) -> Rating:
        new_rating = Rating(
            id=str(uuid.uuid4()),
            partner_id=partner_id,
            suggestion_id=suggestion_id,
            interest=interest,
            reasons=sorted({reason.value for reason in reasons}),
            comment=comment,
            answered=answered,
            retained=retained,
            created_at=now,
        )
        return _record(session, new_rating)

    return work


def _record(session: Session, new_rating: Rating) -> Rating:
    ground = queries.rating_ground(session, new_rating.partner_id, new_rating.suggestion_id)
    if not ground.known[0]:
        raise NotFoundError("Ce partenaire n’existe pas.")
    if not ground.known[1]:
        raise NotFoundError("Cette suggestion n’existe pas.")
    new_rating.impression_id = ground.announced_id or ground.shown_id
    if former_rating := ground.current:
        _carry_over(former_rating, new_rating)
        if _rated_content(new_rating) == _rated_content(former_rating):
            return former_rating
        # The history keeps the order of writing, whatever the clocks.
        new_rating.created_at = max(new_rating.created_at, former_rating.created_at + timedelta(microseconds=1))
        session.execute(_SUPERSEDE, {"former": former_rating.id, "at": new_rating.created_at})
    session.execute(_ADD, {name: getattr(new_rating, name) for name in _COLUMNS})
    return new_rating


def current_rating(engine: Engine, partner_id: str, suggestion_id: str) -> Rating | None:
    """Return the current rating of a suggestion by a partner."""
    with reading(engine) as session:
        return queries.current_rating(session, partner_id, suggestion_id)


def list_ratings(session: Session, suggestion_id: str, *, history: bool = False) -> Sequence[Rating]:
    """Return the current ratings of a suggestion, oldest first; history: also the superseded ones.

    Raises NotFoundError.
    """
    if session.get(Suggestion, suggestion_id) is None:
        raise NotFoundError("Cette suggestion n’existe pas.")
    return queries.ratings_of(session, suggestion_id, history=history)


def _check_answer(
    interest: int | None, reasons: Sequence[Objection], comment: str, answered: bool | None, retained: bool | None
) -> None:
    problems = []
    if interest is None and answered is None and retained is None:
        problems.append(("interest", "choisissez une réponse"))
    if interest is not None and interest not in INTERESTS:
        problems.append(("interest", f"une valeur de 0 à {INTERESTS[-1]} est attendue"))
    if reasons and interest != 0:
        problems.append(("reasons", "les raisons accompagnent la réponse « Pas pour nous », et elle seule"))
    if len(comment) > COMMENT_LENGTH:
        problems.append(("comment", f"{plural(COMMENT_LENGTH, 'caractère')} au plus"))
    if retained and answered is False:
        problems.append(("retained", "on ne peut être retenu sans avoir répondu"))
    if problems:
        raise InvalidError(problems)


def _carry_over(former_rating: Rating, new_rating: Rating) -> None:
    """Complete a new rating with the parts of the former one that it leaves out."""
    if new_rating.interest is None:
        new_rating.interest, new_rating.reasons = former_rating.interest, former_rating.reasons
        new_rating.comment = new_rating.comment or former_rating.comment
    if new_rating.answered is None and new_rating.retained is None:
        new_rating.answered, new_rating.retained = former_rating.answered, former_rating.retained
    elif new_rating.answered is None:
        new_rating.answered = former_rating.answered
    elif new_rating.answered and new_rating.retained is None:
        new_rating.retained = former_rating.retained


def _rated_content(rating: Rating) -> tuple[object, ...]:
    return rating.interest, rating.reasons, rating.comment, rating.answered, rating.retained
