"""The confidentiality agreements about a takeover case: who signed which text, and the form for one signed on paper."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.responses import Response

from api.accounts.accounts import account_names
from api.confidentiality import disclosure
from api.confidentiality.agreement_texts import HouseText, all_texts
from api.confidentiality.agreements import (
    NAME_LENGTH,
    ON_PAPER,
    SUFFIXES,
    AgreementLine,
    PaperAgreement,
    agreements_about,
    note_paper,
    signed_file,
)
from api.confidentiality.documents import Download, read_upload
from api.confidentiality.teaser import is_announced, teaser_of
from api.core.clock import day_in_france
from api.core.errors import ConflictError, InvalidError
from api.core.french import sentence, spaced
from api.core.french_input import day as read_day
from api.core.settings import Settings
from api.web.body_limit import allow_body, declared_length
from api.web.checked_router import CheckedRouter
from api.web.components.attachment import attachment
from api.web.components.forms import desk_page
from api.web.components.journal import moment_in_words
from api.web.dependencies import EngineDep, NowDep, SettingsDep, TodayDep, UnitDep
from api.web.desk.imports import ENVELOPE
from api.web.desk.takeovers.opened_case import opened_case
from api.web.error_pages import DeskRoute
from api.web.fields import WORD, QueryWord
from api.web.rendering import see
from api.web.visitors import Visitor, VisitorDep
from models.actors import Actor
from models.opportunities import Opportunity
from models.unit_of_work import UnitOfWork

router = CheckedRouter(
    route_class=DeskRoute, include_in_schema=False, prefix="/opportunites/{opportunity_id}/reprise/engagement"
)

DONE = {"note": "L’engagement est noté et classé : l’accord de l’acteur vaut dès maintenant."}
FIELDS = ("acteur", "nom", "date", "version")


@dataclass(frozen=True)
class TypedPaper:
    """What the form of a paper agreement holds, as typed; version: its number, `autre` for another text."""

    actor_id: str = ""
    signer: str = ""
    signed_on: str = ""
    version: str = ""


_NOTHING_TYPED = TypedPaper()


@dataclass(frozen=True)
class AgreementsView:
    """The agreements about a case, the texts, and the form.

    lines: with who noted each, and when it ended. actors: (id, name) of those that may be chosen. problems: by field.
    """

    case: Opportunity
    base: str
    announced: bool
    lines: Sequence[tuple[AgreementLine, str]]
    texts: Sequence[HouseText]
    actors: Sequence[tuple[str, str]]
    typed: TypedPaper
    today: str
    megabytes: int
    name_length: int
    done_message: str
    problems: Mapping[str, str] = field(default_factory=dict)


@router.get("")
def agreements(
    opportunity_id: str,
    visitor: VisitorDep,
    unit: UnitDep,
    options: SettingsDep,
    today: TodayDep,
    acteur: QueryWord = "",
    fait: QueryWord = "",
) -> Response:
    typed = TypedPaper(actor_id=acteur, signed_on=today.isoformat())
    return _page(visitor, unit, options, opportunity_id, today.isoformat(), typed, done_message=DONE.get(fait, ""))


@router.post("")
async def note(
    opportunity_id: str,
    request: Request,
    visitor: VisitorDep,
    engine: EngineDep,
    unit: UnitDep,
    options: SettingsDep,
    now: NowDep,
) -> Response:
    await run_in_threadpool(unit.end_reading)
    most_bytes = options.document_megabytes * 1_000_000
    content_length = declared_length(request.headers)
    today = day_in_france(now)

    def page(typed: TypedPaper, problems: Mapping[str, str], status_code: int = 422) -> Response:
        return _page(
            visitor, unit, options, opportunity_id, today.isoformat(), typed, problems=problems, status_code=status_code
        )

    if content_length is None or content_length > most_bytes + ENVELOPE:
        too_heavy = {"fichier": f"ce fichier est trop lourd : {options.document_megabytes} Mo au plus"}
        return await run_in_threadpool(page, _NOTHING_TYPED, too_heavy)
    allow_body(request, most_bytes + ENVELOPE)
    async with request.form(max_files=1, max_fields=len(FIELDS)) as form:
        typed = TypedPaper(*(_line(form.get(name)) for name in FIELDS))
        uploaded = form.get("fichier")
        file = uploaded if isinstance(uploaded, UploadFile) and uploaded.filename else None

        def work() -> None:
            case, _ = _case(unit, opportunity_id, visitor)
            actor = unit.session.get(Actor, typed.actor_id)
            if actor is None:
                raise InvalidError([("acteur", "choisissez pour quel acteur l’engagement est signé")])
            actor_name, about = actor.name, teaser_of(unit.session, case, options.departments).text
            paper = _paper(typed, all_texts(unit.session), file, most_bytes)
            unit.end_reading()
            note_paper(
                engine,
                opportunity_id,
                actor.id,
                paper,
                actor_name=actor_name,
                about=about,
                account_id=visitor.account_id,
                now=now,
                today=today,
            )

        try:
            await run_in_threadpool(work)
        except InvalidError as invalid:
            return await run_in_threadpool(page, typed, dict(invalid.fields))
        except ConflictError as conflict:
            return await run_in_threadpool(page, typed, {"acteur": conflict.detail}, conflict.status)
    return see(f"{_base(opportunity_id)}?fait=note")


@router.get("/{agreement_id}")
def agreement(opportunity_id: str, agreement_id: str, visitor: VisitorDep, unit: UnitDep) -> Response:
    _case(unit, opportunity_id, visitor)
    signed = signed_file(unit.session, opportunity_id, agreement_id)
    return attachment(Download(f"engagement-{agreement_id[:8]}{signed.suffix}", signed.content))


def _line(value: Any) -> str:
    return value.replace("\0", "")[: NAME_LENGTH + WORD] if isinstance(value, str) else ""


def _paper(typed: TypedPaper, texts: Sequence[HouseText], file: UploadFile | None, most_bytes: int) -> PaperAgreement:
    """Return what was typed. Raises InvalidError."""
    problems = []
    try:
        signed_on = read_day(typed.signed_on.strip())
    except ValueError as error:
        problems.append(("date", str(error)))
    text = next((text for text in texts if str(text.number) == typed.version), None)
    if not typed.signer.strip():
        problems.append(("nom", "écrivez le nom de la personne qui signe"))
    if text is None and file is None:
        problems.append(("version", "dites quelle version a été signée, ou joignez le papier numérisé"))
    if problems:
        raise InvalidError(problems)
    scan = None
    if file is not None:
        _, suffix, content = read_upload(file.file, file.filename or "", most_bytes=most_bytes)
        if suffix not in SUFFIXES:
            raise InvalidError([("fichier", "attendu PDF, JPG ou PNG")])
        scan = suffix, content
    return PaperAgreement(typed.signer, signed_on, text, scan)


def _base(opportunity_id: str) -> str:
    return f"/opportunites/{opportunity_id}/reprise/engagement"


def _case(unit: UnitOfWork, opportunity_id: str, visitor: Visitor) -> tuple[Opportunity, bool]:
    """Return a takeover case, and whether it is confidential and told of. Raises NotFoundError."""
    case = opened_case(unit, opportunity_id, visitor).opportunity
    return case, case.confidential and is_announced(case)


def _page(
    visitor: Visitor,
    unit: UnitOfWork,
    options: Settings,
    opportunity_id: str,
    today: str,
    typed: TypedPaper,
    *,
    done_message: str = "",
    problems: Mapping[str, str] | None = None,
    status_code: int = 422,
) -> Response:
    session, (case, announced) = unit.session, _case(unit, opportunity_id, visitor)
    names = account_names(session)
    known = {row.actor.id: row.actor.name for row in disclosure.disclosures(session, opportunity_id)}
    chosen = session.get(Actor, typed.actor_id) if typed.actor_id and typed.actor_id not in known else None
    if chosen is not None:
        known[chosen.id] = chosen.name
    return desk_page(
        "reprise_engagement.html",
        visitor,
        "/opportunites",
        status_code if problems else 200,
        view=AgreementsView(
            case=case,
            base=_base(opportunity_id),
            announced=announced,
            lines=[(line, _how(line, names)) for line in agreements_about(session, opportunity_id)],
            texts=all_texts(session),
            actors=sorted(known.items(), key=lambda item: (item[1], item[0])),
            typed=typed,
            today=today,
            megabytes=options.document_megabytes,
            name_length=NAME_LENGTH,
            done_message=spaced(done_message),
            problems={name: spaced(sentence(why)) for name, why in (problems or {}).items()},
        ),
    )


def _how(line: AgreementLine, names: Mapping[str, str]) -> str:
    """Return how it was signed, by whom it was noted, and whether it still counts."""
    how = f"sur papier, noté par {names.get(line.noted_by, 'un compte effacé')}" if line.way == ON_PAPER else "en ligne"
    if line.forgotten_at:
        return f"{how} ; nom et fichier effacés le {moment_in_words(line.forgotten_at.isoformat())}"
    return f"{how} ; accord retiré le {moment_in_words(line.ended_at.isoformat())}" if line.ended_at else how
