"""Confidentiality agreements: signed by a partner in its space, or noted by a facilitator as signed on paper.

Each is a row with its file: the PDF of the text that was accepted, or the scan of the paper. It gives the actor's
consent where there is none yet, and counts as long as that consent does.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Engine, update
from sqlmodel import Session, col, select

from api.audit import log
from api.confidentiality.agreement_texts import HouseText, current_text, sha256_of
from api.confidentiality.disclosure import ConsentSide, give_consent, standing_consents
from api.core.clock import day_in_france
from api.core.errors import ChangedMeanwhileError, InvalidError, NotFoundError
from models.actors import Actor
from models.agreements import SignedAgreement
from models.database import writing
from models.reveal import Consent

IN_SPACE, ON_PAPER = "space", "paper"
NAME_LENGTH, LEAST_LETTERS = 200, 2
SUFFIXES = (".pdf", ".jpg", ".png")
TEXT_CHANGED = "Le texte a changé pendant que vous le lisiez : relisez-le, puis acceptez-le."


@dataclass(frozen=True)
class PaperAgreement:
    """What a facilitator notes of a paper: who signed, which day, the version or the scan of it (suffix, content)."""

    signer: str
    signed_on: date
    text: HouseText | None
    scan: tuple[str, bytes] | None


class AgreementLine(NamedTuple):
    """An agreement without its file. ended_at: when the consent was withdrawn."""

    id: str
    actor_id: str
    actor_name: str
    way: str
    signer: str
    signed_on: date
    text_number: int | None
    text_sha256: str
    sha256: str
    noted_by: str
    ended_at: datetime | None
    forgotten_at: datetime | None


class SignedFile(NamedTuple):
    """The file of an agreement. suffix: with its point."""

    suffix: str
    content: bytes


def sign_in_space(
    engine: Engine,
    opportunity_id: str,
    actor_id: str,
    *,
    text: HouseText,
    seen: int,
    signer: str,
    actor_name: str,
    about: str,
    account_id: str,
    now: datetime,
) -> None:
    """Record that a partner accepts the text in force, under its name; no change if it has already.

    seen: the version that its page showed; about: the line that it is told of the case. Raises InvalidError,
    ChangedMeanwhileError where another version is in force by now; as `give_consent`.
    """
    name = _checked_name(signer)
    if seen != text.number:
        raise ChangedMeanwhileError(TEXT_CHANGED)
    signed_on = day_in_france(now)
    # What makes documents takes long to import.
    from api.confidentiality.agreement_pdf import Signature, agreement_pdf

    content = agreement_pdf(text, Signature(name, actor_name, about, signed_on, now, paper=False))
    with writing(engine, durable=True) as session:
        if current_text(session).number != seen:
            raise ChangedMeanwhileError(TEXT_CHANGED)
        standing = standing_consents(session, opportunity_id, actor_id).actor
        if standing and own_agreement(session, standing.id, account_id):
            return
        consent = give_consent(session, opportunity_id, actor_id, ConsentSide.ACTOR, account_id=account_id, now=now)
        _keep(
            session,
            SignedAgreement(
                id=str(uuid.uuid4()),
                consent_id=consent.id,
                opportunity_id=opportunity_id,
                actor_id=actor_id,
                way=IN_SPACE,
                account_id=account_id,
                signer=name,
                signed_on=signed_on,
                text_number=text.number,
                text_sha256=text.sha256,
                suffix=".pdf",
                content=content,
                sha256=sha256_of(content),
                noted_at=now,
                noted_by=account_id,
            ),
            "agreement.signed",
        )


def note_paper(
    engine: Engine,
    opportunity_id: str,
    actor_id: str,
    paper: PaperAgreement,
    *,
    actor_name: str,
    about: str,
    account_id: str,
    now: datetime,
    today: date,
) -> None:
    """Record an agreement that was signed on paper for an actor. Without a scan, the PDF of the version is filed.

    Raises InvalidError; as `give_consent`.
    """
    name = _checked_name(paper.signer)
    if paper.signed_on > today:
        raise InvalidError([("date", "ce jour est à venir : notez l’engagement une fois signé")])
    if paper.scan is not None:
        suffix, content = paper.scan
    elif paper.text is not None:
        suffix = ".pdf"
        from api.confidentiality.agreement_pdf import Signature, agreement_pdf

        content = agreement_pdf(paper.text, Signature(name, actor_name, about, paper.signed_on, now, paper=True))
    else:
        raise InvalidError([("version", "dites quelle version a été signée, ou joignez le papier numérisé")])
    with writing(engine, durable=True) as session:
        consent = give_consent(session, opportunity_id, actor_id, ConsentSide.ACTOR, account_id=account_id, now=now)
        _keep(
            session,
            SignedAgreement(
                id=str(uuid.uuid4()),
                consent_id=consent.id,
                opportunity_id=opportunity_id,
                actor_id=actor_id,
                way=ON_PAPER,
                signer=name,
                signed_on=paper.signed_on,
                text_number=paper.text.number if paper.text else None,
                text_sha256=paper.text.sha256 if paper.text else "",
                suffix=suffix,
                content=content,
                sha256=sha256_of(content),
                noted_at=now,
                noted_by=account_id,
            ),
            "agreement.noted",
        )


def agreements_about(session: Session, opportunity_id: str) -> Sequence[AgreementLine]:
    """Return the agreements about a case, newest first."""
    question = (
        select(  # type: ignore[call-overload]
            SignedAgreement.id,
            SignedAgreement.actor_id,
            Actor.name,
            SignedAgreement.way,
            SignedAgreement.signer,
            SignedAgreement.signed_on,
            SignedAgreement.text_number,
            SignedAgreement.text_sha256,
            SignedAgreement.sha256,
            SignedAgreement.noted_by,
            Consent.withdrawn_at,
            SignedAgreement.forgotten_at,
        )
        .join(Actor, col(Actor.id) == SignedAgreement.actor_id)
        .join(Consent, col(Consent.id) == SignedAgreement.consent_id)
        .where(SignedAgreement.opportunity_id == opportunity_id)
        .order_by(col(SignedAgreement.noted_at).desc(), SignedAgreement.id)
    )
    return [AgreementLine(*row) for row in session.exec(question).all()]


def signed_file(session: Session, opportunity_id: str, agreement_id: str) -> SignedFile:
    """Return the file of an agreement about a case, for facilitators. Raises NotFoundError."""
    agreement = session.get(SignedAgreement, agreement_id)
    if agreement is None or agreement.opportunity_id != opportunity_id or agreement.forgotten_at:
        raise NotFoundError("Cet engagement n’existe pas, ou n’est plus gardé.")
    return SignedFile(agreement.suffix, agreement.content)


def own_agreement(session: Session, consent_id: str, account_id: str) -> SignedAgreement | None:
    """Return what an account signed itself for the actor whose consent this is."""
    question = select(SignedAgreement).where(
        SignedAgreement.consent_id == consent_id, SignedAgreement.account_id == account_id
    )
    return session.exec(question.order_by(col(SignedAgreement.noted_at).desc(), SignedAgreement.id)).first()


def agreements_of_account(session: Session, account_id: str) -> Sequence[SignedAgreement]:
    """Return what an account signed, oldest first."""
    question = select(SignedAgreement).where(SignedAgreement.account_id == account_id)
    return session.exec(question.order_by(col(SignedAgreement.noted_at), SignedAgreement.id)).all()


def forget_old_agreements(session: Session, now: datetime, days: int) -> int:
    """Empty name, account and file of agreements signed longer ago than that; return how many."""
    before = day_in_france(now) - timedelta(days=days)
    old = select(SignedAgreement.id).where(
        col(SignedAgreement.signed_on) < before, col(SignedAgreement.forgotten_at).is_(None)
    )
    old_ids = session.exec(old).all()
    if old_ids:
        emptied = {"signer": "", "account_id": "", "content": b"", "forgotten_at": now}
        session.execute(
            update(SignedAgreement)
            .where(col(SignedAgreement.signed_on) < before, col(SignedAgreement.forgotten_at).is_(None))
            .values(**emptied)
        )
    return len(old_ids)


def _checked_name(signer: str) -> str:
    name = " ".join(signer.split())
    # Signs that no font shows are no name, nor is what is printed as « ? ».
    from api.confidentiality.printed_words import printable

    if sum(letter.isalpha() for letter in printable(name)) < LEAST_LETTERS:
        raise InvalidError([("nom", "écrivez le nom de la personne qui signe, en lettres latines")])
    if len(name) > NAME_LENGTH:
        raise InvalidError([("nom", f"{NAME_LENGTH} caractères au plus")])
    return name


def _keep(session: Session, agreement: SignedAgreement, action: str) -> None:
    session.add(agreement)
    version = {"version": str(agreement.text_number), "sha256": agreement.text_sha256} if agreement.text_number else {}
    log.note(
        session,
        by=f"account:{agreement.noted_by}",
        action=action,
        kind="opportunity",
        of=agreement.opportunity_id,
        detail={"actor": agreement.actor_id, **version},
        now=agreement.noted_at,
    )
