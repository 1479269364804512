"""The way to the server: what arrives is what was written, and each failure says whose it is."""

import socket
import threading
import time
from contextlib import closing
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.mailing.mail_errors import Deferred, Lost, Refused, ServerDown
from api.mailing.message import Outgoing, build_message, frame_data
from api.mailing.transport import Server, Transport
from tests.support.outbox import NOW
from tests.support.smtp_server import Post, post

pytestmark = pytest.mark.slow

SENDER = "Pôle Sud <rapprochements@polesud.invalid>"
TO = "partenaire@exemple.invalid"
URL = "https://polesud.invalid/desinscription/" + "a1-b_" * 40


def outgoing(**values: Any) -> Outgoing:
    known: dict[str, Any] = {
        "message_id": "<6f1f1f0e-8a0b-5b0a-9d52-2607260726f0@polesud.invalid>",
        "subject": "3 nouveautés pour vous – 24 novembre 2026",
        "text": "Voilà.\n.\n.. et après\n",
        "html": "<p>Voilà.</p>\n",
        "headers": {"List-Unsubscribe": f"<{URL}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
        "at": NOW,
    }
    return Outgoing(**(known | values))


def transport(port: int, timeout_s: float = 5) -> Transport:
    return Transport(Server("127.0.0.1", port, timeout_s=timeout_s), SENDER)


def received(server: Post, place: int = -1) -> EmailMessage:
    return cast(EmailMessage, message_from_bytes(server.accepted()[place].content, policy=default))


def test_what_arrives_is_what_was_written(tmp_path: Path) -> None:
    with post(tmp_path / "log") as server, transport(server.port) as way:
        way.send(TO, outgoing())
        message = received(server)
        (accepted,) = server.accepted()
    assert accepted.sender == "rapprochements@polesud.invalid"
    assert message["From"] == SENDER
    assert message["To"] == TO
    assert message["Subject"] == outgoing().subject
    assert message["Message-ID"] == outgoing().message_id
    assert message["Date"].datetime == NOW
    assert message["List-Unsubscribe"] == f"<{URL}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text, html = message.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content().splitlines() == outgoing().text.splitlines()
    assert html.get_content().splitlines() == outgoing().html.splitlines()


def test_a_long_url_in_a_header_is_not_cut() -> None:
    """Whoever unsubscribes with one click reads it as it stands; every other line keeps to 78 characters."""
    lines = build_message(SENDER, TO, outgoing(subject="à " * 200)).as_bytes().split(b"\r\n")
    assert f"List-Unsubscribe: <{URL}>".encode() in lines
    assert all(len(line) <= 78 for line in lines if URL.encode() not in line)


def test_each_attempt_at_a_message_is_the_same_to_the_byte() -> None:
    first, second = (build_message(SENDER, TO, outgoing()).as_bytes() for _ in range(2))
    assert first == second


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc",)), max_size=50).map(lambda s: s + "\n"))
def test_any_text_arrives_whole(text: str) -> None:
    built = build_message(SENDER, TO, outgoing(text=f".\n{text}.\n"))
    sent = frame_data(built.as_bytes())
    assert sent.endswith(b"\r\n.\r\n")
    lines = sent.removesuffix(b".\r\n").split(b"\r\n")
    assert b"." not in lines
    undotted = b"\r\n".join(line.removeprefix(b".") for line in lines)
    message = cast(EmailMessage, message_from_bytes(undotted, policy=default))
    assert next(iter(message.iter_parts())).get_content().replace("\r\n", "\n") == f".\n{text}.\n"


@pytest.mark.parametrize("name", ["To", "Subject", "List-Unsubscribe"])
def test_no_header_can_be_smuggled_in(name: str) -> None:
    evil = "x@exemple.invalid\r\nBcc: tous@exemple.invalid"
    values: dict[str, Any] = {"subject": evil} if name == "Subject" else {}
    if name == "List-Unsubscribe":
        values = {"headers": {name: evil}}
    way = transport(1)
    with pytest.raises(Refused) as raised:
        way.send(evil if name == "To" else TO, outgoing(**values))
    assert raised.value.of_address == (name == "To")


@pytest.mark.parametrize("to", ["", "personne", "a@b, c@d", "a b@exemple.invalid", "é@exemple.invalid", "<a@b>"])
def test_what_is_no_address_is_refused_before_anyone_is_called(to: str) -> None:
    with pytest.raises(Refused):
        transport(1).send(to, outgoing())


@pytest.mark.parametrize(
    ("faults", "error", "code"),
    [
        ({"refuse": [TO]}, Refused, 550),
        ({"reject": [TO]}, Refused, 554),
        ({"defer_to": [TO]}, Deferred, 450),
        ({"mail": "451 busy"}, ServerDown, 451),
        ({"mail": "550 go away"}, ServerDown, 550),
        ({"drop_rcpt": 1}, Lost, 0),
        ({"drop_data": 1}, Lost, 0),
        ({"stall_ack": 1}, Lost, 0),
    ],
)
def test_each_answer_is_told_apart_and_repeats_no_address(
    faults: dict[str, Any], error: type[Refused | Deferred | Lost | ServerDown], code: int, tmp_path: Path
) -> None:
    with post(tmp_path / "log", **faults) as server, transport(server.port, 1) as way, pytest.raises(error) as raised:
        way.send(TO, outgoing())
    assert raised.value.code == code
    assert TO not in f"{raised.value} {raised.value!r}"
    if isinstance(raised.value, Refused):
        assert raised.value.of_address == (code == 550)
    if isinstance(raised.value, Lost):
        # Only once the last of it was sent may the server have it.
        assert raised.value.uncertain == ("drop_rcpt" not in faults)


def test_nobody_listening_is_a_server_down() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        with pytest.raises(ServerDown):
            transport(probe.getsockname()[1]).send(TO, outgoing())


def test_a_server_that_never_greets_is_down() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent, pytest.raises(ServerDown):
        transport(silent.getsockname()[1], 0.2).send(TO, outgoing())


@pytest.mark.parametrize("wanted", [{"security": "starttls"}, {"security": "tls"}, {"user": "pole", "password": "x"}])
def test_what_a_server_does_not_offer_is_not_done_without(wanted: dict[str, Any], tmp_path: Path) -> None:
    """Nothing goes in clear where it should not, and nothing under no name: the server is of no use to us."""
    with post(tmp_path / "log") as server:
        with (
            Transport(Server("127.0.0.1", server.port, timeout_s=1, **wanted), SENDER) as way,
            pytest.raises(ServerDown),
        ):
            way.send(TO, outgoing())
        assert server.accepted() == []


def test_a_connection_that_the_server_closed_meanwhile_is_made_again(tmp_path: Path) -> None:
    with post(tmp_path / "log", idle_s=0.2) as server, transport(server.port) as way:
        way.send(TO, outgoing())
        time.sleep(0.5)
        way.send(TO, outgoing())
        assert [one.connection for one in server.accepted()] == [1, 2]


def test_a_failure_leaves_nothing_for_the_next_mail(tmp_path: Path) -> None:
    """Whatever state the server was left in, the next mail starts afresh."""
    faults = {"refuse": ["refuse@exemple.invalid"], "defer_to": ["attente@exemple.invalid"]}
    with post(tmp_path / "log", **faults) as server, transport(server.port) as way:
        for bad in ("refuse@exemple.invalid", "attente@exemple.invalid"):
            with pytest.raises((Refused, Deferred)):
                way.send(bad, outgoing())
            way.send(TO, outgoing())
        assert [one.to for one in server.accepted()] == [(TO,), (TO,)]
        assert {one.connection for one in server.accepted()} == {1}


@pytest.mark.slow
def test_a_server_that_hangs_up_while_a_mail_is_sent_does_not_have_it() -> None:
    """The final dot never left: the loss is certain."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        # The mail is larger than what both ends hold for who does not read: a few kB here, four MB there.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)

        def hang_up() -> None:
            connection, _ = listening.accept()
            with connection, connection.makefile("rwb", buffering=0) as line:
                line.write(b"220 x\r\n")
                for answer in (b"250 x", b"250 x", b"250 x", b"354 x"):
                    line.readline()
                    line.write(answer + b"\r\n")
                connection.recv(1000)

        server = threading.Thread(target=hang_up)
        server.start()
        with pytest.raises(Lost) as raised:
            transport(listening.getsockname()[1], 2).send(TO, outgoing(text="Long.\n" * 900_000))
        server.join()
    assert not raised.value.uncertain
