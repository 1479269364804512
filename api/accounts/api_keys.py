"""API keys: made once, shown once, kept as a hash; the journal says when."""

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
    """Make a key and return its secret, which is kept nowhere; None if a live key already has this name."""
    with writing(engine) as session:
        return None if queries.key_by_name(session, name) else _made(session, name, role)


def replace_key(engine: Engine, name: str, role: str = CLIENT) -> str:
    """Make a key under a name; the key that bore it is revoked and renamed, so that its traces still have an author."""
    with writing(engine) as session:
        former = queries.key_by_name(session, name)
        if former:
            former.name = f"{name} ({former.id[:8]})"
            former.revoked_at = former.revoked_at or utc_now()
            session.add(former)
            session.flush()
            log.note(session, by=log.CLI, action="key.revoked", kind="key", of=former.id)
        return _made(session, name, role)


def _made(session: Session, name: str, role: str) -> str:
    secret = PREFIX + secrets.token_urlsafe(32)
    key = ApiKey(id=str(uuid.uuid4()), name=name, secret_hash=hash_secret(secret), role=role)
    session.add(key)
    log.note(session, by=log.CLI, action="key.created", kind="key", of=key.id, detail={"role": role})
    return secret


def authenticate(session: Session, secret: str | None) -> ApiKey:
    """Return the key whose secret this is. Raises UnauthorizedError."""
    if secret and (key := queries.key_by_hash(session, hash_secret(secret))):
        return key
    raise UnauthorizedError("Clé d’API absente ou inconnue : envoyez-la dans l’en-tête X-API-Key.")


def hash_secret(secret: str) -> str:
    """Return what is kept of a secret."""
    # The secret has 256 random bits: a fast hash is enough, there is nothing to guess.
    return hashlib.sha256(secret.encode()).hexdigest()
