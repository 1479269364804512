"""Cells that could not be read from their file: a mark before their text says why, from the reader to the refusal.

The marks are characters that no text may contain (Unicode's noncharacters); the reader takes them out of what it reads.
"""

UNCLOSED, UNCOMPUTED = "\ufdd0", "\ufdd1"

REASONS = {
    UNCLOSED: "guillemet ouvert et jamais fermé : ajoutez-en un à la fin de la cellule, ou ôtez-le",
    UNCOMPUTED: "formule en erreur, ou sans valeur enregistrée : ouvrez et enregistrez le classeur, puis redéposez-le",
}

_MARKS = dict.fromkeys(map(ord, REASONS))


def without_marks(cell: str) -> str:
    """Return a cell as it stood in its file."""
    return cell.translate(_MARKS) if cell[:1] in REASONS else cell
