"""Openings to come that are no longer: their notice was published, or the contract that announced them is over.

A notice is that of an expected opening where it comes from another source, is from the same buyer (in one département,
by SIREN where both are known, else by a near name), for the same need (a near title, or one that resembles it within
one class of CPV), and was not published earlier than a year before the end of the running contract. A confidential
record closes nothing, since outsiders would see it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from rapidfuzz import fuzz
from sqlmodel import Session

from api.audit import log
from api.catalogue.contract_holders import CONTRACTS_SOURCE
from api.catalogue.row_changes import Record
from api.catalogue.row_history import source_author
from api.catalogue.upsert import write_opportunities
from api.open_data import queries
from api.open_data.duplicate_search import NEAR_BUYER, normalize_name
from api.open_data.sources.decp_renewals import HORIZON_MONTHS, LEAD_MONTHS, months_after
from models.base import utc_now

# Least similarities of titles, of 100: of the whole titles; of the words that they share, within one class of CPV.
NEAR_TITLE, NEAR_WORDS = 85, 75
# Digits of a CPV code that name its class.
_CPV_CLASS = 4
_RENEWAL_MARK = " (renouvellement probable)"


@dataclass(frozen=True)
class Ended:
    """An expected opening that is closed. notice_id: the opportunity that was published, None where time ran out."""

    opening: Any
    notice_id: str | None
    notice_url: str | None


def close_expected_openings(session: Session, today: date, *, by: str) -> int:
    """Close the openings to come that were published, or whose running contract is over; return their number."""
    openings = queries.expected_openings(session)
    if not openings:
        return 0
    earliest = min(first_possible(opening.published_on) for opening in openings)
    ended = list(ended_openings(openings, queries.notices_since(session, earliest), today))
    records = [
        Record(
            0,
            end.opening.natural_key,
            {"status": "closed"} | ({"url": end.notice_url} if end.notice_url else {}),
            {},
        )
        for end in ended
    ]
    write_opportunities(session, records, author=source_author(CONTRACTS_SOURCE, utc_now()))
    ends_on = {end.opening.id: contract_end(end.opening.published_on) for end in ended}
    for provenance in queries.contract_provenances(session, ends_on):
        provenance.last_values = provenance.last_values | {"status": "closed"}
        # It comes back if its contract is prolonged so far that its notice is expected after this day.
        provenance.closed_as, provenance.closed_on = "closed", ends_on[provenance.row_id or ""]
    for end in ended:
        if end.notice_id:
            log.note(
                session,
                by=by,
                action="opportunity.published",
                kind="opportunity",
                of=end.opening.id,
                detail={"notice": end.notice_id},
            )
    return len(ended)


def ended_openings(openings: Iterable[Any], notices: Sequence[Any], today: date) -> Iterable[Ended]:
    """Yield the expected openings that are over. Rows are those of `queries.expected_openings` and `notices_since`."""
    book = _NoticeBook(notices)
    for opening in openings:
        notice = next((notice for notice in book.of_buyer(opening) if is_notice_of(notice, opening)), None)
        if notice:
            yield Ended(opening, notice.id, notice.url)
        elif contract_end(opening.published_on) <= today:
            yield Ended(opening, None, None)


def is_notice_of(notice: Any, opening: Any) -> bool:
    """Return whether a published notice of the same buyer is what an opening announced."""
    if notice.published_on < first_possible(opening.published_on):
        return False
    titles = [normalize_name(title.removesuffix(_RENEWAL_MARK)) for title in (notice.title, opening.title)]
    if fuzz.ratio(*titles) >= NEAR_TITLE:
        return True
    classes = [{code[:_CPV_CLASS] for code in row.cpv} for row in (notice, opening)]
    return bool(classes[0] & classes[1]) and fuzz.token_set_ratio(*titles) >= NEAR_WORDS


def contract_end(expected_on: date) -> date:
    """Return when the running contract ends, of the day when its renewal's notice is expected."""
    return months_after(expected_on, LEAD_MONTHS)


def first_possible(expected_on: date) -> date:
    """Return the day before which a notice is that of the running contract rather than of the next one."""
    return months_after(contract_end(expected_on), -HORIZON_MONTHS)


@dataclass(frozen=True)
class _Buyer:
    """A buyer in one département. siren and name: empty where they are not known."""

    department: str | None
    siren: str
    name: str

    @classmethod
    def of(cls, row: Any) -> Self:
        return cls(row.department, (row.buyer_siret or "")[:9], normalize_name(row.buyer_name or ""))

    def is_same(self, other: Self) -> bool:
        if self.department and other.department and self.department != other.department:
            return False
        if self.siren and other.siren:
            return self.siren == other.siren
        return bool(self.name and other.name) and fuzz.ratio(self.name, other.name) >= NEAR_BUYER


class _NoticeBook:
    """Notices by their buyers: buyers are far fewer, so that their names are compared once."""

    def __init__(self, notices: Iterable[Any]) -> None:
        self._notices: dict[_Buyer, list[Any]] = defaultdict(list)
        for notice in notices:
            self._notices[_Buyer.of(notice)].append(notice)
        self._known: dict[_Buyer, list[Any]] = {}

    def of_buyer(self, opening: Any) -> Sequence[Any]:
        """Return the notices of an opening's buyer."""
        buyer = _Buyer.of(opening)
        if buyer not in self._known:
            own = [notices for other, notices in self._notices.items() if buyer.is_same(other)]
            self._known[buyer] = [notice for notices in own for notice in notices]
        return self._known[buyer]
