"""What a page says of the act that led to it: the address names it by a word, and holds nothing else."""

CONFIRMATIONS = {
    "ajoute": "Fiche ajoutée.",
    "corrige": "Fiche corrigée.",
    "inchange": "Rien n’a changé : la fiche était déjà ainsi.",
}


def confirmation(word: str) -> str:
    """Return the sentence of an act, empty for an unknown word."""
    return CONFIRMATIONS.get(word, "")
