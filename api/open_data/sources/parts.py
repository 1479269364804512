"""What the open-data sources share: what they find, how their pages are asked for, and how they go wrong.

A source is a module with `SOURCE`, `requests`, `page`, `reference` and `read` (`Source` tells their contracts).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, Protocol, TypeAlias


class SchemaChanged(ValueError):  # noqa: N818 (it names what happened, and its reader needs no suffix)
    """A whole page is not as the service used to serve it: nothing of it is read. `where` is a path in the page."""

    def __init__(self, source: str, where: str, reason: str) -> None:
        super().__init__(f"{source}, « {where} » : {reason}" if where else f"{source} : {reason}")
        self.source, self.where, self.reason = source, where, reason


class BadRecord(ValueError):  # noqa: N818
    """One record is refused, the others go on. `reference` names it (empty: unknown), `field` is a path in it."""

    def __init__(self, reference: str, field: str, reason: str) -> None:
        named = f"enregistrement {reference}" if reference else "enregistrement sans identifiant"
        super().__init__(f"{named}, champ « {field} » : {reason}" if field else f"{named} : {reason}")
        self.reference, self.field, self.reason = reference, field, reason


@dataclass(frozen=True, slots=True)
class ActorFound:
    """An actor. `content` validates as ActorIn; `missing` names the source's fields that would have said more."""

    source: str
    source_id: str
    content: dict[str, Any]
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpportunityFound:
    """An opportunity, new or as it now is. `content` validates as OpportunityIn; names that it lacks say nothing.

    A rectification says little: what it does not say must be kept as it is stored (`lots` too), not cleared.
    `aliases` are other ids under which later records of the source may name it: a notice that rectifies a
    rectification names the middle one. What is not known by its `source_id` should be looked for by them.
    """

    source: str
    source_id: str
    content: dict[str, Any]
    missing: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Closed:
    """The opportunity of that source and id, if it is known (by its id or by `aliases`), is over.

    `on` is the day when that was published, to be compared with days of publication: what ended it is a little older.
    """

    source: str
    source_id: str
    reason: Literal["cancelled", "awarded", "sold"]
    on: date
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """A contract won by the company whose establishment has that SIRET; `source_id` is unique per winner.

    `cpv` are eight-digit codes, `naf` a NAF rev. 2 code; `amount_eur` is the whole contract's, shared or not.
    """

    source: str
    source_id: str
    siret: str
    title: str
    buyer_name: str
    cpv: list[str]
    naf: str | None = None
    amount_eur: float | None = None
    notified_on: date | None = None
    months: int | None = None


@dataclass(frozen=True, slots=True)
class CommuneFound:
    """A commune of today. `row` holds the columns of models.places.Commune."""

    source: str
    source_id: str
    row: dict[str, Any]


Found: TypeAlias = ActorFound | OpportunityFound | Closed | Reference | CommuneFound


@dataclass(frozen=True, slots=True)
class Request:
    """A page to ask for: a path relative to the service's base address, and the parameters of its query."""

    path: str
    params: dict[str, str]


@dataclass(frozen=True, slots=True)
class Page:
    """What a page holds; `following` is None on the last; `total` counts the records of all pages, if it is told.

    `warning` says, in French, what the service does not show (its limits); a person should read it.
    """

    records: list[dict[str, Any]]
    following: Request | None
    total: int | None
    warning: str = ""


class Source(Protocol):
    """What each module of this package offers."""

    SOURCE: str

    def requests(self, departments: Sequence[str], since: date, today: date) -> Iterator[Request]:
        """Yield the first page of each query that together cover these départements from `since` to `today`."""

    def page(self, body: Any, request: Request) -> Page:
        """Return what a decoded JSON body holds. Raises SchemaChanged when its envelope is not as expected."""

    def reference(self, record: dict[str, Any]) -> str:
        """Return the record's own stable id. Raises BadRecord when it has none."""

    def public(self, record: dict[str, Any]) -> dict[str, Any]:
        """Return a copy without anybody's personal data: what may be kept as the raw record."""

    def read(self, record: dict[str, Any], today: date) -> list[Found]:
        """Return what the record tells, as of `today`; nothing where it is of no use here. Raises BadRecord."""


def listed(source: str, body: Any, name: str) -> list[dict[str, Any]]:
    """Return the list of records under that name. Raises SchemaChanged when it is not there as it should be."""
    if not isinstance(body, dict):
        raise SchemaChanged(source, "", "objet JSON attendu")
    records = body.get(name)
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise SchemaChanged(source, name, "liste d’enregistrements attendue")
    return records
