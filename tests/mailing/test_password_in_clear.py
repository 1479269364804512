"""The mail server's password is sent over TLS alone, to a server that proves who it is; or to this machine."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from api.core.errors import SettingsError
from api.core.setting_types import Security
from api.mailing.mail_errors import ServerDown
from api.mailing.message import Outgoing
from api.mailing.transport import Server, Transport
from models.base import utc_now
from tests.support.outbox import NOW

PASSWORD = "motdepassecanari"
OUTGOING = Outgoing("<1@polesud.invalid>", "Essai", "Voilà.", "<p>Voilà.</p>", {}, at=NOW)


@dataclass
class Listener:
    """A mail server that offers sign-in, and keeps every byte that it was sent, outside of TLS and within."""

    port: int
    received: bytearray = field(default_factory=bytearray)


@contextmanager
def listening(certificate: Path, *, offers: str, answers: str) -> Iterator[Listener]:
    """Serve one connection. offers: what EHLO lists beside sign-in; answers: to STARTTLS, over the real TLS if 220."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        listener = Listener(server.getsockname()[1])

        def serve() -> None:
            connection, _ = server.accept()
            connection.settimeout(10)
            connection.sendall(b"220 poste.invalid\r\n")
            try:
                while block := connection.recv(4096):
                    listener.received += block
                    if block.upper().startswith(b"EHLO"):
                        connection.sendall(f"250-poste.invalid\r\n{offers}250 AUTH PLAIN LOGIN\r\n".encode())
                    elif block.upper().startswith(b"STARTTLS"):
                        connection.sendall(answers.encode() + b"\r\n")
                        if answers.startswith("220"):
                            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                            context.load_cert_chain(certificate)
                            connection = context.wrap_socket(connection, server_side=True)
                    else:
                        connection.sendall(b"235 OK\r\n")
            except OSError:
                pass
            finally:
                connection.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener
    thread.join(10)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The key and the certificate of a server for which nobody vouches."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = utc_now()
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + signed.public_bytes(pem))
    return path


@pytest.mark.parametrize(
    ("offers", "answers"),
    [
        ("", "502 no"),  # the offer was taken away on the way
        ("250-STARTTLS\r\n", "454 not now"),
        ("250-STARTTLS\r\n", "220 go"),  # a certificate of its own
        ("250-STARTTLS\r\n", "220 go\r\n250 AUTH PLAIN"),  # what was put in before TLS began is no answer within
    ],
)
def test_starttls_is_never_done_without(certificate: Path, offers: str, answers: str) -> None:
    with listening(certificate, offers=offers, answers=answers) as listener:
        server = Server("localhost", listener.port, "pole-sud", PASSWORD, "starttls", timeout_s=5)
        with Transport(server, "x@polesud.invalid") as transport, pytest.raises(ServerDown):
            transport.send("y@exemple.invalid", OUTGOING)
    received = bytes(listener.received)
    assert received.upper().startswith(b"EHLO")
    assert b"AUTH" not in received.upper().replace(b"STARTTLS", b"")
    assert PASSWORD.encode() not in received


@pytest.mark.parametrize("host", ["smtp.exemple.fr", "192.0.2.1", "::2", "localhost.exemple.fr"])
def test_a_password_is_not_given_to_another_host_in_clear(host: str) -> None:
    with pytest.raises(SettingsError, match="POLESUD_SMTP_SECURITY : le mot de passe partirait en clair"):
        Transport(Server(host, 25, "pole-sud", PASSWORD, "none"), "x@polesud.invalid")


@pytest.mark.parametrize(
    ("host", "user", "security"),
    [("127.0.0.1", "pole-sud", "none"), ("::1", "pole-sud", "none"), ("192.0.2.1", "", "none"), ("x.fr", "u", "tls")],
)
def test_what_sends_no_password_in_clear_is_allowed(host: str, user: str, security: Security) -> None:
    with Transport(Server(host, 25, user, PASSWORD, security), "x@polesud.invalid"):
        pass
