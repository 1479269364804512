"""Requests to Opendatasoft (Explore API 2.1), which serves BOAMP and BODACC: a month a query, 100 records a page.

**Départements** are written in more than one way: BOAMP writes those of 1 to 9 without their zero (`["7"]`), and
Corsica's « 20A ». A comparison is of whole texts: who asks for "07" gets nothing. Every writing is asked for, and
`department_code` reads them all.

**Two ways to filter a list.** `where … IN` finds the lists that hold one of the values; `refine` finds one value of a
facet, so that several are asked for one by one. Public code that calls the live service uses both on BOAMP's
`code_departement`: `where` for five départements (84,623 notices), `refine=code_departement:3` (9,362 notices; "03" has
none). One says that `where` does not look inside lists. `where` needs one query; `refine` is there if it finds nothing.
"""

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, Literal, TypeAlias

from api.open_data.sources.contract import Page, Request, SchemaChanged, record_list

PAGE_SIZE = 100
# The service's limit of « offset + limit ».
DEEPEST = 10_000

FilterStyle: TypeAlias = Literal["where", "refine"]


def windows(
    dataset: str, since: date, today: date, condition: str, tie_field: str, refinement: str = ""
) -> Iterator[Request]:
    """Yield the first page of each month's query, oldest first. tie_field: orders the records of a day.

    A window ends with its month, so that another day's request for the same records is identical.
    condition, refinement: what else the records satisfy; empty: nothing.
    """
    while since <= today:
        last_day = min(since.replace(day=monthrange(since.year, since.month)[1]), today)
        day_condition = f"dateparution >= date'{since}' AND dateparution <= date'{last_day}'"
        query_parameters = {
            "where": f"{day_condition} AND {condition}" if condition else day_condition,
            "order_by": f"dateparution,{tie_field}",
            "limit": str(PAGE_SIZE),
            "offset": "0",
            "timezone": "Europe/Paris",
        }
        if refinement:
            query_parameters["refine"] = refinement
        yield Request(f"/api/explore/v2.1/catalog/datasets/{dataset}/records", query_parameters)
        since = last_day + timedelta(1)


def department_windows(
    dataset: str,
    since: date,
    today: date,
    field_names: Sequence[str],
    departments: Sequence[str],
    tie_field: str,
    style: FilterStyle = "where",
) -> Iterator[Request]:
    """Yield the first page of each query for the records that hold one of these départements in one of these fields."""
    if style == "where":
        conditions = [in_departments(field_name, departments) for field_name in field_names]
        yield from windows(dataset, since, today, f"({' OR '.join(conditions)})", tie_field)
        return
    for field_name in field_names:
        for written_code in department_writings(departments):
            yield from windows(dataset, since, today, "", tie_field, f'{field_name}:"{written_code}"')


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


def in_departments(field_name: str, departments: Sequence[str]) -> str:
    """Return the condition that a field is, or holds, one of these départements, however it is written."""
    return any_of(field_name, department_writings(departments))


def department_writings(departments: Sequence[str]) -> list[str]:
    """Return the codes as the service may write them: « 07 » and « 7 », « 2A » and « 20A »."""
    writings = [
        writing for code in departments for writing in (code, code.lstrip("0"), re.sub(r"^2([AB])$", r"20\1", code))
    ]
    return list(dict.fromkeys(writings))


def department_code(written_code: str) -> str:
    """Return the official code of a département as the service writes it; any other text unchanged."""
    official_code = written_code.strip().upper().zfill(2)
    return re.sub(r"^20([AB])$", r"2\1", official_code)
