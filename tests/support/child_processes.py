"""Child processes of the tests' own process."""

import psutil


def sandbox_children() -> list[int]:
    """Return the ids of the children that run `api.core.sandbox`, and of those that nobody waited for."""
    children = psutil.Process().children()
    return [
        child.pid
        for child in children
        if child.status() == psutil.STATUS_ZOMBIE or "api.core.sandbox" in child.cmdline()
    ]
