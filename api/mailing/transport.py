"""The way to the SMTP server: one connection, used again; every failure says whose it is.

MailError
├── Refused     the server will never take this mail for this recipient (5xx)
├── Deferred    it did not take it for now (4xx)
├── Lost        the connection went while it was handed over; `uncertain`: perhaps the server has it
└── ServerDown  the server takes nothing from us at present: no mail's fault

No error carries what the server said: it may repeat the address.
"""

import re
import smtplib
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Self

from api.core.settings import MailSettings, Security
from api.mailing.message import Outgoing, build_message, framed

# One address, as an envelope holds it without quotes.
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")
# What the enhanced codes blame on the mail system, the protocol, the content or a policy.
NOT_THE_ADDRESS = re.compile(rb"5\.[3567]\.")
# One mail may take so many times the patience for one answer: a lease must be longer than this.
WAITS = 2


class MailError(Exception):
    """A mail that was not taken. `code`: the SMTP answer, 0 where there was none."""

    def __init__(self, code: int = 0) -> None:
        super().__init__(f"SMTP {code}" if code else "no SMTP answer")
        self.code = code


class Refused(MailError):  # noqa: N818 (named as what happened, like the others)
    """`of_address`: it is the address that is wrong, not what we sent or who we are (RFC 3463: 5.3, 5.5 to 5.7)."""

    def __init__(self, code: int, *, of_address: bool = True) -> None:
        super().__init__(code)
        self.of_address = of_address


class Deferred(MailError):  # noqa: N818
    pass


class Lost(MailError):  # noqa: N818
    def __init__(self, *, uncertain: bool) -> None:
        super().__init__()
        self.uncertain = uncertain


class ServerDown(MailError):  # noqa: N818
    pass


@dataclass(frozen=True)
class Server:
    """Where mails are handed over, and as whom. security: none, starttls or tls."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    security: Security = "none"
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
    def of(cls, settings: MailSettings) -> Self:
        """Return the transport of the settings."""
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
        if not ADDRESS.fullmatch(to):
            # What a server would call a syntax error; asked about two addresses, it might take one.
            raise Refused(501)
        try:
            data = build_message(self._mail_from, to, outgoing).as_bytes()
        except ValueError:
            raise Refused(0, of_address=False) from None
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
            self._answered(smtp.rcpt(to), 250, 251, 252)
            self._hurry(smtp)
            self._answered(smtp.docmd("DATA"), 354)
            self._hurry(smtp)
            smtp.send(framed(data))
            # All of it is on its way, the final dot too: from here on the server may have it, whatever we hear.
            handed_over = True
            self._hurry(smtp)
            self._answered(smtp.getreply(), 250)
        except (OSError, smtplib.SMTPException):
            self._drop()
            raise Lost(uncertain=handed_over) from None

    def _answered(self, reply: tuple[int, bytes], *wanted: int) -> None:
        code, words = reply
        if code in wanted:
            return
        if code == 421:
            # It hangs up after this answer.
            self._drop()
        if 400 <= code < 500:
            raise Deferred(code)
        if 500 <= code < 600:
            raise Refused(code, of_address=not NOT_THE_ADDRESS.match(words))
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
