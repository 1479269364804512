"""Sudden falls: a field that is read of far fewer records than the source's own past lets expect."""

import math
from dataclasses import dataclass

from api.open_data.coverage.tally import Coverage

# A fall is told when chance alone would give so few in one reading of ten thousand, and a quarter is lost.
_CHANCE = 1e-4
_LARGEST_LEFT = 0.75
# Fewer records than these in the past say too little.
_LEAST_PAST = 50


@dataclass(frozen=True)
class Fall:
    """A field of a form: read of `n_read` records of `n_records`, formerly of the share `before` (0 to 1)."""

    source: str
    form: str
    field: str
    n_read: int
    n_records: int
    before: float


def sudden_falls(source: str, coverage: Coverage, past: Coverage) -> list[Fall]:
    """Return the fields that fell in a reading, the worst first. past: the coverage of the readings before it."""
    falls = []
    for form, counts in coverage.items():
        for field, (n_read, n_records) in counts.items():
            n_past_read, n_past = past.get(form, {}).get(field, (0, 0))
            if n_past < _LEAST_PAST:
                continue
            # A past without any gap is no proof that there is none.
            before = n_past_read / n_past
            usual_share = (n_past_read + 1) / (n_past + 2)
            if n_read <= _LARGEST_LEFT * before * n_records and chance_of(n_read, n_records, usual_share) < _CHANCE:
                falls.append(Fall(source, form, field, n_read, n_records, before))
    return sorted(falls, key=lambda fall: (fall.n_read / fall.n_records - fall.before, fall.form, fall.field))


def chance_of(n_read: int, n_records: int, share: float) -> float:
    """Return the chance of at most `n_read` of `n_records` where each has the share (between 0 and 1, exclusive)."""
    log_yes, log_no = math.log(share), math.log1p(-share)
    log_all = math.lgamma(n_records + 1)
    return sum(
        math.exp(
            log_all
            - math.lgamma(count + 1)
            - math.lgamma(n_records - count + 1)
            + count * log_yes
            + (n_records - count) * log_no
        )
        for count in range(n_read + 1)
    )
