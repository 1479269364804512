"""What is found in arrays that follow the tables is, bit for bit, what a search of all rows one by one finds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, update
from sqlmodel import Session, col, select

from api.core.settings import HOME_DEPARTMENTS
from api.matching.desk import Desk
from api.matching.snapshot import Snapshot
from api.search import keeping
from api.search.entries import Entry
from api.search.finding import Finder, Hits
from api.search.persons import Person
from matcher.embedding import Encoder
from models.base import utc_now
from models.contacts import Contact
from models.database import open_database, reading, writing
from models.tables import Actor, DuplicateProposal, Opportunity
from tests.search.plain_finding import find_plainly
from tests.support.databases import copy_database, remove_database, url_of
from tests.support.proof_share import examples

Change = Callable[[Session], None]

# Slips and beginnings of one another, a company's numbers, places, trades.
WORDS = ("Toits", "Toit", "Toitures", "toture", "Ardoises", "ardoise", "couvreur", "maçonnerie", "menuisier bois")
NUMBERS = ("12345678900012", "123456789", "1234", "12345678900013", "26400", "123456789000123456")
PLACES = ("Crest", "Crets", "Valence", "Le Cheylard")
texts = st.lists(st.sampled_from(WORDS + NUMBERS + PLACES), min_size=1, max_size=3).map(" ".join)
places = st.integers(0, 30)
# Many answer alike: then the order of ids decides, whatever changed.
questions = st.one_of(st.sampled_from(("Crest", "26400", "maçonnerie", "Valence")), texts)


def nth(session: Session, table: type[Actor] | type[Opportunity], number: int) -> str:
    """Return the id of a row, by its place in the order of ids."""
    ids = session.exec(select(table.id).order_by(table.id)).all()
    return ids[number % len(ids)]


def renamed(number: int, name: str) -> Change:
    return lambda session: session.execute(
        update(Actor).where(col(Actor.id) == nth(session, Actor, number)).values(name=name, siret=None)
    )


def retitled(number: int, title: str, status: str) -> Change:
    return lambda session: session.execute(
        update(Opportunity)
        .where(col(Opportunity.id) == nth(session, Opportunity, number))
        .values(title=title, status=status)
    )


def archived(number: int) -> Change:
    return lambda session: session.execute(
        update(Actor).where(col(Actor.id) == nth(session, Actor, number)).values(archived_at=utc_now())
    )


def added(name: str) -> Change:
    def add(session: Session) -> None:
        known = {"kind": "scop", "source": "essai", "content_hash": "", "activities": ["maçonnerie"]}
        count = len(session.exec(select(Actor.id)).all())
        actor_id = f"{'38cf'[count % 4]}{count}-{name}"
        session.add(Actor(id=actor_id, natural_key=actor_id, name=name, commune_code="26108", **known))

    return add


def gone(session: Session) -> None:
    """Remove the actors that were added, and who was met there."""
    added_ids = select(Actor.id).where(Actor.source == "essai")
    session.execute(delete(Contact).where(col(Contact.actor_id).in_(added_ids)))
    session.execute(delete(Actor).where(col(Actor.source) == "essai"))


def hidden(number: int, other: int) -> Change:
    def hide(session: Session) -> None:
        ids = [nth(session, Actor, place) for place in (number, other)]
        session.execute(delete(DuplicateProposal))
        session.add(
            DuplicateProposal(
                id="p1", kind="actors", first_id=min(ids), second_id=max(ids), hidden_id=ids[0], status="same",
                similarity=1.0, why={}, proposed_at=utc_now(), decided_by="",
            )
        )  # fmt: skip

    return hide


def met(number: int, name: str) -> Change:
    def meet(session: Session) -> None:
        contact_id = f"c{len(session.exec(select(Contact.id)).all())}"
        session.add(
            Contact(
                id=contact_id, actor_id=nth(session, Actor, number), name=name, role="", phone="+33639981234",
                email="", source="carte de visite", lawful_basis="legitimate_interest",
                retained_until=date(2099, 1, 1),
            )
        )  # fmt: skip

    return meet


changes = st.one_of(
    st.builds(renamed, places, texts),
    st.builds(renamed, st.integers(0, 2), texts),
    st.builds(retitled, places, texts, st.sampled_from(["open", "awarded"])),
    st.builds(archived, places),
    st.builds(added, texts),
    st.just(gone),
    st.builds(hidden, places, places),
    st.builds(met, places, texts),
)


@pytest.fixture(scope="module")
def snapshot(world_database: Path, encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    with copied(world_database, tmp_path_factory.mktemp("finding") / "world.db") as engine:
        yield Desk(engine, encoder, HOME_DEPARTMENTS).snapshot()


@contextmanager
def copied(database: Path, path: Path) -> Iterator[Engine]:
    own = copy_database(database, path)
    engine = open_database(url_of(own))
    try:
        yield engine
    finally:
        engine.dispose()
        remove_database(own)


def ranked(hits: Hits[Entry] | Hits[Person]) -> list[tuple[str, float]]:
    assert hits.count == len(hits.first)
    return [(hit.entry.id, hit.score) for hit in hits.first]


@settings(
    deadline=None,
    max_examples=examples(15),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    steps=st.lists(st.tuples(changes, changes, questions), min_size=1, max_size=4),
    most_above=st.sampled_from([0, 3, 500]),
)
def test_it_finds_what_a_search_of_all_rows_finds(
    world_database: Path,
    snapshot: Snapshot,
    encoder: Encoder,
    tmp_path: Path,
    steps: list[tuple[Change, Change, str]],
    most_above: int,
) -> None:
    """most_above: how many changed rows stand beside the others; of more, all are joined."""
    finder = Finder()
    with copied(world_database, tmp_path / "searched.db") as engine, pytest.MonkeyPatch.context() as patch:
        patch.setattr(keeping, "MOST_ABOVE", most_above)
        finder.prepare(engine, snapshot)
        for *both, asked in steps:
            for change in both:
                with writing(engine) as session:
                    change(session)
            with reading(engine) as session:
                found = finder.find(session, snapshot, encoder, asked, most=10_000)
                expected = find_plainly(session, snapshot, encoder, asked)
            assert ranked(found.actors) == expected.actors
            assert ranked(found.opportunities) == expected.opportunities
            assert ranked(found.persons) == expected.persons
