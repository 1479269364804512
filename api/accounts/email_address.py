"""E-mail addresses: validated and normalised."""

import re

from api.core.errors import InvalidError

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"


_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"


_ADDRESS = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+(?=[a-z0-9-]*[a-z]){_LABEL}")


def address(email: str) -> str:
    """Return an address in small letters. Raises InvalidError, which does not repeat it: an error may end in a log."""
    plain = email.strip().lower()
    if len(plain) > 254 or not _ADDRESS.fullmatch(plain):
        raise InvalidError([("email", "adresse électronique invalide")])
    return plain
