"""Passwords: which are good enough, how they are kept, and how one is checked."""

import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from api.core.errors import InvalidError

LEAST, MOST = 12, 200

_HASHER = PasswordHasher()
# Each check takes 64 MB for a while: a crowd at the door must not take all the memory there is.
_AT_ONCE = threading.BoundedSemaphore(4)
# What a password is checked against where there is nothing to check it against: it takes as long.
_NOBODY = _HASHER.hash("personne")


def keep(password: str, email: str) -> str:
    """Return what is kept of a password. Raises InvalidError for one that is too short, too long, or the e-mail."""
    # Before it is normalised, which takes long for a long text of marks.
    if len(password) > 4 * MOST:
        raise InvalidError([("password", f"{MOST} caractères au plus")])
    plain = _plain(password)
    if len(plain) < LEAST:
        raise InvalidError([("password", f"{LEAST} caractères au moins")])
    if len(plain) > MOST:
        raise InvalidError([("password", f"{MOST} caractères au plus")])
    if plain.casefold().strip() in (email, email.partition("@")[0]) or len(set(plain)) < 4:
        raise InvalidError([("password", "trop facile à deviner")])
    with _AT_ONCE:
        return _HASHER.hash(plain)


def holds(password: str, kept: str | None) -> bool:
    """Whether this is the password that was kept; it takes about as long where none was."""
    with _AT_ONCE:
        try:
            right = _HASHER.verify(kept or _NOBODY, _plain(password[: MOST + 1]))
        except (VerificationError, InvalidHashError):
            return False
    return right and kept is not None


def renewed(password: str, kept: str) -> str | None:
    """Return a password as it is kept today, if it was kept by older parameters. Give it only one that holds."""
    if not _HASHER.check_needs_rehash(kept):
        return None
    with _AT_ONCE:
        return _HASHER.hash(_plain(password))


def _plain(password: str) -> str:
    # Keyboards write one accent in two ways.
    return unicodedata.normalize("NFKC", password)
