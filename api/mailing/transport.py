"""The SMTP connection: one connection for many mails; failures are raised as `api.mailing.mail_errors`."""

import re
import smtplib
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Self

from api.core.errors import SettingsError
from api.core.hosts import is_loopback
from api.core.setting_types import Security
from api.core.settings import MailSettings
from api.mailing.mail_errors import Deferred, Lost, Refused, ServerDown
from api.mailing.message import Outgoing, build_message, frame_data

# One address, as an envelope holds it without quotes.
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")
# Enhanced codes that blame the mail system, the protocol, the content or a policy, not the address.
NOT_THE_ADDRESS = re.compile(rb"5\.[3567]\.")
# Longest time for one mail, in timeouts of one answer. The lease of a message must be longer.
WAITS_PER_MAIL = 2


@dataclass(frozen=True)
class Server:
    """The mail server and the login. security: none, starttls or tls."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    security: Security = "none"
    timeout_s: float = 30


class Transport:
    """Sends mails over one connection, opened at the first mail and again whenever it is lost.

    Not thread-safe. As a context manager it quits the connection at the end.
    """

    def __init__(self, server: Server, mail_from: str) -> None:
        """Raises SettingsError for a password that would leave in clear to another host."""
        if server.user and server.security == "none" and not is_loopback(server.host):
            reason = "le mot de passe partirait en clair vers une autre machine ; choisissez starttls ou tls"
            raise SettingsError([("POLESUD_SMTP_SECURITY", reason)])
        self._server = server
        self._mail_from = mail_from
        self._sender = parseaddr(mail_from)[1]
        self._smtp: smtplib.SMTP | None = None
        self._deadline = 0.0

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
        """Upper bound of one `send`, in seconds, whatever the server does."""
        return WAITS_PER_MAIL * self._server.timeout_s

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, mail_to: str, outgoing: Outgoing) -> None:
        """Send a mail; returns once the server has accepted it. Raises a MailError."""
        if not ADDRESS.fullmatch(mail_to):
            # A server would answer with a syntax error, or, given two addresses, perhaps accept one of them.
            raise Refused(501)
        try:
            message_bytes = build_message(self._mail_from, mail_to, outgoing).as_bytes()
        except ValueError:
            raise Refused(0, of_address=False) from None
        self._deadline = time.monotonic() + self.longest_s
        smtp = self._live_connection()
        self._send_sender(smtp)
        self._send_data(smtp, mail_to, message_bytes)

    def close(self) -> None:
        """Quit the connection if there is one."""
        if self._smtp:
            with suppress(OSError, smtplib.SMTPException):
                self._smtp.quit()
        self._drop_connection()

    def _live_connection(self) -> smtplib.SMTP:
        """Return the previous mail's connection if it still answers, else a new one."""
        if self._smtp:
            with suppress(OSError, smtplib.SMTPException):
                self._limit_wait(self._smtp)
                if self._smtp.rset()[0] == 250:
                    return self._smtp
            self._drop_connection()
        try:
            return self._open_connection()
        except smtplib.SMTPResponseException as error:
            self._drop_connection()
            raise ServerDown(error.smtp_code) from None
        except (OSError, smtplib.SMTPException, UnicodeError):
            self._drop_connection()
            raise ServerDown from None

    def _open_connection(self) -> smtplib.SMTP:
        server = self._server
        timeout_s = self._remaining_s()
        if server.security == "tls":
            context = ssl.create_default_context()
            self._smtp = smtplib.SMTP_SSL(server.host, server.port, timeout=timeout_s, context=context)
        else:
            self._smtp = smtplib.SMTP(server.host, server.port, timeout=timeout_s)
        self._limit_wait(self._smtp)
        if server.security == "starttls":
            # Raises where the server offers none, or somebody in between took the offer away: nothing goes on in clear.
            self._smtp.starttls(context=ssl.create_default_context())
        self._smtp.ehlo_or_helo_if_needed()
        if server.user:
            self._smtp.login(server.user, server.password)
        return self._smtp

    def _send_sender(self, smtp: smtplib.SMTP) -> None:
        """Send MAIL FROM: a refusal here concerns the sender, not the recipient."""
        self._limit_wait(smtp)
        try:
            smtp_code, _ = smtp.mail(self._sender)
        except (OSError, smtplib.SMTPException):
            self._drop_connection()
            raise Lost(uncertain=False) from None
        if smtp_code != 250:
            self._drop_connection()
            raise ServerDown(smtp_code)

    def _send_data(self, smtp: smtplib.SMTP, mail_to: str, message_bytes: bytes) -> None:
        handed_over = False
        try:
            self._limit_wait(smtp)
            self._check_reply(smtp.rcpt(mail_to), 250, 251, 252)
            self._limit_wait(smtp)
            self._check_reply(smtp.docmd("DATA"), 354)
            self._limit_wait(smtp)
            smtp.send(frame_data(message_bytes))
            # The mail has left with its final dot: from here on the server may have accepted it.
            handed_over = True
            self._limit_wait(smtp)
            self._check_reply(smtp.getreply(), 250)
        except (OSError, smtplib.SMTPException):
            self._drop_connection()
            raise Lost(uncertain=handed_over) from None

    def _check_reply(self, reply: tuple[int, bytes], *expected_codes: int) -> None:
        smtp_code, reply_text = reply
        if smtp_code in expected_codes:
            return
        if smtp_code == 421:
            # The server closes the connection after this answer.
            self._drop_connection()
        if 400 <= smtp_code < 500:
            raise Deferred(smtp_code)
        if 500 <= smtp_code < 600:
            raise Refused(smtp_code, of_address=not NOT_THE_ADDRESS.match(reply_text))
        # No rule foresees this answer: it may not answer the last command.
        self._drop_connection()
        raise Deferred(smtp_code if smtp_code > 0 else 0)

    def _remaining_s(self) -> float:
        remaining_s = self._deadline - time.monotonic()
        if remaining_s <= 0:
            raise TimeoutError
        return min(remaining_s, self._server.timeout_s)

    def _limit_wait(self, smtp: smtplib.SMTP) -> None:
        if smtp.sock:
            smtp.sock.settimeout(self._remaining_s())

    def _drop_connection(self) -> None:
        if self._smtp:
            with suppress(OSError):
                self._smtp.close()
        self._smtp = None
