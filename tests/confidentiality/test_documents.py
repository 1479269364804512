"""A document is what its name says: its first bytes, and what an archive holds."""

import io
import zipfile
from collections.abc import Mapping

import pytest
from openpyxl import Workbook

from api.confidentiality.documents import MOST_ENTRIES, _check
from api.core.errors import InvalidError

MOST = 10_000_000
TEXT = {"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<x/>"}
SHEET = {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<x/>"}
WORDS = {"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}
CELLS = {"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"}


def archive(parts: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts.items():
            target.writestr(name, content)
    return packed.getvalue()


def declaring(size: int, packed: bytes) -> bytes:
    """Return an archive whose first entry says that it unpacks to so many bytes."""
    field = packed.index(b"PK\x01\x02") + 24
    return packed[:field] + size.to_bytes(4, "little") + packed[field + 4 :]


def workbook() -> bytes:
    packed = io.BytesIO()
    Workbook().save(packed)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("suffix", "content"),
    [
        (".docx", archive(WORDS)), (".xlsx", workbook()), (".odt", archive(TEXT)), (".ods", archive(SHEET)),
        (".pdf", b"%PDF-1.7"), (".jpg", b"\xff\xd8\xff\xe0"), (".png", b"\x89PNG\r\n\x1a\n"),
    ],
)  # fmt: skip
def test_what_is_what_it_says_is_taken(suffix: str, content: bytes) -> None:
    _check(content, suffix, MOST)


@pytest.mark.parametrize("suffix", [".docx", ".xlsx", ".odt", ".ods"])
@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04", b"PK\x03\x04" + b"\0" * 1000, archive({"virus.exe": b"MZ"}), archive({"mimetype": b"text/html"}),
        archive({f"{number}": b"" for number in range(MOST_ENTRIES + 1)} | TEXT | WORDS | CELLS),
        declaring(2_000_000_000, archive(WORDS | CELLS)), declaring(2_000_000_000, archive(TEXT)),
    ],
    ids=["no archive", "damaged", "another archive", "another type", "many entries", "a bomb", "a bomb of text"],
)  # fmt: skip
def test_an_archive_of_another_kind_is_none(suffix: str, content: bytes) -> None:
    with pytest.raises(InvalidError, match="ce n’est pas un fichier"):
        _check(content, suffix, MOST)


@pytest.mark.parametrize(("suffix", "other"), [(".docx", CELLS), (".xlsx", WORDS), (".odt", SHEET), (".ods", TEXT)])
def test_one_kind_of_document_is_not_another(suffix: str, other: dict[str, bytes]) -> None:
    with pytest.raises(InvalidError):
        _check(archive(other), suffix, MOST)
