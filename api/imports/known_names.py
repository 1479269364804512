"""Actors of a file without SIRET that are on the desk with theirs: known by their name and where they are.

Only the very name counts, but for case, accents and punctuation: a person decides on names that are merely near
(`api.open_data.duplicates`).
"""

from collections import defaultdict
from collections.abc import Sequence, Set
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from api.catalogue.natural_keys import natural_key
from api.catalogue.row_changes import Record
from api.core.text import normalize_label
from matcher.types import ActorKind
from models.base import table_of
from models.tables import Actor

_WITHOUT_SIRET = frozenset({ActorKind.ENTREPRENEUR.value, ActorKind.EMPLOYEE_GROUP.value})


def give_known_sirets(session: Session, records: Sequence[Record], taken: Set[str]) -> list[int]:
    """Give records the SIRET of the only actor of their name at their place, and return their lines.

    records: actors without SIRET that no row is known by; taken: natural keys of the file. Two that would get the same
    one get none, nobody gets a confidential actor's, and neither do those who have no SIRET of their own.
    """
    records = [record for record in records if (record.weak | record.fields)["kind"] not in _WITHOUT_SIRET]
    if not records:
        return []
    known: dict[str, list[Any]] = defaultdict(list)
    table = table_of(Actor)
    columns = table.c["name", "siret", "commune_code", "department"]
    for row in session.execute(select(*columns).where(table.c.siret.is_not(None), table.c.confidential.is_(False))):
        known[normalize_label(row.name)].append(row)
    if not known:
        return []
    by_siret: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        same = [row for row in known.get(normalize_label(record.fields["name"]), ()) if _may_be_at(row, record)]
        if len(same) == 1:
            by_siret[same[0].siret].append(record)
    lines = []
    for siret, [record, *others] in by_siret.items():
        key = natural_key("actors", "", "", None, siret)
        if not others and key not in taken:
            record.fields["siret"] = siret
            record.key = key
            lines.append(record.row)
    return sorted(lines)


def _may_be_at(row: Any, record: Record) -> bool:
    commune, department = (record.fields.get(name) for name in ("commune_code", "department"))
    if commune and row.commune_code:
        return bool(commune == row.commune_code)
    return not (department and row.department and department != row.department)
