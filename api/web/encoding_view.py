"""Rows whose texts are being encoded, as pages of the house show them."""

from pydantic import BaseModel

from api.core.french import plural
from api.core.progress import EncodingProgress

READY = "Toutes les fiches sont encodées : rechargez la page pour les voir."


class EncodingView(BaseModel):
    """What the bar says: so many rows are done, of how many."""

    words: str
    done: int
    total: int


def encoding_view(progress: EncodingProgress) -> EncodingView:
    """Return the bar's words and figures."""
    words = f"{plural(progress.waiting, 'fiche')} en cours d’encodage" if progress.waiting else READY
    return EncodingView(words=words, done=progress.total - progress.waiting, total=progress.total)
