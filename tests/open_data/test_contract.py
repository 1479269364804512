"""What every source must hold, on whole pages in the exact format and on all that can be broken in them."""

import copy
import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.catalogue.schemas import ActorIn, OpportunityIn
from api.open_data.sources import boamp, bodacc, decp, recherche_entreprises
from api.open_data.sources.contract import (
    ActorFound,
    BadRecord,
    CaseStep,
    Closed,
    CommuneFound,
    OpportunityFound,
    Reference,
    SchemaChanged,
    Source,
    StateFound,
)
from models.places import Commune
from tests.support.open_data_samples import JSON, SOURCES, TODAY, pages, paths, put, records, without
from tests.support.proof_share import examples, share_of

by_source = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.SOURCE)
SOURCE_OF = st.sampled_from(SOURCES)
RECORDS = {source.SOURCE: records(source) for source in SOURCES}
PLACES = {name: [(record, path) for record in found for path in paths(record)] for name, found in RECORDS.items()}
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates().map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
OTHER_TYPES = (None, 42, -1.5, True, "???", "2026-02-31", [], [7], {}, {"a": "b"})


def hold(source: Source, record: dict[str, Any], refused: BadRecord) -> None:
    """A refusal names the record, as long as it can be named, and the field, and says why."""
    try:
        named = source.reference(record)
    except BadRecord:
        named = refused.reference
    assert refused.reference == named
    assert refused.field
    assert refused.reason
    assert refused.field in str(refused)
    assert refused.reference in str(refused)


def read(source: Source, record: dict[str, Any]) -> list[Any]:
    """Read, hold what is found to the contract, and refuse any error but a well-made BadRecord."""
    try:
        found = source.read(record, TODAY)
    except BadRecord as refused:
        hold(source, record, refused)
        return []
    for one in found:
        assert one.source == source.SOURCE
        assert one.source_id
        if isinstance(one, ActorFound | OpportunityFound):
            schema = ActorIn if isinstance(one, ActorFound) else OpportunityIn
            valid = schema.model_validate(one.content)
            assert (valid.source, valid.source_id) == (one.source, one.source_id)
        elif isinstance(one, Closed):
            assert one.reason in ("cancelled", "awarded")
        elif isinstance(one, CaseStep):
            assert one.notice.reference == source.reference(record)
        elif isinstance(one, CommuneFound):
            assert set(one.row) == set(Commune.model_fields)
        elif isinstance(one, StateFound):
            assert re.fullmatch(r"\d{9}", one.siren)
            assert one.siret is None or re.fullmatch(one.siren + r"\d{5}", one.siret)
        else:
            assert isinstance(one, Reference)
            assert len(one.siret) == 14
    return found


@by_source
def test_samples_are_read_and_say_something(source: Source) -> None:
    found = [one for record in RECORDS[source.SOURCE] for one in read(source, record)]
    assert len(found) >= 8


@by_source
def test_references_are_unique(source: Source) -> None:
    references = [source.reference(record) for record in RECORDS[source.SOURCE]]
    assert len(references) == len(set(references))


@by_source
def test_reading_twice_gives_the_same_and_leaves_the_record_as_it_was(source: Source) -> None:
    for record in RECORDS[source.SOURCE]:
        before = copy.deepcopy(record)
        assert read(source, record) == read(source, record)
        source.public(record)
        assert record == before


@pytest.mark.slow
@by_source
def test_whatever_field_is_removed_the_rest_is_read_or_the_record_refused(source: Source) -> None:
    for record, path in PLACES[source.SOURCE]:
        if path[-1] != JSON:
            read(source, without(record, path))


@pytest.mark.slow
@by_source
@pytest.mark.parametrize("turn", share_of(range(3)))
def test_whatever_field_changes_type_the_record_is_read_or_refused(source: Source, turn: int) -> None:
    """Each field takes one of the other types in turn, three in `make proofs`; the property below draws of the rest."""
    for index, (record, path) in enumerate(PLACES[source.SOURCE]):
        broken = put(record, path, OTHER_TYPES[(index + 3 * turn) % len(OTHER_TYPES)])
        read(source, broken)
        source.public(broken)


@settings(max_examples=examples(400), deadline=None)
@given(source=SOURCE_OF, data=st.data(), value=ANYTHING)
def test_whatever_stands_in_a_field_nothing_else_than_a_bad_record_is_raised(
    source: Source, data: st.DataObject, value: Any
) -> None:
    record, path = data.draw(st.sampled_from(PLACES[source.SOURCE]))
    broken = put(record, path, value)
    read(source, broken)
    source.public(broken)


@settings(max_examples=examples(300), deadline=None)
@given(source=SOURCE_OF, data=st.data(), value=ANYTHING)
def test_unknown_fields_change_nothing(source: Source, data: st.DataObject, value: Any) -> None:
    record = data.draw(st.sampled_from(RECORDS[source.SOURCE]))
    objects = [
        (),
        *(path for path in paths(record) if isinstance(at(record, path), dict) and path[-1] != "coordinates"),
    ]
    path = data.draw(st.sampled_from(objects))
    assert read(source, put(record, (*path, "zz_inconnu"), value)) == read(source, record)


def at(node: Any, path: tuple[str | int, ...]) -> Any:
    for key in path:
        node = json.loads(node) if key == JSON else node[key]
    return node


@by_source
def test_nobody_is_named_in_what_is_found_nor_in_what_is_kept(source: Source) -> None:
    """Every invented person's name contains CANARI, save the officers of the court, who are in no output either."""
    raw = "".join(json.dumps(body, ensure_ascii=False) for body in pages(source))
    assert "CANARI" in raw or source.SOURCE == "communes"
    for record in RECORDS[source.SOURCE]:
        assert "CANARI" not in repr(read(source, record))
        assert "CANARI" not in json.dumps(source.public(record), ensure_ascii=False)


@by_source
def test_what_is_kept_is_read_as_the_whole_record_is(source: Source) -> None:
    """The raw record that is stored can be read again: without people, nothing that is read is lost."""
    for record in RECORDS[source.SOURCE]:
        kept = source.public(record)
        assert read(source, kept) == read(source, record)
        assert source.public(kept) == kept


@by_source
@pytest.mark.parametrize("value", [None, 3, "x", [1], {"results": {}}, {"results": [3], "total_count": 1}], ids=repr)
def test_an_unknown_envelope_is_refused_whole(source: Source, value: Any) -> None:
    request = next(iter(source.requests(["26"], TODAY, TODAY)))
    with pytest.raises(SchemaChanged) as refused:
        source.page(value, request)
    assert refused.value.source == source.SOURCE
    assert source.SOURCE in str(refused.value)


@by_source
def test_whatever_field_of_the_envelope_is_removed_or_changes_type_it_is_read_or_refused(source: Source) -> None:
    request = next(iter(source.requests(["26"], TODAY, TODAY)))
    for body in pages(source):
        envelope = body if isinstance(body, dict) else {}
        for name in envelope:
            kept = {one: value for one, value in envelope.items() if one != name}
            for broken in (kept, *(kept | {name: value} for value in OTHER_TYPES)):
                try:
                    page = source.page(broken, request)
                except SchemaChanged:
                    continue
                assert all(isinstance(record, dict) for record in page.records)


@by_source
def test_pages_follow_each_other_to_the_last(source: Source) -> None:
    """Each page asks for the next one as the service counts; the last asks for none."""
    request = next(iter(source.requests(["26"], TODAY, TODAY)))
    first = pages(source)[0] if source.SOURCE != "recherche_entreprises" else pages(source)[1]
    page = source.page(first, request)
    if source.SOURCE == "communes":
        assert page.following is None
        return
    assert page.following is not None
    assert page.following.path == request.path
    assert page.following != request
    assert page.total is not None
    assert page.total > len(page.records)


def test_the_last_page_asks_for_none() -> None:
    """Where the service counts, by the count; where it links, by the missing link; by nothing to read in any case."""
    full = {"results": [{}] * 100, "total_count": 200, "total_results": 50, "page": 2, "per_page": 25, "total_pages": 2}
    for source, name, value, body in (
        (boamp, "offset", "100", full),
        (bodacc, "offset", "100", full),
        (recherche_entreprises, "page", "2", full),
        (decp, "page", "2", {"data": [{}], "links": {"next": None}, "meta": {"total": 201}}),
        (decp, "page", "2", {"data": [], "links": {"next": "https://…"}, "meta": {"total": 201}}),
    ):
        request = next(iter(source.requests(["26"], TODAY, TODAY)))
        request.params[name] = value
        assert source.page(body, request).following is None
