"""Copies of documents that bear their reader's name and the moment: what leaves the house is never the file itself."""

import base64
import tempfile
from datetime import datetime

from api.confidentiality.watermarking import mark_document
from api.core.clock import PARIS
from api.core.french import NBSP, day
from api.core.sandbox import Limits, read_apart

# What a name and a day can be printed on.
MARKABLE = (".pdf", ".jpg", ".png")
# A marked picture may weigh several times the one that was given.
LIMITS = Limits(memory_bytes=1 << 30, cpu_s=20, silence_s=40, item_bytes=2 << 20, output_bytes=128 << 20)


def marking_words(reader: str, now: datetime) -> str:
    """Return what is printed on a copy: for whom, and when, in the time of France."""
    moment = now.astimezone(PARIS)
    when = f"le {day(moment.date().isoformat())} à {moment:%H}{NBSP}h{NBSP}{moment:%M}"
    return f"Confidentiel – remis à {reader} {when}"


def marked_copy(content: bytes, suffix: str, title: str, words: str) -> bytes:
    """Return a document, one of `MARKABLE`, with these words on each page, made in a limited child process.

    title: its name, for errors. Raises SourceError where it cannot be marked, BusyError.
    """
    with tempfile.TemporaryFile() as copy:
        copy.write(content)
        copy.flush()
        copy.seek(0)
        parts = read_apart(mark_document, copy, name=title, limits=LIMITS, title=title, suffix=suffix, words=words)
        return b"".join(base64.b64decode(part) for part in parts)
