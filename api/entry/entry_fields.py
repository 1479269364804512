"""Fields of a form: how each is typed, read and written. Their rules are those of the schemas of what enters."""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ValidationError

from api.catalogue.validation_messages import in_french
from api.core import french, french_input, french_numbers
from api.core.french import sentence
from api.entry.typed_form import TypedForm

Choices = Sequence[tuple[str, str]]

YES_OR_NO: Choices = (("", "non renseigné"), ("oui", "oui"), ("non", "non"))


class Widget(StrEnum):
    """How a field is typed."""

    LINE = "line"
    NUMBER = "number"
    DATE = "date"
    LINES = "lines"
    CHOICE = "choice"
    CHOICES = "choices"


@dataclass(frozen=True, slots=True)
class EntryField:
    """A field of a form, under its name in the schema (`takeover.headcount`).

    read: its text → the value; raises ValueError in French. write: the value → its text. Of several choices, both are
    asked for each. is_folded: it stands in the part that is opened at need.
    """

    name: str
    label: str
    widget: Widget = Widget.LINE
    read: Callable[[str], Any] = french_input.text
    write: Callable[[Any], str] = str
    choices: Choices = ()
    hint: str = ""
    longest: int = 300
    is_required: bool = False
    is_folded: bool = False


def whole_number(text: str) -> int:
    """Read a count of people: `1 200`. Raises ValueError."""
    value = french_numbers.number(text)
    if not value.is_integer():
        raise ValueError("nombre entier attendu")
    return int(value)


def written_number(value: float) -> str:
    return french.number(value, 0 if float(value).is_integer() else 2)


def written_day(value: date | str) -> str:
    return value if isinstance(value, str) else value.isoformat()


def written_boolean(value: bool) -> str:
    return "oui" if value else "non"


def joined(separator: str) -> Callable[[Iterable[object]], str]:
    """Return a writer of lists."""
    return lambda values: separator.join(map(str, values))


def read_fields(fields: Iterable[EntryField], typed: TypedForm) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the values of the fields that can be read, None for an empty one, and what is wrong with the others."""
    values, problems = dict[str, Any](), dict[str, str]()
    for field in fields:
        try:
            if field.widget is Widget.CHOICES:
                values[field.name] = [field.read(text) for text in typed.texts(field.name)]
            else:
                text = typed.text(field.name)
                values[field.name] = field.read(text) if text else None
        except ValueError as error:
            problems[field.name] = sentence(str(error))
    return values, problems


def written_fields(fields: Iterable[EntryField], values: Mapping[str, Any]) -> TypedForm:
    """Return the form that shows these values, by the names of their fields."""
    texts: dict[str, tuple[str, ...]] = {}
    for field in fields:
        value = values.get(field.name)
        if field.widget is Widget.CHOICES:
            texts[field.name] = tuple(map(field.write, value or ()))
        else:
            texts[field.name] = (field.write(value) if value is not None else "",)
    return TypedForm(texts)


def changed_names(fields: Iterable[EntryField], shown: TypedForm, typed: TypedForm) -> set[str]:
    """Return the names of the fields in which something else was typed than what is shown of the stored row.

    A field that was not sent has not changed. Boxes of which none is ticked are not sent: they count with any other.
    """
    own_fields = list(fields)
    is_sent = any(field.name in typed.values for field in own_fields)
    return {
        field.name
        for field in own_fields
        if (
            is_sent and sorted(shown.texts(field.name)) != sorted(typed.texts(field.name))
            if field.widget is Widget.CHOICES
            else field.name in typed.values and shown.text(field.name) != typed.text(field.name)
        )
    }


def stored_in_words(fields: Iterable[EntryField], shown: TypedForm, changed: Container[str]) -> dict[str, str]:
    """Return what is stored now, by field; changed: the names of those in which something else was typed."""
    return {
        field.name: f"Sur la fiche, maintenant : {_told(field, shown.texts(field.name))}."
        for field in fields
        if field.name in changed
    }


def _told(field: EntryField, texts: Sequence[str]) -> str:
    words = dict(field.choices)
    told = [words.get(text, text) for text in texts if text]
    if field.widget is Widget.DATE:
        told = [french.day(text) for text in told]
    if field.widget is Widget.LINES:
        told = [line for text in told for line in text.splitlines()]
    return ", ".join(told) or "rien"


def nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as the schemas take them: `takeover.cause` stands inside `takeover`."""
    content: dict[str, Any] = {}
    for name, value in values.items():
        outer, _, inner = name.partition(".")
        if inner:
            content.setdefault(outer, {})[inner] = value
        else:
            content[name] = value
    return content


def schema_problems(schema: type[BaseModel], content: Mapping[str, Any]) -> dict[str, str]:
    """Return what the schema refuses, by field; what concerns no single field is under the empty name."""
    try:
        schema.model_validate(dict(content))
    except ValidationError as error:
        return by_field([(".".join(map(str, wrong["loc"])), in_french(wrong)) for wrong in error.errors()])
    return {}


def by_field(refusals: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return refusals as sentences, the first of each field."""
    problems: dict[str, str] = {}
    for name, why in refusals:
        problems.setdefault(name, sentence(why))
    return problems
