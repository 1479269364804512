"""Who holds an API key. Keys are made by `api.journeys.keys`."""

import hashlib

from sqlalchemy import Engine

from api.errors import UnauthorizedError
from models import queries
from models.database import reading
from models.keys import ApiKey

FACILITATOR, CLIENT = "facilitator", "client"


def authenticate(engine: Engine, secret: str | None) -> ApiKey:
    """Return the key whose secret this is. Raises UnauthorizedError."""
    if secret:
        with reading(engine) as session:
            key = queries.key_by_hash(session, hash_secret(secret))
        if key:
            return key
    raise UnauthorizedError("Clé d’API absente ou inconnue : envoyez-la dans l’en-tête X-API-Key.")


def hash_secret(secret: str) -> str:
    """Return what is kept of a secret."""
    # The secret has 256 random bits: a fast hash is enough, there is nothing to guess.
    return hashlib.sha256(secret.encode()).hexdigest()
