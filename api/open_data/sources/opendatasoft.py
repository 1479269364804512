"""BOAMP and BODACC are served by Opendatasoft (Explore API 2.1): windows of a month, a hundred records a page."""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from api.open_data.sources.parts import Page, Request, SchemaChanged, listed

PAGE_SIZE = 100
# The service refuses to look further: « offset + limit » may not exceed it.
DEEPEST = 10_000


def windows(dataset: str, since: date, today: date, condition: str, tie: str) -> Iterator[Request]:
    """Yield the first page of each month's query, oldest first; records of a day are ordered by the field `tie`.

    A window ends with its month, so that the same records are asked for in the same words on another day.
    """
    while since <= today:
        last = min(since.replace(day=monthrange(since.year, since.month)[1]), today)
        days = f"dateparution >= date'{since}' AND dateparution <= date'{last}'"
        params = {
            "where": f"{days} AND {condition}",
            "order_by": f"dateparution,{tie}",
            "limit": str(PAGE_SIZE),
            "offset": "0",
            "timezone": "Europe/Paris",
        }
        yield Request(f"/api/explore/v2.1/catalog/datasets/{dataset}/records", params)
        since = last + timedelta(1)


def page(source: str, body: Any, request: Request) -> Page:
    """Return what a page of the Explore API holds. Raises SchemaChanged."""
    records, total = listed(source, body, "results"), body.get("total_count")
    if type(total) is not int:
        raise SchemaChanged(source, "total_count", "nombre attendu")
    offset = int(request.params["offset"]) + len(records)
    more = bool(records) and offset < total
    deeper = offset + PAGE_SIZE <= DEEPEST
    warning = f"{total} enregistrements répondent, le service n’en montre que {offset}" if more and not deeper else ""
    following = Request(request.path, request.params | {"offset": str(offset)}) if more and deeper else None
    return Page(records, following, total, warning)


def any_of(field: str, codes: Sequence[str]) -> str:
    """Return the condition that a field has one of these codes."""
    listed = ", ".join(f'"{code}"' for code in codes)
    return f"{field} IN ({listed})"
