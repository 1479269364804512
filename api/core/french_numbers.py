"""Numbers as people type them in France: `12 500,50 €`, `430 k€`, `12.500`, `30km`; and units that a header gives.

A single point before exactly three digits groups thousands, as in `12.500 €`: cents have two digits, and whoever types
a number in France writes them behind a comma. Machines' texts and coordinates are read by `decimal`, where it does not.
"""

import re

from api.core.digits import plain_digits
from api.core.text import without_accents

_ABOUT = re.compile(r"^(?:environ|env\.?|~|≈|±)\s*")
_PER_YEAR = re.compile(r"(?:/|\bpar)\s*ans?\b")
_UNITS = re.compile(
    r"€|(?<![a-z])(?:euros?|eur|h\.?t\.?|ttc|kms?|kilometres?|salarie(?:\.?e)?s?|personnes?|employes?|etp|equivalents?"
    r" temps plein)(?![a-z])"
)
_NUMBER = re.compile(r"([-+]?[0-9.,]+(?:e[-+]?[0-9]+)?)(k|md?)?", re.ASCII)
_GROUPED = re.compile(r"[-+]?[0-9]{1,3}(?:,[0-9]{3}){2,}|[-+]?[0-9]{1,3}(?:\.[0-9]{3}){2,}")
_ONE_POINT = re.compile(r"[-+]?[1-9][0-9]{0,2}\.[0-9]{3}")
_SCALES = {"k": 1e3, "m": 1e6, "md": 1e9}
_EURO = r"(?:\s*(?:d['’]\s*)?(?:€|euros?(?![a-z])|eur(?![a-z])))"
_SCALE_WORDS = (
    (re.compile(rf"(?:milliards?|(?<![a-z])mds?(?=\s*€|eur)){_EURO}?"), "md"),
    (re.compile(rf"(?:millions?|(?<![a-z])m(?=\s*€|eur)){_EURO}?"), "m"),
    (re.compile(rf"(?:milliers?|(?<![a-z])mille(?![a-z])|(?<![a-z])k(?=\s*€|eur)){_EURO}?"), "k"),
)
# Most cells: digits in groups, perhaps cents and the sign of euros.
_PLAIN = re.compile("([0-9][0-9 \u00a0\u202f]*(?:,[0-9]+)?) ?(€?)")
_NO_SPACES = str.maketrans("", "", " \u00a0\u202f")
_EXPECTED = "nombre attendu, par exemple 12 500,50"


def number(cell: str, *, scale: float = 1.0) -> float:
    """Read a number. scale: what a unit in the header multiplies by, unless the cell has a unit of its own.

    Raises ValueError, in French.
    """
    return _scaled(*_parts(cell), scale)


def euros(cell: str, *, scale: float = 1.0) -> float | None:
    """Read an amount; one of a euro or less stands for an unknown one, as framework agreements are published.

    Raises ValueError, in French; also where a comma may mean thousands or decimals (`12,500`).
    """
    digits, unit, is_in_euros = _parts(cell)
    if not unit and (scale == 1.0 or is_in_euros) and re.fullmatch(r"[-+]?[1-9][0-9]{0,2},[0-9]{3}", digits):
        raise ValueError("montant ambigu : écrivez 12 500 ou 12,50")
    amount = _scaled(digits, unit, is_in_euros, scale)
    return None if 0 <= amount <= 1 else amount


def persons(cell: str, *, scale: float = 1.0) -> int:
    """Read a number of persons; of full-time equivalents, the next whole number. Raises ValueError, in French."""
    try:
        count = number(cell, scale=scale)
    except ValueError:
        raise ValueError("nombre attendu, par exemple 12") from None
    if not abs(count) < 1e9:
        raise ValueError("nombre trop grand")
    return -int(-count // 1)


def decimal(cell: str) -> float:
    """Read a number whose single point is always a decimal one: coordinates, texts of services. Raises ValueError."""
    digits, unit, _ = _parts(cell)
    return _value(digits) * _SCALES.get(unit, 1.0)


def scale_of(header: str) -> float:
    """Return what the unit in a column's name multiplies its numbers by: `CA (k€)` → 1000."""
    name = without_accents(header.lower())
    return next((_SCALES[scale] for pattern, scale in _SCALE_WORDS if pattern.search(name)), 1.0)


def without_unit(header: str) -> str:
    """Return a column's name without its unit: `CA en k€` → `CA`; the same name where it has none."""
    name = without_accents(header.lower())
    for pattern, _ in _SCALE_WORDS:
        name = pattern.sub(" ", name)
    return re.sub(r"\ben\s*$", "", _UNITS.sub(" ", name).strip()).strip()


def _parts(cell: str) -> tuple[str, str, bool]:
    """Return digits and signs, the scale (`k`, `m`, `md`, or none), and whether the cell says that it is in euros."""
    if plain := _PLAIN.fullmatch(cell):
        return plain[1].translate(_NO_SPACES), "", bool(plain[2])
    words = _PER_YEAR.sub("", _ABOUT.sub("", without_accents(plain_digits(cell).strip().lower())))
    is_in_euros = "€" in words or "eur" in words
    for pattern, scale in _SCALE_WORDS:
        words = pattern.sub(scale, words)
    compact = re.sub(r"[\s'’]", "", _UNITS.sub("", words))
    match = _NUMBER.fullmatch(compact)
    if not match:
        raise ValueError(_EXPECTED)
    return match[1], match[2] or "", is_in_euros


def _scaled(digits: str, unit: str, is_in_euros: bool, scale: float) -> float:
    if not unit and _ONE_POINT.fullmatch(digits):
        digits = digits.replace(".", "")
    return _value(digits) * (_SCALES[unit] if unit else 1.0 if is_in_euros else scale)


def _value(digits: str) -> float:
    last_comma, last_dot = digits.rfind(","), digits.rfind(".")
    if last_comma >= 0 and last_dot >= 0:
        # The last of the two is the decimal sign, the other one groups thousands.
        digits = digits.replace("." if last_comma > last_dot else ",", "").replace(",", ".")
    elif _GROUPED.fullmatch(digits):
        digits = digits.replace(",", "").replace(".", "")
    try:
        return float(digits.replace(",", "."))
    except ValueError:
        raise ValueError(_EXPECTED) from None
