"""What was noted and written of a person goes with it, and is given to it; what only letters needed goes by itself."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import select

from api.accounts import invitations
from api.core.settings import Settings
from api.interactions.acting import Act, note_act
from api.interactions.kinds import InteractionKind
from api.interactions.letters import Letter, send_letter
from api.interactions.mail_templates import Draft
from api.privacy import personal_data
from models.database import reading, writing
from models.tables import Account, Actor, Contact, Interaction, OutboxMessage, Partner
from tests.privacy.test_kept_contacts import EMAIL, add_contact
from tests.privacy.test_personal_data import rows
from tests.support.night_world import SIGNER, add_actor, add_case
from tests.support.options import OPTIONS

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
HOUSE = "animation@exemple.invalid"


def facilitator(engine: Engine) -> str:
    invitations.invite(engine, HOUSE, "facilitator", name="Camille Zzhouse", by="cli", now=NOW, options=OPTIONS)
    with reading(engine) as session:
        return session.exec(select(Account.id).where(Account.email == HOUSE)).one()


def call_and_write(engine: Engine, account: str, actor: str) -> None:
    """Note a call with the contact « a » of an actor, and write to it."""
    by = f"account:{account}"
    note_act(engine, Act(InteractionKind.CALL, "Zzcanary rappelle", actor, contact_id="a"), by=by, now=NOW)
    letter = Letter("m1", Draft("Pour {contact}", "Bonjour {contact}"), ["a"])
    send_letter(engine, letter, account, by=by, now=NOW, options=OPTIONS)


def all_of(engine: Engine, table: type) -> list:  # type: ignore[type-arg]
    with reading(engine) as session:
        return list(session.exec(select(table)).all())


def test_an_erased_contact_leaves_no_word_and_what_waits_for_it_does_not_leave(engine: Engine) -> None:
    actor = add_actor(engine, 1)
    add_contact(engine, "a", actor_id=actor)
    call_and_write(engine, facilitator(engine), actor)
    personal_data.erase_person(engine, EMAIL, by="cli", now=NOW)
    assert "Zzcanary" not in rows(engine)
    assert EMAIL not in rows(engine)
    assert [(one.text, one.contact_id) for one in all_of(engine, Interaction)] == [("", None)] * 2
    assert [one.status for one in all_of(engine, OutboxMessage)] == ["cancelled"]


def test_a_contact_gets_its_mails_and_when_it_was_called_but_not_what_was_noted(engine: Engine) -> None:
    actor, case = add_actor(engine, 1), add_case(engine, 1, "Une menuiserie")
    add_contact(engine, "a", actor_id=actor)
    account = facilitator(engine)
    call_and_write(engine, account, actor)
    secret = Act(InteractionKind.CALL, "", actor, case, contact_id="a")
    note_act(engine, secret, by=f"account:{account}", now=NOW + timedelta(minutes=1))
    for with_confidential, calls in ((True, 2), (False, 1)):
        told = personal_data.export_person(
            engine, SIGNER, EMAIL, by="cli", now=NOW, with_confidential=with_confidential
        )["interactions"]
        assert sorted(one["kind"] for one in told) == ["call"] * calls + ["mail"]
        assert {one["text"] for one in told} == {"", "Pour Zzcanary\n\nBonjour Zzcanary"}


def test_an_own_copy_has_no_letter_to_a_contact_of_what_is_confidential_whatever_it_is_about(engine: Engine) -> None:
    """A letter may be about another need than that of its contact, which became confidential before the letter left."""
    actor, case = add_actor(engine, 1), add_case(engine, 1, "Une menuiserie")
    add_contact(engine, "a", actor_id=actor)
    add_contact(engine, "b", opportunity_id=case)
    with writing(engine) as session:
        session.add(Interaction(id="i", kind=InteractionKind.MAIL, at=NOW, by="x", actor_id=actor, contact_id="b"))
    for with_confidential, letters in ((True, 1), (False, 0)):
        told = personal_data.export_person(
            engine, SIGNER, EMAIL, by="cli", now=NOW, with_confidential=with_confidential
        )["interactions"]
        assert len(told) == letters


def test_an_erased_facilitator_s_letters_lose_their_words_and_do_not_leave(engine: Engine) -> None:
    invitations.invite(engine, "a@exemple.invalid", "administrator", name="A", by="cli", now=NOW, options=OPTIONS)
    actor = add_actor(engine, 1)
    add_contact(engine, "a", actor_id=actor)
    account = facilitator(engine)
    call_and_write(engine, account, actor)
    told = personal_data.export_person(engine, SIGNER, HOUSE, by="cli", now=NOW)["account"]["interactions"]
    assert sorted(one["kind"] for one in told) == ["call", "mail"]
    assert HOUSE in rows(engine)
    personal_data.erase_person(engine, HOUSE, by="cli", now=NOW)
    assert HOUSE not in rows(engine)
    assert "Zzhouse" not in rows(engine)
    assert [one.status for one in all_of(engine, OutboxMessage)] == ["cancelled"]
    assert len(all_of(engine, Interaction)) == 2


def test_a_contact_that_ends_takes_its_words_and_its_mailbox_along(engine: Engine) -> None:
    actor = add_actor(engine, 1)
    add_contact(engine, "a", actor_id=actor, retained_until=date(2026, 11, 25))
    call_and_write(engine, facilitator(engine), actor)
    with writing(engine) as session:
        for message in session.exec(select(OutboxMessage)):
            message.status, message.sent_at = "sent", NOW
            session.add(message)
    kept = personal_data.purge(engine, now=NOW, options=Settings())
    assert (kept.contacts, kept.mailboxes) == (0, 0)
    gone = personal_data.purge(engine, now=NOW + timedelta(days=2), options=Settings())
    assert (gone.contacts, gone.mailboxes) == (1, 1)
    assert EMAIL not in rows(engine)
    assert "Zzcanary" not in rows(engine)
    assert personal_data.purge(engine, now=NOW + timedelta(days=2), options=Settings()).mailboxes == 0


def test_an_interaction_goes_with_its_actor_and_outlives_its_contact(engine: Engine) -> None:
    actor, other = add_actor(engine, 1), add_actor(engine, 2)
    add_contact(engine, "a", actor_id=actor)
    for act in (
        Act(InteractionKind.CALL, "un", actor, contact_id="a"),
        Act(InteractionKind.CALL, "deux", other),
    ):
        note_act(engine, act, by="cli", now=NOW)
    with writing(engine) as session:
        session.delete(session.get_one(Contact, "a"))
        session.delete(session.get_one(Actor, other))
    assert [(one.text, one.contact_id) for one in all_of(engine, Interaction)] == [("un", None)]
    assert all_of(engine, Partner) == []
