"""API keys: made once, shown once, kept as a hash."""

import hashlib
import secrets
import uuid

from sqlalchemy import Engine

from api.errors import UnauthorizedError
from models import queries
from models.base import utc_now
from models.database import reading, writing
from models.keys import ApiKey

FACILITATOR, CLIENT = "facilitator", "client"
PREFIX = "ps_"


def create_key(engine: Engine, name: str, role: str = CLIENT) -> str | None:
    """Make a key and return its secret, which is kept nowhere; None if a live key already has this name."""
    secret = PREFIX + secrets.token_urlsafe(32)
    with writing(engine) as session:
        if queries.key_by_name(session, name):
            return None
        session.add(ApiKey(id=str(uuid.uuid4()), name=name, secret_hash=_hash(secret), role=role))
    return secret


def replace_key(engine: Engine, name: str, role: str = CLIENT) -> str:
    """Make a key under a name; the key that bore it is revoked and renamed, so that its traces still have an author."""
    with writing(engine) as session:
        former = queries.key_by_name(session, name)
        if former:
            former.name = f"{name} ({former.id[:8]})"
            former.revoked_at = former.revoked_at or utc_now()
            session.add(former)
    secret = create_key(engine, name, role)
    assert secret is not None
    return secret


def authenticate(engine: Engine, secret: str | None) -> ApiKey:
    """Return the key whose secret this is. Raises UnauthorizedError."""
    if secret:
        with reading(engine) as session:
            key = queries.key_by_hash(session, _hash(secret))
        if key:
            return key
    raise UnauthorizedError("Clé d’API absente ou inconnue : envoyez-la dans l’en-tête X-API-Key.")


def _hash(secret: str) -> str:
    # The secret has 256 random bits: a fast hash is enough, there is nothing to guess.
    return hashlib.sha256(secret.encode()).hexdigest()
