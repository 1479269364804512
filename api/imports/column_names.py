"""A column's name as people write it → the labels under which it may be known: without unit, note or year."""

import re

from api.core.french_numbers import without_unit
from api.core.text import normalize_label

_YEAR = re.compile(r"\b(?:19|20)[0-9]{2}\b|\bn\s*-\s*[0-9]\b", re.IGNORECASE)
_NOTE = re.compile(r"\([^()]*\)?|\[[^\]]*\]?|\*+$")


def label_forms(name: str) -> list[str]:
    """Return the labels of a column's name, the most exact first: `CA 2025 (k€)` → ca2025k, ca2025, ca."""
    forms = [name, _NOTE.sub(" ", name), without_unit(name), without_unit(_NOTE.sub(" ", name))]
    forms.append(_YEAR.sub(" ", forms[-1]))
    return [label for label in dict.fromkeys(map(normalize_label, forms)) if label]
