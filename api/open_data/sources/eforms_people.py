"""Leaves out of an eForms notice the organisations that are not its buyers: winners may be sole traders.

Names are compared without their prefixes, which are the sender's choice.
"""

from collections.abc import Iterator
from typing import Any

_EXTENSION = frozenset({"UBLExtensions", "UBLExtension", "ExtensionContent", "EformsExtension"})
_BUYER_ID = ("ContractingParty", "Party", "PartyIdentification", "ID")
_ORGANIZATION_ID = ("Company", "PartyIdentification", "ID")


def buyers_only(held: Any) -> Any:
    """Return what BOAMP's `donnees` holds with the buyers' organisations alone; anything else as it is."""
    if not isinstance(held, dict) or not isinstance(held.get("EFORMS"), dict):
        return held
    notices = {name: _pruned(notice, _texts_at(notice, _BUYER_ID)) for name, notice in held["EFORMS"].items()}
    return held | {"EFORMS": notices}


def _pruned(node: Any, buyer_ids: set[str]) -> Any:
    """Return a notice, or an element on the way to its organisations, with those of its buyers."""
    if isinstance(node, list):
        return [_pruned(child, buyer_ids) for child in node]
    if not isinstance(node, dict):
        return node
    return {
        name: _buyers(child, buyer_ids)
        if _local(name) == "Organizations"
        else _pruned(child, buyer_ids)
        if _local(name) in _EXTENSION
        else child
        for name, child in node.items()
    }


def _buyers(organizations: Any, buyer_ids: set[str]) -> Any:
    if isinstance(organizations, list):
        return [_buyers(element, buyer_ids) for element in organizations]
    if not isinstance(organizations, dict):
        return organizations
    return {
        name: [element for element in _listed(child) if _texts_at(element, _ORGANIZATION_ID) & buyer_ids]
        for name, child in organizations.items()
        if _local(name) == "Organization"
    }


def _texts_at(node: Any, path: tuple[str, ...]) -> set[str]:
    """Return the texts at the end of a path of names."""
    texts = (element.get("#text") if isinstance(element, dict) else element for element in _under(node, path))
    return {text for text in texts if isinstance(text, str)}


def _under(node: Any, path: tuple[str, ...]) -> Iterator[Any]:
    if not path:
        yield from _listed(node)
        return
    for element in _listed(node):
        for name, child in element.items() if isinstance(element, dict) else ():
            if _local(name) == path[0]:
                yield from _under(child, path[1:])


def _listed(node: Any) -> list[Any]:
    return node if isinstance(node, list) else [node]


def _local(name: str) -> str:
    return name.rpartition(":")[2]
