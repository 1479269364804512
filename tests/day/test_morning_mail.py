"""« Ma journée » by mail: to whoever chose it, once a morning, if it says something; never what is confidential."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from api.accounts import accounts
from api.brokerage import cases
from api.brokerage.case_changes import Change
from api.brokerage.transitions import State
from api.catalogue import record_changes
from api.core.clock import day_in_france
from api.day.morning_mail import mail_of, period_of, write_mornings
from api.mailing.compose import Mail
from api.mailing.delivery import deliver
from api.mailing.transport import Transport
from api.night.departure import departure_gate
from api.stated_needs.stating import Sender, state_need
from api.takeovers.calendar.date_kinds import DateKind
from api.takeovers.case_file.changes import FileChange, GivenDay, change_file
from matcher.learning.observations import Objection
from models.base import identifier, utc_now
from models.database import reading, writing
from models.tables import Account, Opportunity, OutboxMessage, Suggestion, TakeoverFile
from tests.support.accounts import account
from tests.support.night_world import OPTIONS, SIGNER, add_actor, add_case, add_need, mails, small
from tests.support.outbox import mail_settings
from tests.support.smtp_server import Accepted, post

EMAIL = "camille@exemple.invalid"


@pytest.fixture
def engine(engine: Engine) -> Engine:
    """A desk with one need that is due in three days, and somebody who wants the morning mail."""
    small(engine)
    account(engine, EMAIL)
    accounts.choose_morning_mail(engine, account_id(engine), True)
    due(engine, 1)
    return engine


def account_id(engine: Engine) -> str:
    with reading(engine) as session:
        return session.exec(select(Account.id).where(Account.email == EMAIL)).one()


def due(engine: Engine, number: int, **fields: object) -> str:
    return add_need(engine, number, deadline=day_in_france(utc_now()) + timedelta(days=3), **fields)


def morning(engine: Engine, at: datetime | None = None) -> Mail | None:
    with reading(engine) as session:
        owner = session.exec(select(Account).where(Account.email == EMAIL)).one()
        return mail_of(session, owner, period_of(session, None, at or later()), OPTIONS)


def later() -> datetime:
    return utc_now() + timedelta(seconds=1)


def write(engine: Engine) -> Mapping[str, int]:
    now = later()
    report = write_mornings(engine, night=day_in_france(now), now=now, options=OPTIONS)
    return {"accounts": report.accounts, "mails": report.mails}


def leave(engine: Engine, log: Path) -> list[Accepted]:
    """Deliver by a real server, and return what it took."""
    with post(log) as server:
        options = mail_settings(server.port)
        gate = departure_gate(engine, lambda: pytest.fail("no desk is needed"), SIGNER, OPTIONS)
        with Transport.of(options) as transport:
            deliver(engine, transport, gate=gate, now=later, options=options)
        return server.accepted()


def refused_case(engine: Engine, opportunity_id: str, actor_id: str) -> None:
    """Open a case and have it refused."""
    suggestion_id = identifier("suggestions", actor_id, opportunity_id)
    with writing(engine) as session:
        session.add(
            Suggestion(
                id=suggestion_id,
                actor_id=actor_id,
                subject=f"opportunity:{opportunity_id}",
                opportunity_id=opportunity_id,
            )
        )
    now, owner = utc_now(), account_id(engine)
    case_id = cases.open_case(engine, suggestion_id, owner, by=f"account:{owner}", now=now)
    refusal = Change(to=State.REFUSED, reasons=[Objection.TOO_FAR])
    cases.advance(engine, case_id, refusal, seen=1, by=f"account:{owner}", now=now)


def test_it_is_written_once_a_morning_and_says_what_is_new_and_what_is_due(engine: Engine, tmp_path: Path) -> None:
    assert write(engine) == {"accounts": 1, "mails": 1}
    assert write(engine) == {"accounts": 1, "mails": 0}
    (taken,) = leave(engine, tmp_path / "log")
    assert taken.to == (EMAIL,)
    (message,) = mails(engine, "morning")
    assert message.status == "sent"
    assert message.subject.replace("\N{NO-BREAK SPACE}", " ") == "Ma journée : 1 nouveauté, 1 échéance cette semaine"
    assert "Entretien des espaces verts de la commune (1)" in message.text
    assert "https://polesud.invalid/opportunites/" in message.text
    assert "https://polesud.invalid/compte#matin" in message.text


def test_nothing_is_written_to_who_did_not_choose_it_nor_where_there_is_nothing_to_say(engine: Engine) -> None:
    with writing(engine) as session:
        for opportunity in session.exec(select(Opportunity)):
            opportunity.status = "closed"
            session.add(opportunity)
    assert write(engine) == {"accounts": 1, "mails": 0}
    accounts.choose_morning_mail(engine, account_id(engine), False)
    due(engine, 2)
    assert write(engine) == {"accounts": 0, "mails": 0}


def test_it_is_the_same_whether_or_not_there_is_anything_confidential(engine: Engine) -> None:
    """Cases and groups of employees, their dates, answers and refusals change no letter of it."""
    need = due(engine, 2)
    moment = utc_now() + timedelta(minutes=1)
    before = morning(engine, moment)
    assert before
    case = add_case(engine, 1, None, deadline=day_in_france(moment) + timedelta(days=2), confidential=True)
    secret_actor = add_actor(engine, 1, kind="employee_group", confidential=True)
    refused_case(engine, case, add_actor(engine, 2))
    refused_case(engine, need, secret_actor)
    changes = {"deadline": day_in_france(moment) + timedelta(days=4)}
    record_changes.change_opportunity(engine, case, changes)
    date_protocol(engine, case)
    assert morning(engine, moment) == before


def test_a_day_of_a_public_takeover_is_in_the_mail_of_who_follows_it_alone(engine: Engine) -> None:
    case = add_case(engine, 1, None, confidential=False, title="Fournil à reprendre")
    date_protocol(engine, case)
    mail = morning(engine)
    assert mail
    assert "DATES DE MES REPRISES" in mail.text
    assert "signature du protocole" in mail.text
    assert "Me Roche" not in mail.text
    assert "protocole" not in mail.subject
    other = account(engine, "autre@exemple.invalid")
    with writing(engine) as session:
        colleague = session.exec(select(Account).where(Account.email == other)).one().id
        session.get_one(TakeoverFile, case).facilitator_id = colleague
    assert (mail := morning(engine))
    assert "DATES DE MES REPRISES" not in mail.text


def date_protocol(engine: Engine, case_id: str) -> None:
    """Give a day of a case that the reader follows."""
    protocol = GivenDay(DateKind.PROTOCOL, day_in_france(utc_now()) + timedelta(days=2), "Me Roche")
    change = FileChange(days=[protocol], facilitator_id=account_id(engine))
    change_file(engine, case_id, change, seen=0, by="cli", now=utc_now(), options=OPTIONS)


def test_what_became_confidential_while_it_waited_does_not_leave(engine: Engine, tmp_path: Path) -> None:
    due(engine, 2)
    write(engine)
    with writing(engine) as session:
        (hidden,) = session.exec(select(Opportunity).where(Opportunity.source_id == "o2")).all()
        hidden.confidential = True
        session.add(hidden)
    leave(engine, tmp_path / "log")
    (message,) = mails(engine, "morning")
    assert message.status == "sent"
    assert "(1)" in message.text
    assert "(2)" not in message.text + message.html
    assert message.withheld == "changed 1"


def test_one_that_is_no_longer_wanted_does_not_leave(engine: Engine, tmp_path: Path) -> None:
    write(engine)
    accounts.choose_morning_mail(engine, account_id(engine), False)
    assert leave(engine, tmp_path / "log") == []
    with reading(engine) as session:
        (message,) = session.exec(select(OutboxMessage).where(OutboxMessage.purpose == "morning")).all()
    assert (message.status, message.text) == ("cancelled", "")


def test_a_refusal_is_said_without_naming_a_person(engine: Engine) -> None:
    need = due(engine, 3)
    refused_case(engine, need, add_actor(engine, 3))
    mail = morning(engine)
    assert mail
    assert "BESOINS QUE TOUS ONT REFUSÉS" in mail.text
    assert EMAIL not in mail.text
    assert "Camille" not in mail.text


def test_needs_that_wait_are_in_it_but_no_owner_s_project(engine: Engine) -> None:
    with writing(engine) as session:
        for kind, title in (("need", "Tonte du stade"), ("takeover", "Menuiserie à céder")):
            sender = Sender(account_id=account_id(engine))
            state_need(session, kind, {"title": title}, sender, now=utc_now())
    mail = morning(engine)
    assert mail is not None
    assert "Tonte du stade" in mail.text
    assert "Menuiserie" not in mail.text
