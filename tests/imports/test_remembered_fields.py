"""A field that is validated once for many rows is what the schema makes of each row."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from api.catalogue.schemas import EMPTY_LISTS, ActorIn, OpportunityIn
from api.catalogue.validation_messages import in_french
from api.imports.remembered_fields import RememberedFields
from tests.support.proof_share import examples

# One object a value, as equal cells of a column give; wrong ones among them.
NAF = [{"code": "8130Z", "nomenclature": "naf_rev2"}]
SHARED: dict[str, list[Any]] = {
    "source_id": ["1", " 2 ", "x" * 301],
    "commune_code": ["26362", "7186", "99"],
    "postcode": ["26000", "٠٧٠٠٠", "2600"],
    "lat": [44.9, 91.0],
    "lon": [4.9],
    "naf": [NAF, [*NAF, {"code": "9", "nomenclature": "naf_rev2"}]],
    "confidential": [True, False, "peut-être"],
}
ACTOR: dict[str, list[Any]] = {
    "siret": ["10000000900017", "100 000 009 00017", "123"],
    "name": ["Atelier", " Atelier ", "", "y" * 250],
    "kind": ["scop", "entrepreneur", "employee_group", "licorne"],
    "activities": [["élagage", "élagage"], ["bois "], [""]],
    "radius_km": [12, 12.0, -5.0],
    "headcount": [3, True, 3.5, -1],
    "seeks": [["markets", "markets"], ["lune"]],
    "ess": [True, "oui"],
}
OPPORTUNITY: dict[str, list[Any]] = {
    "title": ["Élagage", " Élagage ", ""],
    "kind": ["market", "takeover", "licorne"],
    "status": ["open", "closed", "?"],
    "reserved": [["siae"], ["?"]],
    "lots": [[{"number": "1", "title": "Un"}], [{"number": "1", "title": "Un"}, {"number": "1", "title": "Deux"}]],
    "takeover": [{"cause": "retirement", "headcount": 3}, {"price_min_eur": 2, "price_max_eur": 1}],
    "unknown": ["?"],
}


def rows_of(cells: dict[str, list[Any]], needed: set[str]) -> st.SearchStrategy[list[dict[str, Any]]]:
    drawn = {name: st.sampled_from(values) for name, values in cells.items()}
    always = {name: strategy for name, strategy in drawn.items() if name in needed}
    others = {name: strategy for name, strategy in drawn.items() if name not in needed}
    return st.lists(st.fixed_dictionaries(always, optional=others), min_size=1, max_size=12)


def in_words(problems: list[Any]) -> list[tuple[Any, ...]]:
    """What refusals are made of."""
    return [
        (
            problem["type"],
            problem["loc"],
            problem["msg"],
            problem["input"],
            repr(problem.get("ctx")),
            in_french(problem),
        )
        for problem in problems
    ]


def told_by(schema: type[ActorIn] | type[OpportunityIn], row: dict[str, Any]) -> ActorIn | OpportunityIn | list[Any]:
    """The schema's own answer, row by row."""
    try:
        return schema.model_validate(EMPTY_LISTS[schema] | row)
    except ValidationError as error:
        return list(error.errors(include_url=False))


def same_as_schema(schema: type[ActorIn] | type[OpportunityIn], rows: list[dict[str, Any]]) -> None:
    remembered = RememberedFields(schema)
    for row in rows:
        expected, record = told_by(schema, row), remembered.record(row)
        if isinstance(expected, list):
            assert isinstance(record, list)
            assert in_words(record) == in_words(expected)
            continue
        assert isinstance(record, schema)
        assert record.__dict__ == expected.__dict__
        assert {name: type(value) for name, value in record.__dict__.items()} == {
            name: type(value) for name, value in expected.__dict__.items()
        }
        assert (record.natural_key, record.is_confidential) == (expected.natural_key, expected.is_confidential)


@settings(max_examples=examples(400, least=40), deadline=None)
@given(rows_of(SHARED | ACTOR, {"name"}))
def test_actors_are_as_their_schema_makes_them(rows: list[dict[str, Any]]) -> None:
    same_as_schema(ActorIn, rows)


@settings(max_examples=examples(400, least=40), deadline=None)
@given(rows_of(SHARED | OPPORTUNITY, {"title"}))
def test_opportunities_are_as_their_schema_makes_them(rows: list[dict[str, Any]]) -> None:
    same_as_schema(OpportunityIn, rows)
