"""What was typed and not sent on is found by its owner alone, for so long, and is in no table in clear."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, func
from sqlmodel import select

from api.accounts.set_aside import KEPT, MOST_OF_ONE_OWNER, Kind, Shelf, forget_set_aside
from models.accounts import Account
from models.base import utc_now
from models.database import reading, writing
from models.set_aside import SetAside

FORMER, NEWEST = b"f" * 64, b"n" * 64
NOW = utc_now()
WORDS = "Élagage chez Madame Exemple".encode()


@pytest.fixture
def people(engine: Engine) -> Engine:
    with writing(engine) as session:
        for name in ("one", "two"):
            session.add(Account(id=name, email=f"{name}@exemple.invalid", name=name, role="facilitator"))
    return engine


def keep(engine: Engine, shelf: Shelf, owner: str, name: str, content: bytes = WORDS, now: datetime = NOW) -> None:
    with writing(engine) as session:
        shelf.keep(session, owner, name, content, now)


def found(engine: Engine, shelf: Shelf, owner: str, name: str, now: datetime = NOW) -> bytes | None:
    with reading(engine) as session:
        return shelf.find(session, owner, name, now)


@pytest.mark.parametrize("kind", Kind)
def test_it_is_its_owners_alone_under_its_name_and_kind_and_for_so_long(people: Engine, kind: Kind) -> None:
    shelf = Shelf(kind, [FORMER])
    keep(people, shelf, "one", "/a")
    assert found(people, shelf, "one", "/a") == WORDS
    assert found(people, shelf, "two", "/a") is None
    assert found(people, shelf, "one", "/b") is None
    assert found(people, Shelf(next(other for other in Kind if other != kind), [FORMER]), "one", "/a") is None
    assert found(people, shelf, "one", "/a", NOW + KEPT[kind]) is None
    keep(people, shelf, "one", "/a", b"newer")
    assert found(people, shelf, "one", "/a") == b"newer"
    with writing(people) as session:
        shelf.drop(session, "two", "/a")
    assert found(people, shelf, "one", "/a") == b"newer"
    with writing(people) as session:
        shelf.drop(session, "one", "/a")
    assert found(people, shelf, "one", "/a") is None


def test_a_new_key_still_reads_what_the_former_kept_and_a_key_that_is_gone_reads_nothing(people: Engine) -> None:
    keep(people, Shelf(Kind.FORM, [FORMER]), "one", "/a")
    assert found(people, Shelf(Kind.FORM, [FORMER, NEWEST]), "one", "/a") == WORDS
    assert found(people, Shelf(Kind.FORM, [NEWEST]), "one", "/a") is None
    with reading(people) as session:
        assert Shelf(Kind.FORM, [NEWEST]).last(session, "one", NOW) is None


def test_neither_words_nor_names_stand_in_the_table(people: Engine) -> None:
    keep(people, Shelf(Kind.FORM, [NEWEST]), "one", "/opportunites/secret")
    with reading(people) as session:
        row = session.exec(select(SetAside)).one()
    assert WORDS not in row.content
    assert "secret" not in repr(row.model_dump())


def test_of_one_owner_the_oldest_go_first_and_others_keep_theirs(people: Engine) -> None:
    shelf, most = Shelf(Kind.FORM, [NEWEST]), MOST_OF_ONE_OWNER[Kind.FORM]
    keep(people, shelf, "two", "/0")
    for number in range(most + 2):
        keep(people, shelf, "one", f"/{number}", now=NOW + timedelta(seconds=number))
    left = [number for number in range(most + 2) if found(people, shelf, "one", f"/{number}")]
    assert left == list(range(2, most + 2))
    assert found(people, shelf, "two", "/0") == WORDS


def test_the_night_s_purge_deletes_what_was_kept_for_long_enough(people: Engine) -> None:
    for kind in Kind:
        keep(people, Shelf(kind, [NEWEST]), "one", "/a")
    for after, left in ((timedelta(0), 2), (KEPT[Kind.NEED], 1), (KEPT[Kind.FORM], 0)):
        with writing(people) as session:
            forget_set_aside(session, NOW + after)
        with reading(people) as session:
            assert session.exec(select(func.count()).select_from(SetAside)).one() == left
