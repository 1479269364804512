"""What leaves the house bears its reader's name and the moment on every page; what cannot is refused."""

import io
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader, PdfWriter
from reportlab.pdfbase import pdfmetrics

from api.confidentiality.marked_copies import marked_copy, marking_words
from api.confidentiality.printed_words import REGULAR, printable
from api.confidentiality.watermarking import MOST_PAGES, mark_document
from api.core.errors import SourceError
from tests.support.small_files import a_pdf, a_picture, words_of

WORDS = marking_words("Camille Roche (Les Charpentes Réunies)", datetime(2026, 11, 29, 19, 15, tzinfo=UTC))


def test_the_words_name_the_reader_and_the_moment_in_france() -> None:
    assert "remis à Camille Roche (Les Charpentes Réunies) le 29 novembre 2026 à 20\N{NO-BREAK SPACE}h" in WORDS


@pytest.mark.parametrize("rotated", [0, 90])
def test_every_page_of_a_pdf_bears_the_words_beside_its_own(rotated: int) -> None:
    pages = words_of(marked_copy(a_pdf("Bilan", pages=3, rotated=rotated), ".pdf", "bilan.pdf", WORDS))
    assert len(pages) == 3
    for words in pages:
        assert "remis à Camille Roche (Les Charpentes Réunies)" in words
        if not rotated:
            assert "Bilan" in words


def test_what_a_pdf_holds_beside_its_pages_does_not_come_along() -> None:
    writer = PdfWriter(clone_from=io.BytesIO(a_pdf("Bilan")))
    writer.add_attachment("paie.csv", b"Canaripaie")
    target = io.BytesIO()
    writer.write(target)
    assert b"Canaripaie" in target.getvalue() or PdfReader(target).attachments
    marked = marked_copy(target.getvalue(), ".pdf", "bilan.pdf", WORDS)
    reader = PdfReader(io.BytesIO(marked))
    assert not reader.attachments
    assert b"Canaripaie" not in marked
    assert set(reader.root_object) == {"/Type", "/Pages"}


@pytest.mark.parametrize(
    ("suffix", "content", "why"),
    [
        (".pdf", a_pdf("Bilan", password="secret"), "protégé par un mot de passe"),
        (".pdf", b"%PDF-1.7 rien", "illisible"),
        (".png", b"\x89PNG\r\n\x1a\n", "illisible"),
        (".jpg", a_picture("PNG"), "illisible"),
    ],
)
def test_what_cannot_be_marked_is_refused_with_why(suffix: str, content: bytes, why: str) -> None:
    with pytest.raises(SourceError, match=why):
        b"".join(part.encode() for part in mark_document(io.BytesIO(content), "x", suffix, WORDS))


def test_a_pdf_of_too_many_pages_is_refused() -> None:
    with pytest.raises(SourceError, match=f"{MOST_PAGES} au plus"):
        list(mark_document(io.BytesIO(a_pdf("x", pages=MOST_PAGES + 1)), "x", ".pdf", WORDS))


@pytest.mark.parametrize(("kind", "suffix"), [("JPEG", ".jpg"), ("PNG", ".png")])
def test_a_picture_gets_a_line_below_it(kind: str, suffix: str) -> None:
    with Image.open(io.BytesIO(marked_copy(a_picture(kind, 600, 400), suffix, "x", WORDS))) as marked:
        assert (marked.format, marked.width) == (kind, 600)
        assert marked.height > 400
        line = marked.convert("L").crop((0, 400, 600, marked.height))
        assert line.getextrema()[0] < 128, "the line is empty"


@given(st.text(max_size=40))
@settings(max_examples=40, deadline=None)
def test_any_name_can_be_printed(name: str) -> None:
    """No sign is asked of the font that it does not have; what it has is printed as it is."""
    signs = pdfmetrics.getFont(REGULAR).face.charToGlyph if printable("") == "" else {}
    printed = printable(name)
    assert all(ord(sign) in signs or sign == "\n" for sign in printed)
    assert printable("Élodie Łuczak, 1 200 €") == "Élodie Łuczak, 1 200 €"
