"""A takeover case as the sequence of its notices: its state is a pure fold over those that stand.

A notice stands unless one that stands annuls or rectifies it. A rectification takes the place of what it rectifies, and
its date; an annulment takes away a notice with its earlier rectifications. An amendment that names no notice means the
last one before it that opens, or that ends, as it does.

The order is that of the publications, whatever the order in which the notices are read. A case that was sold stays so
when its procedure is converted or closed afterwards: what is left holds no business. Any other later opening opens it
again. A sale of before the case (of one shop, years ago) does not end it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeAlias

from api.open_data.sources.contract import CaseNotice, Step

# How each end leaves the opportunity: « cancelled » where nothing is, nor will be, taken over.
ENDED_STATUS: dict[Step, str] = {
    "sold": "closed",
    "sale": "closed",
    "insufficient_assets": "closed",
    "debts_paid": "closed",
    "closed": "closed",
    "plan": "cancelled",
    "ended": "cancelled",
    "withdrawn": "cancelled",
}
_OPENINGS = ("opening", "conversion")
_Order: TypeAlias = tuple[date, int, str]


@dataclass(frozen=True)
class CaseState:
    """What the notices of a case make together.

    opened: whether a notice opened it, even one that was annulled: only then does it become a row. status: of the
    opportunity, None where the notices do not say it. outcome: how it ended, None while it has not. last: the notice
    that says so. values: field → value of the openings that stand, the later over the earlier (None: only one that does
    not stand gave it); of all openings, where none stands.
    """

    opened: bool
    status: str | None
    outcome: Step | None
    last: CaseNotice
    values: dict[str, Any] = field(default_factory=dict)


def fold_case(notices: Iterable[CaseNotice], values: Mapping[str, Mapping[str, Any]]) -> CaseState:
    """Return the state that at least one notice makes. values: reference → field → value, of those that open."""
    ordered = sorted(notices, key=_order)
    standing = standing_notices(ordered)
    openings = [notice for notice in ordered if _opens(notice)]
    standing_openings = [notice for notice in standing if _opens(notice)]
    merged_values: dict[str, Any] = {name: None for notice in openings for name in values.get(notice.reference, ())}
    for notice in standing_openings or openings:
        merged_values |= values.get(notice.reference, {})
    if not standing_openings and (openings or _withdraws_unknown(standing, ordered)):
        return CaseState(bool(openings), ENDED_STATUS["withdrawn"], "withdrawn", ordered[-1], merged_values)
    last = _last_step([notice for notice in standing if notice.step and notice.amendment != "annuls"])
    outcome = last.step if last and last.step in ENDED_STATUS else None
    if outcome:
        status: str | None = ENDED_STATUS[outcome]
    else:
        status = "open" if openings or any(_annuls_end(notice) for notice in standing) else None
    return CaseState(bool(openings), status, outcome, last or ordered[-1], merged_values)


def _last_step(steps: Sequence[CaseNotice]) -> CaseNotice | None:
    """Return the step that gives the case its state."""
    last: CaseNotice | None = None
    is_opened = is_sold = False
    for notice in steps:
        if is_sold and notice.step != "opening":
            continue
        last = notice
        is_sold = notice.step == "sold" or (notice.step == "sale" and is_opened)
        is_opened = is_opened or _opens(notice)
    return last


def standing_notices(notices: Iterable[CaseNotice]) -> list[CaseNotice]:
    """Return the notices that stand, each in the place of what it rectifies, oldest first."""
    ordered = sorted(notices, key=_order)
    targets = _targets(ordered)
    gone: set[str] = set()
    for notice in reversed(ordered):
        if notice.reference in targets and notice.reference not in gone:
            gone |= _taken_away(notice, ordered, targets)
    standing = [notice for notice in ordered if notice.reference not in gone]
    return sorted(standing, key=lambda notice: (_place(notice, ordered, targets), _order(notice)))


def _order(notice: CaseNotice) -> _Order:
    """Of one day, by the notice's number: a longer one is higher."""
    return notice.published_on, len(notice.reference), notice.reference


def _opens(notice: CaseNotice) -> bool:
    return notice.step in _OPENINGS and notice.amendment != "annuls"


def _annuls_end(notice: CaseNotice) -> bool:
    return notice.amendment == "annuls" and notice.step in ENDED_STATUS and notice.step != "withdrawn"


def _targets(ordered: Sequence[CaseNotice]) -> dict[str, str]:
    """Return amendment → the notice that it amends, by their references. What it names may be unknown here."""
    targets = {}
    for position, notice in enumerate(ordered):
        target = notice.amends or (_last_alike(ordered[:position], notice) if notice.amendment else None)
        if notice.amendment and target and target != notice.reference:
            targets[notice.reference] = target
    return targets


def _last_alike(earlier: Sequence[CaseNotice], amending: CaseNotice) -> str | None:
    """Return the last notice that opens, or that ends, as the amendment does, and that none has named."""
    if amending.step is None:
        return None
    opens = amending.step in (*_OPENINGS, "withdrawn")
    named = {notice.amends for notice in earlier if notice.amendment == "annuls"}
    alike = (
        notice.reference
        for notice in reversed(earlier)
        if notice.step and notice.amendment != "annuls" and _opens(notice) == opens and notice.reference not in named
    )
    return next(alike, None)


def _taken_away(notice: CaseNotice, ordered: Sequence[CaseNotice], targets: Mapping[str, str]) -> set[str]:
    """Return the references that an amendment takes away."""
    target = targets[notice.reference]
    taken = {target}
    if notice.amendment == "annuls":
        rectified = {other.reference for other in ordered if other.amendment == "replaces"}
        while notice.amends is None and target in rectified and targets.get(target, target) not in taken:
            target = targets[target]
            taken.add(target)
        for other in ordered:
            if (
                other.reference in rectified
                and targets.get(other.reference) in taken
                and _order(other) < _order(notice)
            ):
                taken.add(other.reference)
    return taken - {notice.reference}


def _place(notice: CaseNotice, ordered: Sequence[CaseNotice], targets: Mapping[str, str]) -> _Order:
    """Return where a notice stands: a rectification, where the first notice that it rectifies stood."""
    by_reference = {other.reference: other for other in ordered}
    place = _order(notice)
    while notice.amendment == "replaces" and (target := targets.get(notice.reference)):
        if target not in by_reference:
            return notice.amended_on or notice.published_on, len(target), target
        notice = by_reference[target]
        if _order(notice) >= place:
            break
        place = _order(notice)
    return place


def _withdraws_unknown(standing: Sequence[CaseNotice], ordered: Sequence[CaseNotice]) -> bool:
    """Tell whether a notice that stands withdraws an opening that was never read."""
    targets, known = _targets(ordered), {notice.reference for notice in ordered}
    return any(
        notice.amendment == "annuls"
        and notice.step in (*_OPENINGS, "withdrawn")
        and targets.get(notice.reference) not in known
        for notice in standing
    )
