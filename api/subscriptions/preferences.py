"""What a partner may wish for: whom to write to, about what, how often and how much."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from api.core import official_codes
from api.core.errors import InvalidError

LARGEST_MAIL = 20


class Frequency(StrEnum):
    """How often a partner is written to."""

    NIGHTLY = "nightly"
    WEEKLY = "weekly"
    PAUSED = "paused"


def checked(wishes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the wishes as they are stored. Raises InvalidError."""
    problems, stored = [], dict(wishes)
    if "departments" in wishes:
        try:
            stored["departments"] = list(dict.fromkeys(official_codes.department(one) for one in wishes["departments"]))
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
