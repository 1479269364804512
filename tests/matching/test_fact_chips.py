"""The facts that decide, in a few words."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from hypothesis import given

from api.matching.fact_chips import Fact, FactChip, Fit, fact_chips, known_chips
from api.matching.reasons import Reader
from matcher.types import Actor, ActorKind, Opportunity, Reservation
from tests.support import builders
from tests.support.builders import (
    a_complete_actor,
    a_complete_opportunity,
    an_actor,
    an_opportunity,
    few,
    only,
    rank_actors,
)

# Longest chip that still is a chip, in characters, without the names of approvals.
LONGEST = 75


def chips_of(opportunity: Opportunity, actor: Actor, reader: Reader = "facilitator") -> dict[Fact, FactChip]:
    return {chip.fact: chip for chip in fact_chips(only(rank_actors(opportunity, [actor])).reasons, reader)}


@few
@given(builders.opportunities(), builders.actors())
def test_chips_stand_in_one_order_are_short_and_have_no_decimals(opportunity: Opportunity, actor: Actor) -> None:
    for row in rank_actors(opportunity, [actor]).suggestions:
        for reader in get_args(Reader):
            chips = fact_chips(row.reasons, reader)
            order = [list(Fact).index(chip.fact) for chip in chips]
            assert order == sorted(order)
            for chip in chips:
                assert chip.words[0] == chip.words[0].upper()
                assert "_" not in chip.words
                assert not re.search(r"\b[01],\d\d\b", chip.words), chip.words
                assert chip.fact == Fact.APPROVAL or len(chip.words) <= LONGEST
            assert known_chips(row.reasons, reader) == [chip for chip in chips if chip.fit != Fit.UNKNOWN]


def test_each_fact_of_a_complete_pair_has_its_chip() -> None:
    chips = chips_of(a_complete_opportunity(), a_complete_actor())
    assert {Fact.TRADE, Fact.DISTANCE, Fact.SIZE} <= set(chips)
    assert Fit.UNKNOWN not in {chip.fit for chip in chips.values()}


def test_a_distance_within_the_radius_fits_and_one_beyond_is_to_check_in_the_reader_s_words() -> None:
    opportunity = a_complete_opportunity()
    assert chips_of(opportunity, a_complete_actor(radius_km=300.0))[Fact.DISTANCE].fit == Fit.FITS
    kilometres = re.search(r"\d+", chips_of(opportunity, a_complete_actor(radius_km=300.0))[Fact.DISTANCE].words)
    assert kilometres
    # Points are those of communes: a little beyond the radius is still listed.
    just_short = float(kilometres[0]) - 2
    for reader, whose in (("facilitator", "son rayon"), ("actor", "votre rayon")):
        chip = chips_of(opportunity, a_complete_actor(radius_km=just_short), reader)[Fact.DISTANCE]  # type: ignore[arg-type]
        assert chip.fit == Fit.CHECK
        assert whose in chip.words


@pytest.mark.parametrize(
    ("fields", "actor_fields", "words", "fit"),
    [
        ({"required_approvals": frozenset({"rge"})}, {"approvals": frozenset({"rge"})}, "Agrément", Fit.FITS),
        ({"required_approvals": frozenset({"rge"})}, {}, "Agrément à vérifier", Fit.CHECK),
        ({"reserved": frozenset({Reservation.SIAE})}, {"kind": ActorKind.EI}, "Réservé aux", Fit.FITS),
    ],
)
def test_an_approval_is_said_only_where_one_is_asked_for(
    fields: dict[str, object], actor_fields: dict[str, object], words: str, fit: Fit
) -> None:
    chip = chips_of(an_opportunity(**fields), an_actor(**actor_fields))[Fact.APPROVAL]
    assert (chip.words.startswith(words), chip.fit) == (True, fit)
    assert Fact.APPROVAL not in chips_of(an_opportunity(), an_actor(**actor_fields))
