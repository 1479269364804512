"""Kinds of interactions, and their French words."""

from enum import StrEnum


class InteractionKind(StrEnum):
    CALL = "call"
    MAIL = "mail"
    VISIT = "visit"
    NOTE = "note"
    REPLY = "reply"  # a mail that was answered, or a call back


KINDS: dict[InteractionKind, str] = {
    InteractionKind.CALL: "Appel",
    InteractionKind.MAIL: "Mail",
    InteractionKind.VISIT: "Visite",
    InteractionKind.NOTE: "Note",
    InteractionKind.REPLY: "Réponse reçue",
}

# What is said once one was noted.
NOTED: dict[InteractionKind, str] = {
    InteractionKind.CALL: "L’appel est noté.",
    InteractionKind.MAIL: "Le mail est noté.",
    InteractionKind.VISIT: "La visite est notée.",
    InteractionKind.NOTE: "La note est enregistrée.",
    InteractionKind.REPLY: "La réponse est notée.",
}
