"""Whoever is asked for: a buyer’s sheet holds nothing of a confidential or archived actor, and nobody unasked."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine
from sqlmodel import Session, SQLModel

from api.contacts.schemas import LawfulBasis
from api.core.clock import today_in_france
from api.web.components.buyer_sheet import buyer_sheet
from models.base import utc_now
from models.tables import Actor, Contact

# confidential, archived, basis of its contact, whether that is ticked, whether the actor is.
Drawn = tuple[bool, bool, LawfulBasis, bool, bool]
DRAWN = st.tuples(st.booleans(), st.booleans(), st.sampled_from(LawfulBasis), st.booleans(), st.booleans())


@pytest.fixture(scope="module")
def tables() -> Iterator[Engine]:
    engine = create_engine("sqlite://")
    SQLModel.metadata.create_all(engine)
    yield engine
    engine.dispose()


@given(drawn=st.lists(DRAWN, max_size=6))
def test_only_ticked_public_actors_and_ticked_contacts_with_consent_stand_on_it(
    tables: Engine, drawn: list[Drawn]
) -> None:
    with Session(tables) as session:
        for number, (confidential, archived, basis, *_) in enumerate(drawn):
            session.add(
                Actor(
                    id=f"a{number}", natural_key=f"a{number}", content_hash="", source="file of the house",
                    name=f"Acteur {number}.", kind="scop", confidential=confidential,
                    archived_at=utc_now() if archived else None,
                )
            )  # fmt: skip
            session.flush()
            session.add(
                Contact(
                    id=f"c{number}", actor_id=f"a{number}", name=f"Personne {number}.", source="file of the house",
                    lawful_basis=basis, retained_until=today_in_france(),
                )
            )  # fmt: skip
        session.flush()
        sheet = buyer_sheet(
            session,
            [f"a{number}" for number, line in enumerate(drawn) if line[4]],
            [f"c{number}" for number, line in enumerate(drawn) if line[3]],
            [f"a{number}" for number in range(len(drawn))],
        )
        session.rollback()
    text = str((sheet.columns, sheet.rows))
    for number, (confidential, archived, basis, contact_ticked, ticked) in enumerate(drawn):
        is_shown = ticked and not confidential and not archived
        assert (f"Acteur {number}." in text) is is_shown
        is_given = is_shown and contact_ticked and basis == LawfulBasis.CONSENT
        assert (f"Personne {number}." in text) is is_given
    assert "of the house" not in text
    assert all(len(row) == len(sheet.columns) for row in sheet.rows)
