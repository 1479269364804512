"""A confidential case as a partner sees it at each level: teaser, undertaking, identity, documents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from api.catalogue.wording import place
from api.confidentiality import disclosure, documents
from api.confidentiality.disclosure import ConsentSide, DisclosureLevel, Dossier
from api.core.errors import NotFoundError
from api.core.french import day, file_size, spaced
from api.partner_view.proposals import Proposal
from api.takeovers.sheet_reading import open_sheet
from api.web.components.attachment import attachment
from api.web.components.blind_sheet import ShownSheet, shown_sheet
from api.web.components.facts import about_takeover
from api.web.components.forms import desk_page
from api.web.dependencies import EngineDep, NowDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import FormWord, QueryWord
from api.web.rendering import see
from api.web.space.dependencies import SpaceDep
from api.web.visitors import PartnerDep, Visitor
from models.reveal import Consent
from models.unit_of_work import UnitOfWork

router = APIRouter(route_class=DeskRoute, include_in_schema=False, prefix="/espace/dossiers")

DONE = {
    "accord": "Votre engagement est enregistré.",
    "retrait": "Votre accord est retiré. L’identité et les documents ne vous sont plus montrés.",
}
UNTICKED = "Cochez la case pour dire que vous vous y engagez."


@dataclass(frozen=True)
class DossierView:
    """A confidential case at the level that the partner has reached; identity is None below its level.

    sheet: the blind sheet, if this actor may read it.
    """

    title: str
    actor_name: str
    proposal_address: str
    address: str
    level: int
    own_consent: Consent | None
    holder_consent: Consent | None
    sheet: ShownSheet | None
    identity: Mapping[str, Any] | None
    documents: Sequence[Mapping[str, str]]
    may_download: bool
    done_message: str
    problem_text: str


@router.get("/{mark}")
def dossier(
    mark: str, visitor: PartnerDep, space: SpaceDep, unit: UnitDep, now: NowDep, fait: QueryWord = ""
) -> Response:
    return _page(visitor, unit, now, _confidential(space.find(mark)), done_message=DONE.get(fait, ""))


@router.post("/{mark}")
def agree(
    mark: str,
    visitor: PartnerDep,
    space: SpaceDep,
    engine: EngineDep,
    unit: UnitDep,
    now: NowDep,
    acte: FormWord = "",
    engagement: FormWord = "",
) -> Response:
    proposal = _confidential(space.find(mark))
    case_id, actor_id, account_id = proposal.card.opportunity_id, proposal.actor.id, visitor.account_id
    unit.end_reading()
    if acte == "retrait":
        disclosure.revoke_consent(engine, case_id, actor_id, ConsentSide.ACTOR, account_id=account_id, now=now)
    elif acte == "accord" and engagement:
        disclosure.grant_consent(engine, case_id, actor_id, ConsentSide.ACTOR, account_id=account_id, now=now)
    else:
        return _page(visitor, unit, now, proposal, problem_text=UNTICKED)
    return see(f"/espace/dossiers/{mark}?fait={acte}")


@router.get("/{mark}/documents/{document_id}")
def document(mark: str, document_id: str, visitor: PartnerDep, space: SpaceDep, unit: UnitDep, now: NowDep) -> Response:
    proposal = _confidential(space.find(mark))
    case_document = documents.download(
        unit,
        proposal.card.opportunity_id,
        document_id,
        actor_id=proposal.actor.id,
        account_id=visitor.account_id,
        now=now,
    )
    return attachment(case_document)


def _confidential(proposal: Proposal) -> Proposal:
    if not proposal.teaser:
        raise NotFoundError("Ce dossier n’existe pas.")
    return proposal


def _page(
    visitor: Visitor,
    unit: UnitOfWork,
    now: datetime,
    proposal: Proposal,
    *,
    done_message: str = "",
    problem_text: str = "",
) -> Response:
    dossier_seen = disclosure.open_dossier(
        unit, proposal.card.opportunity_id, proposal.actor.id, account_id=visitor.account_id, now=now
    )
    sheet = open_sheet(unit, proposal.card.opportunity_id, proposal.actor.id, account_id=visitor.account_id, now=now)
    return desk_page(
        "espace_dossier.html",
        visitor,
        "/espace",
        422 if problem_text else 200,
        view=DossierView(
            title=proposal.card.title,
            actor_name=proposal.actor.name,
            proposal_address=f"/espace/propositions/{proposal.mark}",
            address=f"/espace/dossiers/{proposal.mark}",
            level=int(dossier_seen.level),
            own_consent=dossier_seen.consents.actor,
            holder_consent=dossier_seen.consents.holder,
            sheet=shown_sheet(sheet) if sheet else None,
            identity=_identity(dossier_seen),
            documents=[
                {
                    "address": f"/espace/dossiers/{proposal.mark}/documents/{document_line.id}",
                    "name": document_line.name,
                    "size": file_size(document_line.size),
                }
                for document_line in dossier_seen.documents or ()
            ],
            may_download=dossier_seen.level >= DisclosureLevel.DOCUMENTS,
            done_message=spaced(done_message),
            problem_text=spaced(problem_text),
        ),
    )


def _identity(dossier_seen: Dossier) -> dict[str, Any] | None:
    identity = dossier_seen.identity
    if identity is None:
        return None
    identity_facts = [
        ("Lieu", place(identity.commune, identity.department)),
        ("Échéance", day(identity.deadline.isoformat()) if identity.deadline else ""),
        ("SIREN", (identity.takeover.holder_siren or "") if identity.takeover else ""),
        *(about_takeover(identity.takeover) if identity.takeover else []),
    ]
    return {
        "title": identity.title,
        "description": identity.description or "",
        "url": identity.url,
        "about": [(fact_name, fact_value) for fact_name, fact_value in identity_facts if fact_value],
    }
