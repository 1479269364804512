"""Openings to come that are no longer: their notice was published, or the contract that announced them is over.

A notice is that of an expected opening where it comes from another source, is from the same buyer (by SIREN where both
are known, else by a near name in one département), for the same need (a near title, or a title that resembles it
within one class of CPV), and was not published earlier than a year before the end of the running contract. A
confidential record closes nothing, since outsiders would see it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from rapidfuzz import fuzz
from sqlmodel import Session

from api.audit import log
from api.catalogue.row_changes import Record
from api.catalogue.upsert import write_opportunities
from api.open_data import queries
from api.open_data.duplicate_search import NEAR_BUYER, normalize_name
from api.open_data.sources.decp_renewals import HORIZON_MONTHS, LEAD_MONTHS, months_after

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
    write_opportunities(session, records)
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
    by_department: dict[str | None, list[Any]] = defaultdict(list)
    for notice in notices:
        by_department[notice.department].append(notice)
    for opening in openings:
        near_notices = [*by_department[opening.department], *(by_department[None] if opening.department else ())]
        notice = next((notice for notice in near_notices if is_notice_of(notice, opening)), None)
        if notice:
            yield Ended(opening, notice.id, notice.url)
        elif contract_end(opening.published_on) <= today:
            yield Ended(opening, None, None)


def is_notice_of(notice: Any, opening: Any) -> bool:
    """Return whether a published notice is what an opening announced."""
    if notice.published_on < first_possible(opening.published_on) or not _same_buyer(notice, opening):
        return False
    titles = [normalize_name(title.removesuffix(_RENEWAL_MARK)) for title in (notice.title, opening.title)]
    classes = [{code[:_CPV_CLASS] for code in row.cpv} for row in (notice, opening)]
    if fuzz.ratio(*titles) >= NEAR_TITLE:
        return True
    return bool(classes[0] & classes[1]) and fuzz.token_set_ratio(*titles) >= NEAR_WORDS


def contract_end(expected_on: date) -> date:
    """Return when the running contract ends, of the day when its renewal's notice is expected."""
    return months_after(expected_on, LEAD_MONTHS)


def first_possible(expected_on: date) -> date:
    """Return the day before which a notice is that of the running contract rather than of the next one."""
    return months_after(contract_end(expected_on), -HORIZON_MONTHS)


def _same_buyer(notice: Any, opening: Any) -> bool:
    if notice.buyer_siret and opening.buyer_siret:
        return bool(notice.buyer_siret[:9] == opening.buyer_siret[:9])
    if not notice.buyer_name or not opening.buyer_name:
        return False
    names = [normalize_name(row.buyer_name) for row in (notice, opening)]
    return fuzz.ratio(*names) >= NEAR_BUYER
