"""Search in all elements of a national notice, whatever its form: the mark of a reserved market, CPV codes, texts."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from api.core.text import normalize_label

_CPV_CODE = re.compile(r"\d{8}(?:-\d)?")
# An element whose presence alone is a mark, and one that must say yes.
_RESERVED = re.compile(r"(?:marche|contrat|concession|lot)reservee?s?(?:oui)?")
_RESERVATION = re.compile(r"reservation(?:marche|contrat|concession|lot|dsp)?s?")
_YES = frozenset({"oui", "true", "1"})
_NO = frozenset({"non", "false", "0"})
# Element names are few, and each is met thousands of times.
_normalize = lru_cache(4_000)(normalize_label)


def is_marked_reserved(node: Any) -> bool:
    """Tell whether an element outside the lots marks the market as reserved.

    Forms write `MARCHE_RESERVE_OUI` (before 2024), `marcheReserve: {oui: …}` or, in FNSimple, `natureMarche.
    reservationMarche: {oui: …}`: the thirteen real notices that were read bear `reservationMarche: {non: ""}`.
    """
    for element_name, element_value in _elements(node):
        normal_name = _normalize(element_name)
        if _RESERVED.fullmatch(normal_name) and not _answers(element_value) & _NO and element_value is not False:
            return True
        if _RESERVATION.fullmatch(normal_name) and (_answers(element_value) & _YES or element_value is True):
            return True
    return False


def texts_in(node: Any) -> Iterator[str]:
    """Yield all texts below a node."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict | list):
        for child_node in node.values() if isinstance(node, dict) else node:
            yield from texts_in(child_node)


def _answers(element_value: Any) -> set[str]:
    """Return the words of a yes or no: a text, or the names of the elements inside."""
    if isinstance(element_value, str):
        return {_normalize(element_value)}
    return {_normalize(inner_name) for inner_name in element_value} if isinstance(element_value, dict) else set()


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
