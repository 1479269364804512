"""The plain values: frozen, comparable, and unknown by default."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields

import pytest

from matcher.types import (
    ADAPTED_KINDS,
    CARRIED_KINDS,
    CARRYING_KINDS,
    ESS_KINDS,
    SIAE_KINDS,
    Actor,
    ActorKind,
    Opportunity,
    OpportunityKind,
    Reason,
)


def test_values_cannot_be_changed_and_swallow_no_unknown_name() -> None:
    actor = Actor("a1", ActorKind.SCOP)
    with pytest.raises(FrozenInstanceError):
        actor.headcount = 3  # type: ignore[misc]
    with pytest.raises(TypeError):
        Actor("a1", ActorKind.SCOP, headcounts=3)  # type: ignore[call-arg]


def test_what_is_not_said_is_unknown_never_zero() -> None:
    for row in (Actor("a1", ActorKind.SCOP), Opportunity("o1", OpportunityKind.MARKET, "")):
        for field in fields(row):
            value = getattr(row, field.name)
            assert value != 0 or value is False, field.name


def test_reasons_are_equal_by_content() -> None:
    assert Reason("words", 0.5, 0.25, {"shared": "haies"}) == Reason("words", 0.5, 0.25, {"shared": "haies"})
    assert Reason("words", 0.5) != Reason("words", 0.5, 0.0)


def test_insertion_and_adapted_structures_are_of_the_ess_and_no_kind_is_both() -> None:
    assert SIAE_KINDS | ADAPTED_KINDS | CARRYING_KINDS | CARRIED_KINDS <= ESS_KINDS
    assert not SIAE_KINDS & ADAPTED_KINDS
    assert not CARRYING_KINDS & CARRIED_KINDS
    assert set(ActorKind) - ESS_KINDS == {ActorKind.COMPANY, ActorKind.EMPLOYEE_GROUP}
