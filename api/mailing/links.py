"""Links in mails: signed for one purpose, valid for a time. Older keys still verify, so that keys can be rotated.

A link names its partner by a random identifier, never by an address. Opening a link records nothing.
"""

import fcntl
import hashlib
import hmac
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from itsdangerous import BadData, TimestampSigner, URLSafeTimedSerializer

from api.core.errors import LinkExpiredError, NotFoundError, NotReadyError
from api.core.settings import Settings
from models.private_files import OWNER_FILE, tighten

KEPT_KEYS = 3
# Unsubscribing must work from a mail found again a year later.
UNSUBSCRIBE_FACTOR = 10


class Purpose(StrEnum):
    """What a link is for. The value is also its path: `/avis/{token}`."""

    ANSWER = "avis"
    CONFIRM = "confirmer"
    UNSUBSCRIBE = "desinscription"
    VIEW = "voir"
    FOLLOW_UP = "suivi"


class LinkError(NotFoundError):
    """A link with an invalid signature, or signed for another purpose."""

    def __init__(self) -> None:
        super().__init__("Ce lien n’est pas valable. Vérifiez qu’il a été copié en entier.")


class Signer:
    """Signs claims with the newest key (the last); reads tokens of any of its keys."""

    def __init__(self, keys: Sequence[str], max_age_days: int, *, retired: Sequence[str] = ()) -> None:
        """retired: keys of before a restoration, whose links do nothing but unsubscribe."""
        self._keys = list(keys)
        self._retired = list(retired)
        self._max_age = timedelta(days=max_age_days)

    def sign(self, purpose: Purpose, *, now: datetime | None = None, **claims: str) -> str:
        """Return a token that goes into a URL as it is."""
        token = self._serializer(purpose, now).dumps(claims)
        return token.decode() if isinstance(token, bytes) else token

    def read(self, purpose: Purpose, token: str, *, now: datetime | None = None) -> dict[str, str]:
        """Return the claims of a token.

        Raises LinkError where it is forged, altered, or signed for another purpose or by a key that is gone;
        LinkExpiredError where it was ours and is too old.
        """
        try:
            claims, signed_at = self._serializer(purpose).loads(token, return_timestamp=True)
        except BadData:
            raise LinkError from None
        if (now or datetime.now(UTC)) - signed_at > self.max_age(purpose):
            raise LinkExpiredError("Ce lien a expiré. Le prochain message en portera un nouveau.")
        return {str(claim_name): str(claim_value) for claim_name, claim_value in claims.items()}

    def derived_keys(self, use: str) -> list[bytes]:
        """Return 64 bytes made from each key for another use than links, the newest last."""
        return [hmac.digest(key.encode(), use.encode(), "sha512") for key in self._keys]

    def max_age(self, purpose: Purpose) -> timedelta:
        """Return how long a link is valid."""
        return self._max_age * (UNSUBSCRIBE_FACTOR if purpose is Purpose.UNSUBSCRIBE else 1)

    def _serializer(self, purpose: Purpose, now: datetime | None = None) -> URLSafeTimedSerializer:
        signer_options: dict[str, Any] = {"key_derivation": "hmac", "digest_method": hashlib.sha256, "moment": now}
        keys = [*self._retired, *self._keys] if purpose is Purpose.UNSUBSCRIBE else self._keys
        return URLSafeTimedSerializer(
            keys, salt=f"polesud.{purpose.value}", signer=_DatedSigner, signer_kwargs=signer_options
        )


class _DatedSigner(TimestampSigner):
    """`TimestampSigner` whose moment the caller may give."""

    def __init__(self, *args: Any, moment: datetime | None = None, **signer_options: Any) -> None:
        super().__init__(*args, **signer_options)
        self._moment = moment

    def get_timestamp(self) -> int:
        return int(self._moment.timestamp()) if self._moment else super().get_timestamp()


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
        raise NotReadyError("Le fichier des clés qui signent les liens est vide.")
    retired_path = _retired(key_path)
    return Signer(keys, settings.link_days, retired=_read_keys(retired_path) if retired_path.exists() else ())


def rotate_keys(key_path: Path) -> None:
    """Add a key that signs from now on; keep the last KEPT_KEYS. Links of the removed keys are no longer valid."""
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
