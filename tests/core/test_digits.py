"""Digits of any script are plain ones behind the door, and what only looks like a digit is none."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from api.catalogue.schemas import ActorIn
from api.core import french_input, french_numbers, official_codes
from api.core.digits import is_digits, plain_digits

ROOT = Path(__file__).parents[2]
SCRIPTS = ("０１２３４５６７８９", "٠١٢٣٤٥٦٧٨٩", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗")
READERS: list[tuple[Callable[[str], Any], str]] = [
    (official_codes.siret, "19070916200019"), (official_codes.siren, "190709162"), (official_codes.naf, "43.32A"),
    (official_codes.commune, "26362"), (official_codes.department, "7"), (official_codes.cpv, "77310000-6"),
    (official_codes.headcount_band, "11"), (french_input.postcode, "7000"), (french_input.day, "24/11/2026"),
    (french_input.departments, "26, 07"), (french_numbers.number, "12 500,50 €"), (french_numbers.euros, "80 k€"),
    (french_numbers.decimal, "44.933"), (french_numbers.persons, "12"), (french_input.axis, "2"),
]  # fmt: skip


def as_written(text: str, script: str) -> str:
    return "".join(script[int(letter)] if letter.isdecimal() else letter for letter in text)


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize(("read", "text"), READERS)
def test_a_code_or_number_is_read_alike_in_every_script(read: Callable[[str], Any], text: str, script: str) -> None:
    assert read(as_written(text, script)) == read(text)


@pytest.mark.parametrize(("read", "text"), READERS)
def test_what_only_looks_like_a_digit_is_refused_and_breaks_nothing(read: Callable[[str], Any], text: str) -> None:
    for letter in "²①":
        try:
            value = read(re.sub("[0-9]", letter, text))
        except ValueError:
            continue
        assert not is_digits(str(value))


@given(st.text())
def test_is_digits_says_what_int_reads(text: str) -> None:
    if is_digits(plain_digits(text)):
        assert str(int(plain_digits(text))).zfill(len(text)) == plain_digits(text)


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_schemas_take_plain_digits_alone(script: str) -> None:
    codes = {"siret": "19070916200019", "postcode": "07000", "legal_category": "9220", "commune_code": "07186"}
    written = {name: as_written(code, script) for name, code in codes.items()}
    actor = ActorIn.model_validate({"name": "N", "kind": "association"} | written)
    assert {name: getattr(actor, name) for name in codes} == codes
    for name in codes:
        with pytest.raises(ValidationError):
            TypeAdapter(ActorIn).validate_python({"name": "N", "kind": "scop", "source_id": "1", name: "2600²"})


def test_no_code_asks_python_whether_a_text_is_of_digits() -> None:
    """`"²".isdigit()` is true, and `int("²")` fails: `is_digits` is the way."""
    asked = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for folder in ("api", "models", "matcher")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for line in path.read_text("utf-8").splitlines()
        if re.search(r"\.is(?:digit|numeric)\(", line)
    ]
    assert asked == []
