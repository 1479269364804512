"""The owner's agreement to a version of the blind sheet: who gave it, how, and on which day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class ApprovedBy(StrEnum):
    """Who agreed for the company: `models.blind_sheets.BlindSheet.approved_by`."""

    OWNER = "owner"
    ADVISER = "adviser"
    COURT = "court"


class ApprovedHow(StrEnum):
    """How the agreement reached the house."""

    SIGNED = "signed"
    MAIL = "mail"
    MEETING = "meeting"
    PHONE = "phone"


BY_WORDS: Mapping[ApprovedBy, str] = {
    ApprovedBy.OWNER: "le cédant",
    ApprovedBy.ADVISER: "son conseil, pour lui",
    ApprovedBy.COURT: "l’administrateur ou le liquidateur judiciaire",
}
HOW_WORDS: Mapping[ApprovedHow, str] = {
    ApprovedHow.SIGNED: "par sa signature",
    ApprovedHow.MAIL: "par courriel",
    ApprovedHow.MEETING: "de vive voix, en rencontre",
    ApprovedHow.PHONE: "par téléphone",
}


@dataclass(frozen=True)
class Approval:
    """An agreement as it is noted. contact_id: the person, where it is a contact of the case."""

    by: ApprovedBy
    how: ApprovedHow
    on: date
    contact_id: str | None = None
