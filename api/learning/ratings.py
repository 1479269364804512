"""Rate: what a partner says of a suggestion. One rating is current, of each partner and suggestion; the others stay."""

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine, insert, update
from sqlmodel import Session, col

from api.core.errors import InvalidError, NotFoundError
from api.learning import queries
from matcher.learning.observations import TARGETS, Objection
from models.database import reading, writing
from models.ratings import Rating
from models.suggestions import Suggestion

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
    """Record what a partner says, and return what then holds.

    Who says how interested they are says it with their reasons and comment, which replace those before; the outcome
    is kept, and is added later without a word on the interest. Saying the same again changes nothing.
    Raises InvalidError for what contradicts itself, NotFoundError for an unknown partner or suggestion.
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
    """Return `rate` as a unit of work, for `models.grouping.GroupedWriter`. Raises InvalidError at once."""
    comment = comment.replace("\r\n", "\n").replace("\0", "").strip()
    if retained:
        answered = True if answered is None else answered
    _check(interest, reasons, comment, answered, retained)

    def work(session: Session) -> Rating:
        said = Rating(
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
        return _record(session, said)

    return work


def _record(session: Session, said: Rating) -> Rating:
    ground = queries.rating_ground(session, said.partner_id, said.suggestion_id)
    if not ground.known[0]:
        raise NotFoundError("Ce partenaire n’existe pas.")
    if not ground.known[1]:
        raise NotFoundError("Cette suggestion n’existe pas.")
    said.impression_id = ground.announced_id or ground.shown_id
    if former := ground.current:
        _keep(former, said)
        if _content(said) == _content(former):
            return former
        # The history is told in the order in which it was written, whatever the clocks.
        said.created_at = max(said.created_at, former.created_at + timedelta(microseconds=1))
        session.execute(
            update(Rating).where(col(Rating.id) == former.id),
            {"superseded_at": said.created_at},
            execution_options={"synchronize_session": False},
        )
    session.execute(insert(Rating), said.model_dump())
    return said


def current_rating(engine: Engine, partner_id: str, suggestion_id: str) -> Rating | None:
    """Return what a partner says of a suggestion today."""
    with reading(engine) as session:
        return queries.current_rating(session, partner_id, suggestion_id)


def list_ratings(session: Session, suggestion_id: str, *, history: bool = False) -> Sequence[Rating]:
    """Return what partners say of a suggestion, oldest first; with `history`, also what they said before.

    Raises NotFoundError.
    """
    if session.get(Suggestion, suggestion_id) is None:
        raise NotFoundError("Cette suggestion n’existe pas.")
    return queries.ratings_of(session, suggestion_id, history=history)


def _check(
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
        problems.append(("comment", f"{COMMENT_LENGTH} caractères au plus"))
    if retained and answered is False:
        problems.append(("retained", "on ne peut être retenu sans avoir répondu"))
    if problems:
        raise InvalidError(problems)


def _keep(former: Rating, said: Rating) -> None:
    """Complete what is said now with what was said before and still holds."""
    if said.interest is None:
        said.interest, said.reasons = former.interest, former.reasons
        said.comment = said.comment or former.comment
    if said.answered is None and said.retained is None:
        said.answered, said.retained = former.answered, former.retained
    elif said.answered is None:
        said.answered = former.answered
    elif said.answered and said.retained is None:
        said.retained = former.retained


def _content(rating: Rating) -> tuple[object, ...]:
    return rating.interest, rating.reasons, rating.comment, rating.answered, rating.retained
