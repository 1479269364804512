"""What is logged: times, places in the code and kinds of errors; no value that a person or a table gave.

The message of an exception may repeat anything: a row that was refused, a parameter, an address. A traceback
is therefore written with the classes of its exceptions and the codes that they carry, and without their messages.
"""

import logging
import sqlite3
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Any

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class ValuelessFormatter(logging.Formatter):
    """Formats records, with their moments in UTC, whose tracebacks hold no message of an exception, hence no value."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def formatException(  # noqa: N802 (logging's name)
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        return trace_without_values(ei[1]) if ei[1] else ""

    def format(self, record: logging.LogRecord) -> str:
        # Another handler may have kept the text that it made, messages and all.
        record.exc_text = None
        try:
            return super().format(record)
        finally:
            record.exc_text = None


def trace_without_values(error: BaseException) -> str:
    """Return an exception with those that caused it: where each was raised, its class and its code."""
    return "\n".join(_lines(error, set()))


def _lines(error: BaseException, seen: set[int]) -> Iterator[str]:
    if id(error) in seen:
        return
    seen.add(id(error))
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause:
        yield from _lines(cause, seen)
        yield "… then:"
    yield "Traceback (messages are left out):"
    yield from (line.rstrip("\n") for line in traceback.format_tb(error.__traceback__))
    yield f"{type(error).__module__}.{type(error).__qualname__}{_code(error)}"
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from _lines(part, seen)


def _code(error: BaseException) -> str:
    """Return what kind of failure it is, as far as a library says so by a code."""
    driver_error = getattr(error, "orig", error)  # SQLAlchemy's keep the driver's own
    if isinstance(driver_error, sqlite3.Error):
        code = getattr(driver_error, "sqlite_errorname", None)
    elif isinstance(driver_error, OSError):
        code = driver_error.strerror
    else:
        code = getattr(driver_error, "sqlstate", None)
    return f" ({code})" if code else ""


def log_to_stderr() -> None:
    """Send warnings and errors of the whole process to stderr, without values; also errors that nobody handles."""
    handler = logging.StreamHandler()
    handler.setFormatter(ValuelessFormatter(FORMAT))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    # It would print a record that cannot be formatted, with its values.
    logging.raiseExceptions = False
    sys.excepthook = _log_unhandled
    threading.excepthook = _log_of_thread
    sys.unraisablehook = _log_unraisable


def _log_unhandled(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        logging.critical("an error that nobody handled", exc_info=(kind, error, trace))


def _log_of_thread(failure: threading.ExceptHookArgs) -> None:
    if failure.exc_value:
        name = failure.thread.name if failure.thread else "?"
        logging.critical("an error that nobody handled, in thread %s", name, exc_info=failure.exc_value)


def _log_unraisable(failure: Any) -> None:
    if failure.exc_value:
        logging.error("an error in a place that raises none", exc_info=failure.exc_value)
