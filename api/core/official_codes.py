"""Codes of French and European registers: normalization and validation, with errors in French."""

import re
from collections.abc import Callable
from functools import cache, lru_cache, wraps
from importlib.resources import files

from stdnum.exceptions import ValidationError
from stdnum.fr import siren as stdnum_siren
from stdnum.fr import siret as stdnum_siret

from api.core.digits import is_digits, plain_digits

NAF_PATTERN = re.compile(r"^(\d{2})\.?(\d{2})([A-Z])$", re.ASCII)
COMMUNE_PATTERN = re.compile(r"^(\d{2}|2[AB])\d{3}$", re.ASCII)
DEPARTMENT_PATTERN = re.compile(r"^(0[1-9]|[1-8]\d|9[0-5]|2[AB]|97[1-6])$", re.ASCII)
CPV_PATTERN = re.compile(r"^(\d{8})(?:-?(\d))?$", re.ASCII)

# What a digit counts for in Luhn's sum where it is doubled: a digit again.
_DOUBLED = str.maketrans({str(digit): str(sum(divmod(2 * digit, 10))) for digit in range(10)})

# INSEE's headcount bands (tranche d'effectif salarié): lowest and highest number of employees; None is unknown or open.
HEADCOUNT_BANDS: dict[str, tuple[int | None, int | None]] = {
    "NN": (None, None),
    "00": (0, 0),
    "01": (1, 2),
    "02": (3, 5),
    "03": (6, 9),
    "11": (10, 19),
    "12": (20, 49),
    "21": (50, 99),
    "22": (100, 199),
    "31": (200, 249),
    "32": (250, 499),
    "41": (500, 999),
    "42": (1000, 1999),
    "51": (2000, 4999),
    "52": (5000, 9999),
    "53": (10000, None),
}


def _remembering(parse: Callable[[str], str]) -> Callable[[str], str]:
    """Give a parser plain digits, and remember what it read; not a code that somebody padded with a book of spaces."""
    remembered = lru_cache(10_000)(parse)
    return wraps(parse)(lambda value: (remembered if len(value) <= 50 else parse)(plain_digits(value)))


def siret(value: str) -> str:
    """Return the 14 digits of a SIRET, leading zeros restored (a spreadsheet eats them).

    Raises ValueError, in French, when the number is not a SIRET (Luhn's sum, with La Poste's exception).
    """
    number_digits = _digits(value)
    if not 9 < len(number_digits) <= 14:
        raise ValueError("SIRET invalide : 14 chiffres attendus")
    number_digits = number_digits.zfill(14)
    # The plain rule, ten times quicker than the library, settles nearly all; the library knows the exceptions.
    if _luhn_holds(number_digits) and _luhn_holds(number_digits[:9]):
        return number_digits
    try:
        return str(stdnum_siret.validate(number_digits))
    except ValidationError:
        raise ValueError("SIRET invalide : la clé de contrôle ne correspond pas") from None


def siren(value: str) -> str:
    """Return the 9 digits of a SIREN. Raises ValueError, in French, when it is not one."""
    number_digits = _digits(value)
    if not 5 < len(number_digits) <= 9:
        raise ValueError("SIREN invalide : 9 chiffres attendus")
    number_digits = number_digits.zfill(9)
    try:
        return str(stdnum_siren.validate(number_digits))
    except ValidationError:
        raise ValueError("SIREN invalide : la clé de contrôle ne correspond pas") from None


@_remembering
def naf(value: str) -> str:
    """Return an activity code as `81.30Z`. Raises ValueError, in French, when it has not that form."""
    match = NAF_PATTERN.match(value.strip().upper().replace(" ", ""))
    if not match:
        raise ValueError("code NAF invalide : attendu quatre chiffres et une lettre, par exemple 81.30Z")
    return f"{match[1]}.{match[2]}{match[3]}"


@_remembering
def commune(value: str) -> str:
    """Return the five characters of an INSEE commune code. Raises ValueError, in French, otherwise."""
    normalized_code = value.strip().upper()
    if len(normalized_code) == 4 and is_digits(normalized_code):
        normalized_code = "0" + normalized_code
    if not COMMUNE_PATTERN.match(normalized_code):
        raise ValueError("code commune INSEE invalide : cinq caractères attendus, par exemple 26362")
    return normalized_code


@_remembering
def department(value: str) -> str:
    """Return a département's code (`07`, `26`, `2A`). Raises ValueError, in French, otherwise."""
    normalized_code = value.strip().upper()
    if len(normalized_code) == 1 and is_digits(normalized_code):
        normalized_code = "0" + normalized_code
    if not DEPARTMENT_PATTERN.match(normalized_code):
        raise ValueError("département invalide : attendu un numéro, par exemple 07 ou 26")
    return normalized_code


@_remembering
def cpv(value: str) -> str:
    """Return the eight digits of a CPV code; the check digit is verified where it is given.

    The check digit is the sum of the digits weighted 3, 7, 1, 3, … modulo 10. The 2008 revision (Regulation (EC)
    213/2008) published 532 codes that break this rule: they are listed beside this module and accepted as published.

    Raises ValueError, in French.
    """
    match = CPV_PATTERN.match(value.strip().replace(" ", ""))
    if not match:
        raise ValueError("code CPV invalide : huit chiffres attendus, suivis ou non de -clé, par exemple 77310000-6")
    cpv_digits, check_digit = match[1], match[2]
    if check_digit is not None and int(check_digit) != _cpv_check_digit(cpv_digits):
        raise ValueError(
            f"code CPV invalide : la clé de {cpv_digits} est {_cpv_check_digit(cpv_digits)}, pas {check_digit}"
        )
    return cpv_digits


@_remembering
def headcount_band(value: str) -> str:
    """Return an INSEE headcount band. Raises ValueError, in French, when it is unknown."""
    band_code = value.strip().upper()
    if len(band_code) == 1 and is_digits(band_code):
        band_code = "0" + band_code
    if band_code not in HEADCOUNT_BANDS:
        raise ValueError("tranche d’effectif inconnue : attendu un code INSEE, par exemple 11 (10 à 19 salariés)")
    return band_code


def _luhn_holds(digits: str) -> bool:
    counted = digits[-1::-2] + digits[-2::-2].translate(_DOUBLED)
    return (sum(counted.encode()) - ord("0") * len(counted)) % 10 == 0


def _digits(value: str) -> str:
    if is_digits(value):
        return value
    digits = re.sub(r"[\s .]", "", plain_digits(value))
    if not is_digits(digits):
        raise ValueError("des chiffres sont attendus")
    return digits


def _cpv_check_digit(code: str) -> int:
    irregular = _irregular_check_digits().get(code)
    if irregular is not None:
        return irregular
    return sum(int(digit) * weight for digit, weight in zip(code, (3, 7, 1, 3, 7, 1, 3, 7), strict=True)) % 10


@cache
def _irregular_check_digits() -> dict[str, int]:
    lines = files("api.resources").joinpath("cpv_irregular_check_digits.txt").read_text("ascii").split()
    return {line[:8]: int(line[9]) for line in lines}
