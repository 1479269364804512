"""What the tables already hold of a company: it fills the form of an actor, or of a takeover case."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from api.entry import queries
from api.entry.entry_place import PLACE_FIELDS
from models.actors import Actor

_COMPANY_FIELDS = ("name", "kind", "legal_category", "naf", "ess", "esus", "activities", "website")


def known_company(session: Session, digits: str) -> dict[str, Any]:
    """Return the fields of an actor that another public establishment of its company gives; empty where none is.

    digits: a SIREN, or a SIRET of which no actor is stored.
    """
    actor = _best(session, digits, with_confidential=False)
    if actor is None:
        return {}
    return {name: value for name in _COMPANY_FIELDS if (value := getattr(actor, name)) not in (None, [])}


def known_holder(session: Session, siren: str) -> dict[str, Any]:
    """Return the fields of a takeover case, `takeover.…` among them, that the company's own actor gives.

    Nobody else is asked: a question about one SIREN tells that its company changes hands.
    """
    actor = _best(session, siren, with_confidential=True)
    if actor is None:
        return {}
    fields: Mapping[str, Any] = {
        "title": f"Reprise de {actor.name}",
        "description": "\n".join(actor.activities) or None,
        "naf": actor.naf or None,
        **{name: getattr(actor, name) for name in PLACE_FIELDS},
        "takeover.headcount": actor.headcount,
        "takeover.turnover_eur": actor.turnover_eur,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _best(session: Session, digits: str, *, with_confidential: bool) -> Actor | None:
    """Return the establishment of which most is known."""
    actors = [
        actor for actor in queries.actors_of_company(session, digits[:9]) if with_confidential or not actor.confidential
    ]
    return max(
        actors,
        key=lambda actor: (bool(actor.activities), bool(actor.naf), actor.headcount or 0, actor.id),
        default=None,
    )
