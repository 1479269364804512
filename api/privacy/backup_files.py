"""The file of a backup: whole and its owner's alone before it has its name."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.core.errors import ConflictError
from models.private_files import keep_private


@contextmanager
def new_backup_file(target_path: Path) -> Iterator[Path]:
    """Yield a path to write to; it gets its name at the end, and is removed if anything is raised.

    Raises ConflictError where there is a file of that name.
    """
    if target_path.exists():
        raise ConflictError(f"« {target_path} » existe déjà : donnez un autre nom.")
    partial_path = target_path.with_name(f".{target_path.name}.{os.getpid()}")
    # It holds persons: its owner alone may read it.
    keep_private(partial_path)
    try:
        yield partial_path
        partial_path.replace(target_path)
    finally:
        partial_path.unlink(missing_ok=True)
