"""Reports of the public sources, in French."""

from collections.abc import Mapping
from datetime import date

from api.core.french import DEPARTMENTS, NBSP, day, number
from api.open_data.sources.catalogue import LABELS

COUNTS = {
    "records": ("enregistrement lu", "enregistrements lus"),
    "created": ("fiche créée", "fiches créées"),
    "changed": ("modifiée", "modifiées"),
    "closed": ("close", "closes"),
    "published": ("débouché à venir, publié depuis ou échu", "débouchés à venir, publiés depuis ou échus"),
    "references": ("contrat remporté", "contrats remportés"),
    "communes": ("commune", "communes"),
    "counted": ("entreprise comptée", "entreprises comptées"),
    "sold": ("déjà cédée d’après le BODACC", "déjà cédées d’après le BODACC"),
    "states": ("entreprise fermée, en procédure ou rouverte", "entreprises fermées, en procédure ou rouvertes"),
    "unchanged": ("déjà connu", "déjà connus"),
    "unchanged_pages": ("page sans rien de nouveau", "pages sans rien de nouveau"),
    "outdated": ("dépassé par un avis plus récent", "dépassés par un avis plus récent"),
    "kept": ("champ gardé tel que vous l’avez changé", "champs gardés tels que vous les avez changés"),
    "refused": ("refusé", "refusés"),
    "proposed": ("doublon à trancher", "doublons à trancher"),
}

# Sources that no service serves.
OWN_LABELS = {"reference": "La liste des réseaux de référence"}


def source_in_words(name: str) -> str:
    return (LABELS | OWN_LABELS).get(name, name)


def counts_in_words(counts: Mapping[str, int]) -> str:
    """Return the counts of a reading, e.g. « 250 enregistrements lus, 3 fiches créées », or « rien de nouveau »."""
    count_words = [
        f"{number(counts[count_name])} {singular if counts[count_name] < 2 else plural}"
        for count_name, (singular, plural) in COUNTS.items()
        if counts.get(count_name)
    ]
    return ", ".join(count_words) or "rien de nouveau"


def silence_in_words(department_code: str, since: date | None) -> str:
    """Return « Ardèche (07) : rien de nouveau depuis le 3 novembre 2026 »."""
    name = f"{DEPARTMENTS[department_code]} ({department_code})" if department_code in DEPARTMENTS else department_code
    silence = f"rien de nouveau depuis le {day(since.isoformat())}" if since else "rien n’a encore été reçu"
    return f"{name}{NBSP}: {silence}"


def missing_in_words(missing: Mapping[str, int], n_shown: int = 6) -> str:
    """Return the fields that a source left empty most often: « datelimitereponse (12), … »."""
    most_missing = sorted(missing.items(), key=lambda missing_count: (-missing_count[1], missing_count[0]))
    return ", ".join(f"{field_name} ({number(n_times)})" for field_name, n_times in most_missing[:n_shown])
