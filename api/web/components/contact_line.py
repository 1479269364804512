"""How to reach somebody, on one line: a number to dial, an address to write to."""

from dataclasses import dataclass

from api.core.french import NBSP


@dataclass(frozen=True)
class ContactLine:
    """A person in a line. phone: E.164; number: as it is read."""

    name: str
    role: str
    phone: str
    number: str
    email: str


def contact_line(name: str, role: str, phone: str, email: str) -> ContactLine:
    return ContactLine(name, role, phone, _in_pairs(phone), email)


def _in_pairs(phone: str) -> str:
    if not phone.startswith("+33"):
        return phone
    national = f"0{phone[3:]}"
    return NBSP.join(national[start : start + 2] for start in range(0, len(national), 2))
