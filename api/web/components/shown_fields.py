"""The fields of a typed form on its page: what was typed in them, and what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from api.entry.entry_fields import EntryField
from api.entry.typed_form import TypedForm
from api.web.null_characters import refuse_in

# Two hundred lots of five fields, and the rest.
MOST_FIELDS = 1_100


async def _typed_form(request: Request) -> TypedForm:
    """Return the form that was sent. Raises InvalidError for a character NUL."""
    async with request.form(max_files=0, max_fields=MOST_FIELDS) as sent:
        items = sent.multi_items()
    refuse_in(items)
    return TypedForm.of(items)


TypedFormDep = Annotated[TypedForm, Depends(_typed_form)]


@dataclass(frozen=True)
class ShownField:
    """A field, with what it holds, and what is wrong with that."""

    entry: EntryField
    texts: Sequence[str]
    problem: str

    @property
    def text(self) -> str:
        return self.texts[0] if self.texts else ""


def shown_fields(
    fields: Sequence[EntryField], typed: TypedForm, problems: Mapping[str, str]
) -> tuple[list[ShownField], list[ShownField]]:
    """Return the fields of the first part, and those of the folded one."""
    shown = [shown_field(entry, typed, problems) for entry in fields]
    return [part for part in shown if not part.entry.is_folded], [part for part in shown if part.entry.is_folded]


def shown_field(entry: EntryField, typed: TypedForm, problems: Mapping[str, str]) -> ShownField:
    return ShownField(entry, typed.texts(entry.name), problems.get(entry.name, ""))


def general_problems(problems: Mapping[str, str], fields: Sequence[EntryField], *other_parts: str) -> list[str]:
    """Return the problems that stand beside no field, nor beside the lots or another part of the form."""
    own_names = {"lots", *other_parts, *(entry.name for entry in fields)}
    return [why for name, why in problems.items() if name not in own_names]
