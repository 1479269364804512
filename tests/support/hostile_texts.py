"""Every parser that an outsider's text reaches, and texts that make a careless one slow."""

import inspect
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from importlib import import_module
from itertools import count
from pkgutil import walk_packages
from types import ModuleType
from typing import IO, Any

from api.core.errors import PoleSudError
from tests.support.proof_share import in_turn

SIZE = 20_000
# CPU time of one call. A linear parser takes a few hundredths of a second, a quadratic one seconds.
SECONDS = 0.5

# What no outsider's text reaches.
_INSIDE = ("api.build", "api.demo", "api.evaluation", "api.commands", "api.cli", "api.app", "matcher.evaluation")
# These take the name of a list, not a cell.
_OF_A_NAME = ("word", "words", "_codes", "accepted_words")
# Patterns that are only looked for at the beginning of a text.
_ANCHORED = ("api.core.text._FORMULA", "api.mailing.transport.ADDRESS")

UNITS = (
    " ", "\t", "\n", "1", "0", "a", "A", "é", ".", ",", ";", "-", "(", "&", "&#x", "1 ", "1,", "1.", "1 a ", "A ", "; ",
    "à ", "à A ", "au De ", "d'", "l2113-12 ", "reserve ", "aide ", "garanti ", "offre 1 ", "offre 1 a ", "a.", "a@",
    "12 salaries ", "axe ", "12/1/", "prononc ", "commune de ", "ﷺ", "\u0301", "merci\n",
    "lot 1 a\n", "dpt 26 ", 'a"b;"c\n',
)  # fmt: skip
FRAMES = (("", ""), ("axe 1 a", "@"))


def texts() -> Iterator[str]:
    for unit in UNITS:
        for start, end in FRAMES:
            yield start + unit * (SIZE // len(unit)) + end
    # Marks out of their order: sorting them is the Unicode library's, and quadratic.
    yield "e" + "\u0301" * (SIZE // 2) + "\u0316" * (SIZE // 2)
    yield "\u0301\u0316" * (SIZE // 2)
    yield "reserve " * (SIZE // 16) + " " * 500 + "l2113-12 " * (SIZE // 18)
    yield "a" * 60 + "@" + "a-" * (SIZE // 2)


def parsers() -> Iterator[tuple[str, Callable[[str], Any]]]:
    yield from _functions()
    for module in _modules():
        for name, pattern in vars(module).items():
            where = f"{module.__name__}.{name}"
            if isinstance(pattern, re.Pattern) and isinstance(pattern.pattern, str):
                yield f"{where}.match", pattern.match
                yield f"{where}.fullmatch", pattern.fullmatch
                if where not in _ANCHORED:
                    yield f"{where}.findall", pattern.findall
            elif isinstance(pattern, re.Pattern):
                # Those that read parts of a workbook.
                yield f"{where}.findall", lambda cell, pattern=pattern: pattern.findall(cell.encode())  # type: ignore[misc]


def _functions() -> Iterator[tuple[str, Callable[[str], Any]]]:
    from api.accounts import email_address, passwords
    from api.catalogue.places import written_names
    from api.catalogue.places.place_reading import read_places
    from api.catalogue.places.places_in_text import Gazetteer
    from api.catalogue.places.record_places import Places
    from api.confidentiality import leaks
    from api.contacts import phone_numbers
    from api.contacts.cells import CELLS, contacts_in
    from api.core import french, french_input, french_numbers, official_codes, text
    from api.imports import column_names, column_parsers, columns, lot_cells, trades
    from api.imports.csv_records import csv_records
    from api.mailing import compose
    from api.open_data import duplicate_search
    from api.open_data.sources import judgments, notice
    from api.open_data.sources.fields import Fields
    from api.understanding.understand import understand
    from matcher import lexical
    from matcher.roles import vocations_of
    from models.opportunities import Opportunity
    from models.places import Commune

    written = (french_input, french_numbers, trades, lot_cells, written_names, column_names)
    for module in (*written, official_codes, text, french, judgments, notice):
        for name, function in vars(module).items():
            if name not in _OF_A_NAME and inspect.isfunction(inspect.unwrap(function)) and _takes_one_text(function):
                yield f"{module.__name__}.{name}", function
    fields = sorted(columns.known_fields("actors") | columns.known_fields("opportunities"))
    # Words of closed lists differ in their list only, and so do the two nomenclatures.
    parsers = {field: column_parsers.parser_of(field, "actors", 1) for field in fields}
    by_code = {getattr(parser, "func", parser).__code__: (field, parser) for field, parser in parsers.items()}
    for field, parser in by_code.values():
        yield f"column {field}", parser
    yield "columns.recognise", lambda cell: columns.recognise(["id", "nom", "type", cell], "actors", "f.csv")
    yield "csv records", lambda cell: list(csv_records(cell.splitlines(keepends=True) * 4, ";"))
    yield "address", email_address.normalize_email
    yield "phone", phone_numbers.normalize_phone
    yield "phones", phone_numbers.phones_in
    yield "contacts", lambda cell: contacts_in(dict.fromkeys(CELLS, cell))
    yield "password", lambda cell: passwords.hash_password(cell, "a@exemple.invalid")
    places = Places()
    crest = Commune(code="26108", name="Crest", department="26", lat=44.73, lon=5.02, postcodes=["26400"])
    gazetteer = Gazetteer([crest])
    yield "place", lambda cell: places.locate(None, cell, cell, cell)
    yield "commune", places.commune
    yield "read_places", lambda cell: read_places(cell, gazetteer, frozenset())
    yield "understand", lambda cell: understand(cell, gazetteer, frozenset({"26"}), date(2026, 11, 29))
    yield "analyse", lexical.analyse
    yield "shared_words", lambda cell: lexical.shared_words(cell, cell)
    yield "word_rows", lambda cell: lexical.word_rows([cell])
    yield "spelling_rows", lambda cell: lexical.spelling_rows([cell])
    yield "says", lambda cell: vocations_of(_actor(cell))
    yield "betrays", lambda cell: leaks.betrays(cell, Opportunity(title="Scierie du Vercors"), None, "Crest")
    yield "plain_name", duplicate_search.normalize_name
    yield "mail line", compose._normalize_line
    for name in ("text", "code", "element_text", "number", "day", "texts", "decoded", "held", "first_text"):
        yield f"field {name}", lambda cell, name=name: getattr(Fields({"x": cell}), name)("x")  # type: ignore[misc]


def _actor(cell: str) -> Any:
    from matcher.types import Actor, ActorKind

    return Actor(id="x", name="x", kind=ActorKind.SCOP, activities=(cell,))


def _takes_one_text(function: Callable[..., Any]) -> bool:
    parameters = list(inspect.signature(function).parameters.values())
    needed = [parameter for parameter in parameters if parameter.default is parameter.empty]
    return len(needed) == 1 and needed[0].annotation in (str, "str", str | None)


def _modules() -> Iterator[ModuleType]:
    for package in ("api", "matcher"):
        root = import_module(package)
        for module in walk_packages(root.__path__, f"{package}."):
            if not module.name.startswith(_INSIDE):
                yield import_module(module.name)


def try_all(_file: IO[bytes]) -> Iterator[str]:
    """Yield each parser's name before it reads a third of the texts, and before each, others than the next parser's.

    The kernel ends this process in a call that takes long. `make proofs` tries all texts.
    """
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    hostile, turn = list(texts()), count()
    for name, parse in parsers():
        yield f"{name}, a first time"
        # What it makes once for all texts is not a cost of one.
        with suppress(ValueError, PoleSudError):
            parse("a")
        for number, cell in enumerate(hostile):
            if not in_turn(next(turn), 3):
                continue
            yield f"{name}, {cell[:20]!r}… ({number})"
            signal.setitimer(signal.ITIMER_PROF, SECONDS)
            with suppress(ValueError, PoleSudError):
                parse(cell)
            signal.setitimer(signal.ITIMER_PROF, 0)
