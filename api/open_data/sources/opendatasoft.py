"""Requests to Opendatasoft (Explore API 2.1), which serves BOAMP and BODACC: a month a query, 100 records a page."""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from api.open_data.sources.contract import Page, Request, SchemaChanged, record_list

PAGE_SIZE = 100
# The service's limit of « offset + limit ».
DEEPEST = 10_000


def windows(dataset: str, since: date, today: date, condition: str, tie_field: str) -> Iterator[Request]:
    """Yield the first page of each month's query, oldest first. tie_field: orders the records of a day.

    A window ends with its month, so that another day's request for the same records is identical.
    """
    while since <= today:
        last_day = min(since.replace(day=monthrange(since.year, since.month)[1]), today)
        day_condition = f"dateparution >= date'{since}' AND dateparution <= date'{last_day}'"
        query_parameters = {
            "where": f"{day_condition} AND {condition}",
            "order_by": f"dateparution,{tie_field}",
            "limit": str(PAGE_SIZE),
            "offset": "0",
            "timezone": "Europe/Paris",
        }
        yield Request(f"/api/explore/v2.1/catalog/datasets/{dataset}/records", query_parameters)
        since = last_day + timedelta(1)


def page(source: str, body: Any, request: Request) -> Page:
    """Return a page of the Explore API. Raises SchemaChanged."""
    records, total_count = record_list(source, body, "results"), body.get("total_count")
    if type(total_count) is not int:
        raise SchemaChanged(source, "total_count", "nombre attendu")
    next_offset = int(request.params["offset"]) + len(records)
    has_more = bool(records) and next_offset < total_count
    is_reachable = next_offset + PAGE_SIZE <= DEEPEST
    warning = (
        f"{total_count} enregistrements répondent, le service n’en montre que {next_offset}"
        if has_more and not is_reachable
        else ""
    )
    next_page = (
        Request(request.path, request.params | {"offset": str(next_offset)}) if has_more and is_reachable else None
    )
    return Page(records, next_page, total_count, warning)


def any_of(field_name: str, codes: Sequence[str]) -> str:
    """Return the condition that a field is one of these codes."""
    quoted_codes = ", ".join(f'"{code}"' for code in codes)
    return f"{field_name} IN ({quoted_codes})"
