"""Print on each page or picture of a document who received it, and when.

It runs in a limited child process (`api.core.sandbox`): the document is somebody's, and its libraries are large.
What a PDF holds beside its pages (scripts, attached files, forms, its history, private data of the program that wrote
it) does not come along: pages and annotations keep what is listed here, and nothing that is left out stays in the file.
"""

import base64
import io
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from api.core.errors import SourceError

MOST_PAGES, MOST_PIXELS = 500, 40_000_000
_BLOCK = 3 << 18
# What a page is drawn from (ISO 32000-2, table 31).
_PAGE = {
    "/Type",
    "/Parent",
    "/Resources",
    "/MediaBox",
    "/CropBox",
    "/Rotate",
    "/UserUnit",
    "/Contents",
    "/Annots",
    "/Group",
}
# Annotations that are only looked at, and what they are drawn from (tables 166 to 186).
_SEEN = {"/Text", "/FreeText", "/Line", "/Square", "/Circle", "/Polygon", "/PolyLine", "/Highlight", "/Underline"}
_SEEN |= {"/Squiggly", "/StrikeOut", "/Stamp", "/Caret", "/Ink"}
_ANNOTATION = {
    "/Type",
    "/Subtype",
    "/Rect",
    "/F",
    "/AP",
    "/AS",
    "/Border",
    "/BS",
    "/BE",
    "/C",
    "/CA",
    "/ca",
    "/IC",
    "/RD",
}
_ANNOTATION |= {
    "/Contents",
    "/ca",
    "/RD",
    "/DA",
    "/DS",
    "/Q",
    "/QuadPoints",
    "/L",
    "/LE",
    "/Vertices",
    "/InkList",
    "/Name",
    "/Open",
}
# What pictures, fonts and layers may carry beside what is drawn.
_CARRIED = {"/AF", "/EF", "/AA", "/JS", "/Metadata", "/PieceInfo", "/Thumb", "/OPI", "/Ref"}
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
            _keep_what_is_drawn(page)
            if page.rotation:
                page.transfer_rotation_to_content()
            box = page.cropbox
            size = max(1, round(float(box.width))), max(1, round(float(box.height)))
            if size not in overlays:
                overlays[size] = PdfReader(io.BytesIO(_overlay(*size, words))).pages[0]
            page.merge_translated_page(overlays[size], float(box.left), float(box.bottom))
        _drop_what_is_carried(writer.pages)
        target, clean = io.BytesIO(), PdfWriter()
        for page in writer.pages:
            # Again, for what was left out is still among the objects of the first writer.
            clean.add_page(page)
        clean.write(target)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError) as error:
        raise _refusal(title, _UNREADABLE) from error
    return target.getvalue()


def _keep_what_is_drawn(page: Any) -> None:
    from pypdf.generic import ArrayObject, NameObject

    for name in page.keys() - _PAGE:
        del page[name]
    if "/Annots" in page:
        kept = ArrayObject()
        for reference in page["/Annots"]:
            annotation = reference.get_object()
            if annotation.get("/Subtype") in _SEEN:
                for name in annotation.keys() - _ANNOTATION:
                    del annotation[name]
                kept.append(reference)
        page[NameObject("/Annots")] = kept


def _drop_what_is_carried(pages: Iterable[Any]) -> None:
    """Delete `_CARRIED` from all that pages lead to."""
    from pypdf.generic import IndirectObject

    left, passed = [*pages], set[int]()
    while left:
        part = left.pop()
        if isinstance(part, IndirectObject):
            if part.idnum in passed:
                continue
            passed.add(part.idnum)
            part = part.get_object()
        if isinstance(part, dict):
            for name in part.keys() & _CARRIED:
                del part[name]
            left += [value for name, value in part.items() if name != "/Parent"]
        elif isinstance(part, list):
            left += part


def _overlay(width: int, height: int, words: str) -> bytes:
    """Return a page of this size, in points, with the words across it and, whole, at its foot."""
    from reportlab.pdfbase.pdfmetrics import stringWidth
    from reportlab.pdfgen.canvas import Canvas

    from api.confidentiality.printed_words import REGULAR, lines_within, printable, register_fonts

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
    foot = max(5.0, min(7.5, (width - 16) / max(1, len(text)) / 0.62))
    canvas.setFont(REGULAR, foot)
    lines = lines_within(max(width - 16, foot), text, lambda part: stringWidth(part, REGULAR, foot))
    for below, line in enumerate(lines, start=1):
        canvas.drawCentredString(width / 2, max(3.0, foot * 0.6) + (len(lines) - below) * foot * 1.2, line)
    canvas.showPage()
    canvas.save()
    return target.getvalue()


def _marked_picture(content: bytes, title: str, suffix: str, words: str) -> bytes:
    from PIL import Image, ImageDraw, ImageFont, ImageOps, UnidentifiedImageError

    from api.confidentiality.printed_words import REGULAR, font_path, lines_within, printable

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
    lines = lines_within(width, text, font.getlength)
    draw = ImageDraw.Draw(picture, "RGBA")
    for row in range(line_height * 2, height, max(line_height * (5 + len(lines)), height // 6)):
        for below, line in enumerate(lines):
            at = (width / 2, row + below * line_height)
            draw.text(at, line, font=font, fill=(60, 60, 60, 90), anchor="mm")
    # Below the picture, so that it can be read whatever lies under it.
    framed = Image.new("RGB", (width, height + line_height * len(lines)), "white")
    framed.paste(picture, (0, 0))
    draw = ImageDraw.Draw(framed)
    for below, line in enumerate(lines):
        foot = (width / 2, height + (below + 0.5) * line_height)
        draw.text(foot, line, font=font, fill=(30, 30, 30), anchor="mm")
    target = io.BytesIO()
    framed.save(target, kind, **({"quality": 90} if kind == "JPEG" else {}))
    return target.getvalue()


def _refusal(title: str, why: str) -> SourceError:
    return SourceError(f"« {title} » : {why}.")
