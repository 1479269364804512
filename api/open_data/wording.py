"""What the reading of public sources did, in French."""

from collections.abc import Mapping

from api.core.french import number
from api.open_data.sources.catalogue import LABELS

COUNTS = {
    "records": ("enregistrement lu", "enregistrements lus"),
    "created": ("fiche créée", "fiches créées"),
    "changed": ("modifiée", "modifiées"),
    "closed": ("close", "closes"),
    "references": ("contrat remporté", "contrats remportés"),
    "communes": ("commune", "communes"),
    "unchanged": ("déjà connu", "déjà connus"),
    "unchanged_pages": ("page sans rien de nouveau", "pages sans rien de nouveau"),
    "outdated": ("dépassé par un avis plus récent", "dépassés par un avis plus récent"),
    "kept": ("champ gardé tel que vous l’avez changé", "champs gardés tels que vous les avez changés"),
    "refused": ("refusé", "refusés"),
    "proposed": ("doublon à trancher", "doublons à trancher"),
}


def source_in_words(name: str) -> str:
    return LABELS.get(name, name)


def counts_in_words(counts: Mapping[str, int]) -> str:
    """Return what a reading did, e.g. « 250 enregistrements lus, 3 fiches créées »; « rien » where it is nothing."""
    told = [
        f"{number(counts[name])} {one if counts[name] < 2 else many}"
        for name, (one, many) in COUNTS.items()
        if counts.get(name)
    ]
    return ", ".join(told) or "rien de nouveau"


def missing_in_words(missing: Mapping[str, int], most: int = 6) -> str:
    """Return which of its fields a source left empty most often: « datelimitereponse (12), … »."""
    often = sorted(missing.items(), key=lambda one: (-one[1], one[0]))
    return ", ".join(f"{name} ({number(count)})" for name, count in often[:most])
