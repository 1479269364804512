"""Phone numbers: read as the French write them, stored in E.164, shown as the French read them."""

import re

import phonenumbers
from phonenumbers import Leniency, NumberParseException, PhoneNumberFormat, PhoneNumberMatcher

from api.core.french import NBSP

REGION = "FR"
_EXAMPLES = " ou ".join(number.replace(" ", NBSP) for number in ("04 65 71 00 01", "+41 22 555 01 01"))
WHY_REFUSED = f"numéro de téléphone invalide : par exemple {_EXAMPLES}"
# Longer than any number with its words; a matcher is not given a whole text.
LONGEST = 300
# The library skips words before a number, which a form would then lose.
_WRITTEN = re.compile(r"[\d\s+＋().·/\u2010-\u2015-]+")


def normalize_phone(text: str) -> str:
    """Return a number in E.164. Raises ValueError, in French and without the number: errors may be logged.

    A French number without its first zero, as spreadsheets leave it, is read too. Plans of numbers change: any number
    of a possible length is taken.
    """
    if len(text) > LONGEST or not _WRITTEN.fullmatch(text):
        raise ValueError(WHY_REFUSED)
    try:
        number = phonenumbers.parse(text, REGION)
    except NumberParseException:
        raise ValueError(WHY_REFUSED) from None
    if number.extension or not phonenumbers.is_possible_number(number):
        raise ValueError(WHY_REFUSED)
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def phones_in(text: str) -> list[tuple[str, str]]:
    """Return the numbers in a text as (as it is written there, E.164), in their order, none twice."""
    try:
        return [(text.strip(), normalize_phone(text))]
    except ValueError:
        numbers: dict[str, str] = {}
        for match in PhoneNumberMatcher(text[:LONGEST], REGION, leniency=Leniency.POSSIBLE):
            numbers.setdefault(phonenumbers.format_number(match.number, PhoneNumberFormat.E164), match.raw_string)
        return [(written, number) for number, written in numbers.items()]


def phone_in_words(e164: str) -> str:
    """Return a stored number as it is read aloud: « 04 65 71 00 01 », « +41 22 555 01 01 », on one line."""
    try:
        number = phonenumbers.parse(e164)
    except NumberParseException:
        return e164
    national = phonenumbers.region_code_for_country_code(number.country_code or 0) == REGION
    style = PhoneNumberFormat.NATIONAL if national else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, style).replace(" ", NBSP)
