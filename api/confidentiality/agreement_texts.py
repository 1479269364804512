"""The house's text of the confidentiality agreement: each version stays as it was written, with its SHA-256."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from api.audit import log
from api.core.errors import ChangedMeanwhileError, ConflictError, InvalidError, NotFoundError
from api.core.french import plural
from models.agreements import AgreementText
from models.database import writing

SHORTEST_TEXT, LONGEST_TEXT = 200, 20_000


@dataclass(frozen=True)
class HouseText:
    """A version of the text. written_by: an account, empty for the text that came with the tool; sha256: in hex."""

    number: int
    text: str
    sha256: str
    written_at: datetime
    written_by: str

    @property
    def is_intact(self) -> bool:
        """Whether the text is still the one of which the hash was taken."""
        return sha256_of(self.text.encode()) == self.sha256


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def all_texts(session: Session) -> list[HouseText]:
    """Return every version, newest first."""
    rows = session.exec(select(AgreementText).order_by(col(AgreementText.number).desc())).all()
    return [_house_text(row) for row in rows]


def current_text(session: Session) -> HouseText:
    """Return the version that is signed from now on. Raises ConflictError where somebody changed it in the tables."""
    row = session.exec(select(AgreementText).order_by(col(AgreementText.number).desc())).first()
    if row is None:
        raise NotFoundError("Aucun texte d’engagement n’est enregistré.")
    text = _house_text(row)
    if not text.is_intact:
        raise ConflictError(
            "Le texte de l’engagement ne répond plus à son empreinte : écrivez-en une nouvelle version."
        )
    return text


def text_of(session: Session, number: int) -> HouseText:
    """Return a version. Raises NotFoundError."""
    row = session.get(AgreementText, number)
    if row is None:
        raise NotFoundError("Cette version n’existe pas.")
    return _house_text(row)


def write_text(engine: Engine, text: str, *, seen: int, account_id: str, now: datetime) -> int:
    """Add a version and return its number; agreements that were signed keep theirs.

    seen: the newest version when the form was shown. Raises InvalidError, ChangedMeanwhileError.
    """
    written = normalized(text)
    if len(written) < SHORTEST_TEXT:
        raise InvalidError([("texte", f"un engagement de moins de {SHORTEST_TEXT} caractères n’engage à rien")])
    if len(written) > LONGEST_TEXT:
        raise InvalidError([("texte", f"{plural(LONGEST_TEXT, 'caractère')} au plus")])
    with writing(engine, durable=True) as session:
        newest = next(iter(all_texts(session)), None)
        if newest and newest.number != seen:
            raise ChangedMeanwhileError(f"La version {newest.number} a été écrite entre-temps : relisez-la d’abord.")
        if newest and newest.text == written and newest.is_intact:
            raise InvalidError([("texte", "ce texte est celui de la version en vigueur : rien n’y est changé")])
        number = newest.number + 1 if newest else 1
        session.add(
            AgreementText(
                number=number,
                text=written,
                sha256=sha256_of(written.encode()),
                written_at=now,
                written_by=account_id,
            )
        )
        log.note(
            session,
            by=f"account:{account_id}",
            action="agreement.text_written",
            kind="agreement_text",
            of=str(number),
            now=now,
        )
    return number


def normalized(text: str) -> str:
    """Return a text as it is stored: line breaks of one kind, no blanks at the ends of lines, none around it."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def _house_text(row: AgreementText) -> HouseText:
    return HouseText(row.number, row.text, row.sha256, row.written_at, row.written_by)
