"""Before anybody did anything there is no account and no key, and what serves brings nothing that it does not need."""

import subprocess
import sys
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import select

from models.database import reading
from models.tables import Account, AccountSession, ApiKey, Invitation

NEEDLESS = ("api.build", "api.demo", "api.evaluation", "matcher.evaluation", "bench", "tests", "pytest", "torch")
# Slow to import, and needed by the night, by a command or by one page, which import them where they use them.
NOT_YET = (
    "api.night.run",
    "api.night.stages",
    "api.open_data.sync",
    "httpx",
    "alembic",
    "openpyxl",
    "docx",
    "scipy.stats",
)


def test_a_new_database_has_no_account_and_no_key(engine: Engine) -> None:
    with reading(engine) as session:
        for table in (Account, ApiKey, AccountSession, Invitation):
            assert session.exec(select(table)).all() == []


def test_what_serves_loads_no_demonstration_no_builder_and_no_test() -> None:
    listing = "import api.app, sys; print(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", listing], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "api.web.rendering" in loaded
    absent = (*NEEDLESS, *NOT_YET)
    assert [name for name in loaded if name in absent or name.startswith(tuple(f"{one}." for one in absent))] == []
