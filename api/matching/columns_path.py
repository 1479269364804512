"""Where the file of columns of a database is kept. It imports little: a process that starts asks it first."""

import hashlib
from pathlib import Path

from sqlalchemy import make_url

from api.core.settings import ServiceSettings


def columns_path(options: ServiceSettings) -> Path | None:
    """Return where the file of a database is kept, None where there is no place for one: beside a file of SQLite.

    In the folder `POLESUD_COLUMNS` for any other.
    """
    url = make_url(options.database_url)
    if url.get_backend_name() != "sqlite":
        name = hashlib.sha256(url.render_as_string(hide_password=True).encode()).hexdigest()[:16]
        return Path(options.columns) / f"{name}.columns"
    if url.database in (None, "", ":memory:") or (url.database or "").startswith("file:"):
        return None
    return Path(f"{url.database}.columns")
