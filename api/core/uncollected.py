"""Work whose objects stay, e.g. the import of modules: to look through them for garbage as they grow costs a sixth."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Collect no garbage meanwhile, and never look through what is there then again; as before afterwards."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        # Else the first collection afterwards looks through all of it.
        gc.freeze()
        if was_enabled:
            gc.enable()
