"""An actor's trades as its directory writes them: a list with any sign between, or prose → texts of a few words.

Where the sign is certain (`|`, `;`, a line, a bullet), nothing else is split. Commas and slashes are split where all
between them are as short as a trade is; a sentence keeps its own.
"""

import re
from collections.abc import Iterator

LONGEST_TRADE = 300

_CERTAIN = re.compile(r"[|;\n•▪●◦]|(?:^|\s)[·*](?=\s)")
_PERHAPS = re.compile(r",(?![0-9])|(?<=[^\W\d_])/(?!ou\b)(?=[^\W\d_])|(?<=\s)[-–—/](?=\s)")
_SENTENCE_END = re.compile(r"(?<=[.!?]) (?=[A-ZÀ-Ý«])")
_MOST_WORDS = 6
# A piece that begins so belongs to what stands before it.
_JOINING = frozenset(
    word
    for line in (
        "et ou de du des d dans pour avec sur sous a au aux en le la les l dont notamment ainsi y comme par sans chez",
        "nous notre nos qui que etc",
    )
    for word in line.split()
)


def trades(cell: str) -> list[str]:
    """Return the trades of a cell, none longer than `LONGEST_TRADE` but a sentence without a comma."""
    parts = [" ".join(part.split()).strip(" -–—·*") for part in _CERTAIN.split(cell)]
    parts = [part for part in parts if part]
    if len(parts) == 1:
        parts = _listed(parts[0]) or parts
    return [piece for part in parts for piece in _short_enough(part)]


def _listed(text: str) -> list[str]:
    """Return the items of a list; nothing where the text is none."""
    pieces, depth, start = [], 0, 0
    breaks = {match.start(): match.end() for match in _PERHAPS.finditer(text)}
    for position, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth <= 0 and position in breaks and position >= start:
            pieces.append(text[start:position])
            start = breaks[position]
    pieces = [piece.strip().rstrip(".") for piece in (*pieces, text[start:])]
    pieces = [piece for piece in pieces if piece and piece.lower() not in ("etc", "…", "...")]
    return pieces if len(pieces) > 1 and all(map(_is_trade, pieces)) else []


def _is_trade(piece: str) -> bool:
    words = re.findall(r"[^\W_]+", piece.lower().replace("à", "a"))
    return bool(words) and len(words) <= _MOST_WORDS and words[0] not in _JOINING and ". " not in piece


def _short_enough(text: str) -> Iterator[str]:
    if len(text) <= LONGEST_TRADE:
        yield text
        return
    for sentence in _SENTENCE_END.split(text):
        packed = ""
        for piece in re.split(r"(?<=[,:]) ", sentence):
            if packed and len(packed) + len(piece) >= LONGEST_TRADE:
                yield packed.rstrip(" ,:")
                packed = ""
            packed = f"{packed} {piece}".strip()
        yield packed


def cut(text: str) -> str:
    """Return the beginning of a text, whole words, of at most `LONGEST_TRADE` characters."""
    head, _, rest = text[: LONGEST_TRADE - 1].rpartition(" ")
    return f"{head.rstrip() or rest}…"
