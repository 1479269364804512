"""Files that hold a need: PDF, DOCX, EML and plain text → their text.

It runs in a limited child process (`api.core.sandbox`), which loads the library of a format only to read that format.
"""

import email
import re
import zipfile
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from html.parser import HTMLParser
from io import BytesIO
from typing import BinaryIO

from api.core.errors import SourceError

SUFFIXES = (".pdf", ".docx", ".eml", ".txt")
# Of one file. What is longer than is read ends at the last page or paragraph that fits.
MOST_CHARACTERS, MOST_PAGES, MOST_ATTACHMENTS = 60_000, 100, 3
MOST_UNPACKED = 50_000_000
_ENCRYPTED = "ce PDF est protégé par un mot de passe ; enregistrez-en une copie sans protection"
_NO_TEXT = "aucun texte n’y a été trouvé ; si c’est une image numérisée, collez-en le texte"


def read_document(file: BinaryIO, title: str, suffix: str) -> Iterator[str]:
    """Yield the text of a file, cut at `MOST_CHARACTERS`. title: its name, for its reader. Raises SourceError."""
    text = _text(file.read(), title, suffix)
    if not text.strip():
        raise SourceError(f"« {title} » : {_NO_TEXT}.")
    yield text[: MOST_CHARACTERS + 1]


def _text(content: bytes, title: str, suffix: str) -> str:
    if suffix == ".pdf":
        return _pdf(content, title)
    if suffix == ".docx":
        return _docx(content, title)
    if suffix == ".eml":
        return _mail(content, title)
    return _decoded(content)


def _pdf(content: bytes, title: str) -> str:
    from pypdf import PdfReader
    from pypdf.errors import PdfReadError

    try:
        reader = PdfReader(BytesIO(content))
        # Many are « protected » by an empty password.
        if reader.is_encrypted and not reader.decrypt(""):
            raise SourceError(f"« {title} » : {_ENCRYPTED}.")
        pages: list[str] = []
        for page in reader.pages[:MOST_PAGES]:
            pages.append(page.extract_text())
            if sum(map(len, pages)) > MOST_CHARACTERS:
                break
    except PdfReadError as error:
        raise SourceError(f"« {title} » : ce fichier est illisible.") from error
    return "\n".join(pages)


def _docx(content: bytes, title: str) -> str:
    from docx import Document
    from docx.opc.exceptions import PackageNotFoundError
    from docx.table import Table

    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MOST_UNPACKED:
                raise SourceError(f"« {title} » : ce document est trop gros une fois décompressé.")
        document = Document(BytesIO(content))
    except (zipfile.BadZipFile, PackageNotFoundError, KeyError, ValueError) as error:
        raise SourceError(f"« {title} » : ce fichier est illisible.") from error
    lines: list[str] = []
    for block in document.iter_inner_content():
        if isinstance(block, Table):
            # A merged cell is given once for each of its columns.
            lines += [" : ".join(dict.fromkeys(cell.text.strip() for cell in row.cells)) for row in block.rows]
        else:
            lines.append(block.text)
    return "\n".join(lines)


def _mail(raw: bytes, title: str) -> str:
    message = email.message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(preferencelist=("plain", "html"))
    text = ""
    if body is not None:
        payload = body.get_payload(decode=True)
        text = _decoded(payload if isinstance(payload, bytes) else b"", body.get_content_charset())
        if body.get_content_type() == "text/html":
            text = html_text(text)
    parts = [f"Objet : {message['subject'] or ''}", text]
    # A notice often comes attached to a mail that says « see below ».
    for attachment in list(message.iter_attachments())[:MOST_ATTACHMENTS]:
        name = attachment.get_filename() or ""
        suffix = name[name.rfind(".") :].lower() if "." in name else ""
        content = attachment.get_payload(decode=True)
        if suffix in (".pdf", ".docx", ".txt") and isinstance(content, bytes):
            parts.append(_text(content, title, suffix))
    return "\n".join(parts)


def _decoded(content: bytes, charset: str | None = None) -> str:
    for encoding in (charset, "utf-8-sig"):
        try:
            return content.decode(encoding) if encoding else content.decode("utf-8-sig")
        except (UnicodeDecodeError, LookupError):
            continue
    return content.decode("cp1252", "replace")


class _Words(HTMLParser):
    """The words of a page, a block a line; what no reader sees is left out."""

    _BLOCKS = frozenset({"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "table"})
    _HIDDEN = frozenset({"style", "script", "head", "title"})

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 (the base class names it)
        self._hidden += tag in self._HIDDEN
        if tag in self._BLOCKS:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._HIDDEN and self._hidden:
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(re.sub(r"\s+", " ", data))


def html_text(page: str) -> str:
    """Return the text of an HTML page."""
    parser = _Words()
    parser.feed(page)
    return "".join(parser.words)
