"""The blind sheet of a takeover case: its versions, the owner's agreement, its withdrawal.

At most one version stands: agreed to, and not withdrawn. Outside nothing but the standing version is read, as it was
agreed to, whatever the record says by now; the desk is told where they differ, and the agreement is asked for again.
"""

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from api.audit import log
from api.confidentiality.disclosure import confidential_case
from api.confidentiality.teaser import Teaser
from api.confidentiality.told_lines import tell_line
from api.core.errors import ChangedMeanwhileError, ConflictError, InvalidError, NotFoundError
from api.takeovers.sheet.approval import Approval
from api.takeovers.sheet.code_names import CODE_NAMES
from api.takeovers.sheet.leaking_words import KnownSecrets, given_away
from api.takeovers.sheet.queries import figures_of, standing_sheet, versions_of
from api.takeovers.sheet.sheet_facts import MOST_STRENGTHS, SheetChoices, told_rows
from models.blind_sheets import BlindSheet
from models.contacts import Contact

MEANWHILE = "Une autre version a été enregistrée entre-temps : relisez-la, puis enregistrez la vôtre."


@dataclass(frozen=True)
class SheetDraft:
    """What is to be saved. teaser: of this moment; is_first_split: of its crowd (`SheetCrowd.splits_first`)."""

    choices: SheetChoices
    strengths: str
    teaser: Teaser
    is_first_split: bool


def save_version(
    session: Session, opportunity_id: str, draft: SheetDraft, secrets_of_case: KnownSecrets, *, seen: int, by: str,
    now: datetime,
) -> int:  # fmt: skip
    """Write a version in the caller's unit of work and return its number; one that says what the last does is that.

    seen: the number of the version that the form was made of, 0 without one. Raises NotFoundError for what is no
    confidential case, ChangedMeanwhileError, and InvalidError where the words would give the company away.
    """
    confidential_case(session, opportunity_id)
    strengths = "\n".join(" ".join(line.split()) for line in draft.strengths.strip().splitlines())
    if len(strengths) > MOST_STRENGTHS:
        raise InvalidError([("points_forts", f"{MOST_STRENGTHS} caractères au plus : il y en a {len(strengths)}")])
    if problems := given_away(strengths, secrets_of_case):
        raise InvalidError([("points_forts", " ".join(problems))])
    versions = versions_of(session, opportunity_id)
    last = versions[0] if versions else None
    if seen != (last.number if last else 0):
        raise ChangedMeanwhileError(MEANWHILE)
    told = told_rows(figures_of(session, opportunity_id), draft.choices, is_first_split=draft.is_first_split)
    said = (draft.teaser.text, draft.choices.as_json(), told, strengths)
    if last and last.withdrawn_at is None and (last.line, last.choices, last.told, last.strengths) == said:
        return last.number
    version = BlindSheet(
        id=str(uuid.uuid4()),
        opportunity_id=opportunity_id,
        number=last.number + 1 if last else 1,
        code_name=last.code_name if last else _code_name(session),
        line=draft.teaser.text,
        choices=draft.choices.as_json(),
        told=told,
        strengths=strengths,
        saved_at=now,
        saved_by=by,
    )
    session.add(version)
    try:
        session.flush()
    except IntegrityError as error:
        raise ChangedMeanwhileError(MEANWHILE) from error
    _note(session, "sheet.saved", opportunity_id, by, now, version=version.number)
    return version.number


def approve_version(
    session: Session,
    opportunity_id: str,
    number: int,
    approval: Approval,
    teaser: Teaser,
    *,
    by: str,
    now: datetime,
) -> None:
    """Note in the caller's unit of work that the owner agreed to the newest version, which stands from now on.

    teaser: of this moment; its line counts as told from now on. Raises
    NotFoundError, ChangedMeanwhileError for a version that is not the newest, ConflictError for one that was agreed to
    or whose line is no longer the case's, InvalidError for a person of another case.
    """
    confidential_case(session, opportunity_id)
    versions = versions_of(session, opportunity_id)
    if not versions:
        raise NotFoundError("Cette version n’existe pas.")
    version = versions[0]
    if version.number != number:
        raise ChangedMeanwhileError(MEANWHILE)
    if version.approved_on is not None:
        raise ConflictError("L’accord sur cette version est déjà noté.")
    if version.line != teaser.text:
        raise ConflictError(
            "Le métier, le lieu ou l’effectif se disent autrement depuis : enregistrez une nouvelle version, que le "
            "cédant relira."
        )
    if approval.contact_id:
        contact = session.get(Contact, approval.contact_id)
        if contact is None or contact.opportunity_id != opportunity_id:
            raise InvalidError([("personne", "choisissez une personne de ce cas")])
    tell_line(session, opportunity_id, teaser.line, teaser.fits)
    for former in versions[1:]:
        _withdraw(former, by, now)
    version.approved_on, version.approved_by, version.approved_how = approval.on, approval.by.value, approval.how.value
    version.approved_contact_id, version.noted_at, version.noted_by = approval.contact_id, now, by
    session.add(version)
    _note(session, "sheet.approved", opportunity_id, by, now, version=number)


def withdraw_sheet(session: Session, opportunity_id: str, *, by: str, now: datetime) -> None:
    """Withdraw the standing version in the caller's unit of work, so that none is read outside; nothing without one."""
    standing = standing_sheet(session, opportunity_id)
    if standing is None:
        return
    _withdraw(standing, by, now)
    session.add(standing)
    _note(session, "sheet.withdrawn", opportunity_id, by, now, version=standing.number)


def _withdraw(version: BlindSheet, by: str, now: datetime) -> None:
    if version.withdrawn_at is None:
        version.withdrawn_at, version.withdrawn_by = now, by


def _code_name(session: Session) -> str:
    """Return a name that says nothing of the case, and is no other case's where one is left."""
    taken = set(session.exec(select(BlindSheet.code_name)).all())
    return secrets.choice([name for name in CODE_NAMES if name not in taken] or CODE_NAMES)


def _note(session: Session, action: str, opportunity_id: str, by: str, now: datetime, **detail: str | int) -> None:
    log.note(session, by=by, action=action, kind="opportunity", of=opportunity_id, detail=detail, now=now)
