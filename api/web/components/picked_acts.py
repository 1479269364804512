"""What may be done with the rows that were ticked in a list: the buttons of one form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlencode

from api.web.components.letters import OfferedTemplates

# Why no case was opened.
NOT_OPENED = {
    "aucun": "Personne n’est coché : cochez d’abord des acteurs.",
    "hors": "Rien n’est ouvert : l’un des acteurs cochés n’est pas, ou plus, dans le classement.",
}


@dataclass(frozen=True)
class PickedAct:
    """A button: its words, and the page that gets what was ticked."""

    words: str
    address: str
    method: Literal["get", "post"] = "get"


@dataclass(frozen=True)
class PickedActs:
    """The buttons under a list of actors. hidden: what the form says beside the ticks.

    templates: None where nothing may be written to those who are listed. ticked: ids of those who are ticked already.
    """

    acts: Sequence[PickedAct]
    templates: OfferedTemplates | None = None
    hidden: Mapping[str, str] = field(default_factory=dict)
    ticked: frozenset[str] = frozenset()


def acts_on_actors(templates: OfferedTemplates, ticked: Sequence[str] = ()) -> PickedActs:
    """Return what may be done with actors of a list, whatever it is about."""
    return PickedActs(
        (PickedAct("Comparer", "/acteurs/comparer"), PickedAct("Feuille pour l’acheteur", "/acteurs/feuille")),
        templates,
        ticked=frozenset(ticked),
    )


def acts_on_candidates(
    opportunity_id: str,
    lot_id: str,
    templates: OfferedTemplates,
    *,
    confidential: bool,
    even_closed: bool,
    ticked: Sequence[str] = (),
) -> PickedActs:
    """Return what may be done with actors that were ranked for an opportunity.

    confidential: whether it is; then nothing leaves the house from here.
    """
    page = f"/opportunites/{opportunity_id}"
    acts = [
        PickedAct("Comparer", f"{page}/comparer"),
        PickedAct("Ouvrir leurs dossiers", f"{page}/dossiers", "post"),
    ]
    if not confidential:
        acts.append(PickedAct("Feuille pour l’acheteur", f"{page}/feuille"))
    hidden = {"opportunite": opportunity_id, "lot": lot_id, "closes": "oui" if even_closed else ""}
    return PickedActs(
        acts,
        None if confidential else templates,
        {name: value for name, value in hidden.items() if value},
        frozenset(ticked),
    )


def opportunity_address(opportunity_id: str, choices: Mapping[str, str], ticked: Sequence[str] = ()) -> str:
    """Return the address of an opportunity's page, with those choices that say something and those who are ticked."""
    said = [*((name, value) for name, value in choices.items() if value), *(("acteur", row_id) for row_id in ticked)]
    return f"/opportunites/{opportunity_id}" + (f"?{urlencode(said)}" if said else "")
