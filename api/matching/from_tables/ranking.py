"""A need in anybody's words, ranked by a process that holds no index."""

from collections.abc import Collection
from datetime import date

from sqlmodel import Session

from api.accounts.audience import Audience
from api.catalogue.places.places_in_text import Gazetteer
from api.matching.answer import Answer
from api.matching.from_tables.candidates import CandidateSearch
from api.matching.need_question import opportunities_of
from api.matching.snapshot import Snapshot
from api.matching.subject import encode_on_grid
from api.matching.suggest import Filters, actors_for_need
from api.understanding.understand import understand
from matcher.embedding import Encoder
from matcher.index import OpportunityIndex


def actors_for_text(
    session: Session,
    search: CandidateSearch,
    encoder: Encoder,
    gazetteer: Gazetteer,
    text: str,
    audience: Audience,
    *,
    k: int,
    departments: Collection[str],
    filters: Filters | None = None,
    today: date,
) -> tuple[Snapshot, list[Answer]]:
    """Return what `api.matching.suggest.actors_for_text` does, and the snapshot of candidates that it was made of.

    departments: the codes of those that the desk serves. Raises ForbiddenError for an outsider, NoVectorSearchError.
    """
    need = understand(text, gazetteer, frozenset(departments), today).need
    questions = OpportunityIndex.build(opportunities_of(need, today), encode_on_grid(encoder))
    snapshot = search.snapshot(questions, gazetteer, audience, filters)
    answers = actors_for_need(session, snapshot, encoder, need, audience, k=k, filters=filters, today=today)
    return snapshot, answers
