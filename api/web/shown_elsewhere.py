"""For the house's acts on what it was just shown: another process may have shown it, and not have written it yet."""

import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Engine

from api.core.errors import NotFoundError

T = TypeVar("T")
# A process writes what it showed after `models.background.PAUSE_S`, and its turn to write.
PATIENCE_S, PAUSE_S = 1.0, 0.05


def once_written(engine: Engine, act: Callable[[], T]) -> T:
    """Return what an act returns; one that finds nothing is tried again for a moment. Raises NotFoundError.

    For the house alone: how long an outsider waits for « not found » must tell nothing, and cost nothing. A SQLite file
    is taken for one process's: its requests have what they showed written first.
    """
    end = time.monotonic() + (PATIENCE_S if engine.dialect.name == "postgresql" else 0)
    while True:
        try:
            return act()
        except NotFoundError:
            if time.monotonic() >= end:
                raise
            time.sleep(PAUSE_S)
