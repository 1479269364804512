"""The way to the SMTP server: one connection, used again; every failure says whose it is.

MailError
├── Refused     the server will never take this mail for this recipient (5xx)
├── Deferred    it did not take it for now (4xx)
├── Lost        the connection went while it was handed over; `uncertain`: perhaps the server has it
└── ServerDown  the server takes nothing from us at present: no mail's fault

No error carries what the server said: it may repeat the address.
"""

import smtplib
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Self

from api.settings import Settings

# A message's lines are folded by its own policy; its headers are not, for a folded URL or Message-ID is a broken one.
UNFOLDED = policy.SMTP.clone(max_line_length=990)
# One mail may take so many times the patience for one answer: a lease must be longer than this.
WAITS = 2


class MailError(Exception):
    """A mail that was not taken. `code`: the SMTP answer, 0 where there was none."""

    def __init__(self, code: int = 0) -> None:
        super().__init__(f"SMTP {code}" if code else "no SMTP answer")
        self.code = code


class Refused(MailError):  # noqa: N818 (named as what happened, like the others)
    pass


class Deferred(MailError):  # noqa: N818
    pass


class Lost(MailError):  # noqa: N818
    def __init__(self, *, uncertain: bool) -> None:
        super().__init__()
        self.uncertain = uncertain


class ServerDown(MailError):  # noqa: N818
    pass


@dataclass(frozen=True)
class Outgoing:
    """A frozen mail and when it leaves; the same one always makes the same message."""

    message_id: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str]
    at: datetime


@dataclass(frozen=True)
class Server:
    """Where mails are handed over, and as whom. security: none, starttls or tls."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    security: str = "none"
    timeout_s: float = 30


class Transport:
    """Hands mails to a server over one connection, made when first needed and again when it is gone.

    Not for several threads. As a context manager it says goodbye at the end.
    """

    def __init__(self, server: Server, mail_from: str) -> None:
        self._server = server
        self._mail_from = mail_from
        self._sender = parseaddr(mail_from)[1]
        self._smtp: smtplib.SMTP | None = None
        self._until = 0.0

    @classmethod
    def of(cls, settings: Settings) -> Self:
        server = Server(
            settings.smtp_host,
            settings.smtp_port,
            settings.smtp_user,
            settings.smtp_password.get_secret_value(),
            settings.smtp_security,
            settings.smtp_timeout_s,
        )
        return cls(server, settings.mail_from)

    @property
    def longest_s(self) -> float:
        """How long one `send` may take, about, whatever the server does."""
        return WAITS * self._server.timeout_s

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, to: str, outgoing: Outgoing) -> None:
        """Hand a mail over; returns once the server has answered for it. Raises a MailError."""
        try:
            data = build_message(self._mail_from, to, outgoing).as_bytes(policy=UNFOLDED)
            to.encode("ascii")
        except (ValueError, UnicodeError, IndexError):
            # An address that no header can hold: what a server would call a syntax error.
            raise Refused(501) from None
        self._until = time.monotonic() + self.longest_s
        smtp = self._connected()
        self._introduce(smtp)
        self._deliver(smtp, to, data)

    def close(self) -> None:
        """Say goodbye, where there is someone left to hear it."""
        if self._smtp:
            with suppress(OSError, smtplib.SMTPException):
                self._smtp.quit()
        self._drop()

    def _connected(self) -> smtplib.SMTP:
        """The connection of the mail before, if it still answers, or a new one."""
        if self._smtp:
            with suppress(OSError, smtplib.SMTPException):
                self._hurry(self._smtp)
                if self._smtp.rset()[0] == 250:
                    return self._smtp
            self._drop()
        try:
            return self._connect()
        except smtplib.SMTPResponseException as error:
            self._drop()
            raise ServerDown(error.smtp_code) from None
        except (OSError, smtplib.SMTPException, UnicodeError):
            self._drop()
            raise ServerDown from None

    def _connect(self) -> smtplib.SMTP:
        server, context = self._server, ssl.create_default_context()
        patience = self._patience()
        if server.security == "tls":
            self._smtp = smtplib.SMTP_SSL(server.host, server.port, timeout=patience, context=context)
        else:
            self._smtp = smtplib.SMTP(server.host, server.port, timeout=patience)
        self._hurry(self._smtp)
        if server.security == "starttls":
            self._smtp.starttls(context=context)
        self._smtp.ehlo_or_helo_if_needed()
        if server.user:
            self._smtp.login(server.user, server.password)
        return self._smtp

    def _introduce(self, smtp: smtplib.SMTP) -> None:
        """MAIL FROM: a no here is about us, not about whom we write to."""
        self._hurry(smtp)
        try:
            code, _ = smtp.mail(self._sender)
        except (OSError, smtplib.SMTPException):
            self._drop()
            raise Lost(uncertain=False) from None
        if code != 250:
            self._drop()
            raise ServerDown(code)

    def _deliver(self, smtp: smtplib.SMTP, to: str, data: bytes) -> None:
        handed_over = False
        try:
            self._hurry(smtp)
            code, _ = smtp.rcpt(to)
            self._answered(code, 250, 251, 252)
            self._hurry(smtp)
            self._answered(smtp.docmd("DATA")[0], 354)
            self._hurry(smtp)
            smtp.send(_framed(data))
            # All of it is on its way, the final dot too: from here on the server may have it, whatever we hear.
            handed_over = True
            self._hurry(smtp)
            self._answered(smtp.getreply()[0], 250)
        except (OSError, smtplib.SMTPException):
            self._drop()
            raise Lost(uncertain=handed_over) from None

    def _answered(self, code: int, *wanted: int) -> None:
        if code in wanted:
            return
        if code == 421:
            # It hangs up after this answer.
            self._drop()
        if 400 <= code < 500:
            raise Deferred(code)
        if 500 <= code < 600:
            raise Refused(code)
        # An answer that no rule foresees: nobody knows what it is an answer to.
        self._drop()
        raise Deferred(code if code > 0 else 0)

    def _patience(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return min(left, self._server.timeout_s)

    def _hurry(self, smtp: smtplib.SMTP) -> None:
        if smtp.sock:
            smtp.sock.settimeout(self._patience())

    def _drop(self) -> None:
        if self._smtp:
            with suppress(OSError):
                self._smtp.close()
        self._smtp = None


def build_message(mail_from: str, to: str, outgoing: Outgoing) -> EmailMessage:
    """Return the message as it leaves. Raises ValueError for an address that no header can hold."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = mail_from
    message["To"] = to
    message["Subject"] = outgoing.subject
    message["Date"] = format_datetime(outgoing.at)
    message["Message-ID"] = outgoing.message_id
    for name, value in outgoing.headers.items():
        message[name] = value
    message.set_content(outgoing.text, cte="quoted-printable")
    message.add_alternative(outgoing.html, subtype="html", cte="quoted-printable")
    # A second attempt is the same message, to the byte but for its date.
    message.set_boundary(f"=={outgoing.message_id.strip('<>').partition('@')[0]}==")
    return message


def _framed(data: bytes) -> bytes:
    """Return a message as it follows DATA (RFC 5321, 4.5.2): lines that begin with a dot get another one."""
    lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    framed = (b"\r\n" + lines).replace(b"\r\n.", b"\r\n..")[2:]
    return framed + (b"" if framed.endswith(b"\r\n") else b"\r\n") + b".\r\n"
