"""Contacts in the cells of a row: names, numbers and addresses wherever people write them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from api.accounts.email_address import normalize_email
from api.contacts.phone_numbers import phones_in
from api.core.errors import InvalidError

# The cells that a row may have, by name.
NAME, FIRST_NAME, ROLE, PHONE, MOBILE, EMAIL = "name", "first_name", "role", "phone", "mobile", "email"
CELLS = (NAME, FIRST_NAME, ROLE, PHONE, MOBILE, EMAIL)

LONGEST_NAME, LONGEST_ROLE = 200, 100
# Of one cell; what is longer is a text, not a contact.
_MOST = 300
_ADDRESS = re.compile(r"(?:mailto:)?([^\s@,;:/<>()\[\]\"]{1,64}@[^\s@,;:/<>()\[\]\"]{1,190})")
_EMPTY_BRACKETS = re.compile(r"\( ?\)|\[ ?\]|< ?>")
_BETWEEN = " .,;:/|-–—"
_EMPTY = re.compile(r"[\W_]*|non|aucune?|néant|nc|n/?a|sans", re.IGNORECASE)
# What people write before a number or an address.
_LABELS = re.compile(
    r"\b(?:t[ée]l(?:[ée]phone)?|port(?:able)?|mob(?:ile)?|fixe|fax|e-?mail|mail|courriel|m[ée]l)\b\.?\s*:?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class CellContact:
    """A contact as a row tells it. phone: E.164."""

    name: str = ""
    role: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True)
class UnreadCell:
    """A cell that holds neither a number nor an address, by its name in `CELLS`, and why."""

    cell: str
    why: str


def contacts_in(cells: Mapping[str, str]) -> tuple[list[CellContact], list[UnreadCell]]:
    """Return the contacts that these cells hold, and what cannot be read of them.

    The first has the first number and the first address; each other number or address is a further contact of the
    same name, so that nothing is lost.
    """
    unread: list[UnreadCell] = []
    phones: list[str] = []
    emails: list[str] = []
    name = ""
    for cell in (PHONE, MOBILE, EMAIL, NAME):
        text = cells.get(cell, "").strip()
        if _EMPTY.fullmatch(text):
            continue
        if len(text) > _MOST:
            unread.append(UnreadCell(cell, f"trop long pour un contact : {_MOST} caractères au plus"))
            continue
        found_emails, rest = _without(text, list(_addresses_in(text)))
        found_phones, rest = _without(rest, phones_in(rest))
        emails += [email for email in found_emails if email not in emails]
        phones += [phone for phone in found_phones if phone not in phones]
        if cell == NAME:
            name = _cleaned(rest)
        elif not (found_emails or found_phones):
            unread.append(UnreadCell(cell, _WHY[cell]))
    name = " ".join(filter(None, (cells.get(FIRST_NAME, "").strip(), name)))[:LONGEST_NAME].strip()
    role = cells.get(ROLE, "").strip()[:LONGEST_ROLE].strip()
    if not (name or phones or emails):
        return [], unread
    count = max(len(phones), len(emails), 1)
    return [
        CellContact(name, role, *(values[at] if at < len(values) else "" for values in (phones, emails)))
        for at in range(count)
    ], unread


_WHY = {
    PHONE: "aucun numéro de téléphone n’y est lu, le reste de la ligne l’est",
    MOBILE: "aucun numéro de téléphone n’y est lu, le reste de la ligne l’est",
    EMAIL: "aucune adresse électronique n’y est lue, le reste de la ligne l’est",
}


def _addresses_in(text: str) -> Iterator[tuple[str, str]]:
    for match in _ADDRESS.finditer(text):
        try:
            yield match[0], normalize_email(match[1].strip("."))
        except InvalidError:
            continue


def _without(text: str, parts: list[tuple[str, str]]) -> tuple[list[str], str]:
    """Return the values of these parts (as written, value), and the text without them."""
    for written, _ in parts:
        text = text.replace(written, " ", 1)
    return [value for _, value in parts], text


def _cleaned(text: str) -> str:
    """Return what is left of a name once its number and address are taken out."""
    text = " ".join(_LABELS.sub(" ", text).split())
    return _EMPTY_BRACKETS.sub(" ", text).rstrip(f"{_BETWEEN}([<").lstrip(f"{_BETWEEN})]>")
