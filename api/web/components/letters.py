"""Mail templates as lists of actors offer them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from api.interactions import queries
from api.interactions.placeholders import names_opportunity


@dataclass(frozen=True)
class OfferedTemplates:
    """(id, name) of each template. token: the id of the mailing that the form makes, so that it is sent once."""

    token: str
    choices: Sequence[tuple[str, str]]


def offered_templates(session: Session, *, about_opportunity: bool = False) -> OfferedTemplates:
    """Return the templates that a list offers for the actors that are ticked in it, those that suit it first.

    about_opportunity: the list is a ranking; a template that names an opportunity has nothing to say elsewhere.
    """
    templates = sorted(
        queries.templates(session),
        key=lambda template: names_opportunity(f"{template.subject} {template.body}") != about_opportunity,
    )
    return OfferedTemplates(str(uuid.uuid4()), [(template.id, template.name) for template in templates])
