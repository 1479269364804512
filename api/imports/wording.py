"""Imports in French."""

from collections.abc import Mapping

from api.catalogue.wording import KINDS, OPPORTUNITY_KINDS
from api.core.french import plural
from api.imports.known_rows import Collision
from api.imports.undoing import CHANGED_SINCE, IN_USE, KEY_TAKEN, WOULD_PUBLISH

WHY_LEFT = {
    CHANGED_SINCE: "Modifiée depuis : elle reste comme elle est",
    WOULD_PUBLISH: "Devenue confidentielle, ou plus diffusée, par cet import : elle le reste",
    KEY_TAKEN: "Son numéro est pris par une autre fiche : elle reste comme elle est",
    IN_USE: "Un avis, un dossier, un accord, un contact s’y rapporte : elle reste ; une opportunité est annulée",
}
_UNDONE = {
    "restored": ("fiche rendue comme avant", "fiches rendues comme avant"),
    "deleted": ("fiche supprimée", "fiches supprimées"),
    "left": ("fiche laissée", "fiches laissées"),
    "contacts": ("contact supprimé", "contacts supprimés"),
}


def collision_in_words(collision: Collision) -> str:
    """Return what new rows share with a source: « 5 numéros en commun (reprise) »."""
    kinds = ", ".join((KINDS | OPPORTUNITY_KINDS).get(kind, kind) for kind in collision.kinds)
    return f"{plural(collision.count, 'numéro')} en commun ({kinds})"


def undone_in_words(counts: Mapping[str, int]) -> str:
    """Return what an undoing did, e.g. « annulé : 5 fiches supprimées »."""
    parts = [plural(counts[name], *words) for name, words in _UNDONE.items() if counts.get(name)]
    return f"annulé : {', '.join(parts) or 'il n’y avait plus rien à reprendre'}"
