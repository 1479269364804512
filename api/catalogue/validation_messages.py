"""Why a value is refused, in French: what pydantic says, in the words of a person who filled a spreadsheet."""

from collections.abc import Callable, Mapping
from typing import Any

# What a pattern expects, for a reader who does not read patterns.
_PATTERNS = {
    r"^[0-9]{5}$": "code postal invalide : cinq chiffres attendus",
    r"^[0-9]{4}$": "catégorie juridique invalide : quatre chiffres attendus, par exemple 5458",
    r"^[a-z0-9_]{2,60}$": "mot-clé invalide : lettres sans accent, chiffres et « _ » seulement",
}

_PHRASES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "missing": lambda _: "obligatoire : la valeur manque",
    "extra_forbidden": lambda _: "champ inconnu",
    "string_type": lambda _: "texte attendu",
    "string_too_short": lambda ctx: (
        "ne doit pas être vide" if ctx["min_length"] == 1 else f"trop court : {ctx['min_length']} caractères au moins"
    ),
    "string_too_long": lambda ctx: f"trop long : {_number(ctx['max_length'])} caractères au plus",
    "string_pattern_mismatch": lambda ctx: _pattern(ctx["pattern"]),
    "string_unicode": lambda _: "texte illisible : encodage UTF-8 attendu",
    "int_type": lambda _: "nombre entier attendu",
    "int_parsing": lambda _: "nombre entier attendu",
    "int_parsing_size": lambda _: "nombre trop grand",
    "int_from_float": lambda _: "nombre entier attendu",
    "float_type": lambda _: "nombre attendu",
    "float_parsing": lambda _: "nombre attendu",
    "finite_number": lambda _: "nombre fini attendu",
    "bool_type": lambda _: "oui ou non attendu",
    "bool_parsing": lambda _: "oui ou non attendu",
    "date_type": lambda _: "date attendue, par exemple 2026-11-24",
    "date_parsing": lambda _: "date attendue, par exemple 2026-11-24",
    "date_from_datetime_parsing": lambda _: "date attendue, par exemple 2026-11-24",
    "date_from_datetime_inexact": lambda _: "date attendue, sans l’heure",
    "datetime_parsing": lambda _: "date et heure attendues",
    "greater_than": lambda ctx: f"trop petit : doit dépasser {_number(ctx['gt'])}",
    "greater_than_equal": lambda ctx: f"hors des bornes : {_number(ctx['ge'])} au moins",
    "less_than": lambda ctx: f"trop grand : doit rester sous {_number(ctx['lt'])}",
    "less_than_equal": lambda ctx: f"hors des bornes : {_number(ctx['le'])} au plus",
    "enum": lambda ctx: f"valeur inconnue : attendu {_choices(ctx['expected'])}",
    "literal_error": lambda ctx: f"valeur inconnue : attendu {_choices(ctx['expected'])}",
    "list_type": lambda _: "liste attendue",
    "too_long": lambda ctx: f"liste trop longue : {_number(ctx['max_length'])} au plus",
    "too_short": lambda ctx: f"liste trop courte : {_number(ctx['min_length'])} au moins",
    "dict_type": lambda _: "objet attendu",
    "model_type": lambda _: "objet attendu",
    "model_attributes_type": lambda _: "objet attendu",
    "json_invalid": lambda _: "le corps de la requête n’est pas du JSON",
    "uuid_parsing": lambda _: "identifiant invalide",
}


def in_french(error: Mapping[str, Any]) -> str:
    """Return what one of pydantic's error dicts (`ValidationError.errors()`) says, in French.

    Our own validators already speak French: their words are passed through.
    """
    kind, context = error.get("type", ""), error.get("ctx") or {}
    if kind in ("value_error", "assertion_error"):
        return str(context["error"]) if "error" in context else str(error.get("msg", "")).partition(", ")[2]
    phrase = _PHRASES.get(kind)
    try:
        return phrase(context) if phrase else "valeur refusée"
    except KeyError:
        return "valeur refusée"


def _pattern(pattern: str) -> str:
    if "https?" in pattern:
        return "adresse web invalide : elle commence par http:// ou https://"
    return _PATTERNS.get(pattern, "forme inattendue")


def _choices(expected: str) -> str:
    return expected.replace("'", "").replace(" or ", " ou ")


def _number(value: Any) -> str:
    """Write a bound as the French do: `1 000 000`, `0,5`, `31/12/2100`."""
    if isinstance(value, int | float):
        return f"{value:,.15g}".replace(",", "\u202f").replace(".", ",")
    # Pydantic gives the bounds of dates in ISO.
    return "/".join(reversed(str(value).split("-")))
