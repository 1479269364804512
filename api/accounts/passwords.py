"""Passwords: rules, hashing, verification.

Hashing takes 64 MB and a tenth of a second, on purpose: what serves calls it in a `HashingPool`.
"""

import unicodedata
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from api.accounts import guessing
from api.core.errors import InvalidError

MIN_LENGTH, MAX_LENGTH = 12, 200

_HASHER = PasswordHasher()
# Checked if the account has no password, so that the answer takes as long.
# Of words that nobody knows; written down, since to make one takes a tenth of a second of each start.
_DUMMY_HASH = "$argon2id$v=19$m=65536,t=3,p=4$CBAWfDxpQia5RIZ07cHH+w$TGX7B5uxe/955chy1TTdt65cLXkkJ7W8v4lykDRX5+8"


@dataclass(frozen=True)
class Checked:
    """Whether a password was right; new_hash: what to store instead, if the parameters of the old one are outdated."""

    is_right: bool
    new_hash: str | None = None


def hash_password(password: str, email: str, name: str = "") -> str:
    """Return the hash of a password. Raises InvalidError as `accepted` does."""
    return _HASHER.hash(accepted(password, email, name))


def accepted(password: str, email: str, name: str = "") -> str:
    """Return a password as it is hashed. Raises InvalidError if it is too short, too long, or easy to guess.

    email, name: of the person, whose words are easy to guess.
    """
    # Before it is normalised, which takes long for a long text of marks.
    if len(password) > 4 * MAX_LENGTH:
        raise InvalidError([("password", f"{MAX_LENGTH} caractères au plus")])
    normalized_password = _normalize_password(password)
    if len(normalized_password) < MIN_LENGTH:
        raise InvalidError([("password", f"{MIN_LENGTH} caractères au moins")])
    if len(normalized_password) > MAX_LENGTH:
        raise InvalidError([("password", f"{MAX_LENGTH} caractères au plus")])
    if weakness := guessing.weakness(normalized_password, guessing.own_words(email, name)):
        raise InvalidError([("password", f"{weakness}. {guessing.HINT}")])
    return normalized_password


def check_password(password: str, stored_hash: str | None) -> Checked:
    """Compare a password with a hash; without a hash, the answer is no after about the same time."""
    # Cut where none could have been set.
    normalized_password = _normalize_password(password[: 4 * MAX_LENGTH + 1])
    try:
        _HASHER.verify(stored_hash or _DUMMY_HASH, normalized_password)
    except (VerificationError, InvalidHashError):
        return Checked(False)
    if stored_hash is None:
        return Checked(False)
    return Checked(True, _HASHER.hash(normalized_password) if _HASHER.check_needs_rehash(stored_hash) else None)


def _normalize_password(password: str) -> str:
    # Keyboards write an accent as one or two code points.
    return unicodedata.normalize("NFKC", password)
