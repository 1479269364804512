"""French words for ratings."""

from matcher.learning.observations import Objection
from models.ratings import Rating

# Grades from 0 to 3.
INTERESTS = ("Pas pour nous", "À la rigueur", "Intéressé", "Rappelez-moi vite")

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


def rating_in_words(rating: Rating) -> str:
    """Return a rating in French: interest, objections, outcome."""
    phrases = [INTERESTS[rating.interest]] if rating.interest is not None else []
    if rating.reasons:
        phrases[-1:] = [f"{phrases[-1]} ({', '.join(OBJECTIONS[Objection(reason)] for reason in rating.reasons)})"]
    if rating.retained is not None:
        phrases.append("retenu" if rating.retained else "non retenu")
    elif rating.answered is not None:
        phrases.append("a répondu" if rating.answered else "n’a pas répondu")
    return " ; ".join(phrases)
