"""Changes of a takeover's file: move it, give days, say who is in charge. Each is one step, whole or not at all."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from api.audit import log
from api.brokerage.case_changes import Keep
from api.brokerage.cases import may_be_in_charge
from api.catalogue.places.book import PlacesBook
from api.catalogue.record_changes import rewrite_opportunity
from api.catalogue.row_history import Author
from api.catalogue.schemas import OpportunityStatus
from api.core.clock import day_in_france
from api.core.errors import ChangedMeanwhileError, ConflictError, InvalidError, NotFoundError
from api.core.french import NBSP, day, plural, sentence
from api.core.settings import TakeoverSettings
from api.takeovers.calendar.date_kinds import DateKind
from api.takeovers.calendar.lines import days_given, facts_of
from api.takeovers.calendar.wording import DATES
from api.takeovers.case_file.dropped_days import days_left_behind
from api.takeovers.case_file.guards import Grounds, gaps
from api.takeovers.case_file.history import StoredFile, read_file
from api.takeovers.stages.reasons import Reason
from api.takeovers.stages.transitions import ENDS, Move, Procedure, Sells, Standing, Way, apply_move, record_jobs
from models.accounts import Account
from models.database import writing
from models.takeovers import TakeoverDate, TakeoverStep

NOTE_LENGTH, SAID_BY_LENGTH, DATE_NOTE_LENGTH, STEP_NOTE_LENGTH = 1000, 200, 500, 4000
# An opportunity in one of these may still be closed.
AT_WORK = (OpportunityStatus.OPEN, OpportunityStatus.EXPECTED)
EARLIEST, LATEST = date(1990, 1, 1), date(2100, 12, 31)


@dataclass(frozen=True)
class GivenDay:
    """A day as somebody gives it. day: None takes it back; what is computed counts again."""

    kind: DateKind
    day: date | None
    said_by: str = ""
    note: str = ""


@dataclass(frozen=True)
class FileChange:
    """A change of a file. overruled: what may be overruled is, by whoever writes it. heads: of the offer, ticked.

    closes_case: at an end, the opportunity is closed too, so that it is proposed to nobody any more.
    """

    move: Move | None = None
    reasons: Sequence[Reason] = ()
    note: str = ""
    days: Sequence[GivenDay] = ()
    jobs_kept: int | Keep | None = Keep.KEEP
    facilitator_id: str | Keep | None = Keep.KEEP
    procedure: Procedure | Keep | None = Keep.KEEP
    sells: Sells | Keep | None = Keep.KEEP
    overruled: bool = False
    heads: int = 0
    closes_case: bool = False


def change_file(
    engine: Engine,
    opportunity_id: str,
    change: FileChange,
    *,
    seen: int,
    by: str,
    now: datetime,
    options: TakeoverSettings,
    places: PlacesBook | None = None,
) -> None:
    """Apply a change in a unit of work of its own. Raises as `change_file_within`."""
    with writing(engine, durable=True) as session:
        change_file_within(session, opportunity_id, change, seen=seen, by=by, now=now, options=options, places=places)


def change_file_within(
    session: Session,
    opportunity_id: str,
    change: FileChange,
    *,
    seen: int,
    by: str,
    now: datetime,
    options: TakeoverSettings,
    places: PlacesBook | None = None,
) -> None:
    """Apply a change in the caller's unit of work. seen: the version of the file that the form was filled in for.

    Raises NotFoundError, ChangedMeanwhileError, ConflictError (a move that the table has not, or what is missing for
    it), InvalidError (fields: raisons, note, date, emplois maintenus).
    """
    stored = read_file(session, opportunity_id, held=True)
    if stored.row.version != seen:
        raise ChangedMeanwhileError("Cette reprise a changé entre-temps : relisez-la, puis recommencez.")
    change = replace(change, note=_normalized(change.note, NOTE_LENGTH, "note"), days=_normalized_days(change.days))
    before = stored.standing
    after = _standing_after(session, before, change)
    given = _days_after(stored, change, by, now)
    reasons = list(change.reasons)
    if change.move:
        reasons += _admitted(stored, change, given, now, options)
    dated = list(_dated_words(stored.dates, given))
    is_unchanged = replace(after, trail=()) == replace(before, trail=()) and not dated
    if is_unchanged and not change.note and change.move is None:
        raise InvalidError([("", "il n’y a rien à enregistrer : écrivez une note, ou changez quelque chose")])
    _store(session, stored, after, given, now)
    if fields := _changes_of_card(stored, change, after, given):
        rewrite_opportunity(session, opportunity_id, fields, author=Author(by, now), places=places)
        noted = {"fields": sorted(fields)}
        log.note(session, by=by, action="opportunity.changed", kind="opportunity", of=opportunity_id, detail=noted)
    words = [*filter(None, [change.note]), *dated]
    step = TakeoverStep(
        opportunity_id=opportunity_id,
        number=stored.row.version,
        at=now,
        by=by,
        from_stage=before.stage,
        to_stage=after.stage,
        reasons=[reason.value for reason in reasons],
        note="\n".join(words)[:STEP_NOTE_LENGTH],
        facilitator_id=after.facilitator_id,
        jobs_kept=after.jobs_kept,
    )
    session.add(step)
    detail = {"from": before.stage.value, "to": after.stage.value} if before.stage != after.stage else {}
    action = "takeover_file.moved" if detail else "takeover_file.noted"
    log.note(session, by=by, action=action, kind="opportunity", of=opportunity_id, detail=detail, now=now)


def _changes_of_card(
    stored: StoredFile, change: FileChange, after: Standing, given: Mapping[DateKind, TakeoverDate]
) -> dict[str, Any]:
    """Return what a change says of the case's card too: that it is closed, until when offers are taken."""
    card, fields = stored.opportunity, dict[str, Any]()
    if card.status not in AT_WORK:
        return fields
    if change.closes_case and after.stage in ENDS:
        fields["status"] = OpportunityStatus.CLOSED
    before, due = stored.dates.get(DateKind.OFFERS_DUE), given.get(DateKind.OFFERS_DUE)
    if due and due.day != card.deadline:
        fields["deadline"] = due.day
    elif before and not due and before.day == card.deadline:
        fields["deadline"] = None
    return fields


def _standing_after(session: Session, before: Standing, change: FileChange) -> Standing:
    after = apply_move(before, change.move, change.reasons) if change.move else before
    if change.reasons and change.move is None:
        raise InvalidError([("raisons", "elles accompagnent un changement d’étape")])
    if not isinstance(change.jobs_kept, Keep):
        after = record_jobs(after, change.jobs_kept)
    if isinstance(change.facilitator_id, str):
        account = session.get(Account, change.facilitator_id)
        if account is None or not may_be_in_charge(account):
            raise NotFoundError("Ce compte n’existe pas, est désactivé, ou n’est pas de l’équipe.")
    if not isinstance(change.facilitator_id, Keep):
        after = replace(after, facilitator_id=change.facilitator_id)
    if not isinstance(change.procedure, Keep):
        after = replace(after, procedure=change.procedure)
    return after if isinstance(change.sells, Keep) else replace(after, sells=change.sells)


def _days_after(stored: StoredFile, change: FileChange, by: str, now: datetime) -> dict[DateKind, TakeoverDate]:
    """Return the days that are on file after a change."""
    dropped = days_left_behind(change.move, change.reasons) if change.move else frozenset()
    given = {kind: row for kind, row in stored.dates.items() if kind not in dropped}
    for typed in change.days:
        given.pop(typed.kind, None)
        if typed.day:
            given[typed.kind] = TakeoverDate(
                opportunity_id=stored.opportunity.id,
                kind=typed.kind.value,
                day=typed.day,
                said_by=typed.said_by,
                note=typed.note,
                noted_by=by,
                noted_at=now,
            )
    return given


def _admitted(
    stored: StoredFile,
    change: FileChange,
    given: Mapping[DateKind, TakeoverDate],
    now: datetime,
    options: TakeoverSettings,
) -> list[Reason]:
    """Return what a move is noted as. Raises ConflictError, which names all that is missing."""
    assert change.move is not None
    rows = {**stored.noted_elsewhere, **given}
    if change.move.way == Way.CORRECTION:
        return [Reason.CORRECTION]
    grounds = Grounds(
        rows=rows,
        given=days_given(stored.opportunity, stored.takeover, rows.values()),
        stored=days_given(stored.opportunity, stored.takeover, stored.dates.values()),
        facts=facts_of(stored.row, stored.takeover, list(given.values())),
        today=day_in_france(now),
        options=options,
        reasons=change.reasons,
        heads=change.heads,
        asks_jobs=not isinstance(change.jobs_kept, Keep),
    )
    missing = gaps(stored.standing, change.move, grounds)
    hard = [gap for gap in missing if not gap.may_be_overruled]
    if hard or (missing and not change.overruled):
        raise ConflictError(" ".join(sentence(gap.words) for gap in hard or missing))
    if missing and not change.note:
        raise InvalidError([("note", "dites pourquoi vous passez outre")])
    return [Reason.OVERRULED] if missing else []


def _store(
    session: Session, stored: StoredFile, after: Standing, given: Mapping[DateKind, TakeoverDate], now: datetime
) -> None:
    row = stored.row
    row.stage, row.facilitator_id, row.jobs_kept = after.stage.value, after.facilitator_id, after.jobs_kept
    row.procedure, row.sells = after.procedure or "", after.sells or ""
    if row.version == 0:
        row.opened_at = now
    row.version += 1
    row.touched_at = now
    session.add(row)
    for kind, former in stored.dates.items():
        if given.get(kind) is not former:
            session.delete(former)
    session.flush()
    session.add_all([date_row for kind, date_row in given.items() if stored.dates.get(kind) is not date_row])


def _dated_words(before: Mapping[DateKind, TakeoverDate], after: Mapping[DateKind, TakeoverDate]) -> Iterator[str]:
    """Yield what was said of days, a line each: the history keeps what their rows forget."""
    for kind in DateKind:
        former, present = before.get(kind), after.get(kind)
        if former is present:
            continue
        if present is None:
            assert former is not None
            yield f"{DATES[kind]}{NBSP}: plus de date, c’était le {day(former.day.isoformat())}"
        elif former is None or (former.day, former.said_by, former.note) != (
            present.day,
            present.said_by,
            present.note,
        ):
            source = f", dit par {present.said_by}" if present.said_by else ""
            detail = f" – {present.note}" if present.note else ""
            was = f", au lieu du {day(former.day.isoformat())}" if former and former.day != present.day else ""
            yield f"{DATES[kind]}{NBSP}: {day(present.day.isoformat())}{was}{source}{detail}"


def _normalized_days(days: Sequence[GivenDay]) -> list[GivenDay]:
    for typed in days:
        if typed.day and not EARLIEST <= typed.day <= LATEST:
            raise InvalidError([("date", "une date entre 1990 et 2100")])
    return [
        replace(
            typed,
            said_by=_normalized(typed.said_by, SAID_BY_LENGTH, "dit_par"),
            note=_normalized(typed.note, DATE_NOTE_LENGTH, "precision"),
        )
        for typed in days
    ]


def _normalized(raw: str, most: int, field_name: str) -> str:
    text = raw.replace("\r\n", "\n").replace("\0", "").strip()
    if len(text) > most:
        raise InvalidError([(field_name, f"{plural(most, 'caractère')} au plus")])
    return text
