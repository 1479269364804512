"""API keys: shown once when created, stored as a hash, noted in the journal. They expire, and can be revoked."""

import hashlib
import secrets
import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Engine, update
from sqlmodel import Session, col

from api.accounts import queries
from api.audit import log
from api.core.errors import InvalidError, NotFoundError, UnauthorizedError
from models.accounts import ApiKey
from models.base import utc_now
from models.database import writing

PREFIX = "ps_"

FACILITATOR, CLIENT = "facilitator", "client"
ROLES = (CLIENT, FACILITATOR)

NAME_LENGTH = 80
# The default of the setting `key_days`.
KEY_DAYS = 365


def create_key(
    engine: Engine,
    name: str,
    role: str = CLIENT,
    *,
    by: str = log.CLI,
    now: datetime | None = None,
    days: int = KEY_DAYS,
) -> str | None:
    """Create a key and return its secret, which is not stored; None if the name is taken. Raises InvalidError."""
    key_name = " ".join(name.split())
    if not key_name or len(key_name) > NAME_LENGTH:
        raise InvalidError([("name", f"de 1 à {NAME_LENGTH} caractères")])
    if role not in ROLES:
        raise InvalidError([("role", f"attendu {' ou '.join(ROLES)}")])
    with writing(engine) as session:
        if queries.key_by_name(session, key_name):
            return None
        return _add_key(session, key_name, role, by, now or utc_now(), days)


def replace_key(
    engine: Engine,
    name: str,
    role: str = CLIENT,
    *,
    by: str = log.CLI,
    now: datetime | None = None,
    days: int = KEY_DAYS,
) -> str:
    """Create a key; a former key of this name is revoked and renamed, so that its traces keep their author."""
    moment = now or utc_now()
    with writing(engine) as session:
        former_key = queries.key_by_name(session, name)
        if former_key:
            former_key.name = f"{name} ({former_key.id[:8]})"
            _revoke(session, former_key, by, moment)
            session.flush()
        return _add_key(session, name, role, by, moment, days)


def revoke_key(engine: Engine, key_id: str, *, by: str, now: datetime) -> None:
    """Revoke a key; it opens nothing from the next request on. Idempotent. Raises NotFoundError."""
    with writing(engine, durable=True) as session:
        api_key = queries.key_held(session, key_id)
        if api_key is None:
            raise NotFoundError("Cette clé n’existe pas.")
        if api_key.revoked_at is None:
            _revoke(session, api_key, by, now)


def find_key(session: Session, name: str) -> ApiKey:
    """Return the key of a name. Raises NotFoundError."""
    api_key = queries.key_by_name(session, name)
    if api_key is None:
        raise NotFoundError("Aucune clé ne porte ce nom.")
    return api_key


def list_keys(session: Session) -> Sequence[ApiKey]:
    """Return all keys, revoked ones last."""
    return queries.all_keys(session)


def authenticate(session: Session, secret: str | None, *, now: datetime) -> ApiKey:
    """Return the key of a secret. Raises UnauthorizedError, the same for an unknown, revoked or expired key."""
    if secret and (api_key := queries.key_by_hash(session, hash_secret(secret), now)):
        return api_key
    raise UnauthorizedError("Clé d’API absente, inconnue, révoquée ou expirée : envoyez-la dans l’en-tête X-API-Key.")


def note_uses(session: Session, days: dict[str, date]) -> None:
    """Note the days on which keys were last used, by the id of the key."""
    for key_id, day in days.items():
        session.execute(update(ApiKey).where(col(ApiKey.id) == key_id).values(last_used_on=day))


def hash_secret(secret: str) -> str:
    """Return the stored form of a secret."""
    # A secret has 256 random bits: a fast hash is enough.
    return hashlib.sha256(secret.encode()).hexdigest()


def _add_key(session: Session, name: str, role: str, by: str, now: datetime, days: int) -> str:
    secret = PREFIX + secrets.token_urlsafe(32)
    api_key = ApiKey(
        id=str(uuid.uuid4()),
        name=name,
        secret_hash=hash_secret(secret),
        role=role,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    session.add(api_key)
    log.note(session, by=by, action="key.created", kind="key", of=api_key.id, detail={"role": role}, now=now)
    return secret


def _revoke(session: Session, api_key: ApiKey, by: str, now: datetime) -> None:
    api_key.revoked_at = api_key.revoked_at or now
    session.add(api_key)
    log.note(session, by=by, action="key.revoked", kind="key", of=api_key.id, now=now)
