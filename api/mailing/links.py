"""Links in mails: encrypted for one purpose, valid for a time. Older keys still open, so that keys can be rotated.

What a link names (a partner by a random identifier, a suggestion) can be read, guessed and compared by nobody without a
key: a suggestion's identifier is made from the natural keys of its two sides, of which one may be confidential. Opening
a link records nothing.
"""

import base64
import fcntl
import hmac
import json
import os
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from api.core.errors import LinkExpiredError, NotFoundError, NotReadyError
from api.core.settings import Settings
from api.mailing.signed_links import DatedClaims, read_signed
from models.private_files import OWNER_FILE, tighten

KEPT_KEYS = 3
# Unsubscribing, and withdrawing a need, must work from a mail found again a year later.
LASTING_FACTOR = 10
# Fernet's own reader skips what is no letter of base64.
_TOKEN = re.compile(r"[A-Za-z0-9_-]+")


class Purpose(StrEnum):
    """What a link is for. The value is also its path: `/avis/{token}`."""

    ANSWER = "avis"
    CONFIRM = "confirmer"
    UNSUBSCRIBE = "desinscription"
    VIEW = "voir"
    FOLLOW_UP = "suivi"
    PASSWORD = "nouveau-mot-de-passe"
    NEED = "besoin"


LASTING = (Purpose.UNSUBSCRIBE, Purpose.NEED)


class LinkError(NotFoundError):
    """A link that no key opens, or one that was made for another purpose."""

    def __init__(self) -> None:
        super().__init__("Ce lien n’est pas valable. Vérifiez qu’il a été copié en entier.")


class Signer:
    """Encrypts claims with the newest key (the last); reads tokens of any of its keys.

    A token is a Fernet (AES-CBC and HMAC-SHA256, with the moment at which it was made), by a key a purpose.
    """

    def __init__(self, keys: Sequence[str], max_age_days: int, *, retired: Sequence[str] = ()) -> None:
        """retired: keys of before a restoration, whose links do nothing but unsubscribe."""
        self._keys = list(keys)
        self._retired = list(retired)
        self._max_age = timedelta(days=max_age_days)
        self._ciphers = {purpose: self._cipher(purpose) for purpose in Purpose}

    def sign(self, purpose: Purpose, *, now: datetime | None = None, **claims: str) -> str:
        """Return a token that goes into a URL as it is: a new one each time, of which two cannot be compared."""
        content = json.dumps(claims, ensure_ascii=False, separators=(",", ":")).encode()
        moment = int((now or datetime.now(UTC)).timestamp())
        return self._ciphers[purpose].encrypt_at_time(content, moment).decode().rstrip("=")

    def read(self, purpose: Purpose, token: str, *, now: datetime | None = None) -> dict[str, str]:
        """Return the claims of a token.

        Raises LinkError where it is forged, altered, or made for another purpose or by a key that is gone;
        LinkExpiredError where it was ours and is too old.
        """
        dated_claims = self._read_encrypted(purpose, token) or read_signed(
            self._readable(purpose), purpose.value, token
        )
        if dated_claims is None:
            raise LinkError
        if (now or datetime.now(UTC)) - dated_claims.moment > self.max_age(purpose):
            raise LinkExpiredError("Ce lien a expiré. Le prochain message en portera un nouveau.")
        return dated_claims.claims

    def derived_keys(self, use: str, *, with_retired: bool = False) -> list[bytes]:
        """Return 64 bytes made from each key for another use than links, the newest last.

        with_retired: also from keys of before a restoration, for what stays as it was.
        """
        keys = [*self._retired, *self._keys] if with_retired else self._keys
        return [_derived(key, use) for key in keys]

    def max_age(self, purpose: Purpose) -> timedelta:
        """Return how long a link is valid."""
        return self._max_age * (LASTING_FACTOR if purpose in LASTING else 1)

    def _cipher(self, purpose: Purpose) -> MultiFernet:
        keys = (_derived(key, f"polesud.link.{purpose.value}")[:32] for key in self._readable(purpose))
        # The first of them encrypts.
        return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys][::-1])

    def _readable(self, purpose: Purpose) -> list[str]:
        return [*self._retired, *self._keys] if purpose is Purpose.UNSUBSCRIBE else self._keys

    def _read_encrypted(self, purpose: Purpose, token: str) -> DatedClaims | None:
        if not _TOKEN.fullmatch(token):
            return None
        padded_token, cipher = token + "=" * (-len(token) % 4), self._ciphers[purpose]
        try:
            claims = json.loads(cipher.decrypt(padded_token))
            return DatedClaims(claims, datetime.fromtimestamp(cipher.extract_timestamp(padded_token), UTC))
        except InvalidToken:
            return None


def link(base_url: str, path_name: str, token: str) -> str:
    """Return the URL of a token; `path_name` is a Purpose, or its value."""
    return f"{base_url.rstrip('/')}/{path_name}/{token}"


def open_signer(settings: Settings) -> Signer:
    """Return the signer of the settings; its first key is made if there is none. Raises NotReadyError for no keys."""
    key_path = Path(settings.link_keys)
    if not key_path.exists():
        key_path.parent.mkdir(parents=True, exist_ok=True)
        with _lock_folder(key_path):
            if not key_path.exists():
                _write_keys(key_path, [_new_key()])
    keys = _read_keys(key_path)
    if not keys:
        raise NotReadyError("Le fichier des clés des liens est vide.")
    retired_path = _retired(key_path)
    return Signer(keys, settings.link_days, retired=_read_keys(retired_path) if retired_path.exists() else ())


def rotate_keys(key_path: Path) -> None:
    """Add a key that encrypts from now on; keep the last KEPT_KEYS. Links of the removed keys are no longer valid."""
    key_path.parent.mkdir(parents=True, exist_ok=True)
    with _lock_folder(key_path):
        keys = _read_keys(key_path) if key_path.exists() else []
        _write_keys(key_path, [*keys, _new_key()][-KEPT_KEYS:])


def retire_keys(key_path: Path) -> None:
    """End every link but those that unsubscribe: a new key signs, and the former ones are kept for these alone."""
    key_path.parent.mkdir(parents=True, exist_ok=True)
    with _lock_folder(key_path):
        retired_path = _retired(key_path)
        retired = _read_keys(retired_path) if retired_path.exists() else []
        keys = _read_keys(key_path) if key_path.exists() else []
        _write_keys(retired_path, list(dict.fromkeys([*retired, *keys])))
        _write_keys(key_path, [_new_key()])


def _derived(key: str, use: str) -> bytes:
    return hmac.digest(key.encode(), use.encode(), "sha512")


def _retired(key_path: Path) -> Path:
    return key_path.with_name(f"{key_path.name}.retired")


def _new_key() -> str:
    return secrets.token_urlsafe(32)


def _read_keys(key_path: Path) -> list[str]:
    tighten(key_path, OWNER_FILE)
    return key_path.read_text("ascii").split()


def _write_keys(key_path: Path, keys: Sequence[str]) -> None:
    """Replace the file atomically, readable by its owner only."""
    partial_path = key_path.with_name(f"{key_path.name}.{secrets.token_hex(8)}.partial")
    open_private: Callable[[str, int], int] = lambda name, flags: os.open(name, flags | os.O_EXCL, 0o600)  # noqa: E731
    try:
        with open(partial_path, "w", encoding="ascii", opener=open_private) as key_file:
            key_file.write("".join(f"{key}\n" for key in keys))
            key_file.flush()
            os.fsync(key_file.fileno())
        partial_path.replace(key_path)
    finally:
        partial_path.unlink(missing_ok=True)


@contextmanager
def _lock_folder(key_path: Path) -> Iterator[None]:
    """Lock the folder, so that processes create or rotate keys one after the other."""
    folder_descriptor = os.open(key_path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder_descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder_descriptor)
