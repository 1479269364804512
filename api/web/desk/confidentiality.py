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
from api.confidentiality.disclosure import Ladder, Rung, Side
from api.confidentiality.leaks import betrays
from api.confidentiality.teaser import LEAST, is_told, read_teaser
from api.core.errors import ConflictError, InvalidError, NotFoundError
from api.core.french import file_size, spaced
from api.core.settings import Settings
from api.matching.browsing import Wanted, list_actors
from api.web.components.attachment import attachment
from api.web.components.forms import desk_page
from api.web.components.journal import ACTIONS, actor_in_words, moment_in_words
from api.web.dependencies import DeskDep, EngineDep
from api.web.desk.imports import ENVELOPE
from api.web.rendering import see
from api.web.visitors import Visitor, VisitorDep
from models.base import utc_now

router = APIRouter(include_in_schema=False, prefix="/opportunites/{opportunity_id}/confidentialite")

FOUND = 20
SEEN = ("identity.revealed", "document.downloaded", "consent.given", "consent.withdrawn")
RUNGS = {
    Rung.TEASER: "fiche aveugle",
    Rung.ONE_SIDE: "accord d’un seul côté",
    Rung.IDENTITY: "identité révélée",
    Rung.DOCUMENTS: "documents ouverts",
}
SIDES = {
    Side.HOLDER: ("Accord du cédant", "Le cédant est d’accord"),
    Side.ACTOR: ("Engagement de l’acteur", "Engagement signé"),
    Side.DOCUMENTS: ("Documents", "Ouvrir les documents"),
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
    engine: EngineDep,
    desk: DeskDep,
    cherche: Annotated[str, Query(max_length=100)] = "",
    fait: str = "",
) -> Response:
    return _page(request, visitor, engine, desk, opportunity_id, searched=cherche, said=DONE.get(fait, ""))


@router.post("")
def change(
    opportunity_id: str,
    request: Request,
    visitor: VisitorDep,
    engine: EngineDep,
    desk: DeskDep,
    acte: Annotated[str, Form()] = "",
    mots: Annotated[str, Form()] = "",
    acteur: Annotated[str, Form()] = "",
    cote: Annotated[str, Form()] = "",
) -> Response:
    here, words, now = _here(opportunity_id), " ".join(mots.split()), utc_now()
    _case(engine, opportunity_id, visitor)
    if acte in ("diffuse", "retire"):
        if acte == "diffuse" and not words:
            return _page(request, visitor, engine, desk, opportunity_id, problem="Dites en quelques mots ce qu’il est.")
        teaser = words if acte == "diffuse" else None
        records.change_opportunity(engine, opportunity_id, {"teaser": teaser}, by=visitor.by)
        return see(f"{here}?fait={acte}")
    side = next((one for one in Side if one.value == cote), None)
    if side is None or acte not in ("accord", "retrait"):
        return _page(request, visitor, engine, desk, opportunity_id, problem="Cet envoi est incomplet.")
    try:
        work = disclosure.give if acte == "accord" else disclosure.withdraw
        work(engine, opportunity_id, acteur, side, account_id=visitor.account_id, now=now)
    except ConflictError as refused:
        return _page(request, visitor, engine, desk, opportunity_id, problem=refused.detail, status=refused.status)
    return see(f"{here}?fait={acte}#acteurs")


@router.post("/documents")
async def add(opportunity_id: str, request: Request, visitor: VisitorDep, engine: EngineDep, desk: DeskDep) -> Response:
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
        return await run_in_threadpool(_page, request, visitor, engine, desk, opportunity_id, problem=problem)
    return see(f"{_here(opportunity_id)}?fait=ajoute#documents")


@router.get("/documents/{document_id}")
def document(opportunity_id: str, document_id: str, visitor: VisitorDep, engine: EngineDep) -> Response:
    return attachment(
        documents.download(
            engine, opportunity_id, document_id, actor_id=None, account_id=visitor.account_id, now=utc_now()
        )
    )


@router.post("/documents/{document_id}")
def remove(opportunity_id: str, document_id: str, visitor: VisitorDep, engine: EngineDep) -> Response:
    documents.remove_document(engine, opportunity_id, document_id, account_id=visitor.account_id, now=utc_now())
    return see(f"{_here(opportunity_id)}?fait=enleve#documents")


def _here(opportunity_id: str) -> str:
    return f"/opportunites/{opportunity_id}/confidentialite"


def _case(engine: EngineDep, opportunity_id: str, visitor: Visitor) -> records.OpportunityFile:
    file = records.read_opportunity(engine, opportunity_id, visitor.audience)
    if not file.opportunity.confidential or file.opportunity.kind != "takeover":
        raise NotFoundError("Ce cas n’est pas confidentiel.")
    return file


def _page(
    request: Request,
    visitor: Visitor,
    engine: EngineDep,
    desk: DeskDep,
    opportunity_id: str,
    *,
    searched: str = "",
    said: str = "",
    problem: str = "",
    status: int = 422,
) -> Response:
    options: Settings = request.app.state.settings
    file = _case(engine, opportunity_id, visitor)
    case, snapshot = file.opportunity, desk.current()
    teaser = read_teaser(engine, case)
    names = account_names(engine)
    found = list_actors(snapshot, visitor.audience, Wanted(searched.strip())) if searched.strip() else []
    return desk_page(
        "confidentialite.html",
        visitor,
        "/",
        status if problem else 200,
        case=case,
        base=_here(opportunity_id),
        told=is_told(case),
        teaser=teaser,
        least=LEAST,
        warnings=betrays(case.teaser or "", case, file.takeover, snapshot.gazetteer.name(case)),
        ladders=[_ladder(one, names) for one in disclosure.ladders(engine, opportunity_id)],
        sides=SIDES,
        searched=searched,
        found=[(card.id, card.name, kind_in_words(card.kind), place(card.commune, card.department)) for card in found][
            :FOUND
        ],
        more=max(len(found) - FOUND, 0),
        documents=[(line, file_size(line.size)) for line in documents.list_documents(engine, opportunity_id)],
        megabytes=options.document_megabytes,
        seen=[
            (moment_in_words(entry.at), actor_in_words(entry.actor, names), ACTIONS[entry.action])
            for entry in journal_about(engine, opportunity_id, SEEN)
        ],
        said=spaced(said),
        problem=spaced(problem),
    )


def _ladder(one: Ladder, names: dict[str, str]) -> dict[str, Any]:
    sides = []
    for side, (heading, button) in SIDES.items():
        consent = getattr(one.standing, side)
        since = moment_in_words(consent.given_at.isoformat()) if consent else ""
        by = names.get(consent.given_by, "un compte effacé") if consent else ""
        sides.append({"side": side.value, "heading": heading, "button": button, "since": since, "by": by})
    return {"id": one.actor.id, "name": one.actor.name, "rung": RUNGS[one.standing.rung], "sides": sides}
