"""A traceback in a log says where and what kind, and repeats no value."""

import io
import logging
import os
import re
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from api.core.logs import ValuelessFormatter, trace_without_values
from models.database import open_database

ROOT = Path(__file__).parents[2]
LINE = re.compile(r"(?P<moment>[\d-]+T[\d:.]+Z) (?P<level>[A-Z]+) (?P<name>[\w.]+): (?P<message>.*)")
CANARY = "Bessolière-canari"


def logged(error: BaseException) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(ValuelessFormatter("%(message)s"))
    # A handler before ours that formats the whole, as pytest's own does.
    record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "failed", (), (type(error), error, error.__traceback__))
    logging.Formatter().format(record)
    handler.emit(record)
    return stream.getvalue()


@given(words=st.text(min_size=8).filter(str.strip))
def test_no_message_of_an_exception_or_of_its_causes_is_written(words: str) -> None:
    secret = f"canari{words}"
    try:
        try:
            raise KeyError(secret)
        except KeyError as first:
            raise ExceptionGroup(secret, [ValueError(secret), OSError(2, "No such file", secret)]) from first
    except ExceptionGroup as error:
        error.add_note(secret)
        trace = logged(error)
    assert secret not in trace
    for kind in ("builtins.KeyError", "builtins.ExceptionGroup", "builtins.ValueError", "FileNotFoundError (No such"):
        assert kind in trace
    assert "test_logs.py" in trace


def test_an_error_of_the_database_is_told_by_its_code() -> None:
    engine = open_database("sqlite://")
    with engine.connect() as connection:
        connection.execute(text("CREATE TABLE people (name TEXT UNIQUE)"))
        connection.execute(text("INSERT INTO people VALUES (:name)"), {"name": CANARY})
        with pytest.raises(SQLAlchemyError) as raised:
            connection.execute(text("INSERT INTO people VALUES (:name)"), {"name": CANARY})
    assert CANARY not in str(raised.value), "parameters are hidden wherever the message goes"
    trace = logged(raised.value)
    assert "sqlalchemy.exc.IntegrityError (SQLITE_CONSTRAINT_UNIQUE)" in trace
    assert "VALUES (?)" not in trace, "the statement, as the driver got it"


def test_an_exception_that_is_its_own_cause_ends() -> None:
    error, other = ValueError(), sqlite3.OperationalError()
    error.__cause__, other.__cause__ = other, error
    assert "ValueError" in trace_without_values(error)


@pytest.mark.slow
@pytest.mark.parametrize(
    "program",
    [
        "raise ValueError(C)",
        "import threading; t = threading.Thread(target=lambda: {}[C]); t.start(); t.join()",
        "class A:\n    def __del__(self): raise ValueError(C)\nA()",
        "import logging; logging.warning('%d', C)",
        "import logging\ntry: {}[C]\nexcept KeyError: logging.getLogger('uvicorn.error').exception('failed')",
    ],
)
def test_what_nobody_handles_is_written_without_values_too(program: str) -> None:
    """In the main thread, in another, in a destructor, in logging itself."""
    prelude = f"from api.core.logs import log_to_stderr\nlog_to_stderr()\nC = '{CANARY[:5]}' + '{CANARY[5:]}'\n"
    ended = subprocess.run(
        [sys.executable, "-c", prelude + program], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert CANARY not in ended.stdout + ended.stderr
    assert "Error" in ended.stderr or "%d" in program


@pytest.mark.slow
def test_every_line_goes_to_stderr_alone_with_its_moment_in_utc_its_level_and_its_place() -> None:
    """Of ours and of every library that what serves loads; whatever the time zone of the machine."""
    program = """
import logging, api.app, api.web.server, api.commands.service
from api.core.logs import log_to_stderr
log_to_stderr()
loggers = [logging.getLogger(), *map(logging.getLogger, logging.root.manager.loggerDict)]
print([h for one in loggers for h in one.handlers if type(h) is not logging.NullHandler])
for name in ("api.web.refusal_log", "uvicorn.error", "sqlalchemy.pool"):
    logging.getLogger(name).warning("refused: %s", "GET /actors")
"""
    environment = os.environ | {"TZ": "Pacific/Auckland"}
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, env=environment, check=True
    )
    (handler,) = ended.stdout.strip().strip("[]").split(", ")
    assert handler == "<StreamHandler <stderr> (NOTSET)>"
    lines = [LINE.fullmatch(line) for line in ended.stderr.splitlines()]
    assert [line and line["name"] for line in lines] == ["api.web.refusal_log", "uvicorn.error", "sqlalchemy.pool"]
    for line in lines:
        assert line
        assert abs(datetime.fromisoformat(line["moment"]) - datetime.now(UTC)) < timedelta(hours=1)
