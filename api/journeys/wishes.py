"""What a partner may wish for: whom to write to, about what, how often and how much."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from api import codes
from api.errors import InvalidError

LARGEST_MAIL = 20
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+(?=[a-z0-9-]*[a-z]){_LABEL}")


class Frequency(StrEnum):
    """How often a partner is written to."""

    NIGHTLY = "nightly"
    WEEKLY = "weekly"
    PAUSED = "paused"


def address(email: str) -> str:
    """Return an address in small letters. Raises InvalidError, which does not repeat it: an error may end in a log."""
    plain = email.strip().lower()
    if len(plain) > 254 or not _ADDRESS.fullmatch(plain):
        raise InvalidError([("email", "adresse électronique invalide")])
    return plain


def checked(wishes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the wishes as they are stored. Raises InvalidError."""
    problems, stored = [], dict(wishes)
    if "departments" in wishes:
        try:
            stored["departments"] = list(dict.fromkeys(codes.department(one) for one in wishes["departments"]))
        except ValueError as error:
            problems.append(("departments", str(error)))
    if "frequency" in wishes:
        if wishes["frequency"] in list(Frequency):
            stored["frequency"] = Frequency(wishes["frequency"]).value
        else:
            problems.append(("frequency", f"attendu {', '.join(Frequency)}"))
    bounds = {"weekday": (0, 6), "threshold": (0, 1), "most": (1, LARGEST_MAIL)}
    for name, (least, largest) in bounds.items():
        if name in wishes and not least <= wishes[name] <= largest:
            problems.append((name, f"de {least} à {largest}"))
    if problems:
        raise InvalidError(problems)
    return stored


def check_subject(actor_id: str | None, search: str | None, label: str) -> None:
    """Raises InvalidError unless one thing is followed, an actor or a search in words."""
    problems = []
    if (actor_id is None) == (search is None):
        problems.append(("", "donnez un champ, et un seul, parmi actor_id et search"))
    if search is not None and not 3 <= len(search) <= 300:
        problems.append(("search", "de 3 à 300 caractères"))
    if len(label) > 100:
        problems.append(("label", "100 caractères au plus"))
    if problems:
        raise InvalidError(problems)
