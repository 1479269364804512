"""Where the confidentiality agreements and documents of a case stand, in values."""

from collections import Counter
from dataclasses import dataclass

from sqlmodel import Session

from api.confidentiality import queries
from api.confidentiality.agreement_texts import all_texts
from api.confidentiality.agreements import agreements_about
from api.confidentiality.document_folders import Folder


@dataclass(frozen=True)
class AgreementSummary:
    """signed: (actor id, actor's name, signer) of the agreements in force; ended: how many are not any more.

    text_number: the version in force; documents: how many lie in each folder.
    """

    signed: tuple[tuple[str, str, str], ...]
    ended: int
    text_number: int
    documents: dict[Folder, int]


def summary(session: Session, opportunity_id: str) -> AgreementSummary:
    """Return the summary of a case."""
    lines = agreements_about(session, opportunity_id)
    folders = Counter(line.folder for line in queries.documents_of(session, opportunity_id))
    return AgreementSummary(
        signed=tuple((line.actor_id, line.actor_name, line.signer) for line in lines if not line.ended_at),
        ended=sum(line.ended_at is not None for line in lines),
        text_number=next((text.number for text in all_texts(session)), 0),
        documents={folder: folders[folder.value] for folder in Folder},
    )
