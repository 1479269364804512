"""The forms of a blind sheet: what it says, and that the owner agreed to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated

from fastapi import Depends

from api.core import french_input
from api.core.errors import InvalidError
from api.takeovers.company.company_facts import Premises
from api.takeovers.sheet.approval import BY_WORDS, HOW_WORDS, Approval, ApprovedBy, ApprovedHow
from api.takeovers.sheet.sheet_facts import CHOSEN, RECORDED, SheetChoices
from api.web.fields import FormLine, FormText, FormWord, FormWords
from models.blind_sheets import BlindSheet
from models.contacts import Contact

# What is noted of the premises, as a sheet says it.
_PREMISES = {
    Premises.SOLD: "sold",
    Premises.LEASED: "rented",
    Premises.LET_BY_OWNER: "let",
    Premises.NONE: "none",
}


@dataclass(frozen=True)
class TypedSheet:
    """What the sheet's form sent."""

    recorded: Sequence[str] = ()
    chosen: Mapping[str, str] = field(default_factory=dict)
    strengths: str = ""

    @classmethod
    def of(cls, version: BlindSheet | None, premises: Premises | None) -> "TypedSheet":
        """Return the form of a version; of the first one, it says what is known of the case but why it is sold."""
        if version is None:
            chosen = {"premises": _PREMISES[premises]} if premises else {}
            return cls([name for name in RECORDED if name != "reason"], chosen)
        choices = SheetChoices.stored(version.choices)
        return cls(choices.recorded, choices.chosen, version.strengths)


@dataclass(frozen=True)
class TypedApproval:
    """What the form of the agreement sent."""

    by: str = ""
    contact_id: str = ""
    how: str = ""
    on: str = ""


@dataclass(frozen=True)
class SheetForm:
    """The sheet's form. recorded: name, heading, words (empty: unknown) and whether it is told; selects: name, heading,
    choices as (code, words), and the chosen code."""

    recorded: Sequence[tuple[str, str, str, bool]]
    selects: Sequence[tuple[str, str, Sequence[tuple[str, str]], str]]
    strengths: str


@dataclass(frozen=True)
class ApprovalForm:
    """The form of the agreement. persons: of the case, as (id, words)."""

    typed: TypedApproval
    by_choices: Sequence[tuple[str, str]]
    how_choices: Sequence[tuple[str, str]]
    persons: Sequence[tuple[str, str]]


def sheet_form(typed: TypedSheet, known: Mapping[str, str]) -> SheetForm:
    """known: what the record would have the sheet say, by name."""
    return SheetForm(
        recorded=[(name, heading, known.get(name, ""), name in typed.recorded) for name, heading in RECORDED.items()],
        selects=[
            (name, heading, list(words.items()), typed.chosen.get(name, ""))
            for name, (heading, words) in CHOSEN.items()
        ],
        strengths=typed.strengths,
    )


def approval_form(typed: TypedApproval, contacts: Sequence[Contact]) -> ApprovalForm:
    return ApprovalForm(
        typed=typed,
        by_choices=[(by.value, words) for by, words in BY_WORDS.items()],
        how_choices=[(how.value, words) for how, words in HOW_WORDS.items()],
        persons=[
            (contact.id, ", ".join(part for part in (contact.name, contact.role) if part))
            for contact in contacts
            if contact.name
        ],
    )


def read_approval(typed: TypedApproval, *, saved_on: date, today: date) -> Approval:
    """Read what was sent. saved_on: the day of the version. Raises InvalidError, for all fields at once."""
    problems: list[tuple[str, str]] = []
    by = next((by for by in ApprovedBy if by.value == typed.by), None)
    how = next((how for how in ApprovedHow if how.value == typed.how), None)
    if by is None:
        problems.append(("par", "Dites qui a donné son accord."))
    if how is None:
        problems.append(("moyen", "Dites comment l’accord a été donné."))
    day: date | None = None
    try:
        day = french_input.day(typed.on) if typed.on else None
    except ValueError as error:
        problems.append(("le", f"{error}."[:1].upper() + f"{error}."[1:]))
    else:
        if day is None:
            problems.append(("le", "Dites quel jour l’accord a été donné."))
        elif day > today:
            problems.append(("le", "Ce jour n’est pas encore venu."))
        elif day < saved_on:
            problems.append(("le", "Cette version n’existait pas encore ce jour-là."))
    if problems or by is None or how is None or day is None:
        raise InvalidError(problems)
    return Approval(by, how, day, typed.contact_id or None)


async def _typed_sheet(
    dire: FormWords = (),
    sale: FormWord = "",
    premises: FormWord = "",
    age: FormWord = "",
    handover: FormWord = "",
    points_forts: FormText = "",
) -> TypedSheet:
    chosen = {"sale": sale, "premises": premises, "age": age, "handover": handover}
    return TypedSheet(dire, {name: code for name, code in chosen.items() if code}, points_forts)


async def _typed_approval(
    par: FormWord = "", personne: FormWord = "", moyen: FormWord = "", le: FormLine = ""
) -> TypedApproval:
    return TypedApproval(par, personne, moyen, le.strip())


TypedSheetDep = Annotated[TypedSheet, Depends(_typed_sheet)]
TypedApprovalDep = Annotated[TypedApproval, Depends(_typed_approval)]
