"""Passwords hashed at a low cost: how long it takes is what no test is about, but where it says so.

Each hash that serves takes 64 MB and a sixth of a second of a processor, and most test modules open an account.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from argon2 import PasswordHasher

from api.accounts import passwords

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
SERVED_HASHER, SERVED_DUMMY_HASH = passwords._HASHER, passwords._DUMMY_HASH


@contextmanager
def quick_hashing() -> Iterator[None]:
    """Hash quickly in this process; processes that are started from here hash as they serve."""
    with patch.object(passwords, "_HASHER", QUICK), patch.object(passwords, "_DUMMY_HASH", QUICK.hash("personne")):
        yield
