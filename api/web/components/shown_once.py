"""A secret that a page shows once, in the answer to the form that made it: in no address and in no table."""

from dataclasses import dataclass

from api.core.french import plural
from api.core.settings import Settings


@dataclass(frozen=True)
class ShownOnce:
    """text: what to do with it."""

    text: str
    secret: str


def invitation_shown(link: str, email: str, options: Settings) -> ShownOnce:
    """Return the link of an invitation, to be handed to the person of an address."""
    return ShownOnce(
        f"Un courriel part à {email.strip()} avec un lien pour choisir son mot de passe. S’il n’arrive pas, "
        f"transmettez vous-même celui-ci, qui sert une seule fois, pendant {plural(options.invitation_days, 'jour')}, "
        "et ne sera plus montré\N{NO-BREAK SPACE}:",
        link,
    )
