"""The table of moves of a takeover, walked through at random."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.core.errors import ConflictError, InvalidError
from api.takeovers.stages.transitions import (
    ENDS,
    FORWARD,
    OPEN,
    WAYS_OUT,
    Move,
    Stage,
    Standing,
    Way,
    apply_move,
    first_stage,
    moves_from,
    reasons_of,
    record_jobs,
)
from tests.support.proof_share import examples

STARTS = st.sampled_from(("retirement", "insolvency", "relocation", "other")).map(first_stage)
# What tells somebody outside of the case.
TELLING = (Stage.APPROACHED, Stage.COMMITTED, Stage.MET, Stage.INTENT, Stage.AUDIT, Stage.PROTOCOL, Stage.FINANCED)


@st.composite
def walks(draw: st.DrawFn) -> list[Standing]:
    """Draw the standings of a file, one after each move."""
    standings = [Standing(draw(STARTS))]
    for _ in range(draw(st.integers(0, 15))):
        possible = moves_from(standings[-1])
        if not possible:
            break
        move = draw(st.sampled_from(possible))
        reasons = draw(st.sets(st.sampled_from(expected), min_size=1)) if (expected := reasons_of(move)) else ()
        standings.append(apply_move(standings[-1], move, sorted(reasons)))
    return standings


@settings(max_examples=examples(40))
@given(walks())
def test_every_open_stage_has_a_way_on_and_both_ways_out(walk: list[Standing]) -> None:
    possible = moves_from(walk[-1])
    assert walk[-1].is_open == any(move.way == Way.FORWARD for move in possible)
    assert walk[-1].is_open == ({move.to for move in possible if move.way == Way.OUT} == set(WAYS_OUT))


@settings(max_examples=examples(40))
@given(walks())
def test_no_path_of_the_owner_tells_anybody_before_the_agreement(walk: list[Standing]) -> None:
    stages = [standing.stage for standing in walk]
    for number, stage in enumerate(stages):
        assert stage not in TELLING or Stage.MANDATE in stages[:number]


@settings(max_examples=examples(40))
@given(walks())
def test_a_correction_leads_back_to_what_stood_before_whatever_was_done(walk: list[Standing]) -> None:
    last = walk[-1]
    for move in moves_from(last):
        if move.way != Way.CORRECTION:
            moved = apply_move(last, move, reasons_of(move)[:1])
            assert apply_move(moved, Move(Way.CORRECTION, last.stage)) == last


@settings(max_examples=examples(40))
@given(walks())
def test_a_file_leaves_an_end_by_a_correction_alone(walk: list[Standing]) -> None:
    assert not set(walk[-1].trail) & set(ENDS)
    assert walk[-1].stage in (*OPEN, *ENDS)


@settings(max_examples=examples(60))
@given(walks(), st.sampled_from(Stage), st.sampled_from(Way))
def test_a_move_that_the_table_has_not_is_refused(walk: list[Standing], to: Stage, way: Way) -> None:
    if (move := Move(way, to)) not in moves_from(walk[-1]):
        with pytest.raises(ConflictError):
            apply_move(walk[-1], move)


def test_each_start_reaches_the_new_owner_by_forward_moves_alone() -> None:
    for start in (Stage.FIRST_CONTACT, Stage.JUDGMENT):
        reached, waiting = {start}, [start]
        while waiting:
            fresh = set(FORWARD[waiting.pop()]) - reached
            reached |= fresh
            waiting += fresh
        assert Stage.DONE in reached


def test_ways_out_and_steps_back_ask_for_a_reason_of_their_own() -> None:
    standing = Standing(Stage.MET)
    for move in moves_from(standing):
        if expected := reasons_of(move):
            with pytest.raises(InvalidError):
                apply_move(standing, move)
            assert apply_move(standing, move, expected).stage == move.to
        else:
            with pytest.raises(InvalidError):
                apply_move(standing, move, reasons_of(Move(Way.OUT, Stage.LOST))[:1])


@given(st.integers() | st.none())
def test_jobs_kept_are_a_count_or_unknown(jobs_kept: int | None) -> None:
    standing = Standing(Stage.CLOSED)
    if jobs_kept is None or 0 <= jobs_kept <= 10_000:
        assert record_jobs(standing, jobs_kept).jobs_kept == jobs_kept
    else:
        with pytest.raises(InvalidError):
            record_jobs(standing, jobs_kept)
