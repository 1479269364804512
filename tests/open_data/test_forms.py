"""The contract of the forms: each row of the table stands in a sample and is read; renamed or moved, it is noticed."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from zlib import crc32

import pytest

from api.open_data.coverage.examine import Examination, examine
from api.open_data.coverage.forms import FORMS, table_in_markdown
from api.open_data.coverage.places import ALWAYS, KEY, RARE, SOMETIMES, USUAL, FieldPlace, is_present, values_at
from api.open_data.coverage.tally import values_of
from api.open_data.coverage.wording import FIELDS
from api.open_data.sources.catalogue import SOURCES
from api.open_data.sources.contract import Closed
from tests.support.open_data_forms import TODAY, FormSample, form_samples, moved, renamed
from tests.support.open_data_samples import ROOT, records
from tests.support.proof_share import in_turn

SAMPLES = [sample for sample in form_samples() if sample.source in SOURCES]
by_sample = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.source}-{sample.name}")
# As many records as make chance no explanation, where none of them has the place.
ENOUGH = {ALWAYS: 1, USUAL: 4, SOMETIMES: 10, RARE: 60}


def rows_of(sample: FormSample) -> tuple[FieldPlace, ...]:
    return FORMS[sample.source].forms[sample.form]


def look_at(sample: FormSample, broken: list[dict[str, Any]]) -> Examination:
    return examine(SOURCES[sample.source], FORMS[sample.source], broken, TODAY)


def every_place() -> Iterator[Any]:
    """Yield (sample, row) for each row that the sample's record holds."""
    for sample in SAMPLES:
        for row in rows_of(sample):
            if is_present(sample.record, row.path):
                yield pytest.param(sample, row, id=f"{sample.source}-{sample.name}-{row.field}-{row.path}")


@by_sample
def test_a_sample_is_of_its_form(sample: FormSample) -> None:
    assert FORMS[sample.source].form_of(sample.record) == sample.form


def test_every_source_has_its_table_and_every_row_of_it_stands_in_a_sample() -> None:
    assert set(SOURCES) <= set(FORMS)
    absent = [
        (source, form, row.path)
        for source in SOURCES
        for form, rows in FORMS[source].forms.items()
        for row in rows
        if not any(
            is_present(sample.record, row.path) for sample in SAMPLES if (sample.source, sample.form) == (source, form)
        )
    ]
    assert absent == []


@by_sample
def test_every_field_of_a_form_is_read_of_its_sample_with_the_right_value(sample: FormSample) -> None:
    read = read_values(sample)
    expected = {name: value for name, value in sample.read.items() if value is not None}
    assert {name: shown(name, read.get(name), value) for name, value in expected.items()} == expected
    assert set(FORMS[sample.source].fields(sample.form)) <= set(sample.read), "each field says what must be read"


def read_values(sample: FormSample) -> dict[str, Any]:
    """Return what is read of the sample, all facts together: the first value of a name counts."""
    source = SOURCES[sample.source]
    reference = source.reference(sample.record)
    values: dict[str, Any] = {}
    for fact in source.read(sample.record, TODAY):
        for name, value in values_of(fact, reference).items():
            if value not in (None, [], ""):
                values.setdefault(name, value)
    return values


def shown(name: str, value: Any, expected: Any) -> Any:
    """Return a value as samples write it."""
    if isinstance(value, date):
        return value.isoformat()
    if name == "lots":
        return [lot["number"] for lot in value or ()]
    if name == "linked":
        return expected if set(expected) <= set(value or ()) else value
    if name in ("description", "title") and isinstance(value, str) and str(expected) in value:
        return expected
    return value


@pytest.mark.parametrize(("sample", "row"), list(every_place()))
def test_a_place_that_is_renamed_at_whatever_depth_is_noticed(sample: FormSample, row: FieldPlace) -> None:
    """Its own name, and one in three of those above it, which it shares with other places; each in `make proofs`."""
    names = row.path.split()
    for depth, name in enumerate(names):
        is_above = depth < len(names) - 1
        if name == "*" or (is_above and not in_turn(crc32(row.path.encode()) + depth, 3)):
            continue
        broken = renamed(sample.record, row.path, depth, "zz_renomme")
        examination = look_at(sample, [broken] * ENOUGH[row.share])
        assert notices(examination, sample, row), f"« {name} » renamed"
        assert "zz_renomme" in examination.new_names
        lost = [place for place in examination.lost if place.path == row.path]
        assert not lost or any("zz_renomme" in hint for hint in lost[0].hints), "where it went is said"


@pytest.mark.parametrize(("sample", "row"), list(every_place()))
def test_a_place_that_moved_is_noticed_and_found_again(sample: FormSample, row: FieldPlace) -> None:
    broken = moved(sample.record, row.path)
    examination = look_at(sample, [broken] * ENOUGH[row.share])
    assert notices(examination, sample, row)
    for place in examination.lost:
        if place.path == row.path:
            assert any(hint.startswith("zz_ailleurs") for hint in place.hints)


def notices(examination: Examination, sample: FormSample, row: FieldPlace) -> bool:
    """Tell whether the loss is said: the place, or all the records' form, or that they are refused."""
    is_said = any((place.form, place.path) == (sample.form, row.path) for place in examination.lost)
    return is_said or bool(examination.refused) or sample.form not in examination.forms


@by_sample
def test_a_sample_as_the_service_serves_it_shows_nothing_lost_unread_or_new(sample: FormSample) -> None:
    examination = look_at(sample, [sample.record])
    assert examination.refused == []
    assert examination.new_names == {}
    assert {name for _, name in examination.unread} == set()
    # A form may hold a field at one of several places, of which a record has one.
    assert {place.field for place in examination.lost} - {"reserved"} == set()


@pytest.mark.parametrize("source", SOURCES)
def test_every_name_and_form_of_our_pages_is_known(source: str) -> None:
    examination = examine(SOURCES[source], FORMS[source], records(SOURCES[source]), TODAY)
    assert examination.forms[""] == 0
    assert examination.new_names == {}


def test_every_field_has_a_french_name() -> None:
    fields = {row.field for source_forms in FORMS.values() for rows in source_forms.forms.values() for row in rows}
    assert fields <= set(FIELDS)


def test_a_field_that_yields_a_value_says_so_the_same_way_at_all_its_places_or_may_say_no() -> None:
    """A key yields nothing: a field cannot be both a key and a value."""
    for source_forms in FORMS.values():
        for rows in source_forms.forms.values():
            for field in {row.field for row in rows}:
                kinds = {row.yields for row in rows if row.field == field}
                assert KEY not in kinds or kinds == {KEY}, field


def test_the_documentation_holds_the_table() -> None:
    assert table_in_markdown() in (ROOT / "docs" / "open-data-fields.md").read_text("utf-8")


def test_closings_name_what_they_close() -> None:
    for sample in SAMPLES:
        if "reason" in sample.read:
            facts = SOURCES[sample.source].read(sample.record, TODAY)
            assert [fact.reason for fact in facts if isinstance(fact, Closed)] == [sample.read["reason"]]


def test_values_are_found_through_lists_json_texts_and_named_codes() -> None:
    record = {"a": '{"b": [{"c": {"@listName": "x", "#text": "1"}}, {"c": {"@listName": "y", "#text": "2"}}]}'}
    assert list(values_at(record, "a b c[y]")) == [{"@listName": "y", "#text": "2"}]
    assert len(list(values_at(record, "a * c"))) == 2
    assert not is_present(record, "a b d")
    assert not is_present({"a": "{broken"}, "a b")
