"""Approvals as people write them, in forms and cells: names in full; short names and codes are read too."""

from collections.abc import Iterable

from api.catalogue.wording import APPROVALS, approval_in_words
from api.core import french_input

# How a name in full would be stored if nobody knew it → its code.
_CODES = {french_input.slugs(name)[0]: code for code, name in APPROVALS.items()}


def read_approvals(cell: str) -> list[str]:
    """Return the codes: « services à la personne, RGE » → sap, rge."""
    return [_CODES.get(slug, slug) for slug in french_input.slugs(cell)]


def written_approvals(codes: Iterable[str]) -> str:
    """Return the line that reads as the same codes."""
    return ", ".join(map(_written, codes))


def _written(code: str) -> str:
    words = approval_in_words(code)
    return words if read_approvals(words) == [code] else code
