"""Files that hold persons or secrets: their owner alone may read them, also those that were made with wider rights."""

import os
import stat
from pathlib import Path

OWNER_FILE, OWNER_FOLDER = 0o600, 0o700


def keep_private(path: Path) -> None:
    """Make a file if it is missing, and take it from everybody but its owner.

    Raises PermissionError, which names the file, where it is somebody else's and others may read it.
    """
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, OWNER_FILE))
    except FileExistsError:
        tighten(path, OWNER_FILE)


def keep_private_folder(path: Path) -> None:
    """Make a folder if it is missing, and take it from everybody but its owner. Raises PermissionError, as above."""
    path.mkdir(mode=OWNER_FOLDER, parents=True, exist_ok=True)
    tighten(path, OWNER_FOLDER)


def tighten(path: Path, mode: int) -> None:
    """Take from a path the rights beyond `mode`; one that is not there is left alone. Raises PermissionError."""
    try:
        current = stat.S_IMODE(path.stat().st_mode)
        if current & ~mode:
            path.chmod(current & mode)
    except FileNotFoundError:
        return
    except PermissionError as error:
        raise PermissionError(f"« {path} » est lisible par d’autres, et appartient à quelqu’un d’autre") from error
