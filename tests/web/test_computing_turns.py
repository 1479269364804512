"""Few requests compute at once, in the order in which they came; none waits for ever."""

import anyio
import pytest

from api.web.computing_turns import ComputingTurns


def test_no_more_than_so_many_at_once_and_each_in_the_order_of_asking() -> None:
    inside, most, order = 0, 0, []

    async def ask(turns: ComputingTurns, number: int) -> None:
        nonlocal inside, most
        async with turns.taken():
            inside += 1
            most = max(most, inside)
            order.append(number)
            await anyio.sleep(0)
            inside -= 1

    async def all_at_once() -> None:
        turns = ComputingTurns(2, patience_s=60)
        async with anyio.create_task_group() as group:
            for number in range(20):
                group.start_soon(ask, turns, number)

    anyio.run(all_at_once)
    assert (most, order) == (2, [*range(20)])


def test_whoever_waited_long_goes_on_without_a_turn_and_gives_none_back() -> None:
    async def wait() -> None:
        turns = ComputingTurns(1, patience_s=0.01)
        async with turns.taken():
            async with turns.taken():
                pass
            # Still one turn, which is held.
            with anyio.move_on_after(0.005) as waiting:
                async with turns.taken():
                    pytest.fail("a turn was given back that was not taken")
            assert waiting.cancelled_caught

    anyio.run(wait)


def test_a_request_that_fails_gives_its_turn_back() -> None:
    async def fail_then_ask() -> None:
        turns = ComputingTurns(1, patience_s=60)
        with pytest.raises(ValueError, match="failed"):
            async with turns.taken():
                raise ValueError("failed")
        async with turns.taken():
            pass

    anyio.run(fail_then_ask)
