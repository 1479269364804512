"""E-mail addresses: validated and normalised."""

import re

from api.core.errors import InvalidError

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"


_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"


_ADDRESS = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+(?=[a-z0-9-]*[a-z]){_LABEL}")


def normalize_email(email: str) -> str:
    """Return an address in lower case. Raises InvalidError, without the address: errors may be logged."""
    normalized_email = email.strip().lower()
    if len(normalized_email) > 254 or not _ADDRESS.fullmatch(normalized_email):
        raise InvalidError([("email", "adresse électronique invalide")])
    return normalized_email
