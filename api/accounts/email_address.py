"""E-mail addresses: validated and normalised."""

import email_validator
from email_validator import EmailNotValidError, validate_email

from api.core.errors import InvalidError

LONGEST = 254
WHY_REFUSED = "adresse électronique invalide"

# The library’s own way to take addresses that the Internet does not deliver to: demonstrations and tests use two of
# these names, networks of one house the third.
for special_name in ("invalid", "test", "local"):
    email_validator.SPECIAL_USE_DOMAIN_NAMES.remove(special_name)


def normalize_email(email: str) -> str:
    """Return an address in lower case; nothing is asked of the network.

    Raises InvalidError, without the address: errors may be logged.
    """
    stripped = email.strip()
    try:
        if len(stripped) > LONGEST:
            raise EmailNotValidError
        address = validate_email(stripped, allow_smtputf8=False, check_deliverability=False, strict=True).ascii_email
    except EmailNotValidError:
        raise InvalidError([("email", WHY_REFUSED)]) from None
    return (address or "").lower()
