"""French words for ratings."""

from matcher.learning.observations import Objection
from models.ratings import Rating

# What a partner may say of a suggestion, from 0 to 3, and why they said no.
INTERESTS = ("Pas pour nous", "À la rigueur", "Intéressé", "À appeler tout de suite")

OBJECTIONS = {
    Objection.TOO_FAR: "trop loin",
    Objection.OTHER_TRADE: "hors métier",
    Objection.NO_CAPACITY: "pas de capacité (effectif, planning)",
    Objection.WRONG_SIZE: "montant trop petit ou trop gros",
    Objection.TOO_SHORT: "délai trop court",
    Objection.MISSING_APPROVAL: "exigence ou agrément manquant",
    Objection.ALREADY_POSITIONED: "déjà positionné autrement",
    Objection.DUPLICATE: "doublon",
    Objection.NOT_INTERESTED: "pas intéressé",
}


def said(rating: Rating) -> str:
    """Return what a partner says: their interest, why not, and how it ended."""
    parts = [INTERESTS[rating.interest]] if rating.interest is not None else []
    if rating.reasons:
        parts[-1:] = [f"{parts[-1]} ({', '.join(OBJECTIONS[Objection(reason)] for reason in rating.reasons)})"]
    if rating.retained is not None:
        parts.append("retenu" if rating.retained else "non retenu")
    elif rating.answered is not None:
        parts.append("a répondu" if rating.answered else "n’a pas répondu")
    return " ; ".join(parts)
