"""The forms of a takeover's stages and days: what was typed, read; what is shown again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated

from fastapi import Depends

from api.brokerage.case_changes import Keep
from api.core.digits import is_digits, plain_digits
from api.core.errors import InvalidError
from api.core.french_input import day as read_day
from api.takeovers.calendar.date_kinds import DateKind
from api.takeovers.calendar.wording import DATE_NOTES, DATES
from api.takeovers.case_file.changes import FileChange, GivenDay
from api.takeovers.case_file.form_days import days_asked
from api.takeovers.case_file.guards import OFFER_HEADS
from api.takeovers.case_file.history import StoredFile
from api.takeovers.case_file.wording import OFFER_HEADS as HEADS
from api.takeovers.stages.reasons import Reason
from api.takeovers.stages.transitions import ENDS, Move, Procedure, Sells, Stage, Way, reasons_of
from api.takeovers.stages.wording import REASONS, STAGES
from api.web.fields import FormLines, FormText, FormWord, FormWords

SAID_BY_HINT = "Par exemple : le cédant, au téléphone ; Me Roche ; l’étude"


@dataclass(frozen=True)
class TypedStep:
    """What a form of this page sent. kinds, days, said_by, notes: side by side, a day each."""

    act: str = ""
    version: str = ""
    move: str = ""
    reasons: Sequence[str] = ()
    note: str = ""
    kinds: Sequence[str] = ()
    days: Sequence[str] = ()
    said_by: Sequence[str] = ()
    notes: Sequence[str] = ()
    jobs: str = ""
    heads: Sequence[str] = ()
    overruled: bool = False
    closes: bool = False
    procedure: str = ""
    sells: str = ""

    @property
    def typed_days(self) -> Mapping[str, tuple[str, str, str]]:
        """Return kind → what was typed beside it: day, who said it, note."""
        return {kind: row for kind, *row in zip(self.kinds, self.days, self.said_by, self.notes, strict=False)}  # type: ignore[misc]


async def _typed_step(
    acte: FormWord = "",
    version: FormWord = "",
    vers: FormWord = "",
    raison: FormWords = (),
    note: FormText = "",
    genre: FormWords = (),
    jour: FormWords = (),
    dit_par: FormLines = (),
    precision: FormLines = (),
    emplois: FormWord = "",
    point: FormWords = (),
    outre: FormWord = "",
    clore: FormWord = "",
    procedure: FormWord = "",
    vend: FormWord = "",
) -> TypedStep:
    return TypedStep(
        acte, version, vers, raison, note, genre, jour, dit_par, precision, emplois, point, bool(outre), bool(clore),
        procedure, vend,
    )  # fmt: skip


TypedStepDep = Annotated[TypedStep, Depends(_typed_step)]


@dataclass(frozen=True)
class DayField:
    """A day of a form. words: what it is; note_words: what is asked beside it, empty where nothing is."""

    kind: str
    words: str
    note_words: str
    day: str = ""
    said_by: str = ""
    note: str = ""


@dataclass(frozen=True)
class MoveForm:
    """The form of one move. value: as it is sent; heads: of the offer, as (value, words, ticked)."""

    value: str
    words: str
    way: Way
    days: Sequence[DayField]
    reasons: Sequence[tuple[str, str, bool]]
    heads: Sequence[tuple[str, str, bool]]
    asks_jobs: bool
    jobs: str
    ends: bool
    closes: bool
    may_overrule: bool
    overruled: bool
    note: str
    problems: Mapping[str, str] = field(default_factory=dict)


def move_value(move: Move) -> str:
    return f"{move.way.value}.{move.to.value}"


def move_of(value: str) -> Move | None:
    """Return the move that a form or an address names, None if it names none."""
    way, _, stage = value.partition(".")
    if way not in set(Way) or stage not in set(Stage):
        return None
    return Move(Way(way), Stage(stage))


def kind_of(value: str) -> DateKind | None:
    return DateKind(value) if value in set(DateKind) else None


def move_words(move: Move) -> str:
    """Return what the button of a move says."""
    words = STAGES[move.to]
    if move.way == Way.CORRECTION:
        return f"Remettre à « {words} »"
    if move.way in (Way.FALLBACK, Way.SWITCH):
        return f"Revenir à « {words} »" if move.way == Way.FALLBACK else f"Passer à « {words} »"
    return words[:1].upper() + words[1:]


def move_form(
    stored: StoredFile, move: Move, typed: TypedStep, problems: Mapping[str, str], may_overrule: bool
) -> MoveForm:
    """Return the form of a move, with what was typed in it."""
    return MoveForm(
        value=move_value(move),
        words=move_words(move),
        way=move.way,
        days=[
            day_field(stored, kind, typed)
            for kind in days_asked(stored.standing.stage, move, stored.dates, stored.noted_elsewhere)
        ],
        reasons=[(reason.value, REASONS[reason], reason.value in typed.reasons) for reason in reasons_of(move)],
        heads=[(str(n), words, str(n) in typed.heads) for n, words in enumerate(HEADS)]
        if move == Move(Way.FORWARD, Stage.FILED)
        else (),
        asks_jobs=_asks_jobs(move),
        jobs=typed.jobs or ("" if stored.row.jobs_kept is None else str(stored.row.jobs_kept)),
        ends=move.to in ENDS and move.way != Way.CORRECTION,
        closes=typed.closes or not typed.act,
        may_overrule=may_overrule,
        overruled=typed.overruled,
        note=typed.note,
        problems=problems,
    )


def day_field(stored: StoredFile, kind: DateKind, typed: TypedStep) -> DayField:
    """Return the field of a day: as it was typed, or as it is on file."""
    words = (kind.value, DATES[kind], DATE_NOTES.get(kind, ""))
    if kind.value in typed.typed_days:
        return DayField(*words, *typed.typed_days[kind.value])
    row = stored.all_dates.get(kind)
    return DayField(*words, row.day.isoformat(), row.said_by, row.note) if row else DayField(*words)


def change_of(typed: TypedStep) -> FileChange:
    """Return the change that a form asks for. Raises InvalidError."""
    if typed.act == "cadre":
        return FileChange(
            procedure=Procedure(typed.procedure) if typed.procedure in set(Procedure) else None,
            sells=Sells(typed.sells) if typed.sells in set(Sells) else None,
        )
    if typed.act in ("date", "retirer"):
        days = _days(typed, is_taken_back=typed.act == "retirer")
        if not days:
            raise InvalidError([("jour", "donnez une date")])
        return FileChange(days=days)
    move = move_of(typed.move)
    if typed.act != "etape" or move is None:
        raise InvalidError([("", "cet envoi est incomplet")])
    return FileChange(
        move=move,
        reasons=[Reason(reason) for reason in dict.fromkeys(typed.reasons) if reason in set(Reason)],
        note=typed.note,
        days=_days(typed, is_taken_back=False),
        jobs_kept=_jobs(typed.jobs) if _asks_jobs(move) else Keep.KEEP,
        overruled=typed.overruled,
        heads=len({head for head in typed.heads if head in {str(n) for n in range(OFFER_HEADS)}}),
        closes_case=typed.closes,
    )


def _days(typed: TypedStep, *, is_taken_back: bool) -> list[GivenDay]:
    """Return the days that were typed; a day that was left empty changes nothing."""
    given: list[GivenDay] = []
    for value, (typed_day, said_by, note) in typed.typed_days.items():
        if (kind := kind_of(value)) is None:
            raise InvalidError([("genre", "choisissez de quelle date il s’agit")])
        if is_taken_back:
            given.append(GivenDay(kind, None))
        elif typed_day.strip():
            given.append(GivenDay(kind, _day(typed_day), said_by, note))
        elif said_by.strip() or note.strip():
            raise InvalidError([("jour", "donnez aussi la date")])
    return given


def _day(cell: str) -> date:
    try:
        return read_day(cell.strip())
    except ValueError as error:
        raise InvalidError([("jour", str(error))]) from None


def _jobs(cell: str) -> int | None:
    digits = plain_digits(cell.strip())
    if not digits:
        return None
    if not is_digits(digits) or len(digits) > 6:
        raise InvalidError([("emplois maintenus", "un nombre entier, de 0 à 10 000")])
    return int(digits)


def _asks_jobs(move: Move) -> bool:
    """A takeover outside the house may keep jobs too."""
    return move in (Move(Way.FORWARD, Stage.DONE), Move(Way.OUT, Stage.LOST))
