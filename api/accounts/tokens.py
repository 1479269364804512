"""Random tokens of invitations and sessions; the tables keep their digests."""

import hashlib
import secrets


def new_token() -> str:
    return secrets.token_urlsafe(32)


def new_mark() -> str:
    """Return a random word of 22 characters that opens nothing by itself."""
    return secrets.token_urlsafe(16)


def digest(token: str) -> str:
    """Return the stored form of a token."""
    # A token has 256 random bits: a fast hash is enough.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
