"""Asks a service for a few records, spread over its queries, and examines them. Writes nothing."""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from api.open_data.coverage.examine import Examination, examine
from api.open_data.coverage.forms import FORMS, NO_FORMS
from api.open_data.sources.catalogue import Service
from api.open_data.sources.client import Client, ServiceError
from api.open_data.sources.contract import BadRecord, Request, SchemaChanged, Source

ASKED = 20
# Records of one answer, so that they come of several queries: of several months, départements or trades.
_LEAST_OF_ONE = 5
_MOST_REQUESTS = 50
# Parameters by which the services know the length of a page.
_PAGE_LENGTHS = ("limit", "per_page", "page_size")


def check_service(
    service: Service, departments: Sequence[str], since: date, today: date, client: Client
) -> Examination:
    """Ask for records from `since` to `today`, the newest first, and compare them with what is expected."""
    source_forms = FORMS.get(service.name, NO_FORMS)
    try:
        records = few_records(service, departments, since, today, client)
    except (ServiceError, SchemaChanged) as failure:
        return Examination(service.name, error=str(failure))
    return examine(service.source, source_forms, records, today)


def few_records(
    service: Service, departments: Sequence[str], since: date, today: date, client: Client
) -> list[dict[str, Any]]:
    """Return up to ASKED different records. Raises ServiceError and SchemaChanged."""
    source = service.source
    requests = _from_both_ends(service.first_pages(departments, since, today))
    length = max(_LEAST_OF_ONE, -(-ASKED // max(1, len(requests))))
    asked = deque(_shortened(request, length) for request in requests)
    records: dict[str, dict[str, Any]] = {}
    for _ in range(_MOST_REQUESTS):
        if not asked or len(records) >= ASKED:
            break
        request = asked.popleft()
        page = source.page(client.fetch(request).body, request)
        for position, record in enumerate(page.records[:length]):
            records.setdefault(_name(source, record, position), record)
        if page.following:
            asked.append(page.following)
    return list(records.values())[:ASKED]


def _from_both_ends(requests: Sequence[Request]) -> list[Request]:
    """Return the queries, the last first and the first next: the newest period, and what is open before what closed."""
    waiting = deque(requests)
    ordered: list[Request] = []
    while waiting:
        ordered.append(waiting.pop() if len(ordered) % 2 == 0 else waiting.popleft())
    return ordered


def _shortened(request: Request, length: int) -> Request:
    lengths = {name: str(length) for name in _PAGE_LENGTHS if name in request.params}
    return replace(request, params=request.params | lengths)


def _name(source: Source, record: dict[str, Any], position: int) -> str:
    try:
        return source.reference(record)
    except BadRecord:
        return f"sans identifiant, {position}"
