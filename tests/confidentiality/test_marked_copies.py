"""What leaves the house bears its reader's name and the moment on every page; what cannot is refused."""

import base64
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    PdfObject,
    StreamObject,
    TextStringObject,
)
from reportlab.pdfbase import pdfmetrics

from api.confidentiality.marked_copies import marked_copy, marking_words
from api.confidentiality.printed_words import REGULAR, lines_within, printable
from api.confidentiality.watermarking import MOST_PAGES, mark_document
from api.core.errors import SourceError
from tests.support.proof_share import examples
from tests.support.small_files import a_pdf, a_picture, words_of

NOW = datetime(2026, 11, 29, 19, 15, tzinfo=UTC)
WORDS = marking_words("Camille Roche (Les Charpentes Réunies)", NOW)
HIDDEN = b"Canaripaie"


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


def _carrying(place: str) -> bytes:
    """Return a PDF that holds a file, or a script, in some place beside what is drawn."""
    writer = PdfWriter(clone_from=io.BytesIO(a_pdf("Bilan")))
    page, stream = writer.pages[0], StreamObject()
    stream.set_data(HIDDEN)
    file = writer._add_object(stream)
    attached = writer._add_object(
        DictionaryObject({NameObject("/Type"): NameObject("/Filespec"), NameObject("/EF"): _dictionary(F=file)})
    )
    script = writer._add_object(_dictionary(S=NameObject("/JavaScript"), JS=TextStringObject(HIDDEN.decode())))

    def annotation(kind: str, **more: PdfObject) -> PdfObject:
        rectangle = ArrayObject([FloatObject(edge) for edge in (10, 10, 50, 50)])
        return writer._add_object(_dictionary(Subtype=NameObject(kind), Rect=rectangle, **more))

    files = ArrayObject([attached])
    annotations = {
        "an attachment": annotation("/FileAttachment", FS=attached),
        "a note's file": annotation("/Text", AF=files),
        "a link's script": annotation("/Link", A=script),
        "a field's script": annotation("/Widget", AA=_dictionary(K=script)),
    }
    of_page = {
        "the page's files": ("/AF", files),
        "a program's own data": ("/PieceInfo", _dictionary(Adobe=_dictionary(Private=file))),
        "a small picture": ("/Thumb", file),
        "its metadata": ("/Metadata", file),
    }
    if place in annotations:
        # Held by a reference, as most programs write them.
        page[NameObject("/Annots")] = writer._add_object(ArrayObject([annotations[place]]))
    elif place in of_page:
        page[NameObject(of_page[place][0])] = of_page[place][1]
    else:
        resources: Any = page["/Resources"]
        resources[NameObject("/Properties")] = _dictionary(P=_dictionary(AF=files))
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def _dictionary(**values: PdfObject) -> DictionaryObject:
    return DictionaryObject({NameObject(f"/{name}"): value for name, value in values.items()})


PLACES = (
    *("an attachment", "a note's file", "a link's script", "a field's script", "the page's files"),
    *("a program's own data", "a small picture", "its metadata", "marked content"),
)


@pytest.mark.parametrize("place", PLACES)
def test_nothing_that_is_not_drawn_leaves_unmarked_among_the_objects_of_the_file(place: str) -> None:
    given = _carrying(place)
    assert HIDDEN in given
    marked = b"".join(map(base64.b64decode, mark_document(io.BytesIO(given), "x", ".pdf", WORDS)))
    assert HIDDEN not in marked
    assert "Bilan" in words_of(marked)[0]


def test_a_note_that_is_looked_at_stays() -> None:
    marked = b"".join(map(base64.b64decode, mark_document(io.BytesIO(_carrying("a note's file")), "x", ".pdf", WORDS)))
    notes: Any = PdfReader(io.BytesIO(marked)).pages[0]["/Annots"]
    assert [note.get_object()["/Subtype"] for note in notes] == ["/Text"]


@pytest.mark.parametrize("name", ["W" * 200, "Anne " * 40])
def test_a_long_name_pushes_neither_itself_nor_the_moment_off_the_page(name: str) -> None:
    """Each line at the foot of a PDF lies within the page, and together they say it all."""
    words, lines = marking_words(name.strip(), NOW), list[tuple[float, str]]()
    marked = b"".join(map(base64.b64decode, mark_document(io.BytesIO(a_pdf("Bilan")), "x", ".pdf", words)))

    def note(text: str, page: list[float], matrix: list[float], _font: object, size: float) -> None:
        if text.strip() and page[1] == 0 and size < 8:
            lines.append((matrix[4], text.strip()))

    PdfReader(io.BytesIO(marked)).pages[0].extract_text(visitor_text=note)
    assert all(0 <= left < 300 for left, _ in lines)
    assert "".join("".join(text for _, text in lines).split()) == "".join(words.split())


@given(st.text(alphabet="ab W", max_size=60), st.integers(min_value=1, max_value=30))
@settings(max_examples=examples(60), deadline=None)
def test_lines_are_within_the_width_and_lose_no_sign(words: str, width: int) -> None:
    lines = lines_within(width, words, len)
    assert all(len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == words.replace(" ", "")


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
@settings(max_examples=examples(40), deadline=None)
def test_any_name_can_be_printed(name: str) -> None:
    """No sign is asked of the font that it does not have; what it has is printed as it is."""
    signs = pdfmetrics.getFont(REGULAR).face.charToGlyph if printable("") == "" else {}
    printed = printable(name)
    assert all(ord(sign) in signs or sign == "\n" for sign in printed)
    assert printable("Élodie Łuczak, 1 200 €") == "Élodie Łuczak, 1 200 €"
