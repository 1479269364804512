"""A dropped file → its text, read in a limited child process."""

import tempfile
from pathlib import Path
from typing import IO

from api.core.errors import InvalidError
from api.core.sandbox import Limits, read_apart
from api.understanding.documents import MOST_CHARACTERS, SUFFIXES, read_document

# Of a PDF's library: a page of drawings costs seconds and hundreds of megabytes.
LIMITS = Limits(memory_bytes=768 << 20, cpu_s=20, silence_s=40, item_bytes=1 << 20, output_bytes=2 << 20)
MOST_BYTES = 10_000_000
_BLOCK = 1 << 20
CUT = "Ce fichier est long : ses 60 000 premiers caractères ont été lus."


def text_of_file(file: IO[bytes], name: str) -> tuple[str, str]:
    """Return a file's text, and what its reader must know. Nothing of it is kept.

    Raises InvalidError: not a kind of file that is read, empty or too large; SourceError: it cannot be read; BusyError.
    """
    suffix, shown = Path(name).suffix.lower(), Path(name).name[:200]
    if suffix not in SUFFIXES:
        raise InvalidError([("fichier", f"choisissez un fichier {', '.join(kind[1:].upper() for kind in SUFFIXES)}")])
    with tempfile.TemporaryFile() as copy:
        size = 0
        while block := file.read(_BLOCK):
            size += len(block)
            if size > MOST_BYTES:
                raise InvalidError([("fichier", "ce fichier dépasse 10 Mo : collez-en le texte utile")])
            copy.write(block)
        if not size:
            raise InvalidError([("fichier", "ce fichier est vide")])
        copy.flush()
        copy.seek(0)
        text = "".join(read_apart(read_document, copy, name=shown, limits=LIMITS, title=shown, suffix=suffix))
    return text[:MOST_CHARACTERS].replace("\0", ""), CUT if len(text) > MOST_CHARACTERS else ""
