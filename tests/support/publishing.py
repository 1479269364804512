"""A person makes a confidential row public: the only way to do it."""

from sqlalchemy import Engine

from api.catalogue.confidentiality_acts import change_confidentiality, row_of
from api.catalogue.schemas import RecordKind
from models.base import utc_now
from models.database import reading


def make_public(engine: Engine, kind: RecordKind, row_id: str) -> None:
    with reading(engine) as session:
        row_kind = row_of(session, kind, row_id).kind
    change_confidentiality(
        engine,
        kind,
        row_id,
        confidential=False,
        new_kind=row_kind,
        reason="Les deux parties l’ont annoncé",
        by="account:test",
        now=utc_now(),
    )
