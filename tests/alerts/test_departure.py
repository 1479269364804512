"""What waits is not frozen: a mail leaves as it may be told at that moment, or not at all."""

import os
import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, update
from sqlmodel import Session, col, select

from api.alerts import queries
from api.alerts.follow_up import follow_up
from api.catalogue import record_changes
from api.learning.ratings import rate
from api.mailing.departure import Gate, Recomposition
from api.open_data import duplicates
from api.privacy.personal_data import erase_person, export_person
from api.subscriptions.confirming import unsubscribe
from api.subscriptions.subscriptions import change, remove, subscribe
from models.alerts import Announcement, OutboxMessage
from models.database import reading, writing
from models.open_data import DuplicateProposal
from models.opportunities import Opportunity
from models.partners import Subscription
from models.reveal import Consent
from models.suggestions import Impression
from tests.support.databases import heard_statements
from tests.support.deliverer import forked
from tests.support.leaving import COMPOSED, LATER, Server, compose, gate_of, leave, mail_server
from tests.support.night_world import (
    NIGHT,
    OPTIONS,
    SIGNER,
    TITLES,
    TRADES,
    add_actor,
    add_case,
    add_need,
    announcements,
    follow,
    mails,
    moment,
    small,
)
from tests.support.outbox import statuses
from tests.support.publishing import make_public

pytestmark = pytest.mark.slow

CAMILLE, ALEX = "camille@exemple.invalid", "alex@exemple.invalid"
SECRET = "Canaribleu"
WORDS = "Entretien d’espaces verts, petite équipe"
TEASER = "Entreprise à reprendre"


@pytest.fixture
def engine(engine: Engine) -> Engine:
    return small(engine)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with mail_server(tmp_path) as running:
        yield running


def confirmations_left(engine: Engine) -> None:
    """The requests to confirm left long ago: what is tried here comes later."""
    with writing(engine) as session:
        session.execute(update(OutboxMessage).values(status="sent"))


def a_waiting_mail(engine: Engine, **secret: Any) -> str:
    """Compose a mail of three suggestions, one of which carries the secret in its title; return the secret's id."""
    actor = add_actor(engine, 1)
    for number in (1, 2):
        add_need(engine, number)
    secret_id = add_need(engine, 3, f"{TITLES[0]} {SECRET}", **secret)
    follow(engine, CAMILLE, actor_id=actor, most=20, least="unlikely")
    confirmations_left(engine)
    compose(engine)
    (mail,) = mails(engine)
    assert SECRET in mail.text
    return secret_id


def set_row(engine: Engine, opportunity_id: str, **values: Any) -> None:
    record_changes.change_opportunity(engine, opportunity_id, values)


def decide_duplicate(engine: Engine, opportunity_id: str) -> None:
    with reading(engine) as session:
        other = session.exec(select(Opportunity.id).where(Opportunity.id != opportunity_id)).first() or ""
    first, second = sorted((opportunity_id, other))
    with writing(engine) as session:
        session.add(DuplicateProposal(id="d", kind="opportunities", first_id=first, second_id=second, similarity=0.9))
    duplicates.decide(engine, "d", "same", keep=other, by="cli", now=LATER)


CHANGES: dict[str, Callable[[Engine, str], None]] = {
    "confidential": lambda engine, one: set_row(engine, one, confidential=True),
    "opportunity_cancelled": lambda engine, one: set_row(engine, one, status="cancelled"),
    "opportunity_closed": lambda engine, one: set_row(engine, one, status="closed"),
    "duplicate": decide_duplicate,
}


@pytest.mark.parametrize("reason", CHANGES)
def test_what_may_no_longer_be_told_stays_and_the_rest_arrives(engine: Engine, server: Server, reason: str) -> None:
    """One mail, under the Message-ID that it always had; what was left out counts as never announced."""
    secret = a_waiting_mail(engine)
    (before,) = mails(engine)
    CHANGES[reason](engine, secret)
    done = leave(engine, server)
    (accepted,) = server.accepted(CAMILLE)
    assert (done.sent, done.reasons) == (1, {reason: 1, "composed_anew": 1})
    assert accepted.id == before.message_id
    assert SECRET not in server.everything()
    assert all(f"{TITLES[0]} ({number})" in server.everything() for number in (1, 2))
    assert "2 nouveautés" in server.everything()
    (after,) = mails(engine)
    assert (after.status, after.withheld) == ("sent", f"{reason} 1")
    assert SECRET not in after.text + after.html
    assert len(announcements(engine)) == 2
    assert leave(engine, server, LATER + timedelta(hours=1)).sent == 0


def test_what_is_past_when_the_mail_leaves_stays(engine: Engine, server: Server) -> None:
    """The server was down for a week, and the deadline has passed meanwhile."""
    a_waiting_mail(engine, deadline=NIGHT + timedelta(days=2))
    leave(engine, server, COMPOSED + timedelta(days=4))
    assert SECRET not in server.everything()
    assert "2 nouveautés" in server.everything()


def test_a_title_that_was_changed_leaves_as_it_is_now(engine: Engine, server: Server) -> None:
    secret = a_waiting_mail(engine)
    set_row(engine, secret, title="Entretien des espaces verts, autrement dit")
    done = leave(engine, server)
    assert done.reasons == {"rectified": 1, "composed_anew": 1}
    assert SECRET not in server.everything()
    assert "3 nouveautés" in server.everything()
    assert "autrement dit" in server.everything()
    assert any(one.told["title"].endswith("autrement dit") for one in announcements(engine))


def test_a_mail_of_which_nothing_may_be_told_does_not_leave(engine: Engine, server: Server) -> None:
    """It loses its text, and its partner hears of the thing another night if it may be told again."""
    actor = add_actor(engine, 1)
    secret = add_need(engine, 1, f"{TITLES[0]} {SECRET}")
    follow(engine, CAMILLE, actor_id=actor, least="unlikely")
    confirmations_left(engine)
    compose(engine)
    set_row(engine, secret, confidential=True)
    done = leave(engine, server)
    assert (done.sent, done.reasons) == (0, {"confidential": 1, "withheld": 1})
    assert server.accepted() == []
    (mail,) = mails(engine)
    assert (mail.status, mail.withheld) == ("cancelled", "confidential 1")
    assert (mail.subject, mail.text, mail.html, mail.headers) == ("", "", "", {})
    assert announcements(engine) == []


def test_a_case_that_may_be_told_blind_leaves_as_its_teaser(engine: Engine, server: Server) -> None:
    actor = add_actor(engine, 1)
    add_need(engine, 1)
    case = add_case(engine, 2, WORDS, title=f"{TITLES[0]} {SECRET}", naf=[{"code": "81.30Z"}], commune_code="26362")
    make_public(engine, "opportunities", case)
    follow(engine, CAMILLE, actor_id=actor, most=20, least="unlikely")
    confirmations_left(engine)
    compose(engine)
    assert SECRET in mails(engine)[0].text
    set_row(engine, case, confidential=True)
    done = leave(engine, server)
    assert (done.sent, done.reasons) == (1, {"confidential": 1, "composed_anew": 1})
    assert SECRET not in server.everything()
    assert TEASER in server.everything()
    assert {one.told["blind"] for one in announcements(engine)} == {True, False}


def test_a_teaser_that_was_withdrawn_is_not_told(engine: Engine, server: Server) -> None:
    actor = add_actor(engine, 1)
    add_need(engine, 1)
    case = add_case(engine, 2, WORDS, title=f"{TITLES[0]} {SECRET}")
    follow(engine, CAMILLE, actor_id=actor, most=20, least="unlikely")
    confirmations_left(engine)
    compose(engine)
    assert TEASER in mails(engine)[0].text
    set_row(engine, case, teaser=None)
    assert leave(engine, server).reasons == {"teaser_withdrawn": 1, "composed_anew": 1}
    assert TEASER not in server.everything()
    assert "1 nouveauté" in server.everything()


def test_no_mail_depends_on_a_consent(engine: Engine, server: Server) -> None:
    """Agreed or revoked since: a mail says the teaser, and not the name."""
    actor = add_actor(engine, 1)
    case = add_case(engine, 2, WORDS, title=f"{TITLES[0]} {SECRET}")
    follow(engine, CAMILLE, actor_id=actor, most=20, least="unlikely")
    confirmations_left(engine)
    with writing(engine) as session:
        for side in ("holder", "actor"):
            session.add(
                Consent(id=side, opportunity_id=case, actor_id=actor, side=side, given_at=COMPOSED, given_by="x")
            )
    compose(engine)
    with writing(engine) as session:
        session.execute(update(Consent).values(withdrawn_at=LATER))
    assert leave(engine, server).sent == 1
    assert SECRET not in server.everything()
    assert TEASER in server.everything()


def test_an_actor_that_became_confidential_is_named_in_no_mail(engine: Engine, server: Server) -> None:
    """Neither in the alert, of which the search's part arrives, nor in the request to confirm."""
    actor = add_actor(engine, 1, name=SECRET)
    add_need(engine, 1)
    follow(engine, CAMILLE, actor_id=actor, least="unlikely")
    follow(engine, CAMILLE, search=TRADES[0], least="unlikely")
    confirmations_left(engine)
    subscribe(engine, SIGNER, ALEX, actor_id=actor, now=COMPOSED, options=OPTIONS)
    compose(engine)
    record_changes.change_actor(engine, actor, {"confidential": True})
    done = leave(engine, server)
    assert (done.sent, done.reasons) == (1, {"actor_confidential": 2, "composed_anew": 1, "withheld": 1})
    assert SECRET not in server.everything()
    assert "la recherche" in server.everything()
    assert server.accepted(ALEX) == []


def test_a_member_that_became_confidential_is_not_named(engine: Engine, server: Server) -> None:
    network = add_actor(engine, 1, kind="network", name="Réseau", activities=["conseil"], source_id="n1")
    member = add_actor(engine, 2, name=SECRET, member_of=["n1"])
    add_need(engine, 1)
    follow(engine, CAMILLE, actor_id=network, least="unlikely")
    confirmations_left(engine)
    compose(engine)
    assert SECRET in mails(engine)[0].text
    record_changes.change_actor(engine, member, {"confidential": True})
    done = leave(engine, server)
    assert done.reasons["actor_confidential"] == 1
    assert SECRET not in server.everything()


def test_what_a_confidential_member_adds_to_its_network_is_not_told(engine: Engine, server: Server) -> None:
    """Its staff counted in the capacity, thus in the score, under the network's own name; random worlds found it."""

    def explained() -> str:
        with reading(engine) as session:
            rows = select(Impression).join(Announcement, col(Announcement.impression_id) == Impression.id)
            return str([one.breakdown for one in session.exec(rows).all()])

    unknown: dict[str, Any] = {"commune_code": None, "turnover_eur": None}
    cooperative = add_actor(engine, 1, kind="cae", source_id="n1", headcount=3, **unknown)
    member = add_actor(engine, 2, TRADES[1], member_of=["n1"], headcount=774, **unknown)
    add_need(engine, 1, commune_code=None)
    follow(engine, CAMILLE, actor_id=cooperative, least="unlikely")
    confirmations_left(engine)
    compose(engine)
    assert "777" in explained()
    record_changes.change_actor(engine, member, {"confidential": True})
    assert leave(engine, server).reasons == {"actor_confidential": 1, "composed_anew": 1}
    assert "777" not in explained()


STOPS: dict[str, Callable[[Engine, Subscription], None]] = {
    "unsubscribed": lambda engine, one: unsubscribe(engine, one.partner_id, one.id, now=LATER),
    "removed": lambda engine, one: remove(engine, one.id),
    "paused": lambda engine, one: _pause(engine, one),
}


def _pause(engine: Engine, subscription: Subscription) -> None:
    change(engine, subscription.id, {"frequency": "paused"})


@pytest.mark.parametrize("way", STOPS)
def test_what_is_no_longer_subscribed_to_is_not_sent(engine: Engine, server: Server, way: str) -> None:
    actor = add_actor(engine, 1, name=SECRET)
    add_need(engine, 1)
    stopped = follow(engine, CAMILLE, actor_id=actor, least="unlikely")
    follow(engine, CAMILLE, search=TRADES[0], least="unlikely")
    confirmations_left(engine)
    compose(engine)
    STOPS[way](engine, stopped)
    assert leave(engine, server).reasons == {"stopped": 1, "composed_anew": 1}
    assert SECRET not in server.everything()
    assert "1 nouveauté" in server.everything()


@pytest.mark.parametrize("gone", [unsubscribe, erase_person])
def test_who_left_is_sent_nothing(engine: Engine, server: Server, gone: Any) -> None:
    a_waiting_mail(engine)
    if gone is unsubscribe:
        unsubscribe(engine, mails(engine)[0].partner_id, now=LATER)
    else:
        erase_person(engine, CAMILLE, by="cli", now=LATER)
    assert leave(engine, server).sent == 0
    assert server.accepted() == []


def test_a_request_to_confirm_what_was_removed_does_not_leave(engine: Engine, server: Server) -> None:
    """Also one that a process had in hand when the subscription was removed."""
    actor = add_actor(engine, 1, name=SECRET)
    asked = subscribe(engine, SIGNER, CAMILLE, actor_id=actor, now=COMPOSED, options=OPTIONS)
    with writing(engine) as session:
        session.execute(update(OutboxMessage).values(lease_owner="another", leased_until=COMPOSED))
    remove(engine, asked.id)
    done = leave(engine, server)
    assert (done.sent, done.reasons) == (0, {"stopped": 1, "withheld": 1})
    assert server.accepted() == []


FOLLOWED: dict[str, Callable[[Engine, str, str], None]] = {
    "confidential": lambda engine, one, _: set_row(engine, one, confidential=True),
    "opportunity_cancelled": lambda engine, one, _: set_row(engine, one, status="cancelled"),
    "actor_confidential": lambda engine, _, actor: record_changes.change_actor(engine, actor, {"confidential": True}),
}


@pytest.mark.parametrize("reason", FOLLOWED)
def test_nobody_is_asked_how_it_ended_with_what_is_hidden_since(engine: Engine, server: Server, reason: str) -> None:
    name = SECRET if reason == "actor_confidential" else "Coopérative"
    actor, other = add_actor(engine, 1, name=name), add_actor(engine, 2)
    secret = add_need(engine, 1, f"{TITLES[0]} {SECRET}", deadline=NIGHT + timedelta(days=2))
    partner = follow(engine, CAMILLE, actor_id=actor, least="unlikely").partner_id
    follow(engine, CAMILLE, actor_id=other, least="unlikely")
    add_need(engine, 2, deadline=NIGHT + timedelta(days=2))
    compose(engine)
    confirmations_left(engine)
    for one in announcements(engine):
        keep = one.actor_id == (actor if SECRET in one.told["title"] else other)
        rate(engine, partner, one.suggestion_id, interest=3 if keep else 0, now=COMPOSED)
    night = NIGHT + timedelta(days=10)
    assert follow_up(engine, SIGNER, night=night, now=moment(night), options=OPTIONS).questions == 2
    FOLLOWED[reason](engine, secret, actor)
    done = leave(engine, server, moment(night))
    assert (done.sent, done.reasons) == (1, {reason: 1, "composed_anew": 1})
    assert SECRET not in server.everything()
    assert f"{TITLES[0]} (2)" in server.everything()


def test_a_change_during_the_delivery_counts_for_who_comes_next(engine: Engine, server: Server) -> None:
    """Messages are claimed together, and each is looked at when its turn comes."""
    secret = a_waiting_mail(engine)
    # Its request to confirm is older, and goes first.
    follow(engine, ALEX, search=TRADES[0])

    class Changing:
        """The house's gate; before it is asked a second time, the secret is one."""

        def __init__(self, gate: Gate) -> None:
            self.gate, self.asked = gate, 0

        def reasons_to_stay(self, session: Session, message: OutboxMessage, now: Any) -> Any:
            self.asked += 1
            if self.asked == 1:
                set_row(engine, secret, confidential=True)
            return self.gate.reasons_to_stay(session, message, now)

        def compose_anew(self, message: OutboxMessage, now: Any) -> Recomposition:
            return self.gate.compose_anew(message, now)

    assert leave(engine, server, gate=Changing(gate_of(engine))).sent == 2
    assert SECRET not in server.everything()


class Killing:
    """The house's gate; the process dies where it is told to."""

    def __init__(self, gate: Gate, *, after_composing: bool) -> None:
        self.gate, self.after_composing, self.asked = gate, after_composing, 0

    def reasons_to_stay(self, session: Session, message: OutboxMessage, now: Any) -> Any:
        self.asked += 1
        if self.asked == (2 if self.after_composing else 1):
            os.kill(os.getpid(), signal.SIGKILL)
        return self.gate.reasons_to_stay(session, message, now)

    def compose_anew(self, message: OutboxMessage, now: Any) -> Recomposition:
        return self.gate.compose_anew(message, now)


@pytest.mark.parametrize("after_composing", [False, True])
def test_a_delivery_killed_between_claim_and_sending_sends_nothing_twice(
    engine: Engine, server: Server, after_composing: bool
) -> None:
    secret = a_waiting_mail(engine)
    set_row(engine, secret, confidential=True)
    engine.dispose()
    gate = Killing(gate_of(engine), after_composing=after_composing)
    child = forked(lambda: leave(engine, server, COMPOSED, gate))
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
    assert server.accepted() == []
    assert leave(engine, server).sent == 1
    assert leave(engine, server, LATER + timedelta(hours=1)).sent == 0
    assert len(server.accepted()) == 1
    assert SECRET not in server.everything()
    assert statuses(engine)["sent"] == 2
    assert len(announcements(engine)) == 2


class Undecided:
    """A gate that is never content with what was composed anew."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate

    def reasons_to_stay(self, _session: Session, _message: OutboxMessage, _now: Any) -> dict[str, int]:
        return {"rectified": 1}

    def compose_anew(self, message: OutboxMessage, now: Any) -> Recomposition:
        return self.gate.compose_anew(message, now)


def test_what_cannot_be_settled_waits(engine: Engine, server: Server) -> None:
    """It neither leaves nor is given up, and the delivery ends."""
    a_waiting_mail(engine)
    done = leave(engine, server, gate=Undecided(gate_of(engine)))
    assert (done.sent, done.deferred, done.reasons["unsettled"]) == (0, 1, 1)
    assert server.accepted() == []
    assert leave(engine, server, LATER + timedelta(hours=5)).sent == 1


def test_the_text_of_what_has_not_left_is_in_no_export(engine: Engine, server: Server) -> None:
    """A person is given what was sent to it, not what waits, nor why it was held back."""
    secret = a_waiting_mail(engine)
    assert SECRET not in str(export_person(engine, SIGNER, CAMILLE, by="cli", now=LATER))
    set_row(engine, secret, confidential=True)
    leave(engine, server)
    given = export_person(engine, SIGNER, CAMILLE, by="cli", now=LATER)
    assert SECRET not in str(given)
    assert "confidential" not in str(given)
    assert f"{TITLES[0]} (1)" in str(given)
    with reading(engine) as session:
        assert session.exec(select(OutboxMessage.withheld).where(OutboxMessage.purpose == "alert")).all() == [
            "confidential 1"
        ]


def test_the_gate_asks_the_same_of_one_item_as_of_many_about_one_actor(engine: Engine) -> None:
    """Items about one actor are looked at together, so that a mail of any length asks the tables as often."""
    asked = []
    for number, count in enumerate((1, 3)):
        actor = add_actor(engine, number)
        follow(engine, f"p{number}@exemple.invalid", actor_id=actor, most=count, least="unlikely")
    for number in range(3):
        add_need(engine, number)
    confirmations_left(engine)
    compose(engine)
    for mail in mails(engine):
        if mail.status != "pending":
            continue
        with reading(engine) as session, heard_statements(engine) as said:
            assert not gate_of(engine).reasons_to_stay(session, mail, LATER)
            count = len(said)
            asked.append((len(queries.carried_by(session, mail.id)), count))
    (one, few), (three, as_many) = sorted(asked)
    assert (one, three) == (1, 3)
    assert few == as_many
