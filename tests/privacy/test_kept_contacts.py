"""A person who is a contact gets what is kept, and is erased; a contact ends with its last day and with its actor."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from api.core.errors import NotFoundError
from api.core.settings import Settings
from api.privacy import personal_data
from models.database import reading, writing
from models.tables import Actor, Contact
from tests.privacy.test_personal_data import rows
from tests.support.night_world import SIGNER, add_actor, add_case, follow

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
EMAIL = "canari@exemple.invalid"


def add_contact(engine: Engine, contact_id: str, **fields: Any) -> None:
    known = {
        "name": "Zzcanary",
        "role": "Zzcanary",
        "phone": "+33465710001",
        "email": EMAIL,
        "source": "le salon",
        "lawful_basis": "consent",
        "retained_until": date(2027, 1, 1),
        "created_at": NOW,
    }
    with writing(engine) as session:
        session.add(Contact(**(known | {"id": contact_id} | fields)))


def contact_ids(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return sorted(session.exec(select(Contact.id)).all())


def test_whoever_is_only_a_contact_gets_it_with_where_it_is_from_and_is_erased(engine: Engine) -> None:
    add_contact(engine, "a", actor_id=add_actor(engine, 1))
    add_contact(engine, "b", opportunity_id=add_case(engine, 1, "Une menuiserie"))
    add_contact(engine, "c", actor_id=add_actor(engine, 2), name="Autre", role="", email="autre@exemple.invalid")
    told = personal_data.export_person(engine, SIGNER, EMAIL.upper(), by="cli", now=NOW)
    assert {one["of"] for one in told["contacts"]} == {"Coopérative 1", "Secret"}
    assert {(one["name"], one["phone"], one["source"], one["lawful_basis"]) for one in told["contacts"]} == {
        ("Zzcanary", "+33465710001", "le salon", "consent")
    }
    personal_data.erase_person(engine, EMAIL, by="cli", now=NOW)
    assert contact_ids(engine) == ["c"]
    assert "Zzcanary" not in rows(engine)
    assert EMAIL not in rows(engine)
    with pytest.raises(NotFoundError):
        personal_data.export_person(engine, SIGNER, EMAIL, by="cli", now=NOW)


def test_a_partner_s_own_copy_is_the_same_whether_or_not_it_is_a_contact_of_something_confidential(
    engine: Engine,
) -> None:
    actor = add_actor(engine, 1)
    follow(engine, EMAIL, on=NOW.date(), actor_id=actor)
    add_contact(engine, "a", actor_id=actor)
    case = add_case(engine, 1, "Une menuiserie")

    def own_copy() -> dict[str, Any]:
        copy = personal_data.export_person(engine, SIGNER, EMAIL, by="cli", now=NOW, with_confidential=False)
        # Of each asking, one entry more.
        return copy | {"journal": []}

    before = own_copy()
    add_contact(engine, "b", opportunity_id=case)
    assert own_copy() == before
    assert len(before["contacts"]) == 1
    assert len(personal_data.export_person(engine, SIGNER, EMAIL, by="cli", now=NOW)["contacts"]) == 2


def test_a_contact_is_kept_on_its_last_day_and_deleted_the_night_after(engine: Engine) -> None:
    add_contact(engine, "a", actor_id=add_actor(engine, 1), retained_until=NOW.date())
    assert personal_data.purge(engine, now=NOW, options=Settings()).contacts == 0
    assert contact_ids(engine) == ["a"]
    assert personal_data.purge(engine, now=NOW + timedelta(days=1), options=Settings()).contacts == 1
    assert contact_ids(engine) == []


def test_a_contact_goes_with_its_actor(engine: Engine) -> None:
    actor, other = add_actor(engine, 1), add_actor(engine, 2)
    add_contact(engine, "a", actor_id=actor)
    add_contact(engine, "b", actor_id=other)
    with writing(engine) as session:
        session.execute(delete(Actor).where(col(Actor.id) == actor))
    assert contact_ids(engine) == ["b"]


@pytest.mark.parametrize("owners", [(), ("actor_id", "opportunity_id")])
def test_a_contact_of_nobody_or_of_two_cannot_be_stored(engine: Engine, owners: tuple[str, ...]) -> None:
    ids = {"actor_id": add_actor(engine, 1), "opportunity_id": add_case(engine, 1, "Une menuiserie")}
    with pytest.raises(IntegrityError):
        add_contact(engine, "a", **{name: ids[name] for name in owners})
