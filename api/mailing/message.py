"""The MIME message: text and HTML, identical at each attempt except for the date."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime


@dataclass(frozen=True)
class Outgoing:
    """A composed mail and the moment of sending."""

    message_id: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str]
    at: datetime


class _MailPolicy(EmailPolicy):
    """Does not fold List-Unsubscribe: the library would break a URL longer than one line."""

    def fold(self, name: str, value: str) -> str:
        return f"{name}: {value}{self.linesep}" if name.lower() == "list-unsubscribe" else super().fold(name, value)

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode("ascii")


MAIL_POLICY = _MailPolicy(linesep="\r\n")


def build_message(mail_from: str, mail_to: str, outgoing: Outgoing) -> EmailMessage:
    """Return the message, of ASCII lines of at most 78 characters. Raises ValueError for a line break in a header."""
    message = EmailMessage(policy=MAIL_POLICY)
    message["From"] = mail_from
    message["To"] = mail_to
    message["Subject"] = outgoing.subject
    message["Date"] = format_datetime(outgoing.at)
    message["Message-ID"] = outgoing.message_id
    for header_name, header_value in outgoing.headers.items():
        message[header_name] = header_value
    message.set_content(outgoing.text, cte="quoted-printable")
    message.add_alternative(outgoing.html, subtype="html", cte="quoted-printable")
    message.set_boundary(f"=={outgoing.message_id.strip('<>').partition('@')[0]}==")
    return message


def frame_data(message_bytes: bytes) -> bytes:
    """Return the payload of DATA: CRLF line ends, dot-stuffed, with the final dot (RFC 5321, 4.5.2)."""
    dot_stuffed = re.sub(rb"^\.", b"..", re.sub(rb"\r\n|\r|\n", b"\r\n", message_bytes), flags=re.MULTILINE)
    return dot_stuffed + (b"" if dot_stuffed.endswith(b"\r\n") else b"\r\n") + b".\r\n"
