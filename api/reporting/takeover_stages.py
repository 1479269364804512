"""Takeover files in a year: their stages on each track, how they ended, the jobs that they kept."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from api.reporting.stays import Move, StageTable, Stay, stage_figures, stays_of
from api.takeovers.stages.reasons import Reason
from api.takeovers.stages.transitions import AFTER_SALE, COURT_TRACK, OWNER_TRACK, WAYS_OUT, Stage

TRACKS: Mapping[str, Sequence[Stage]] = {
    "Voie du cédant": (*OWNER_TRACK, *AFTER_SALE, Stage.DONE),
    "Voie du tribunal": (*COURT_TRACK, *AFTER_SALE, Stage.DONE),
}


class FileStep(NamedTuple):
    """What is counted of a step of a file. jobs_kept: of the file as it is today."""

    opportunity_id: str
    at: datetime
    from_stage: str
    to_stage: str
    reasons: list[str]
    jobs_kept: int | None


@dataclass(frozen=True)
class TakeoverFigures:
    """What takeovers became in a year.

    tracks: those that have files. ended: files by the end that they came to; reasons: of those that ended without a
    new owner, by (end, reason); a file may have several. jobs_kept, jobs_unknown: of those that were accomplished.
    unfollowed: open cases of today that nobody has moved yet.
    """

    tracks: Sequence[StageTable]
    ended: Mapping[str, int]
    reasons: Mapping[tuple[str, str], int]
    jobs_kept: int
    jobs_unknown: int
    unfollowed: int


def takeover_figures(
    files: Iterable[Sequence[FileStep]], since: datetime, until: datetime, *, unfollowed: int
) -> TakeoverFigures:
    """Return the figures of files between two moments. files: the steps of each, oldest first."""
    parts: dict[str, list[Sequence[Stay]]] = {name: [] for name in TRACKS}
    ended, reasons = Counter[str](), Counter[tuple[str, str]]()
    jobs: list[int | None] = []
    for steps in files:
        known = [step for step in steps if step.at < until]
        if not known:
            continue
        stays = file_stays(known)
        for name, part in _by_track(stays):
            parts[name].append(part)
        last = stays[-1]
        if last.stage in (Stage.DONE, *WAYS_OUT) and last.since and last.since >= since:
            ended[last.stage] += 1
            reasons.update((last.stage, reason) for reason in last.reasons if reason != Reason.OVERRULED)
            if last.stage == Stage.DONE:
                jobs.append(known[-1].jobs_kept)
    tables = [
        StageTable(name, stage_figures(parts[name], order, {Stage.DONE}, since, until))
        for name, order in TRACKS.items()
    ]
    return TakeoverFigures(
        tracks=[table for table in tables if table.cases],
        ended=dict(sorted(ended.items())),
        reasons=dict(sorted(reasons.items())),
        jobs_kept=sum(count or 0 for count in jobs),
        jobs_unknown=jobs.count(None),
        unfollowed=unfollowed,
    )


def file_stays(steps: Sequence[FileStep]) -> list[Stay]:
    """Return the stays of a file. When its first stage began is known only where its first step moved nothing."""
    opening = steps[0]
    was_moved_at_once = opening.from_stage != opening.to_stage
    first = Stay(opening.from_stage, None if was_moved_at_once else opening.at)
    moves = (Move(step.at, step.to_stage, Reason.CORRECTION in step.reasons, step.reasons) for step in steps)
    return stays_of(first, moves)


def _by_track(stays: Sequence[Stay]) -> list[tuple[str, Sequence[Stay]]]:
    """Return the stays of a file cut where it changed its track; what both tracks share is of the one before."""
    parts: list[tuple[str, list[Stay]]] = []
    for stay in stays:
        own = next((name for name, order in TRACKS.items() if stay.stage in order[: -len(AFTER_SALE) - 1]), None)
        if own is not None and (not parts or parts[-1][0] != own):
            parts.append((own, []))
        if parts:
            parts[-1][1].append(stay)
    return [(name, part) for name, part in parts]
