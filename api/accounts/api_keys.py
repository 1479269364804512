"""API keys: shown once when created, stored as a hash, noted in the journal."""

import hashlib
import secrets
import uuid

from sqlalchemy import Engine
from sqlmodel import Session

from api.accounts import queries
from api.audit import log
from api.core.errors import UnauthorizedError
from models.base import utc_now
from models.database import writing
from models.keys import ApiKey

PREFIX = "ps_"

FACILITATOR, CLIENT = "facilitator", "client"


def create_key(engine: Engine, name: str, role: str = CLIENT) -> str | None:
    """Create a key and return its secret, which is not stored; None if the name is taken."""
    with writing(engine) as session:
        return None if queries.key_by_name(session, name) else _add_key(session, name, role)


def replace_key(engine: Engine, name: str, role: str = CLIENT) -> str:
    """Create a key; a former key of this name is revoked and renamed, so that its traces keep their author."""
    with writing(engine) as session:
        former_key = queries.key_by_name(session, name)
        if former_key:
            former_key.name = f"{name} ({former_key.id[:8]})"
            former_key.revoked_at = former_key.revoked_at or utc_now()
            session.add(former_key)
            session.flush()
            log.note(session, by=log.CLI, action="key.revoked", kind="key", of=former_key.id)
        return _add_key(session, name, role)


def _add_key(session: Session, name: str, role: str) -> str:
    secret = PREFIX + secrets.token_urlsafe(32)
    api_key = ApiKey(id=str(uuid.uuid4()), name=name, secret_hash=hash_secret(secret), role=role)
    session.add(api_key)
    log.note(session, by=log.CLI, action="key.created", kind="key", of=api_key.id, detail={"role": role})
    return secret


def authenticate(session: Session, secret: str | None) -> ApiKey:
    """Return the key of a secret. Raises UnauthorizedError."""
    if secret and (api_key := queries.key_by_hash(session, hash_secret(secret))):
        return api_key
    raise UnauthorizedError("Clé d’API absente ou inconnue : envoyez-la dans l’en-tête X-API-Key.")


def hash_secret(secret: str) -> str:
    """Return the stored form of a secret."""
    # A secret has 256 random bits: a fast hash is enough.
    return hashlib.sha256(secret.encode()).hexdigest()
