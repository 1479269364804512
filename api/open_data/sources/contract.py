"""Contract of the open-data sources: their facts, their requests and pages, their errors.

A source is a module with `SOURCE`, `requests`, `page`, `reference`, `public` and `read`, as `Source` describes them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, Protocol, TypeAlias


class SchemaChanged(ValueError):  # noqa: N818 (it names what happened, and its reader needs no suffix)
    """A page does not have the expected form: nothing of it is read. `where` is a path in the page."""

    def __init__(self, source: str, where: str, reason: str) -> None:
        super().__init__(f"{source}, « {where} » : {reason}" if where else f"{source} : {reason}")
        self.source, self.where, self.reason = source, where, reason


class BadRecord(ValueError):  # noqa: N818
    """One record is refused, without harm to the others. `reference`: its id, or empty. `field`: a path in it."""

    def __init__(self, reference: str, field: str, reason: str) -> None:
        record_name = f"enregistrement {reference}" if reference else "enregistrement sans identifiant"
        super().__init__(f"{record_name}, champ « {field} » : {reason}" if field else f"{record_name} : {reason}")
        self.reference, self.field, self.reason = reference, field, reason


# What a public notice does to a takeover case: it opens it, ends it (« sold » by a plan of the court, « sale » by the
# company itself…), or withdraws the opening.
Step: TypeAlias = Literal[
    "opening", "conversion", "sold", "sale", "plan", "insufficient_assets", "debts_paid", "closed", "ended", "withdrawn"
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class CaseNotice:
    """Place of a fact among the notices of its takeover case: `api.open_data.case_state` says what they make together.

    reference: the notice's own id. step: what it does, or what is annulled by it; None: nothing. amends: id of the
    notice that it replaces or annuls, where it names one; amended_on: when that one was published.
    """

    reference: str
    published_on: date
    step: Step | None
    amendment: Literal["replaces", "annuls"] | None = None
    amends: str | None = None
    amended_on: date | None = None


@dataclass(frozen=True, slots=True)
class ActorFound:
    """An actor. `content` validates as ActorIn; `missing` names the source's empty fields.

    former: the SIRET that it may have had before it moved, the likeliest first.
    """

    source: str
    source_id: str
    content: dict[str, Any]
    missing: tuple[str, ...] = ()
    former: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpportunityFound:
    """An opportunity, new or changed. `content` validates as OpportunityIn.

    A rectification gives few fields: a field absent from `content` keeps its stored value (`lots` too).
    `aliases` are other ids under which later records of the source may name the opportunity: a notice that rectifies a
    rectification names the middle one. An unknown `source_id` should be looked for under them. `creation_only` names
    the fields of `content` that a row which is already known does not take.
    `notice`: its place in a sequence of notices; None: it stands alone.
    """

    source: str
    source_id: str
    content: dict[str, Any]
    missing: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    creation_only: tuple[str, ...] = ()
    notice: CaseNotice | None = None


@dataclass(frozen=True, slots=True)
class Closed:
    """The opportunity of this id (or of one of `aliases`) is closed, if it is known.

    `on` is the day when the closing was published, so that it compares with publication dates.
    """

    source: str
    source_id: str
    reason: Literal["cancelled", "awarded"]
    on: date
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseStep:
    """A notice about the takeover case of this id (or of one of `aliases`) that makes no case by itself.

    It ends it, annuls one of its notices, or puts another in its place. `missing` names the source's fields without
    which it is not known what it does.
    """

    source: str
    source_id: str
    notice: CaseNotice
    aliases: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """A contract won by the establishment of this SIRET; `source_id` is unique per winner.

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
class StateFound:
    """Whether a company, or one of its establishments (`siret`), is open: what the source says of it today.

    since: the day of the closing or of the notice. words, url: as in `models.open_data.CompanyState`.
    """

    source: str
    siren: str
    siret: str | None
    state: Literal["open", "closed", "insolvent"]
    since: date | None = None
    words: str = ""
    url: str = ""

    @property
    def source_id(self) -> str:
        return f"siret:{self.siret}" if self.siret else f"siren:{self.siren}"


@dataclass(frozen=True, slots=True)
class CommuneFound:
    """A commune of today. `row` holds the columns of models.places.Commune."""

    source: str
    source_id: str
    row: dict[str, Any]


SourceFact: TypeAlias = ActorFound | OpportunityFound | Closed | CaseStep | Reference | StateFound | CommuneFound


@dataclass(frozen=True, slots=True)
class Request:
    """A page to ask for: a path relative to the service's base address, and the parameters of its query."""

    path: str
    params: dict[str, str]


@dataclass(frozen=True, slots=True)
class Page:
    """Records of a page. following: None on the last page. total: records of all pages, if the service gives it.

    warning: in French, for a person to read, the records that the service does not show.
    """

    records: list[dict[str, Any]]
    following: Request | None
    total: int | None
    warning: str = ""


class Source(Protocol):
    """Interface of a source module."""

    SOURCE: str

    def requests(self, departments: Sequence[str], since: date, today: date) -> Iterator[Request]:
        """Yield the first page of each query that together cover these départements from `since` to `today`."""

    def page(self, body: Any, request: Request) -> Page:
        """Return the page in a decoded JSON body. Raises SchemaChanged when its envelope is not as expected."""

    def reference(self, record: dict[str, Any]) -> str:
        """Return the record's own stable id. Raises BadRecord when it has none."""

    def public(self, record: dict[str, Any]) -> dict[str, Any]:
        """Return a copy without personal data: the raw record that may be kept."""

    def read(self, record: dict[str, Any], today: date) -> list[SourceFact]:
        """Return the facts of the record as of `today`; none where it is of no use here. Raises BadRecord."""


def record_list(source: str, body: Any, list_name: str) -> list[dict[str, Any]]:
    """Return the list of records under this name. Raises SchemaChanged when there is none."""
    if not isinstance(body, dict):
        raise SchemaChanged(source, "", "objet JSON attendu")
    records = body.get(list_name)
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise SchemaChanged(source, list_name, "liste d’enregistrements attendue")
    return records
