"""Mail templates as lists of actors offer them."""

from collections.abc import Sequence

from sqlmodel import Session

from api.interactions import queries

MOST_OFFERED = 4


def offered_templates(session: Session) -> Sequence[tuple[str, str]]:
    """Return (id, name) of the templates that a list offers, one button each; the others are chosen when writing."""
    return [(template.id, template.name) for template in queries.templates(session)[:MOST_OFFERED]]
