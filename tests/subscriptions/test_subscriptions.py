"""Nobody is written to before they said yes from their own mailbox, nor after they said no."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete
from sqlmodel import col, select

from api.core.errors import InvalidError, NotFoundError
from api.mailing.links import Purpose, Signer
from api.subscriptions.confirming import confirm, resubscribe, unsubscribe
from api.subscriptions.standing import list_subscriptions, read_standing
from api.subscriptions.subscriptions import change, remove, subscribe
from models.database import open_database, reading, writing
from models.tables import Actor, OutboxMessage, Partner, Subscription
from tests.support.databases import copy_database, url_of
from tests.support.options import OPTIONS
from tests.support.proof_share import examples
from tests.support.reads import read_once
from tests.support.world import ABSENT

NOW = datetime(2026, 11, 25, 5, 0, tzinfo=UTC)
SIGNER = Signer(["clé d’essai"], 45)
CAMILLE, ALEX = "camille@exemple.invalid", "alex@exemple.invalid"


@pytest.fixture(scope="module")
def filled(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    path = copy_database(empty_database, tmp_path_factory.mktemp("subscribe") / "subscribe.db")
    engine = open_database(url_of(path))
    with writing(engine) as session:
        session.add_all(
            Actor(
                id=one,
                natural_key=one,
                content_hash=one,
                source="test",
                name=f"Acteur {one}",
                kind="scop",
                confidential=one == "secret",
            )
            for one in ("a", "b", "secret")
        )
    yield engine
    engine.dispose()


@pytest.fixture
def clean(filled: Engine) -> Engine:
    forget(filled)
    return filled


def forget(engine: Engine) -> None:
    with writing(engine) as session:
        for table in (OutboxMessage, Subscription, Partner):
            session.execute(delete(table))


def ask(engine: Engine, email: str = CAMILLE, actor_id: str | None = "a", **wishes: Any) -> Subscription:
    moment = wishes.pop("now", NOW)
    return subscribe(engine, SIGNER, email, actor_id=actor_id, now=moment, options=OPTIONS, **wishes)


def mails(engine: Engine, status: str = "pending") -> list[OutboxMessage]:
    with reading(engine) as session:
        question = select(OutboxMessage).where(OutboxMessage.status == status).order_by(col(OutboxMessage.created_at))
        return list(session.exec(question).all())


def partner(engine: Engine, email: str = CAMILLE) -> Partner:
    with reading(engine) as session:
        return session.exec(select(Partner).where(Partner.email == email)).one()


def written_to(engine: Engine) -> set[tuple[str, str | None]]:
    """Whom the night may write to, about which actor."""
    return {
        (row.partner.email, row.subscription.actor_id)
        for row in read_once(engine, list_subscriptions, limit=200)
        if row.partner.status == "active" and row.subscription.confirmed_at is not None
    }


def test_a_request_writes_one_mail_that_asks_to_confirm_and_nothing_is_due(clean: Engine) -> None:
    subscription = ask(clean)
    assert subscription.confirmed_at is None
    assert partner(clean).status == "pending"
    assert written_to(clean) == set()
    (mail,) = mails(clean)
    assert (mail.purpose, mail.about, mail.partner_id) == ("confirmation", subscription.id, subscription.partner_id)
    assert "Acteur a" in mail.text
    token = mail.text.partition("/confirmer/")[2].split()[0]
    assert SIGNER.read(Purpose.CONFIRM, token) == {"u": subscription.id}
    for part in (mail.subject, mail.text, mail.html, mail.message_id, str(mail.headers), mail.id):
        assert CAMILLE not in part


def test_once_confirmed_it_counts_and_twice_is_as_once(clean: Engine) -> None:
    subscription = ask(clean)
    confirm(clean, subscription.id, now=NOW)
    again = confirm(clean, subscription.id, now=NOW + timedelta(days=3))
    assert again.confirmed_at == NOW
    assert written_to(clean) == {(CAMILLE, "a")}
    with pytest.raises(NotFoundError):
        confirm(clean, ABSENT, now=NOW)


def test_asked_again_it_takes_the_new_wishes_and_asks_by_mail_at_most_once_a_day(clean: Engine) -> None:
    first = ask(clean, label="Camille")
    again = ask(clean, f"  {CAMILLE.upper()} ", frequency="weekly", weekday=2, now=NOW + timedelta(hours=2))
    assert (again.id, again.frequency, again.weekday) == (first.id, "weekly", 2)
    assert partner(clean).label == "Camille"
    assert len(mails(clean)) == 1
    # A mail that has still to leave says it all.
    ask(clean, now=NOW + timedelta(days=1))
    assert len(mails(clean)) == 1
    leave(clean)
    ask(clean, now=NOW + timedelta(days=1))
    ask(clean, now=NOW + timedelta(days=1, hours=1))
    assert len(mails(clean)) == 1
    leave(clean)
    confirm(clean, first.id, now=NOW)
    ask(clean, now=NOW + timedelta(days=9))
    assert mails(clean) == []
    assert written_to(clean) == {(CAMILLE, "a")}


def leave(engine: Engine) -> None:
    with writing(engine) as session:
        for mail in session.exec(select(OutboxMessage).where(OutboxMessage.status == "pending")).all():
            mail.status = "sent"
            session.add(mail)


def test_several_things_followed_in_one_day_are_confirmed_one_by_one(clean: Engine) -> None:
    one, other = ask(clean), ask(clean, actor_id=None, search="  menuiserie   bois ", departments=("7", "26", "07"))
    assert (other.search, other.departments) == ("menuiserie bois", ["07", "26"])
    assert len({mail.message_id for mail in mails(clean)}) == 2
    confirm(clean, one.id, now=NOW)
    assert written_to(clean) == {(CAMILLE, "a")}


def test_who_unsubscribes_from_all_gets_nothing_and_may_come_back(clean: Engine) -> None:
    one, other = ask(clean), ask(clean, actor_id="b")
    confirm(clean, one.id, now=NOW)
    for _ in range(2):
        unsubscribe(clean, one.partner_id, now=NOW)
        assert written_to(clean) == set()
        assert mails(clean) == []
    assert {mail.about for mail in mails(clean, "cancelled")} == {one.id, other.id}
    resubscribe(clean, one.partner_id, now=NOW)
    assert written_to(clean) == {(CAMILLE, "a")}


def test_who_unsubscribes_from_one_thing_keeps_the_others(clean: Engine) -> None:
    one, other = ask(clean), ask(clean, actor_id="b")
    for subscription in (one, other):
        confirm(clean, subscription.id, now=NOW)
    unsubscribe(clean, one.partner_id, one.id, now=NOW)
    assert written_to(clean) == {(CAMILLE, "b")}
    assert not read_standing(clean, one.partner_id, one.id).written_to
    assert read_standing(clean, one.partner_id).written_to
    resubscribe(clean, one.partner_id, one.id, now=NOW)
    assert written_to(clean) == {(CAMILLE, "a"), (CAMILLE, "b")}


def test_nobody_stops_another_s_subscription(clean: Engine) -> None:
    mine, theirs = ask(clean), ask(clean, ALEX)
    for one in (mine, theirs):
        confirm(clean, one.id, now=NOW)
    unsubscribe(clean, mine.partner_id, theirs.id, now=NOW)
    assert written_to(clean) == {(CAMILLE, "a"), (ALEX, "a")}
    with pytest.raises(NotFoundError):
        resubscribe(clean, mine.partner_id, theirs.id, now=NOW)
    with pytest.raises(NotFoundError):
        unsubscribe(clean, ABSENT, now=NOW)


def test_who_had_left_confirms_anew_and_only_that_begins_again(clean: Engine) -> None:
    one, other = ask(clean), ask(clean, actor_id="b")
    for subscription in (one, other):
        confirm(clean, subscription.id, now=NOW)
    unsubscribe(clean, one.partner_id, now=NOW)
    ask(clean, now=NOW + timedelta(days=30))
    assert written_to(clean) == set()
    assert [mail.about for mail in mails(clean)] == [one.id]
    confirm(clean, one.id, now=NOW + timedelta(days=30))
    assert written_to(clean) == {(CAMILLE, "a")}


def test_who_was_suspended_and_confirms_is_written_to_again(clean: Engine) -> None:
    one = ask(clean)
    confirm(clean, one.id, now=NOW)
    with writing(clean) as session:
        row = session.get_one(Partner, one.partner_id)
        row.status, row.status_reason, row.soft_bounces = "suspended", "bounced", 5
        session.add(row)
    assert written_to(clean) == set()
    ask(clean, now=NOW + timedelta(days=1))
    assert partner(clean).status == "pending"
    confirm(clean, one.id, now=NOW + timedelta(days=1))
    assert (partner(clean).status, partner(clean).soft_bounces, partner(clean).status_reason) == ("active", 0, "")


def test_settings_change_and_subscriptions_go(clean: Engine) -> None:
    one = ask(clean)
    assert change(clean, one.id, {"frequency": "paused", "most": 2}).most == 2
    remove(clean, one.id)
    assert mails(clean) == []
    for act in (lambda: change(clean, one.id, {}), lambda: remove(clean, one.id)):
        with pytest.raises(NotFoundError):
            act()
    assert not read_standing(clean, one.partner_id, one.id).written_to


@pytest.mark.parametrize(
    ("wishes", "field"),
    [
        ({"email": "camille"}, "email"),
        ({"actor_id": None}, ""),
        ({"search": "bois"}, ""),
        ({"actor_id": None, "search": "  a "}, "search"),
        ({"actor_id": "secret"}, "actor_id"),
        ({"frequency": "hourly"}, "frequency"),
        ({"weekday": 7}, "weekday"),
        ({"least": "unlikely"}, "least"),
        ({"least": ""}, "least"),
        ({"most": 0}, "most"),
        ({"departments": ["Drôme"]}, "departments"),
        ({"label": "x" * 101}, "label"),
    ],
)
def test_what_cannot_be_followed_is_refused_and_writes_nothing(
    clean: Engine, wishes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidError) as refused:
        ask(clean, **wishes)
    assert [name for name, _ in refused.value.fields] == [field]
    with reading(clean) as session:
        assert not session.exec(select(Partner)).all()


def test_an_unknown_actor_is_not_followed(clean: Engine) -> None:
    with pytest.raises(NotFoundError):
        ask(clean, actor_id=ABSENT)


steps = st.tuples(
    st.sampled_from(("ask", "confirm", "stop one", "stop all", "back one", "back all")),
    st.sampled_from((CAMILLE, ALEX)),
    st.sampled_from(("a", "b")),
)


@given(st.lists(steps, max_size=14))
@settings(
    max_examples=examples(30),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_happens_nobody_is_due_who_did_not_say_yes_last(
    filled: Engine, sequence: list[tuple[str, str, str]]
) -> None:
    """Of each pair, the last word that its owner said themselves decides; a facilitator's request never does."""
    forget(filled)
    agreed: set[tuple[str, str]] = set()
    for number, (act, email, actor) in enumerate(sequence):
        now = NOW + timedelta(hours=number)
        if act == "ask":
            ask(filled, email, actor, now=now)
            continue
        rows = {
            row.subscription.actor_id: row
            for row in read_once(filled, list_subscriptions)
            if row.partner.email == email
        }
        if actor not in rows:
            continue
        partner_id, one = rows[actor].partner.id, rows[actor].subscription.id
        own = {(email, other) for other in rows if other}
        match act:
            case "confirm":
                confirm(filled, one, now=now)
                agreed.add((email, actor))
            case "stop one":
                unsubscribe(filled, partner_id, one, now=now)
                agreed.discard((email, actor))
            case "stop all":
                unsubscribe(filled, partner_id, now=now)
                agreed -= own
            case "back one":
                resubscribe(filled, partner_id, one, now=now)
                agreed |= own
            case "back all":
                resubscribe(filled, partner_id, now=now)
                agreed |= {(email, other) for other, row in rows.items() if other and row.subscription.confirmed_at}
        assert written_to(filled) <= agreed
    with reading(filled) as session:
        waiting = session.exec(select(OutboxMessage).where(OutboxMessage.status == "pending")).all()
        assert len({mail.about for mail in waiting}) == len(waiting)
