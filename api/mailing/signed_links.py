"""Links of mails that were written before links were encrypted: their claims in clear, signed.

None is made any more. They are read, for each purpose as long as a link of today would be, because they stand in
mailboxes. What they say is in the hands of who received them, and cannot be called back; to end them all at once,
rotate the keys until those of then are gone. This module can go once the last is too old.

The form was that of itsdangerous 2.2 (`URLSafeTimedSerializer`, key derivation « hmac », SHA-256):
`base64(JSON).base64(seconds).base64(HMAC)`, with a dot before JSON that is compressed.
"""

import base64
import binascii
import hmac
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

# A link's JSON takes about a hundred bytes.
LONGEST = 4_096


@dataclass(frozen=True)
class DatedClaims:
    """What a link says, and when it was made."""

    claims: dict[str, str]
    moment: datetime


def read_signed(keys: Sequence[str], purpose: str, token: str) -> DatedClaims | None:
    """Return what a signed link says, however old; None where none of these keys signed it for this purpose."""
    signed_part, _, signature = token.rpartition(".")
    content, _, moment = signed_part.rpartition(".")
    if (
        len(token) > LONGEST
        or not token.isascii()
        or not any(hmac.compare_digest(_signature(key, purpose, signed_part), signature) for key in keys)
    ):
        return None
    try:
        packed = _decoded(content.removeprefix("."))
        claims = json.loads(zlib.decompress(packed) if content.startswith(".") else packed)
        return DatedClaims(claims, datetime.fromtimestamp(int.from_bytes(_decoded(moment)), UTC))
    except (binascii.Error, zlib.error, ValueError, OverflowError):
        return None


def _signature(key: str, purpose: str, signed_part: str) -> str:
    derived_key = hmac.digest(key.encode(), f"polesud.{purpose}".encode(), "sha256")
    return base64.urlsafe_b64encode(hmac.digest(derived_key, signed_part.encode(), "sha256")).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
