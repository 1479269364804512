"""Print on each page or picture of a document who received it, and when.

It runs in a limited child process (`api.core.sandbox`): the document is somebody's, and its libraries are large.
What a PDF holds beside its pages (scripts, attached files, forms, its history) does not come along.
"""

import base64
import io
from collections.abc import Iterator
from typing import Any, BinaryIO

from api.core.errors import SourceError

MOST_PAGES, MOST_PIXELS = 500, 40_000_000
_BLOCK = 3 << 18
# Kinds of annotations that hold files or play something.
_LEFT_OUT = {"/FileAttachment", "/RichMedia", "/3D", "/Screen", "/Movie", "/Sound", "/Widget"}
_LOCKED = "ce PDF est protégé par un mot de passe ; enregistrez-en une copie sans protection"
_UNREADABLE = "ce fichier est illisible"


def mark_document(file: BinaryIO, title: str, suffix: str, words: str) -> Iterator[str]:
    """Yield the marked document in parts of base64. words: printed on it; title: its name, for errors.

    Raises SourceError for a document that cannot be marked.
    """
    content = file.read()
    marked = _marked_pdf(content, title, words) if suffix == ".pdf" else _marked_picture(content, title, suffix, words)
    for start in range(0, len(marked), _BLOCK):
        yield base64.b64encode(marked[start : start + _BLOCK]).decode("ascii")


def _marked_pdf(content: bytes, title: str, words: str) -> bytes:
    from pypdf import PdfReader, PdfWriter
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(content))
        # Many are « protected » by an empty password.
        if reader.is_encrypted and not reader.decrypt(""):
            raise _refusal(title, _LOCKED)
        page_count = len(reader.pages)
        if not page_count:
            raise _refusal(title, _UNREADABLE)
        if page_count > MOST_PAGES:
            raise _refusal(title, f"il a {page_count} pages, {MOST_PAGES} au plus ; partagez-le")
        writer, overlays = PdfWriter(), dict[tuple[int, int], Any]()
        for source in reader.pages:
            page = writer.add_page(source)
            for name in ("/AA", "/B"):
                page.pop(name, None)
            _keep_quiet_annotations(page)
            if page.rotation:
                page.transfer_rotation_to_content()
            box = page.cropbox
            size = max(1, round(float(box.width))), max(1, round(float(box.height)))
            if size not in overlays:
                overlays[size] = PdfReader(io.BytesIO(_overlay(*size, words))).pages[0]
            page.merge_translated_page(overlays[size], float(box.left), float(box.bottom))
        target = io.BytesIO()
        writer.write(target)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError) as error:
        raise _refusal(title, _UNREADABLE) from error
    return target.getvalue()


def _keep_quiet_annotations(page: Any) -> None:
    from pypdf.generic import ArrayObject, NameObject

    kept = ArrayObject()
    for reference in page.get("/Annots") or ():
        annotation = reference.get_object()
        if annotation.get("/Subtype") in _LEFT_OUT:
            continue
        for name in ("/A", "/AA"):
            annotation.pop(name, None)
        kept.append(reference)
    if "/Annots" in page:
        page[NameObject("/Annots")] = kept


def _overlay(width: int, height: int, words: str) -> bytes:
    """Return a page of this size, in points, with the words across it and at its foot."""
    from reportlab.pdfgen.canvas import Canvas

    from api.confidentiality.printed_words import REGULAR, printable, register_fonts

    register_fonts()
    text, target = printable(words), io.BytesIO()
    canvas = Canvas(target, pagesize=(width, height))
    canvas.setFillGray(0.35, 0.28)
    across = (width**2 + height**2) ** 0.5
    size = max(4.0, min(16.0, across * 0.55 / max(1, len(text)) / 0.6))
    canvas.setFont(REGULAR, size)
    canvas.saveState()
    canvas.translate(width / 2, height / 2)
    canvas.rotate(35)
    for offset in range(-2, 3):
        canvas.drawCentredString(0, offset * across / 5, text)
    canvas.restoreState()
    canvas.setFillGray(0.2, 0.9)
    foot = max(3.0, min(7.5, (width - 16) / max(1, len(text)) / 0.62))
    canvas.setFont(REGULAR, foot)
    canvas.drawCentredString(width / 2, max(3.0, foot * 0.6), text)
    canvas.showPage()
    canvas.save()
    return target.getvalue()


def _marked_picture(content: bytes, title: str, suffix: str, words: str) -> bytes:
    from PIL import Image, ImageDraw, ImageFont, ImageOps, UnidentifiedImageError

    from api.confidentiality.printed_words import REGULAR, font_path, printable

    # Beyond twice this number Pillow refuses a picture by itself, before it is unpacked.
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    kind = {".jpg": "JPEG", ".png": "PNG"}[suffix]
    text = printable(words)
    try:
        with Image.open(io.BytesIO(content), formats=[kind]) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise _refusal(
                    title, f"cette image est trop grande : {MOST_PIXELS // 1_000_000} millions de points au plus"
                )
            upright = ImageOps.exif_transpose(opened).convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise _refusal(title, _UNREADABLE) from error
    picture = Image.new("RGB", upright.size, "white")
    picture.paste(upright, mask=upright.getchannel("A"))
    width, height = picture.size
    font = ImageFont.truetype(str(font_path(REGULAR)), max(6, int(width / max(1, len(text)) / 0.62)))
    line_height = int(font.size * 1.6)
    draw = ImageDraw.Draw(picture, "RGBA")
    for row in range(line_height * 2, height, max(line_height * 6, height // 6)):
        draw.text((width / 2, row), text, font=font, fill=(60, 60, 60, 90), anchor="mm")
    # Below the picture, so that it can be read whatever lies under it.
    framed = Image.new("RGB", (width, height + line_height), "white")
    framed.paste(picture, (0, 0))
    ImageDraw.Draw(framed).text((width / 2, height + line_height / 2), text, font=font, fill=(30, 30, 30), anchor="mm")
    target = io.BytesIO()
    framed.save(target, kind, **({"quality": 90} if kind == "JPEG" else {}))
    return target.getvalue()


def _refusal(title: str, why: str) -> SourceError:
    return SourceError(f"« {title} » : {why}.")
