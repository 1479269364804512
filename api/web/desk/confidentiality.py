"""A confidential takeover case, for facilitators: what outsiders read of it, who agreed to what, its documents."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.responses import Response

from api.accounts.accounts import account_names
from api.audit.log import journal_about
from api.catalogue import records
from api.catalogue.wording import kind_in_words, place
from api.confidentiality import disclosure, documents
from api.confidentiality.disclosure import ActorDisclosure, ConsentSide, DisclosureLevel
from api.confidentiality.leaks import betrays
from api.confidentiality.teaser import K_ANONYMITY, is_announced, read_teaser
from api.core.errors import ConflictError, InvalidError, NotFoundError
from api.core.french import file_size, spaced
from api.core.settings import Settings
from api.matching.browsing import Wanted, list_actors
from api.matching.snapshot import Snapshot
from api.web.components.attachment import attachment
from api.web.components.forms import desk_page
from api.web.components.journal import ACTIONS, actor_in_words, moment_in_words
from api.web.dependencies import EngineDep, PlacesDep, UnitDep
from api.web.desk.imports import ENVELOPE
from api.web.error_pages import DeskRoute
from api.web.house import SnapshotDep
from api.web.rendering import see
from api.web.visitors import Visitor, VisitorDep
from models.base import utc_now
from models.unit_of_work import UnitOfWork

router = APIRouter(
    route_class=DeskRoute, include_in_schema=False, prefix="/opportunites/{opportunity_id}/confidentialite"
)

FOUND = 20
SEEN = ("identity.revealed", "document.downloaded", "consent.given", "consent.withdrawn")
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
}


@router.get("")
def confidential(
    opportunity_id: str,
    request: Request,
    visitor: VisitorDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    cherche: Annotated[str, Query(max_length=100)] = "",
    fait: str = "",
) -> Response:
    return _page(request, visitor, unit, snapshot, opportunity_id, searched=cherche, said=DONE.get(fait, ""))


@router.post("")
def change(
    opportunity_id: str,
    request: Request,
    visitor: VisitorDep,
    engine: EngineDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    places: PlacesDep,
    acte: Annotated[str, Form()] = "",
    mots: Annotated[str, Form()] = "",
    acteur: Annotated[str, Form()] = "",
    cote: Annotated[str, Form()] = "",
) -> Response:
    here, words, now = _here(opportunity_id), " ".join(mots.split()), utc_now()
    _case(unit, opportunity_id, visitor)
    unit.end_reading()
    if acte in ("diffuse", "retire"):
        if acte == "diffuse" and not words:
            return _page(
                request, visitor, unit, snapshot, opportunity_id, problem="Dites en quelques mots ce qu’il est."
            )
        teaser = words if acte == "diffuse" else None
        records.change_opportunity(engine, opportunity_id, {"teaser": teaser}, by=visitor.by, places=places)
        return see(f"{here}?fait={acte}")
    side = next((one for one in ConsentSide if one.value == cote), None)
    if side is None or acte not in ("accord", "retrait"):
        return _page(request, visitor, unit, snapshot, opportunity_id, problem="Cet envoi est incomplet.")
    try:
        work = disclosure.grant_consent if acte == "accord" else disclosure.revoke_consent
        work(engine, opportunity_id, acteur, side, account_id=visitor.account_id, now=now)
    except ConflictError as refused:
        return _page(request, visitor, unit, snapshot, opportunity_id, problem=refused.detail, status=refused.status)
    return see(f"{here}?fait={acte}#acteurs")


@router.post("/documents")
async def add(
    opportunity_id: str,
    request: Request,
    visitor: VisitorDep,
    engine: EngineDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
) -> Response:
    await run_in_threadpool(unit.end_reading)
    options: Settings = request.app.state.settings
    most = options.document_megabytes * 1_000_000
    length = request.headers.get("content-length", "")
    problem = ""
    if not length.isdigit() or int(length) > most + ENVELOPE:
        # Before it is read: nobody fills the disk of this machine.
        problem = f"Ce document est trop lourd : {options.document_megabytes} Mo au plus."
    else:
        async with request.form(max_files=1, max_fields=1) as form:
            file = form.get("fichier")
            if not isinstance(file, UploadFile) or not file.filename:
                problem = "Choisissez un document."
            else:
                try:
                    await run_in_threadpool(
                        documents.add_document,
                        engine,
                        opportunity_id,
                        file.file,
                        file.filename,
                        most_bytes=most,
                        account_id=visitor.account_id,
                        now=utc_now(),
                    )
                except InvalidError as refused:
                    problem = f"Ce document n’est pas pris : {refused.fields[0][1]}."
    if problem:
        return await run_in_threadpool(_page, request, visitor, unit, snapshot, opportunity_id, problem=problem)
    return see(f"{_here(opportunity_id)}?fait=ajoute#documents")


@router.get("/documents/{document_id}")
def document(opportunity_id: str, document_id: str, visitor: VisitorDep, unit: UnitDep) -> Response:
    return attachment(
        documents.download(
            unit, opportunity_id, document_id, actor_id=None, account_id=visitor.account_id, now=utc_now()
        )
    )


@router.post("/documents/{document_id}")
def remove(opportunity_id: str, document_id: str, visitor: VisitorDep, engine: EngineDep) -> Response:
    documents.remove_document(engine, opportunity_id, document_id, account_id=visitor.account_id, now=utc_now())
    return see(f"{_here(opportunity_id)}?fait=enleve#documents")


def _here(opportunity_id: str) -> str:
    return f"/opportunites/{opportunity_id}/confidentialite"


def _case(unit: UnitOfWork, opportunity_id: str, visitor: Visitor) -> records.OpportunityFile:
    file = records.read_opportunity(unit, opportunity_id, visitor.audience)
    if not file.opportunity.confidential or file.opportunity.kind != "takeover":
        raise NotFoundError("Ce cas n’est pas confidentiel.")
    return file


def _page(
    request: Request,
    visitor: Visitor,
    unit: UnitOfWork,
    snapshot: Snapshot,
    opportunity_id: str,
    *,
    searched: str = "",
    said: str = "",
    problem: str = "",
    status: int = 422,
) -> Response:
    options: Settings = request.app.state.settings
    session, file = unit.session, _case(unit, opportunity_id, visitor)
    case = file.opportunity
    teaser = read_teaser(session, case, options.departments)
    names = account_names(session)
    found = list_actors(snapshot, visitor.audience, Wanted(searched.strip())) if searched.strip() else []
    return desk_page(
        "confidentialite.html",
        visitor,
        "/",
        status if problem else 200,
        case=case,
        base=_here(opportunity_id),
        announced=is_announced(case),
        teaser=teaser,
        least=K_ANONYMITY,
        warnings=betrays(case.teaser or "", case, file.takeover, snapshot.gazetteer.name(case)),
        disclosures=[_disclosure(row, names) for row in disclosure.disclosures(session, opportunity_id)],
        sides=SIDES,
        searched=searched,
        found=[(card.id, card.name, kind_in_words(card.kind), place(card.commune, card.department)) for card in found][
            :FOUND
        ],
        more=max(len(found) - FOUND, 0),
        documents=[(line, file_size(line.size)) for line in documents.list_documents(session, opportunity_id)],
        megabytes=options.document_megabytes,
        seen=[
            (moment_in_words(entry.at), actor_in_words(entry.actor, names), ACTIONS[entry.action])
            for entry in journal_about(session, opportunity_id, SEEN)
        ],
        said=spaced(said),
        problem=spaced(problem),
    )


def _disclosure(row: ActorDisclosure, names: dict[str, str]) -> dict[str, Any]:
    sides = []
    for side, (heading, button) in SIDES.items():
        consent = getattr(row.consents, side)
        since = moment_in_words(consent.given_at.isoformat()) if consent else ""
        by = names.get(consent.given_by, "un compte effacé") if consent else ""
        sides.append({"side": side.value, "heading": heading, "button": button, "since": since, "by": by})
    return {"id": row.actor.id, "name": row.actor.name, "level": LEVELS[row.consents.level], "sides": sides}
