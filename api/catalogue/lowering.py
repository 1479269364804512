"""What would make a confidential row less confidential: no writer may, but the act of a person who gives a reason."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from api.catalogue.natural_keys import SECRET_KINDS

CONFIDENTIAL, KIND, TEASER = "confidential", "kind", "teaser"
WHY = {
    CONFIDENTIAL: "la fiche est confidentielle : seule une personne peut la rendre publique, sur sa page « Diffusion »",
    KIND: "la fiche est confidentielle : seule une personne peut en changer le type, sur sa page « Diffusion »",
    TEASER: "le cas n’est pas diffusé : seule une personne peut le diffuser, sur sa page",
}


class Lowering(NamedTuple):
    """A record that was not written, because these fields of it would lower the confidentiality of its row.

    row: the line of the file, 0 of none.
    """

    row: int
    row_id: str
    fields: tuple[str, ...]


def lowered_fields(stored: Mapping[str, Any], values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the fields that would lower the confidentiality of a stored row. values: its columns as they shall be.

    A teaser where there is none lowers it too: with a teaser a case is told of, and what was agreed about it counts.
    """
    if not stored[CONFIDENTIAL]:
        return ()
    fields = []
    if not values.get(CONFIDENTIAL, True):
        fields.append(CONFIDENTIAL)
    if stored[KIND] in SECRET_KINDS and values.get(KIND, stored[KIND]) not in SECRET_KINDS:
        fields.append(KIND)
    if values.get(TEASER) and not stored.get(TEASER):
        fields.append(TEASER)
    return tuple(fields)


def refusals(fields: Iterable[str]) -> list[tuple[str, str]]:
    """Return these fields with the reason, in French, why they are refused."""
    return [(name, WHY[name]) for name in fields]
