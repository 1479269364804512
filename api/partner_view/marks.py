"""Marks: what stands for an actor and an opportunity in the address of a partner's page.

A mark is its own content, encrypted: it is opened, never searched for. AES-SIV (RFC 5297) is deterministic and
authenticated, with the account as associated data. So a pair always has the same mark in one account; marks of two
accounts cannot be joined; nobody without a key can make a mark, read one, or check a guess against it.
"""

import base64
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from api.mailing.links import Signer

CONTEXT = "polesud.mark"
# Two UUIDs of 16 bytes and a tag of 16 are 48 bytes, hence 64 characters of base64 without padding.
LENGTH = 64


@dataclass(frozen=True)
class Pair:
    """An actor and an opportunity, or one of its lots, by their ids."""

    actor_id: str
    opportunity_id: str


class Marks:
    """Makes and opens the marks of one account: with the newest key, which is the last, and with any of them."""

    def __init__(self, keys: Sequence[bytes], account_id: str) -> None:
        """keys: 64 bytes each."""
        self._ciphers = [AESSIV(key) for key in keys]
        self._associated = [CONTEXT.encode(), account_id.encode()]

    @classmethod
    def of(cls, signer: Signer, account_id: str) -> "Marks":
        return cls(signer.derived_keys(CONTEXT), account_id)

    def make(self, pair: Pair) -> str:
        """Return the mark of a pair, 64 characters of the URL-safe alphabet."""
        content = uuid.UUID(pair.actor_id).bytes + uuid.UUID(pair.opportunity_id).bytes
        return base64.urlsafe_b64encode(self._ciphers[-1].encrypt(content, self._associated)).decode()

    def open(self, mark: str) -> Pair | None:
        """Return the pair of a mark; None where it is not one of this account's, or its key is gone."""
        if len(mark) != LENGTH:
            return None
        try:
            sealed = base64.b64decode(mark, altchars=b"-_", validate=True)
        except ValueError:
            return None
        for cipher in reversed(self._ciphers):
            try:
                content = cipher.decrypt(sealed, self._associated)
            except InvalidTag:
                continue
            return Pair(str(uuid.UUID(bytes=content[:16])), str(uuid.UUID(bytes=content[16:])))
        return None
