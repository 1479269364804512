"""One record, field by field: each value of the type that is expected, or BadRecord with the path of the field.

An absent field, null and the empty text (what an empty XML element becomes in JSON) all say nothing: they are read as
None or as an empty list. A value of another type is refused: the service has changed, or the record is broken.
"""

import html
import json
import math
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, NoReturn

from pydantic import BaseModel, ValidationError

from api.catalogue.validation_messages import in_french
from api.core import french_input
from api.core.clock import day_in_france
from api.open_data.sources.parts import BadRecord

REQUIRED = "obligatoire : la valeur manque"
# The day of a deadline, as XML Schema writes one: with the hour's zone, which does not move it.
_ZONED_DAY = re.compile(r"^(\d{4}-\d{2}-\d{2})(?:Z|[+-]\d{2}:\d{2})$")
_TYPES: dict[type, str] = {
    str: "texte", bool: "oui ou non", int: "nombre", float: "nombre", list: "liste", dict: "objet", type(None): "rien",
}  # fmt: skip


class Fields:
    """A JSON object inside a record. `path` leads to it from the record's top, with dots."""

    __slots__ = ("content", "path", "reference")

    def __init__(self, content: Any, reference: str = "", path: str = "") -> None:
        self.content: dict[str, Any] = content
        self.reference, self.path = reference, path
        if not isinstance(content, dict):
            self.refuse("", f"objet attendu, {_type(content)} reçu")

    def refuse(self, name: str, reason: str) -> NoReturn:
        """Raise BadRecord about the field `name`."""
        raise BadRecord(self.reference, self.path_of(name), reason)

    def path_of(self, name: str) -> str:
        return ".".join(part for part in (self.path, name) if part)

    def text(self, name: str) -> str | None:
        """Return a text without needless spaces; « &amp;#039; », escaped once or twice, is its character."""
        return self._clean(name, self.content.get(name))

    def required(self, name: str) -> str:
        return self.text(name) or self.refuse(name, REQUIRED)

    def code(self, name: str) -> str | None:
        """Return a code; a service that guesses types may have made a number of it."""
        value = self.content.get(name)
        return str(value) if type(value) is int else self._clean(name, value)

    def said(self, name: str) -> str | None:
        """Return the text of an XML element, bare or beside its attributes; of several, the French one."""
        value = self.content.get(name)
        if isinstance(value, list):
            french = [one for one in value if isinstance(one, dict) and one.get("@languageID") in ("FRA", "FR")]
            value = (french or value or [None])[0]
        if isinstance(value, dict):
            return Fields(value, self.reference, self.path_of(name)).text("#text")
        return self._clean(name, value)

    def number(self, name: str) -> float | None:
        """Return a finite number, given as one or in a text (« 575000 », « 12 500,50 »)."""
        value = self.content.get(name)
        if isinstance(value, dict):
            return Fields(value, self.reference, self.path_of(name)).number("#text")
        if isinstance(value, str):
            cell = value.strip()
            if not cell:
                return None
            try:
                value = french_input.number(cell)
            except ValueError as error:
                self.refuse(name, str(error))
        if value is None:
            return None
        try:
            # JSON has integers that no float holds.
            number = float(value) if type(value) in (int, float) else math.nan
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            self.refuse(name, f"nombre attendu, {_type(value)} reçu")
        return number

    def flag(self, name: str) -> bool | None:
        value = self.content.get(name)
        if value is not None and type(value) is not bool:
            self.refuse(name, f"oui ou non attendu, {_type(value)} reçu")
        return value

    def day(self, name: str) -> date | None:
        """Return a day; that of a moment is its day in France."""
        cell = self.said(name)
        if cell is None:
            return None
        zoned = _ZONED_DAY.match(cell)
        try:
            if "T" in cell:
                moment = datetime.fromisoformat(cell)
                day = day_in_france(moment) if moment.tzinfo else moment.date()
            else:
                day = french_input.day(zoned[1] if zoned else cell)
        except (ValueError, OverflowError):
            self.refuse(name, "date attendue, par exemple 2026-11-24")
        if not 1900 <= day.year <= 2100:
            self.refuse(name, f"date invraisemblable : année {day.year}")
        return day

    def texts(self, name: str) -> list[str]:
        """Return a list of texts; an older interface of the same service joins them with « ; »."""
        value = self.content.get(name)
        if value is None or isinstance(value, str):
            return [part.strip() for part in (value or "").split(";") if part.strip()]
        if not isinstance(value, list):
            self.refuse(name, f"liste attendue, {_type(value)} reçu")
        cleaned = (self._clean(f"{name}[{index}]", one) for index, one in enumerate(value))
        return [one for one in cleaned if one]

    def inside(self, name: str) -> "Fields | None":
        """Return an object of this one; the first, where XML's habits made it a list."""
        return next(self.each(name), None)

    def each(self, name: str) -> Iterator["Fields"]:
        """Yield the objects of a list; XML's habits make a single one stand without its list."""
        value = self.content.get(name)
        if value is None or value == "":
            return
        for index, one in enumerate(value if isinstance(value, list) else [value]):
            where = f"{name}[{index}]" if isinstance(value, list) else name
            if one is not None and one != "":
                yield Fields(one, self.reference, self.path_of(where))

    def decoded(self, name: str) -> Any:
        """Return what a text holds as JSON (itself, where it holds none); a value that is no text as it is."""
        value = self.content.get(name)
        if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
            return (value.strip() or None) if isinstance(value, str) else value
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            self.refuse(name, "texte JSON illisible")

    def held(self, name: str) -> "Fields | None":
        """Return the object that a text holds as JSON."""
        value = self.decoded(name)
        return None if value is None else Fields(value, self.reference, self.path_of(name))

    def every(self, path: str) -> list["Fields"]:
        """Return all objects at the end of a path of names separated by spaces."""
        found = [self]
        for name in path.split():
            found = [inner for outer in found for inner in outer.each(name)]
        return found

    def at(self, path: str) -> "Fields | None":
        """Return the first object at the end of a path."""
        return next(iter(self.every(path)), None)

    def say(self, *paths: str) -> str | None:
        """Return the first text that stands at the end of one of these paths."""
        for path in paths:
            before, _, name = path.rpartition(" ")
            for holder in self.every(before):
                if found := holder.said(name):
                    return found
        return None

    def _clean(self, name: str, value: Any) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str):
            self.refuse(name, f"texte attendu, {_type(value)} reçu")
        if "&" in value:
            try:
                value = html.unescape(html.unescape(value))
            except ValueError:  # « &#1111… », of more digits than Python reads
                self.refuse(name, "texte illisible : un caractère y est écrit par un nombre trop grand")
        if "Ã" in value:
            value = _repaired(value)
        return " ".join(value.split()) or None


def known(**content: Any) -> dict[str, Any]:
    """Return what is known: an absent name says nothing and changes nothing that is stored."""
    return {name: value for name, value in content.items() if value is not None and value != []}


def lacking(content: Mapping[str, Any], expected: Mapping[str, str]) -> tuple[str, ...]:
    """Return which of the source's fields are missing: `expected` tells which one feeds which name of `content`."""
    return tuple(field for name, field in expected.items() if name not in content)


def validate(model: type[BaseModel], content: dict[str, Any], reference: str, fed_by: Mapping[str, str]) -> None:
    """Raise BadRecord when a schema refuses what was read: the source's own field is named, the reason is in French."""
    try:
        model.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        raise BadRecord(reference, fed_by.get(name, name), in_french(first)) from error


def _repaired(text: str) -> str:
    """« clÃ´ture » was UTF-8, read once as Latin-1: « clôture »."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def _type(value: Any) -> str:
    return _TYPES.get(type(value), "autre chose")
