"""Reads the fields of one record: each value has the expected type, or BadRecord gives the path of the field.

An absent field, null and the empty text (an empty XML element, in JSON) are read as None or as an empty list. A value
of another type is refused: the service has changed, or the record is broken.
"""

import html
import json
import math
import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, NoReturn

from api.core import french_input
from api.core.clock import day_in_france
from api.core.french_numbers import decimal
from api.open_data.sources.contract import BadRecord

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
        return f"{self.path}.{name}" if self.path and name else self.path or name

    def text(self, name: str) -> str | None:
        """Return a text without needless spaces; HTML entities are decoded, even when escaped twice."""
        return self._clean(name, self.content.get(name))

    def required(self, name: str) -> str:
        return self.text(name) or self.refuse(name, REQUIRED)

    def code(self, name: str) -> str | None:
        """Return a code; a service that guesses types may have made a number of it."""
        value = self.content.get(name)
        return str(value) if type(value) is int else self._clean(name, value)

    def element_text(self, name: str) -> str | None:
        """Return the text of an XML element, with or without attributes; of several elements, the French one."""
        value = self.content.get(name)
        if isinstance(value, list):
            french = [
                element
                for element in value
                if isinstance(element, dict) and element.get("@languageID") in ("FRA", "FR")
            ]
            value = (french or value or [None])[0]
        if isinstance(value, dict):
            return Fields(value, self.reference, self.path_of(name)).text("#text")
        return self._clean(name, value)

    def number(self, name: str) -> float | None:
        """Return a finite number, from a number or a text (« 575000 », « 12 500,50 »)."""
        value = self.content.get(name)
        if isinstance(value, dict):
            return Fields(value, self.reference, self.path_of(name)).number("#text")
        if isinstance(value, str):
            cell_text = value.strip()
            if not cell_text:
                return None
            try:
                value = decimal(cell_text)
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

    def day(self, name: str, *, as_written: bool = False) -> date | None:
        """Return a day; the day in France, for a moment.

        as_written: the zone of a moment is not believed: some services label local hours as UTC.
        """
        day_text = self.element_text(name)
        if day_text is None:
            return None
        zoned_day = _ZONED_DAY.match(day_text)
        try:
            if "T" in day_text:
                zoned_moment = datetime.fromisoformat(day_text)
                is_zoned = zoned_moment.tzinfo and not as_written
                calendar_day = day_in_france(zoned_moment) if is_zoned else zoned_moment.date()
            else:
                calendar_day = french_input.day(zoned_day[1] if zoned_day else day_text)
        except (ValueError, OverflowError):
            self.refuse(name, "date attendue, par exemple 2026-11-24")
        if not 1900 <= calendar_day.year <= 2100:
            self.refuse(name, f"date invraisemblable : année {calendar_day.year}")
        return calendar_day

    def texts(self, name: str) -> list[str]:
        """Return a list of texts; an older interface of the same service joins them with « ; »."""
        value = self.content.get(name)
        if value is None or isinstance(value, str):
            return [text_part.strip() for text_part in (value or "").split(";") if text_part.strip()]
        if not isinstance(value, list):
            self.refuse(name, f"liste attendue, {_type(value)} reçu")
        cleaned_texts = (self._clean(f"{name}[{index}]", element) for index, element in enumerate(value))
        return [cleaned_text for cleaned_text in cleaned_texts if cleaned_text]

    def inside(self, name: str) -> "Fields | None":
        """Return an object of this one; the first, where XML made it a list."""
        return next(self.each(name), None)

    def each(self, name: str) -> Iterator["Fields"]:
        """Yield the objects of a list; XML turned to JSON gives a single object without a list."""
        value = self.content.get(name)
        if value is None or value == "":
            return
        for index, element in enumerate(value if isinstance(value, list) else [value]):
            element_path = f"{name}[{index}]" if isinstance(value, list) else name
            if element is not None and element != "":
                yield Fields(element, self.reference, self.path_of(element_path))

    def decoded(self, name: str) -> Any:
        """Return the JSON value in a text, or the text itself without JSON; return any other value unchanged."""
        value = self.content.get(name)
        if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
            return (value.strip() or None) if isinstance(value, str) else value
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            self.refuse(name, "texte JSON illisible")

    def held(self, name: str) -> "Fields | None":
        """Return the JSON object in a text."""
        value = self.decoded(name)
        return None if value is None else Fields(value, self.reference, self.path_of(name))

    def every(self, path: str) -> list["Fields"]:
        """Return all objects at the end of a path: names separated by spaces."""
        holders = [self]
        for child_name in path.split():
            children: list[Fields] = []
            for holder in holders:
                value = holder.content.get(child_name)
                if type(value) is dict:  # by far the most frequent
                    children.append(Fields(value, holder.reference, holder.path_of(child_name)))
                elif value:
                    children.extend(holder.each(child_name))
            if not children:
                return []
            holders = children
        return holders

    def at(self, path: str) -> "Fields | None":
        """Return the first object at the end of a path."""
        return next(iter(self.every(path)), None)

    def first_text(self, *paths: str) -> str | None:
        """Return the first text at the end of one of these paths."""
        for path in paths:
            holder_path, _, text_name = path.rpartition(" ")
            for holder in self.every(holder_path):
                if holder_text := holder.element_text(text_name):
                    return holder_text
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


def _repaired(text: str) -> str:
    """Return « clôture » for « clÃ´ture »: UTF-8 that was read as Latin-1."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def _type(value: Any) -> str:
    return _TYPES.get(type(value), "autre chose")
