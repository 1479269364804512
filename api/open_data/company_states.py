"""Companies that closed or are insolvent, by what sources say: a page's statements beside those that are stored.

A register says today's state: it replaces the former one. Of BODACC, the state follows from the notices about a
company's procedure, as they are folded in the provenance of its case: of the public notices, never of the row, which a
person may have changed or made confidential.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from api.open_data import queries
from api.open_data.provenance import RowProvenance, replace_source_rows
from api.open_data.source_values import FieldValues
from api.open_data.sources.contract import StateFound
from models.open_data import CompanyState

_BY_SIREN = "siren:"


class CompanyStates:
    """The states that one page tells: make one for each page."""

    def __init__(self, session: Session, source: str) -> None:
        self._session, self._source = session, source
        self._stored: dict[str, FieldValues] = {}
        self._changed: dict[str, FieldValues] = {}

    def load(self, source_ids: Collection[str]) -> None:
        """Read what is stored under these ids."""
        if source_ids:
            self._stored |= queries.company_states(self._session, self._source, source_ids)

    def knows(self, source_id: str) -> bool:
        return source_id in self._stored

    def note(self, statement: StateFound, reference: str) -> None:
        """Note a statement; that something is open is only of use where it was not."""
        known = self._changed.get(statement.source_id) or self._stored.get(statement.source_id)
        if known is None and statement.state == "open":
            return
        said: FieldValues = {
            "siren": statement.siren,
            "siret": statement.siret,
            "state": statement.state,
            "since": statement.since,
            "words": statement.words[:300],
            "url": statement.url[:1000],
        }
        if known is None or any(known[name] != value for name, value in said.items()):
            self._changed[statement.source_id] = said | {"source_id": statement.source_id, "reference": reference}

    def write(self, moment: datetime) -> int:
        """Write what changed; return its number."""
        if self._changed:
            rows = list(self._changed.values())
            replace_source_rows(self._session, CompanyState, self._source, rows, self._stored, moment)
        return len(self._changed)


def procedure_ids(source_ids: Iterable[str]) -> set[str]:
    """Return those of a source's ids that name a company."""
    return {source_id for source_id in source_ids if source_id.startswith(_BY_SIREN)}


def state_of_procedure(source: str, source_id: str, provenance: RowProvenance, *, known: bool) -> StateFound | None:
    """Return what the notices about a company's insolvency say of it, None where they are about something else.

    A company that was sold or whose procedure was closed stays as it was until the register says more: only a plan by
    which it goes on, a judgment that was withdrawn or an annulled notice say that it stands again. known: whether
    something was said of it before.
    """
    said: dict[str, Any] = provenance.last_values
    if not source_id.startswith(_BY_SIREN) or said.get("takeover.cause") != "insolvency":
        return None
    if provenance.closed_as == "closed" and known:
        return None
    siren = source_id.removeprefix(_BY_SIREN)
    if provenance.closed_as == "cancelled":
        return StateFound(source, siren, None, "open", provenance.closed_on)
    published_on = said.get("published_on")
    return StateFound(
        source,
        siren,
        None,
        "insolvent",
        date.fromisoformat(published_on) if published_on else provenance.as_of,
        words=str(said.get("description") or "").partition("\n")[0],
        url=str(said.get("url") or ""),
    )
