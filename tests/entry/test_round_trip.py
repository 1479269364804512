"""A form shows a stored row so that it reads as the same row: a correction changes what was typed, and nothing else."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from api.catalogue.places.places_in_text import Gazetteer
from api.catalogue.schemas import ActorIn, OpportunityIn
from api.core.settings import HOME_DEPARTMENTS
from api.entry.actor_entry import ACTOR_FIELDS, SIRET, actor_form, read_actor
from api.entry.entry_fields import changed_names, schema_problems, whole_number, written_number
from api.entry.entry_place import PLACE_FIELDS, read_place, written_place
from api.entry.opportunity_entry import fields_of, lots_differ, opportunity_form, read_opportunity
from api.entry.saving import actor_content, opportunity_content
from api.entry.typed_form import TypedForm
from models.database import open_database, reading
from models.places import Commune, FormerCommune
from models.tables import Actor, Lot, Opportunity, TakeoverCase
from tests.support.databases import copy_database, url_of

HOME = frozenset(HOME_DEPARTMENTS)


@pytest.fixture(scope="module")
def session(world_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    engine = open_database(url_of(copy_database(world_database, tmp_path_factory.mktemp("entry") / "own.db")))
    with reading(engine) as opened:
        yield opened
    engine.dispose()


@pytest.fixture(scope="module")
def gazetteer(session: Session) -> Gazetteer:
    return Gazetteer(session.exec(select(Commune)).all(), session.exec(select(FormerCommune)).all())


def test_every_actor_reads_as_it_is_stored(session: Session, gazetteer: Gazetteer) -> None:
    actors = session.exec(select(Actor)).all()
    assert len(actors) > 100
    for actor in actors:
        form = actor_form(vars(actor), (), gazetteer)
        values, problems = read_actor(form, gazetteer, HOME, vars(actor))
        assert problems == {}, actor.name
        for field in (SIRET, *ACTOR_FIELDS):
            if field.name not in ("place", "member_of"):
                assert (values[field.name] or None) == (getattr(actor, field.name) or None), (actor.name, field.name)
        assert values["commune_code"] == actor.commune_code, actor.name
        assert changed_names(ACTOR_FIELDS, form, form) == set()
        assert changed_names(ACTOR_FIELDS, form, TypedForm({"note": ("Bonjour",)})) == set()
        assert schema_problems(ActorIn, actor_content(values, "0" * 24)) == {}, actor.name


def test_every_opportunity_reads_as_it_is_stored(session: Session, gazetteer: Gazetteer) -> None:
    rows = session.exec(select(Opportunity)).all()
    assert {row.kind for row in rows} == {"market", "takeover"}
    for row in rows:
        lots = session.exec(select(Lot).where(Lot.opportunity_id == row.id)).all()
        case = session.get(TakeoverCase, row.id)
        form = opportunity_form(vars(row), [vars(lot) for lot in lots], vars(case) if case else None, gazetteer)
        values, problems = read_opportunity(form, row.kind, gazetteer, HOME, vars(row))
        assert problems == {}, row.title
        for field in fields_of(row.kind):
            outer, _, inner = field.name.partition(".")
            stored = getattr(case, inner) if inner else getattr(row, outer, None)
            if outer != "place":
                assert (values[field.name] or None) == (stored or None), (row.title, field.name)
        assert values["commune_code"] == row.commune_code, row.title
        assert not lots_differ(form, form)
        assert schema_problems(OpportunityIn, opportunity_content(values, row.kind, "0" * 24)) == {}, row.title


def test_every_commune_of_the_desk_reads_as_itself(gazetteer: Gazetteer) -> None:
    for code, name in gazetteer.names.items():
        if code[:2] in HOME:
            line = written_place({"commune_code": code, "department": code[:2]}, gazetteer)
            assert read_place(line, gazetteer, HOME)["commune_code"] == code, name


def test_a_place_that_cannot_be_read_is_refused_and_an_empty_one_clears_all(gazetteer: Gazetteer) -> None:
    assert read_place("", gazetteer, HOME) == dict.fromkeys(PLACE_FIELDS)
    assert read_place("59000 Lille", gazetteer, HOME)["postcode"] == "59000"
    assert read_place("Drôme", gazetteer, HOME)["department"] == "26"
    with pytest.raises(ValueError, match="code postal"):
        read_place("Trifouillis-les-Oies", gazetteer, HOME)


@given(st.integers(0, 1_000_000))
def test_a_count_of_people_reads_as_it_is_written(count: int) -> None:
    assert whole_number(written_number(count)) == count


@given(st.dictionaries(st.text(min_size=1), st.text()), st.dictionaries(st.text(min_size=1), st.text()))
def test_filling_a_form_in_replaces_nothing_that_was_typed(typed: dict[str, str], known: dict[str, str]) -> None:
    form = TypedForm.of(typed.items()).over(TypedForm.of(known.items()))
    for name, text in TypedForm.of(typed.items()).values.items():
        if text[0].strip():
            assert form.texts(name) == text
