"""What a delivery does with each answer of a real SMTP server, and with none."""

import logging
import socket
import threading
import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from api.mailing.delivery import Delivery, deliver
from api.mailing.transport import Transport
from models.alerts import OutboxMessage
from models.database import writing
from models.partners import Partner
from tests.support.databases import heard_writes
from tests.support.outbox import (
    NIGHT,
    NOW,
    OPEN_GATE,
    add_messages,
    add_partners,
    address,
    all_messages,
    mail_settings,
    nights_from,
    partner_of,
    statuses,
)
from tests.support.smtp_server import post

pytestmark = pytest.mark.slow

# More than the longest wait between two tries.
LATER = timedelta(hours=5)


def send(engine: Engine, port: int, now: datetime = NOW, *, limit: int | None = None, **values: Any) -> Delivery:
    options = mail_settings(port, **values)
    with Transport.of(options) as transport:
        return deliver(engine, transport, gate=OPEN_GATE, now=lambda: now, limit=limit, options=options)


def send_until_done(engine: Engine, port: int, **values: Any) -> list[Delivery]:
    """Deliver again and again, later each time, until nothing waits."""
    done: list[Delivery] = []
    while statuses(engine).get("pending"):
        assert len(done) < 100
        done.append(send(engine, port, NOW + len(done) * LATER, **values))
    return done


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def by_partner(engine: Engine) -> dict[str, OutboxMessage]:
    return {message.partner_id: message for message in all_messages(engine)}


def change(engine: Engine, ids: Sequence[str], **values: Any) -> None:
    with writing(engine) as session:
        for partner_id in ids:
            partner = session.get(Partner, partner_id)
            assert partner
            for name, value in values.items():
                setattr(partner, name, value)
            session.add(partner)


def test_each_message_goes_once_to_its_partner(engine: Engine, tmp_path: Path) -> None:
    add_messages(engine, add_partners(engine, 45))
    seen: list[tuple[int, int]] = []
    with post(tmp_path / "log") as server:
        options = mail_settings(server.port)
        with Transport.of(options) as transport:
            done = deliver(
                engine,
                transport,
                gate=OPEN_GATE,
                now=lambda: NOW,
                options=options,
                progress=lambda *pair: seen.append(pair),
            )
        accepted = server.accepted()
    assert done == Delivery(45, 0, 0, 0, False, {})
    assert sorted(one.to[0] for one in accepted) == [address(number) for number in range(45)]
    assert {one.id for one in accepted} == {message.message_id for message in all_messages(engine)}
    # All over one connection.
    assert {one.connection for one in accepted} == {1}
    assert seen == [(number, 45) for number in range(1, 46)]


def test_a_second_delivery_sends_nothing_and_writes_nothing(engine: Engine, tmp_path: Path) -> None:
    add_messages(engine, add_partners(engine, 5))
    with post(tmp_path / "log") as server:
        with heard_writes(engine) as first:
            send(engine, server.port)
        with heard_writes(engine) as second:
            assert send(engine, server.port) == Delivery(0, 0, 0, 0, False, {})
        assert first
        assert not second
        assert len(server.ids()) == 5


def test_where_nothing_is_due_nobody_is_called(engine: Engine) -> None:
    """No server listens, and none is missed."""
    add_messages(engine, add_partners(engine, 1), now=NOW + timedelta(hours=1))
    assert not send(engine, free_port()).server_down


def test_no_more_than_the_limit_is_sent(engine: Engine, tmp_path: Path) -> None:
    add_messages(engine, add_partners(engine, 30))
    with post(tmp_path / "log") as server:
        assert send(engine, server.port, limit=25).sent == 25
        assert send(engine, server.port).sent == 5


@pytest.mark.slow
def test_refusals_drops_and_stalls_lose_nothing_within_twelve_tries(engine: Engine, tmp_path: Path) -> None:
    """30 % of 4xx, one connection in five dropped or stalled: all arrive, and only what is uncertain comes twice."""
    add_messages(engine, add_partners(engine, 60))
    faults = {
        "defer": 0.3,
        "drop_rcpt": 0.06,
        "drop_data": 0.05,
        "drop_ack": 0.05,
        "stall_rcpt": 0.01,
        "stall_data": 0.02,
        "stall_ack": 0.02,
    }
    with post(tmp_path / "log", **faults) as server:
        done = send_until_done(engine, server.port, smtp_timeout_s=0.4)
        counts = Counter(server.ids())
    messages = all_messages(engine)
    assert statuses(engine) == {"sent": 60}
    assert set(counts) == {message.message_id for message in messages}
    assert max(message.attempts for message in messages) <= 12
    uncertain = {message.message_id for message in messages if message.uncertain}
    assert {key for key, count in counts.items() if count > 1} <= uncertain
    assert {partner_of(engine, message.partner_id).status for message in messages} == {"active"}
    reasons = sum((Counter(one.reasons) for one in done), Counter[str]())
    print(
        f"{len(done)} deliveries, {dict(reasons)}, most tries {max(message.attempts for message in messages)}, "
        f"{sum(counts.values()) - 60} duplicates"
    )
    assert min(reasons["deferred"], reasons["lost"], reasons["uncertain"]) > 0


def test_a_permanent_refusal_stops_that_partner_after_one_try_and_no_other(engine: Engine, tmp_path: Path) -> None:
    partners = add_partners(engine, 6)
    for night in nights_from(NIGHT, 2):
        add_messages(engine, partners, night=night)
    with post(tmp_path / "log", refuse=[address(2)]) as server:
        done = send(engine, server.port)
        send(engine, server.port, NOW + LATER)
        assert len(server.ids()) == 10
    assert (done.sent, done.failed, done.suspended) == (10, 1, 1)
    assert done.reasons == {"refused": 1, "suspended": 1}
    refused = partner_of(engine, partners[2])
    assert (refused.status, refused.status_reason) == ("suspended", "refused")
    theirs = [message for message in all_messages(engine) if message.partner_id == partners[2]]
    assert sorted((message.status, message.attempts) for message in theirs) == [("cancelled", 0), ("failed", 1)]


def test_a_refusal_of_what_we_sent_is_not_held_against_the_partner(engine: Engine, tmp_path: Path) -> None:
    """5.7.1: a policy. The message is given up after one try; the address is not wrong."""
    partners = add_partners(engine, 2)
    add_messages(engine, partners)
    with post(tmp_path / "log", reject=[address(0)]) as server:
        done = send(engine, server.port)
    assert (done.sent, done.failed, done.suspended) == (1, 1, 0)
    assert done.reasons == {"rejected": 1}
    assert partner_of(engine, partners[0]).status == "active"


def test_a_server_that_refuses_us_altogether_is_nobody_s_fault(engine: Engine, tmp_path: Path) -> None:
    """A 5xx at MAIL FROM: no try is counted, no partner suspended, and all goes when the server takes us again."""
    partners = add_partners(engine, 3)
    add_messages(engine, partners)
    with post(tmp_path / "log", mail="550 5.7.1 who are you") as server:
        done = send(engine, server.port)
    assert done == Delivery(0, 0, 0, 0, True, {"server_down": 1})
    assert {(message.status, message.attempts, message.lease_owner) for message in all_messages(engine)} == {
        ("pending", 0, None)
    }
    with post(tmp_path / "log") as server:
        assert send(engine, server.port).sent == 3


@pytest.mark.slow
def test_soft_bounces_suspend_after_so_many_messages_and_others_are_unaffected(engine: Engine, tmp_path: Path) -> None:
    """A message given up is one soft bounce, after however many tries; the second in a row suspends."""
    partners = add_partners(engine, 3)
    patience = {"mail_tries": 3, "soft_bounces": 2}
    with post(tmp_path / "log", defer_to=[address(1)]) as server:
        for number, night in enumerate(nights_from(NIGHT, 4)):
            add_messages(engine, partners, night=night)
            for tries in range(3):
                send(engine, server.port, NOW + timedelta(days=number) + tries * LATER, **patience)
            partner = partner_of(engine, partners[1])
            assert (partner.soft_bounces, partner.status) == [
                (1, "active"),
                (2, "suspended"),
                (2, "suspended"),
                (2, "suspended"),
            ][number]
        assert len(server.ids()) == 8
    assert partner_of(engine, partners[1]).status_reason == "soft_bounces"
    theirs = [message for message in all_messages(engine) if message.partner_id == partners[1]]
    assert Counter((message.status, message.attempts) for message in theirs) == {("failed", 3): 2, ("cancelled", 0): 2}
    assert {partner_of(engine, other).status for other in (partners[0], partners[2])} == {"active"}


def test_a_message_that_arrives_forgets_the_soft_bounces(engine: Engine, tmp_path: Path) -> None:
    partners = add_partners(engine, 1)
    change(engine, partners, soft_bounces=4)
    add_messages(engine, partners)
    with post(tmp_path / "log") as server:
        send(engine, server.port)
    assert partner_of(engine, partners[0]).soft_bounces == 0


@pytest.mark.slow
def test_a_server_down_for_a_day_gets_everything_once_on_its_return(engine: Engine, tmp_path: Path) -> None:
    """Each message goes once, after 24 hourly deliveries that found nobody; none of them counted as a try."""
    add_messages(engine, add_partners(engine, 50))
    port = free_port()
    for hour in range(24):
        assert send(engine, port, NOW + timedelta(hours=hour)).server_down
    assert {message.attempts for message in all_messages(engine)} == {0}
    with post(tmp_path / "log", port=port) as server:
        assert send(engine, port, NOW + timedelta(hours=24)).sent == 50
        assert set(Counter(server.ids()).values()) == {1}
    assert statuses(engine) == {"sent": 50}


@pytest.mark.slow
def test_a_server_that_stalls_after_each_message_is_left_alone_after_three(engine: Engine, tmp_path: Path) -> None:
    """What is handed over to a server that no more answers may come twice: it is not handed over without end."""
    add_messages(engine, add_partners(engine, 10))
    with post(tmp_path / "log", stall_ack=1) as server:
        done = send(engine, server.port, smtp_timeout_s=1)
        assert len(server.ids()) == 3
    assert done.server_down
    assert done.reasons == {"uncertain": 3, "server_down": 1}
    assert Counter((message.uncertain, message.attempts) for message in all_messages(engine)) == {
        (True, 1): 3,
        (False, 0): 7,
    }
    assert all(message.lease_owner is None for message in all_messages(engine))


def test_a_wait_doubles_with_each_try_up_to_four_hours(engine: Engine, tmp_path: Path) -> None:
    add_messages(engine, add_partners(engine, 1))
    waits, now = [], NOW
    with post(tmp_path / "log", defer=1) as server:
        for _ in range(11):
            send(engine, server.port, now)
            (message,) = all_messages(engine)
            waits.append((message.next_attempt_at - now).total_seconds())
            now = message.next_attempt_at
        assert statuses(engine) == {"pending": 1}
        send(engine, server.port, now)
    assert statuses(engine) == {"failed": 1}
    for number, wait in enumerate(waits):
        most = min(60 * 2**number, 4 * 3600)
        assert 0.75 * most <= wait <= most


def test_whoever_left_after_a_message_was_written_does_not_get_it(engine: Engine, tmp_path: Path) -> None:
    """Only partners who are active are written to; those not yet confirmed get the request to confirm."""
    partners = add_partners(engine, 5)
    add_messages(engine, partners)
    add_messages(engine, partners[3:4], purpose="confirmation")
    change(engine, partners[1:2], status="unsubscribed")
    change(engine, partners[2:3], status="suspended")
    change(engine, partners[3:4], status="pending")
    with post(tmp_path / "log") as server:
        done = send(engine, server.port)
        assert sorted(one.to[0] for one in server.accepted()) == [address(0), address(3), address(4)]
    assert done == Delivery(3, 0, 0, 0, False, {"unsubscribed": 1, "suspended": 1, "pending": 1})
    assert statuses(engine) == {"sent": 3, "cancelled": 3}


def test_whoever_leaves_while_their_message_is_held_does_not_get_it(engine: Engine, tmp_path: Path) -> None:
    partners = add_partners(engine, 4)
    add_messages(engine, partners)
    gone: list[str] = []

    def leave(_done: int, _total: int) -> None:
        if not gone:
            gone.extend(key for key, message in by_partner(engine).items() if message.status == "pending")
            change(engine, gone, status="unsubscribed")

    with post(tmp_path / "log") as server:
        options = mail_settings(server.port)
        with Transport.of(options) as transport:
            done = deliver(engine, transport, gate=OPEN_GATE, now=lambda: NOW, progress=leave, options=options)
        assert len(server.ids()) == 1
    assert (done.sent, done.reasons) == (1, {"unsubscribed": 3})


def test_what_was_cancelled_or_taken_over_while_it_was_held_is_not_sent(engine: Engine, tmp_path: Path) -> None:
    add_messages(engine, add_partners(engine, 3))

    def interfere(done: int, _total: int) -> None:
        if done > 1:
            return
        cancelled, taken = (message for message in all_messages(engine) if message.status == "pending")
        cancelled.status, taken.lease_owner = "cancelled", "another"
        with writing(engine) as session:
            session.add_all((cancelled, taken))

    with post(tmp_path / "log") as server:
        options = mail_settings(server.port)
        with Transport.of(options) as transport:
            assert (
                deliver(engine, transport, gate=OPEN_GATE, now=lambda: NOW, progress=interfere, options=options).sent
                == 1
            )
        assert len(server.ids()) == 1
    assert statuses(engine) == {"sent": 1, "cancelled": 1, "pending": 1}


def test_a_message_goes_to_the_address_of_the_day(engine: Engine, tmp_path: Path) -> None:
    partners = add_partners(engine, 1)
    add_messages(engine, partners)
    change(engine, partners, email="nouvelle@exemple.invalid")
    with post(tmp_path / "log") as server:
        send(engine, server.port)
        assert server.accepted()[0].to == ("nouvelle@exemple.invalid",)


def test_what_another_process_holds_is_left_to_it_until_its_lease_ends(engine: Engine, tmp_path: Path) -> None:
    add_messages(engine, add_partners(engine, 2))
    held = all_messages(engine)[0]
    with writing(engine) as session:
        held.lease_owner, held.leased_until = "another", NOW + timedelta(minutes=2)
        session.add(held)
    with post(tmp_path / "log") as server:
        assert send(engine, server.port).sent == 1
        assert send(engine, server.port, NOW + timedelta(minutes=3)).sent == 1


def test_a_slow_batch_is_held_on_to(engine: Engine, tmp_path: Path) -> None:
    """Each message may take most of a lease: the lease is renewed before, and a rival finds nothing to take."""
    add_messages(engine, add_partners(engine, 6))
    moment = NOW

    def slowly(_done: int, _total: int) -> None:
        nonlocal moment
        moment += timedelta(seconds=100)
        assert send(engine, server.port, moment).sent == 0

    with post(tmp_path / "log") as server:
        options = mail_settings(server.port, smtp_timeout_s=55)
        with Transport.of(options) as transport:
            done = deliver(engine, transport, gate=OPEN_GATE, now=lambda: moment, progress=slowly, options=options)
        assert done.sent == 6
        assert set(Counter(server.ids()).values()) == {1}


def test_what_has_left_is_sent_whatever_became_of_it_meanwhile(engine: Engine, tmp_path: Path) -> None:
    """Cancelled between its acceptance and its acknowledgement, a message is sent, and does not go again."""
    add_messages(engine, add_partners(engine, 1))
    with post(tmp_path / "log", slow_s=1) as server:
        delivery = threading.Thread(target=lambda: send(engine, server.port))
        delivery.start()
        while not server.ids():
            time.sleep(0.02)
        (message,) = all_messages(engine)
        message.status, message.lease_owner, message.leased_until = "cancelled", None, None
        with writing(engine) as session:
            session.add(message)
        delivery.join()
    assert statuses(engine) == {"sent": 1}


def test_no_address_is_logged_kept_or_told(engine: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A canary: the server repeats the address in each of its answers, and only the partners' table has it."""
    partners = add_partners(engine, 12)
    for number, partner in enumerate(partners):
        change(engine, [partner], email=f"canari{number}@exemple.invalid")
    add_messages(engine, partners)
    canaries = [f"canari{number}@exemple.invalid" for number in range(12)]
    faults = {"refuse": canaries[:2], "reject": canaries[2:4], "defer_to": canaries[4:6], "drop_ack": 0.2}
    with caplog.at_level(logging.DEBUG, logger="api"), post(tmp_path / "log", **faults) as server:
        done = send_until_done(engine, server.port, mail_tries=3)
        done.append(send(engine, server.port))
    told = caplog.text + repr(done) + "".join(map(repr, all_messages(engine)))
    assert len(caplog.records) > 12
    assert "canari" not in told
    assert {message.last_error for message in all_messages(engine)} == {
        "",
        "refused, SMTP 550",
        "rejected, SMTP 554",
        "deferred, SMTP 450",
    }
