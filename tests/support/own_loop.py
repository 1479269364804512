"""A coroutine run in a thread of its own: a test in a browser, in the same process, leaves a loop that runs."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def run_apart(work: Coroutine[Any, Any, T]) -> T:
    """Return the result of a coroutine, as `asyncio.run` does."""
    with ThreadPoolExecutor(1) as executor:
        return executor.submit(asyncio.run, work).result()
