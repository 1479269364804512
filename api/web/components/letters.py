"""Mail templates as lists of actors offer them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from api.interactions import queries


@dataclass(frozen=True)
class OfferedTemplates:
    """(id, name) of each template. token: the id of the mailing that the form makes, so that it is sent once."""

    token: str
    choices: Sequence[tuple[str, str]]


def offered_templates(session: Session) -> OfferedTemplates:
    """Return the templates that a list offers for the actors that are ticked in it."""
    return OfferedTemplates(
        str(uuid.uuid4()), [(template.id, template.name) for template in queries.templates(session)]
    )
