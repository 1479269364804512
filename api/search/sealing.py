"""Addresses of searches, which say nothing of what was searched: a person's name stands in no history and no log."""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from api.core.errors import NotFoundError
from api.mailing.links import Signer

USE = "polesud.search"


def sealed(signer: Signer, text: str) -> str:
    """Return a text as it stands in an address."""
    return _cipher(signer).encrypt(text.encode()).decode().rstrip("=")


def unsealed(signer: Signer, token: str) -> str:
    """Return the text of an address. Raises NotFoundError where none of our keys opens it."""
    try:
        return _cipher(signer).decrypt(token + "=" * (-len(token) % 4)).decode()
    except (InvalidToken, ValueError):
        raise NotFoundError("Cette recherche n’est plus là : refaites-la en haut de la page.") from None


def _cipher(signer: Signer) -> MultiFernet:
    # The newest encrypts.
    keys = reversed(signer.derived_keys(USE))
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key[:32])) for key in keys])
