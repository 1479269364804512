"""Small real documents: a PDF, a picture."""

import io

from PIL import Image
from pypdf import PdfReader
from reportlab.pdfgen.canvas import Canvas


def a_pdf(words: str, *, pages: int = 1, password: str = "", rotated: int = 0) -> bytes:
    """Return a PDF with words on each of its pages; password: without which nobody reads it."""
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=(300, 200), encrypt=password or None, invariant=1)
    for _ in range(pages):
        canvas.setPageRotation(rotated)
        canvas.drawString(20, 100, words)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def words_of(pdf: bytes) -> list[str]:
    """Return the words of each page of a PDF."""
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages]


def a_picture(kind: str, width: int = 60, height: int = 40) -> bytes:
    """Return a white picture; kind: `JPEG` or `PNG`."""
    target = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(target, kind)
    return target.getvalue()
