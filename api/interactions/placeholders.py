"""Placeholders of mail templates: `{acteur}`, `{opportunite}`… and how they are filled."""

import re
from collections.abc import Mapping

from api.core.errors import InvalidError
from api.core.french import day
from models.accounts import Account
from models.actors import Actor
from models.contacts import Contact
from models.opportunities import Opportunity

# Name → what it stands for, as the page of templates says it.
PLACEHOLDERS = {
    "contact": "le nom de la personne, ou « Madame, Monsieur »",
    "acteur": "le nom de l’acteur",
    "opportunite": "l’intitulé de l’opportunité",
    "acheteur": "l’acheteur de l’opportunité",
    "echeance": "sa date limite",
    "lieu": "sa commune",
    "animateur": "votre nom",
}
OF_OPPORTUNITY = frozenset({"opportunite", "acheteur", "echeance", "lieu"})
_PLACEHOLDER = re.compile(r"\{\s*([^{}\s]{1,40})\s*\}")


def check_placeholders(field_name: str, text: str) -> None:
    """Raise InvalidError for a placeholder that is none of ours."""
    unknown = [name for name in _PLACEHOLDER.findall(text) if name.lower() not in PLACEHOLDERS]
    if unknown:
        known = ", ".join("{" + name + "}" for name in PLACEHOLDERS)
        raise InvalidError([(field_name, f"« {{{unknown[0]}}} » n’est pas un repère connu ; les repères sont {known}")])


def names_opportunity(text: str) -> bool:
    """Return whether a text says something of an opportunity."""
    return any(name.lower() in OF_OPPORTUNITY for name in _PLACEHOLDER.findall(text))


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its placeholders filled; what is not known reads « … »."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1].lower(), "") or "…", text)


def values_for(
    contact: Contact, actor: Actor | None, opportunity: Opportunity | None, sender: Account
) -> dict[str, str]:
    """Return what the placeholders of one recipient stand for."""
    values = {
        "contact": contact.name or "Madame, Monsieur",
        "acteur": actor.name if actor else "",
        "animateur": sender.name,
    }
    if opportunity is not None:
        values |= {
            "opportunite": opportunity.title,
            "acheteur": opportunity.buyer_name or "",
            "echeance": day(opportunity.deadline.isoformat()) if opportunity.deadline else "",
            "lieu": opportunity.commune_name or "",
        }
    return values
