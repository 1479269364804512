"""A confidential takeover case, for facilitators: its teaser, the consents of each actor, its documents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.responses import Response

from api.accounts.accounts import account_names
from api.catalogue import records
from api.catalogue.wording import kind_in_words, place
from api.confidentiality import disclosure, documents
from api.confidentiality.crowd import K_ANONYMITY
from api.confidentiality.disclosure import ActorDisclosure, ConsentSide, DisclosureLevel
from api.confidentiality.leaks import betrays
from api.confidentiality.queries import DocumentLine
from api.confidentiality.teaser import Teaser, is_announced, teaser_of
from api.core.errors import ConflictError, InvalidError, NotFoundError
from api.core.french import file_size, spaced
from api.core.settings import Settings
from api.matching.browsing import actors_named
from api.matching.snapshot import Snapshot
from api.takeovers.proposals import proposed_actors
from api.takeovers.who_learned import who_learned
from api.web.body_limit import allow_body, declared_length
from api.web.components.attachment import attachment
from api.web.components.forms import desk_page
from api.web.components.journal import moment_in_words
from api.web.dependencies import EngineDep, NowDep, PlacesDep, SettingsDep, UnitDep
from api.web.desk.imports import ENVELOPE
from api.web.desk.takeover_proposals import DONE as PROPOSAL_DONE
from api.web.desk.takeover_views import LearnedLine, learned_lines
from api.web.error_pages import DeskRoute
from api.web.fields import FormLine, FormText, FormWord, QueryWord
from api.web.house import SnapshotDep
from api.web.rendering import see
from api.web.visitors import Visitor, VisitorDep
from models.opportunities import Opportunity
from models.unit_of_work import UnitOfWork

router = APIRouter(
    route_class=DeskRoute, include_in_schema=False, prefix="/opportunites/{opportunity_id}/confidentialite"
)

MATCHES_SHOWN = 20
# The newest acts on this page; all of them are on « Qui a vu quoi ».
NEWEST = 10
LEVELS = {
    DisclosureLevel.TEASER: "fiche aveugle",
    DisclosureLevel.ONE_SIDE: "accord d’un seul côté",
    DisclosureLevel.IDENTITY: "identité révélée",
    DisclosureLevel.DOCUMENTS: "documents ouverts",
}
SIDES = {
    ConsentSide.HOLDER: ("Accord du cédant", "Le cédant est d’accord"),
    ConsentSide.ACTOR: ("Engagement de l’acteur", "Engagement signé"),
    ConsentSide.DOCUMENTS: ("Documents", "Ouvrir les documents"),
}
DONE = {
    "diffuse": "Le cas est diffusé : les partenaires lisent sa fiche aveugle.",
    "retire": "Le cas n’est plus diffusé : dehors, il n’existe plus.",
    "accord": "L’accord est enregistré.",
    "retrait": "L’accord est retiré ; cela vaut dès la prochaine page demandée.",
    "ajoute": "Le document est ajouté.",
    "enleve": "Le document est retiré.",
    **PROPOSAL_DONE,
}


@dataclass(frozen=True)
class ConfidentialityView:
    """A confidential case: its teaser, the consents actor by actor, its documents, who saw what.

    least: the K of K-anonymity; matches: actors searched for by name, as (id, name, kind, place); more: beyond them.
    seen: the newest acts; proposed: the actors that a facilitator proposed the case to.
    """

    case: Opportunity
    base: str
    announced: bool
    teaser: Teaser
    least: int
    warnings: Sequence[str]
    disclosures: Sequence[Mapping[str, Any]]
    sides: Mapping[ConsentSide, tuple[str, str]]
    searched: str
    matches: Sequence[tuple[str, str, str, str]]
    more: int
    documents: Sequence[tuple[DocumentLine, str]]
    megabytes: int
    seen: Sequence[LearnedLine]
    proposed: frozenset[str]
    done_message: str
    problem_text: str


@router.get("")
def confidential(
    opportunity_id: str,
    visitor: VisitorDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    options: SettingsDep,
    cherche: Annotated[str, Query(max_length=100)] = "",
    fait: QueryWord = "",
) -> Response:
    return _page(visitor, unit, snapshot, options, opportunity_id, searched=cherche, done_message=DONE.get(fait, ""))


@router.post("")
def change(
    opportunity_id: str,
    visitor: VisitorDep,
    engine: EngineDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    places: PlacesDep,
    options: SettingsDep,
    now: NowDep,
    acte: FormWord = "",
    mots: FormText = "",
    acteur: FormLine = "",
    cote: FormWord = "",
) -> Response:
    page_address, trade_words = _here(opportunity_id), " ".join(mots.split())
    _case(unit, opportunity_id, visitor)
    unit.end_reading()
    if acte in ("diffuse", "retire"):
        if acte == "diffuse" and not trade_words:
            return _page(
                visitor, unit, snapshot, options, opportunity_id, problem_text="Dites en quelques mots ce qu’il est."
            )
        teaser = trade_words if acte == "diffuse" else None
        records.change_opportunity(engine, opportunity_id, {"teaser": teaser}, by=visitor.by, places=places)
        return see(f"{page_address}?fait={acte}")
    side = next((consent_side for consent_side in ConsentSide if consent_side.value == cote), None)
    if side is None or acte not in ("accord", "retrait"):
        return _page(visitor, unit, snapshot, options, opportunity_id, problem_text="Cet envoi est incomplet.")
    try:
        work = disclosure.grant_consent if acte == "accord" else disclosure.revoke_consent
        work(engine, opportunity_id, acteur, side, account_id=visitor.account_id, now=now)
    except ConflictError as conflict_error:
        return _page(
            visitor,
            unit,
            snapshot,
            options,
            opportunity_id,
            problem_text=conflict_error.detail,
            status_code=conflict_error.status,
        )
    return see(f"{page_address}?fait={acte}#acteurs")


@router.post("/documents")
async def add(
    opportunity_id: str,
    request: Request,
    visitor: VisitorDep,
    engine: EngineDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    options: SettingsDep,
    now: NowDep,
) -> Response:
    await run_in_threadpool(unit.end_reading)
    most_bytes = options.document_megabytes * 1_000_000
    content_length = declared_length(request.headers)
    problem_text = ""
    if content_length is None or content_length > most_bytes + ENVELOPE:
        # Refused before the body is read: an upload cannot fill the disk.
        problem_text = f"Ce document est trop lourd : {options.document_megabytes} Mo au plus."
    else:
        allow_body(request, most_bytes + ENVELOPE)
        async with request.form(max_files=1, max_fields=1) as form:
            uploaded_file = form.get("fichier")
            if not isinstance(uploaded_file, UploadFile) or not uploaded_file.filename:
                problem_text = "Choisissez un document."
            else:
                try:
                    await run_in_threadpool(
                        documents.add_document,
                        engine,
                        opportunity_id,
                        uploaded_file.file,
                        uploaded_file.filename,
                        most_bytes=most_bytes,
                        account_id=visitor.account_id,
                        now=now,
                    )
                except InvalidError as invalid_file:
                    problem_text = f"Ce document n’est pas pris : {invalid_file.fields[0][1]}."
    if problem_text:
        return await run_in_threadpool(
            _page, visitor, unit, snapshot, options, opportunity_id, problem_text=problem_text
        )
    return see(f"{_here(opportunity_id)}?fait=ajoute#documents")


@router.get("/documents/{document_id}")
def document(opportunity_id: str, document_id: str, visitor: VisitorDep, unit: UnitDep, now: NowDep) -> Response:
    return attachment(
        documents.download(unit, opportunity_id, document_id, actor_id=None, account_id=visitor.account_id, now=now)
    )


@router.post("/documents/{document_id}")
def remove(opportunity_id: str, document_id: str, visitor: VisitorDep, engine: EngineDep, now: NowDep) -> Response:
    documents.remove_document(engine, opportunity_id, document_id, account_id=visitor.account_id, now=now)
    return see(f"{_here(opportunity_id)}?fait=enleve#documents")


def _here(opportunity_id: str) -> str:
    return f"/opportunites/{opportunity_id}/confidentialite"


def _case(unit: UnitOfWork, opportunity_id: str, visitor: Visitor) -> records.OpportunityFile:
    opportunity_file = records.read_opportunity(unit, opportunity_id, visitor.audience)
    if not opportunity_file.opportunity.confidential or opportunity_file.opportunity.kind != "takeover":
        raise NotFoundError("Ce cas n’est pas confidentiel.")
    return opportunity_file


def _page(
    visitor: Visitor,
    unit: UnitOfWork,
    snapshot: Snapshot,
    options: Settings,
    opportunity_id: str,
    *,
    searched: str = "",
    done_message: str = "",
    problem_text: str = "",
    status_code: int = 422,
) -> Response:
    session, opportunity_file = unit.session, _case(unit, opportunity_id, visitor)
    case = opportunity_file.opportunity
    teaser = teaser_of(session, case, options.departments)
    account_names_by_id = account_names(session)
    matching_actors = actors_named(snapshot, visitor.audience, searched.strip()) if searched.strip() else []
    return desk_page(
        "confidentialite.html",
        visitor,
        "/opportunites",
        status_code if problem_text else 200,
        view=ConfidentialityView(
            case=case,
            base=_here(opportunity_id),
            announced=is_announced(case),
            teaser=teaser,
            least=K_ANONYMITY,
            warnings=betrays(case.teaser or "", case, opportunity_file.takeover, snapshot.gazetteer.name(case)),
            disclosures=[
                _disclosure(row, account_names_by_id) for row in disclosure.disclosures(session, opportunity_id)
            ],
            sides=SIDES,
            searched=searched,
            matches=[
                (card.id, card.name, kind_in_words(card.kind), place(card.commune, card.department))
                for card in matching_actors
            ][:MATCHES_SHOWN],
            more=max(len(matching_actors) - MATCHES_SHOWN, 0),
            documents=[
                (document_line, file_size(document_line.size))
                for document_line in documents.list_documents(session, opportunity_id)
            ],
            megabytes=options.document_megabytes,
            seen=learned_lines(session, who_learned(session, opportunity_id)[:NEWEST]),
            proposed=proposed_actors(session, opportunity_id),
            done_message=spaced(done_message),
            problem_text=spaced(problem_text),
        ),
    )


def _disclosure(disclosure_row: ActorDisclosure, account_names_by_id: dict[str, str]) -> dict[str, Any]:
    consent_sides = []
    for side, (side_heading, button_text) in SIDES.items():
        consent = getattr(disclosure_row.consents, side)
        given_since = moment_in_words(consent.given_at.isoformat()) if consent else ""
        given_by = account_names_by_id.get(consent.given_by, "un compte effacé") if consent else ""
        consent_sides.append(
            {"side": side.value, "heading": side_heading, "button": button_text, "since": given_since, "by": given_by}
        )
    return {
        "id": disclosure_row.actor.id,
        "name": disclosure_row.actor.name,
        "level": LEVELS[disclosure_row.consents.level],
        "sides": consent_sides,
    }
