"""The message as it leaves: text and HTML side by side, the same to the byte at each attempt but for its date."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime


@dataclass(frozen=True)
class Outgoing:
    """A frozen mail and when it leaves."""

    message_id: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str]
    at: datetime


class _Whole(EmailPolicy):
    """Headers as usual, save those that the library would cut to pieces: a URL of more than one line's length."""

    def fold(self, name: str, value: str) -> str:
        return f"{name}: {value}{self.linesep}" if name.lower() == "list-unsubscribe" else super().fold(name, value)

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode("ascii")


WHOLE = _Whole(linesep="\r\n")


def build_message(mail_from: str, to: str, outgoing: Outgoing) -> EmailMessage:
    """Return the message, of ASCII lines of at most 78 characters. Raises ValueError for a line break in a header."""
    message = EmailMessage(policy=WHOLE)
    message["From"] = mail_from
    message["To"] = to
    message["Subject"] = outgoing.subject
    message["Date"] = format_datetime(outgoing.at)
    message["Message-ID"] = outgoing.message_id
    for name, value in outgoing.headers.items():
        message[name] = value
    message.set_content(outgoing.text, cte="quoted-printable")
    message.add_alternative(outgoing.html, subtype="html", cte="quoted-printable")
    message.set_boundary(f"=={outgoing.message_id.strip('<>').partition('@')[0]}==")
    return message


def framed(data: bytes) -> bytes:
    """Return a message as it follows DATA (RFC 5321, 4.5.2): lines that begin with a dot get another one."""
    dotted = re.sub(rb"^\.", b"..", re.sub(rb"\r\n|\r|\n", b"\r\n", data), flags=re.MULTILINE)
    return dotted + (b"" if dotted.endswith(b"\r\n") else b"\r\n") + b".\r\n"
