"""Parsed rows → what the schemas accept: an optional cell at fault is left out, any other refuses its row."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from api.catalogue.schemas import ActorIn, OpportunityIn
from api.catalogue.validation_messages import in_french
from api.core.french_input import accepted_words, vocabulary
from api.imports.columns import Layout
from api.imports.remembered_fields import RememberedFields
from api.imports.row_parser import ESSENTIAL, ParsedRow, RowParser

# The schemas' rules over several fields read these: where one is already refused, the rules cannot be asked.
_RULED = frozenset({"siret", "source_id", "kind", "lat", "lon", "lots", "takeover"})
_PLACEHOLDERS: dict[type[Any], dict[str, Any]] = {ActorIn: {"name": "x"}, OpportunityIn: {"title": "x"}}


class _Blamed(NamedTuple):
    """What an error of pydantic is about: the row, its field (empty: several), and where the value stands.

    item: the place in the list that `holder[key]` is; None where the whole is at fault.
    """

    row: ParsedRow
    name: str
    holder: dict[str, Any]
    key: str
    item: int | None = None


class RowValidation:
    """Validates the rows of one sheet."""

    def __init__(self, parser: RowParser, layout: Layout) -> None:
        self._parser, self._layout = parser, layout
        self._remembered = RememberedFields(ActorIn if layout.kind == "actors" else OpportunityIn)

    def validated(self, model: Any, data: dict[str, Any], first: ParsedRow, lots: Sequence[ParsedRow]) -> Any | None:
        """Return the record of these fields, its lots being `data["lots"]`; None once its rows say why not.

        Without the optional cells at fault, which are taken out of `data`, the others are asked again.
        """
        while isinstance(asked := self._remembered.record(data), list):
            if not self._leave_out_optional(asked, data, first, lots):
                break
        else:
            return asked
        problems = asked
        bad = {str(problem["loc"][0]) for problem in problems if problem["loc"]} | first.failed
        if bad - {""} and not bad & _RULED and all(problem["loc"] for problem in problems):
            problems = [*problems, *self._broken_rules(model, data)]
        for problem in problems:
            self._refuse(problem, self._blamed(problem["loc"], data, first, lots))
        return None

    def _leave_out_optional(
        self, problems: Sequence[Any], data: dict[str, Any], first: ParsedRow, lots: Sequence[ParsedRow]
    ) -> bool:
        """Take out cells at fault that the row does without (of a list, the items). Return whether there were any."""
        taken = False
        # The last item of a list first, so that the places of the others stay.
        for problem in reversed(problems):
            row, name, holder, key, item = self._blamed(problem["loc"], data, first, lots)
            if not name or name in ESSENTIAL or key not in holder:
                continue
            reason, taken = self._in_words(name, problem), True
            if item is not None and len(holder[key]) > 1:
                row.warn(reason, column=self._parser.column_name(name), value=_text(holder[key][item]))
                # A new list: the old one may be remembered for other rows.
                holder[key] = [value for place, value in enumerate(holder[key]) if place != item]
            else:
                self._parser.leave_out(row, name, self._parser.cell_of(row, name), reason)
                del holder[key]
        return taken

    def _blamed(
        self, place: Sequence[Any], data: dict[str, Any], first: ParsedRow, lots: Sequence[ParsedRow]
    ) -> _Blamed:
        if not place:
            return _Blamed(first, "", data, "")
        row, holder, name, rest = first, data, str(place[0]), place[1:]
        field = name
        if name == "lots" and len(place) > 2:
            row, name, rest = lots[place[1]], str(place[2]), place[3:]
            holder, field = row.lot, f"lot.{name}"
        elif name == "takeover" and rest:
            holder, name, rest = data["takeover"], str(rest[0]), rest[1:]
            field = f"takeover.{name}"
        elif name in ("lots", "takeover"):
            return _Blamed(first, "", data, name)
        item = rest[0] if rest and isinstance(rest[0], int) else None
        if name == "naf" and item is not None and "naf_2025" in self._layout.fields:
            field = "naf" if data["naf"][item]["nomenclature"] == "naf_rev2" else "naf_2025"
        return _Blamed(row, field, holder, name, item)

    def _broken_rules(self, model: Any, data: dict[str, Any]) -> list[Any]:
        """Return what the rules over several fields refuse, the other fields being set aside."""
        kept = {name: data[name] for name in _RULED & data.keys()}
        asked = self._remembered.record(_PLACEHOLDERS[model] | kept)
        return [problem for problem in asked if not problem["loc"]] if isinstance(asked, list) else []

    def _refuse(self, problem: Mapping[str, Any], blamed: _Blamed) -> None:
        """Give one of pydantic's errors back to the row and the column that it comes from."""
        row, name = blamed.row, blamed.name
        if name in row.failed:
            return
        if not name:
            why = in_french(problem)
            row.refuse(f"trop de lots pour une opportunité : {why}" if problem["type"] == "too_long" else why)
            return
        # Of a list, the item at fault; of anything else, the cell as it was written.
        is_item = blamed.item is not None and not name.startswith("lot.")
        value = str(problem["input"]) if is_item else self._parser.cell_of(row, name)
        row.refuse(self._in_words(name, problem), column=self._parser.column_name(name), value=value)

    def _in_words(self, name: str, error: Mapping[str, Any]) -> str:
        """Return why a cell is refused; of a list of codes, the French words that a cell may hold."""
        kind_list = "actor_kind" if self._layout.kind == "actors" else "opportunity_kind"
        list_name = kind_list if name == "kind" else name.rpartition(".")[2]
        if error["type"] not in ("enum", "literal_error") or list_name not in vocabulary()["values"]:
            return in_french(error)
        *words, last_word = accepted_words(list_name)
        return f"valeur inconnue : attendu {', '.join(words)} ou {last_word}"


def _text(item: Any) -> str:
    return str(item["code"] if isinstance(item, dict) else item)
