"""Passwords: rules, hashing, verification."""

import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from api.core.errors import InvalidError

MIN_LENGTH, MAX_LENGTH = 12, 200

_HASHER = PasswordHasher()
# Each hash takes 64 MB: the number of parallel sign-ins is bounded.
_CONCURRENT_HASHES = threading.BoundedSemaphore(4)
# Checked if the account has no password, so that the answer takes as long.
_DUMMY_HASH = _HASHER.hash("personne")


def hash_password(password: str, email: str) -> str:
    """Return the hash of a password. Raises InvalidError if it is too short, too long, or easy to guess."""
    # Before it is normalised, which takes long for a long text of marks.
    if len(password) > 4 * MAX_LENGTH:
        raise InvalidError([("password", f"{MAX_LENGTH} caractères au plus")])
    normalized_password = _normalize_password(password)
    if len(normalized_password) < MIN_LENGTH:
        raise InvalidError([("password", f"{MIN_LENGTH} caractères au moins")])
    if len(normalized_password) > MAX_LENGTH:
        raise InvalidError([("password", f"{MAX_LENGTH} caractères au plus")])
    if normalized_password.casefold().strip() in (email, email.partition("@")[0]) or len(set(normalized_password)) < 4:
        raise InvalidError([("password", "trop facile à deviner")])
    with _CONCURRENT_HASHES:
        return _HASHER.hash(normalized_password)


def verify_password(password: str, stored_hash: str | None) -> bool:
    """Return whether a password matches a hash; without a hash, False after about the same time."""
    with _CONCURRENT_HASHES:
        try:
            is_right = _HASHER.verify(stored_hash or _DUMMY_HASH, _normalize_password(password[: MAX_LENGTH + 1]))
        except (VerificationError, InvalidHashError):
            return False
    return is_right and stored_hash is not None


def rehash_if_outdated(password: str, stored_hash: str) -> str | None:
    """Return a new hash if the stored one has outdated parameters. password: already verified."""
    if not _HASHER.check_needs_rehash(stored_hash):
        return None
    with _CONCURRENT_HASHES:
        return _HASHER.hash(_normalize_password(password))


def _normalize_password(password: str) -> str:
    # Keyboards write an accent as one or two code points.
    return unicodedata.normalize("NFKC", password)
