"""Marks: what stands for identifiers wherever a person is given them: addresses of its pages, the export of its data.

Identifiers are made from natural keys, and a guess could be checked against them. A mark is the identifiers themselves,
encrypted: it is opened, never searched for. AES-SIV (RFC 5297) is deterministic and authenticated, with the person as
associated data. So the same thing always has the same mark for one person; marks of two persons cannot be joined;
nobody without a key can make a mark, read one, or check a guess against it.
"""

import base64
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from api.mailing.links import Signer

CONTEXT = "polesud.mark"
# Two UUIDs of 16 bytes and a tag of 16 are 48 bytes, hence 64 characters of base64; one is 32 bytes, hence 43.
LENGTH, SINGLE_LENGTH = 64, 43


@dataclass(frozen=True)
class Pair:
    """An actor and an opportunity, or one of its lots, by their ids."""

    actor_id: str
    opportunity_id: str


class Marks:
    """Makes and opens the marks of one person: with the newest key, which is the last, and with any of them."""

    def __init__(self, keys: Sequence[bytes], person_id: str) -> None:
        """keys: 64 bytes each."""
        self._ciphers = [AESSIV(key) for key in keys]
        self._associated = [CONTEXT.encode(), person_id.encode()]

    @classmethod
    def of(cls, signer: Signer, person_id: str) -> "Marks":
        """Return the marks of an account, or of a partner who has none."""
        return cls(signer.derived_keys(CONTEXT), person_id)

    def make(self, pair: Pair) -> str:
        """Return the mark of a pair, 64 characters of the URL-safe alphabet."""
        return self._seal(pair.actor_id, pair.opportunity_id)

    def open(self, mark: str) -> Pair | None:
        """Return the pair of a mark; None where it is not one of this person's, or its key is gone."""
        ids = self._unseal(mark, LENGTH)
        return Pair(*ids) if ids else None

    def make_single(self, identifier: str) -> str:
        """Return the mark of one identifier, 43 characters of the URL-safe alphabet. Raises ValueError: no UUID."""
        return self._seal(identifier)

    def open_single(self, mark: str) -> str | None:
        """Return the identifier of its mark; None as above."""
        ids = self._unseal(mark, SINGLE_LENGTH)
        return ids[0] if ids else None

    def _seal(self, *identifiers: str) -> str:
        content = b"".join(uuid.UUID(identifier).bytes for identifier in identifiers)
        sealed_mark = self._ciphers[-1].encrypt(content, self._associated)
        return base64.urlsafe_b64encode(sealed_mark).decode().rstrip("=")

    def _unseal(self, mark: str, length: int) -> list[str] | None:
        if len(mark) != length:
            return None
        try:
            sealed_mark = base64.b64decode(mark + "=" * (-length % 4), altchars=b"-_", validate=True)
        except ValueError:
            return None
        for cipher in reversed(self._ciphers):
            try:
                content = cipher.decrypt(sealed_mark, self._associated)
            except InvalidTag:
                continue
            return [str(uuid.UUID(bytes=content[start : start + 16])) for start in range(0, len(content), 16)]
        return None
