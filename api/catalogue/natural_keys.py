"""Natural keys: by what a row is known again when its source speaks of it once more.

A SIRET, else the nature of the thing, the name of its source and its number there: `takeover:reprises:1`. The nature
stands in it, so that a market and a takeover case that bear the same number are two things. A row's id is given at its
birth and outlives every change of its key.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import Table, select
from sqlmodel import Session

from matcher.types import ActorKind, OpportunityKind
from models.base import identifier

# Kinds of which nobody outside may know unless somebody says so.
SECRET_KINDS = frozenset({ActorKind.EMPLOYEE_GROUP.value, OpportunityKind.TAKEOVER.value})
_NATURES = {
    "actors": ("actor", ActorKind.EMPLOYEE_GROUP.value),
    "opportunities": (OpportunityKind.MARKET.value, OpportunityKind.TAKEOVER.value),
}
_BY_SIRET = "siret:"


def natural_key(table: str, kind: str, source: str, source_id: str | None, siret: str | None = None) -> str:
    """Return the natural key of an actor or an opportunity. table: `actors` or `opportunities`."""
    if siret:
        return f"{_BY_SIRET}{siret}"
    usual, secret = _NATURES[table]
    return f"{secret if kind == secret else usual}:{source}:{source_id}"


def number_of(key: str) -> str:
    """Return a natural key without the nature: the source's name and the number, or the SIRET."""
    return key if key.startswith(_BY_SIRET) else key.partition(":")[2]


def keys_of_number(table: str, number: str) -> list[str]:
    """Return the natural keys that may bear a number, whatever its nature is; the secret one last."""
    return [number] if number.startswith(_BY_SIRET) else [f"{nature}:{number}" for nature in _NATURES[table]]


def birth_ids(session: Session, table: Table, keys: Sequence[str]) -> dict[str, str]:
    """Return the ids that new rows with these natural keys get, by key.

    The number alone makes the id, so that the same files give the same ids in every database. Of a secret nature the
    whole key does: what is public must not show by another id that the number was taken. That happens only where a row
    has changed its nature, or is of before this rule.
    """
    if not keys:
        return {}
    wanted = {key: identifier(table.name, key if _is_secret(key) else number_of(key)) for key in keys}
    taken = _stored_ids(session, table, wanted.values())
    for key in [key for key, ident in wanted.items() if ident in taken]:
        attempt = 1
        while _stored_ids(session, table, [wanted[key]]):
            wanted[key] = identifier(table.name, key, attempt)
            attempt += 1
    return wanted


def stored_or_birth_ids(session: Session, table: Table, keys: Sequence[str]) -> dict[str, str]:
    """Return the ids of the rows with these natural keys, stored or to come, by key."""
    question = select(table.c.natural_key, table.c.id).where(table.c.natural_key.in_(keys))
    stored: dict[str, str] = {row.natural_key: row.id for row in session.execute(question)}
    return stored | birth_ids(session, table, [key for key in keys if key not in stored])


def _is_secret(key: str) -> bool:
    return key.partition(":")[0] in SECRET_KINDS


def _stored_ids(session: Session, table: Table, ids: Iterable[str]) -> set[str]:
    return set(session.execute(select(table.c.id).where(table.c.id.in_(list(ids)))).scalars())
