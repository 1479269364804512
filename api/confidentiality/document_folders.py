"""The folders of a case's documents: each opens at one level of disclosure, or never."""

from enum import StrEnum


class Folder(StrEnum):
    """Where a document lies: `models.reveal.CaseDocument.folder`."""

    HOUSE = "house"
    PRESENTATION = "presentation"
    DOCUMENTS = "documents"


FOLDERS = {
    Folder.HOUSE: "Gardé par la maison",
    Folder.PRESENTATION: "Présentation",
    Folder.DOCUMENTS: "Documents",
}
FOLDER_MEANINGS = {
    Folder.HOUSE: "ne sort jamais",
    Folder.PRESENTATION: "s’ouvre avec l’identité",
    Folder.DOCUMENTS: "s’ouvre quand vous ouvrez les documents à un acteur",
}


def open_folders(*, identity: bool, documents: bool) -> frozenset[str]:
    """Return the folders that an actor may read who has been told the identity, and given the documents."""
    opened = {Folder.PRESENTATION: identity, Folder.DOCUMENTS: identity and documents}
    return frozenset(folder.value for folder, is_open in opened.items() if is_open)
