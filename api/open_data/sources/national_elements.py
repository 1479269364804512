"""Search in all elements of a national notice, whatever its form: the mark of a reserved market, CPV codes."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from api.core.text import normalize_label

_CPV_CODE = re.compile(r"\d{8}(?:-\d)?")
_RESERVED = re.compile(r"marchereserves?(?:oui)?")
_NO = frozenset({"non", "false", "0"})
# Element names are few, and each is met thousands of times.
_normalize = lru_cache(4_000)(normalize_label)


def is_marked_reserved(node: Any) -> bool:
    """Tell whether an element outside the lots marks the market as reserved.

    Forms write `MARCHE_RESERVE_OUI` or `marcheReserve: {oui: …}`.
    """
    for element_name, element_value in _elements(node):
        if _RESERVED.fullmatch(_normalize(element_name)):
            is_negative = (
                any(_normalize(inner_name) in _NO for inner_name in element_value)
                if isinstance(element_value, dict)
                else element_value is False
            )
            if not is_negative and not (isinstance(element_value, str) and element_value.strip().lower() in _NO):
                return True
    return False


def cpv_codes_in(node: Any) -> Iterator[str]:
    """Yield the CPV codes below a node: some forms write a code as a value, some as an element's name."""
    if isinstance(node, str):
        if _CPV_CODE.fullmatch(node.strip()):
            yield node.strip()
    elif isinstance(node, dict):
        for element_name, element_value in node.items():
            yield from cpv_codes_in(element_name)
            yield from cpv_codes_in(element_value)
    elif isinstance(node, list):
        for child_node in node:
            yield from cpv_codes_in(child_node)


def _elements(node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, list):
        for child_node in node:
            yield from _elements(child_node)
    elif isinstance(node, dict):
        for element_name, element_value in node.items():
            yield element_name, element_value
            if _normalize(element_name) not in ("lots", "lot"):
                yield from _elements(element_value)
