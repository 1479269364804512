"""A confidential case as a partner sees it at each level: teaser, confidentiality agreement, identity, documents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.responses import Response

from api.catalogue.wording import place
from api.confidentiality import agreements, disclosure, documents
from api.confidentiality.agreement_texts import HouseText, current_text
from api.confidentiality.disclosure import ConsentSide, DisclosureLevel, Dossier
from api.confidentiality.document_folders import FOLDERS, Folder
from api.confidentiality.documents import Download
from api.core.errors import ChangedMeanwhileError, InvalidError, NotFoundError
from api.core.french import day, file_size, sentence, spaced
from api.partner_view.proposals import Proposal
from api.takeovers.reach.sheet_reading import open_sheet
from api.web.checked_router import CheckedRouter
from api.web.components.attachment import attachment
from api.web.components.facts import about_takeover
from api.web.components.forms import desk_page
from api.web.components.takeovers.blind_sheet import ShownSheet, shown_sheet
from api.web.dependencies import EngineDep, NowDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import FormLine, FormWord, QueryWord, seen_version
from api.web.rendering import see
from api.web.space.dependencies import SpaceDep
from api.web.visitors import PartnerDep, Visitor
from models.accounts import Account
from models.agreements import SignedAgreement
from models.reveal import Consent
from models.unit_of_work import UnitOfWork

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False, prefix="/espace/dossiers")

DONE = {
    "accord": "Votre engagement est enregistré.",
    "retrait": "Votre accord est retiré. L’identité et les documents ne vous sont plus montrés.",
}
UNTICKED = "Cochez la case pour dire que vous vous y engagez."
AGREEMENT_FILE = "engagement-de-confidentialite"


@dataclass(frozen=True)
class DossierView:
    """A confidential case at the level that the reader has reached; identity is None below its level.

    text: the agreement to sign, None once it is signed; signer, ticked: what its form holds; own_agreement: what this
    account signed itself. sheet: the blind sheet, if this actor may read it. folders: as (name, documents), those that
    hold something. problems: by field.
    """

    title: str
    actor_name: str
    proposal_address: str
    address: str
    level: int
    own_consent: Consent | None
    holder_consent: Consent | None
    own_agreement: SignedAgreement | None
    text: HouseText | None
    signer: str
    ticked: bool
    sheet: ShownSheet | None
    identity: Mapping[str, Any] | None
    folders: Sequence[tuple[str, Sequence[Mapping[str, str]]]]
    may_download: bool
    done_message: str
    problems: Mapping[str, str]


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
    nom: FormLine = "",
    version: FormWord = "",
) -> Response:
    proposal = _confidential(space.find(mark))
    case_id, actor_id, account_id = proposal.card.opportunity_id, proposal.actor.id, visitor.account_id
    if acte == "retrait":
        unit.end_reading()
        disclosure.revoke_consent(engine, case_id, actor_id, ConsentSide.ACTOR, account_id=account_id, now=now)
        return see(f"/espace/dossiers/{mark}?fait={acte}")
    if acte != "accord" or not engagement:
        return _page(visitor, unit, now, proposal, signer=nom, problems={"engagement": UNTICKED})
    text = current_text(unit.session)
    unit.end_reading()
    try:
        agreements.sign_in_space(
            engine,
            case_id,
            actor_id,
            text=text,
            seen=seen_version(version),
            signer=nom,
            actor_name=proposal.actor.name,
            about=proposal.card.title,
            account_id=account_id,
            now=now,
        )
    except InvalidError as invalid:
        return _page(visitor, unit, now, proposal, signer=nom, ticked=True, problems=dict(invalid.fields))
    except ChangedMeanwhileError as stale:
        # The box is ticked anew, for another text.
        return _page(visitor, unit, now, proposal, signer=nom, problems={"engagement": stale.detail}, status_code=409)
    return see(f"/espace/dossiers/{mark}?fait={acte}")


@router.get("/{mark}/engagement")
def own_agreement(mark: str, visitor: PartnerDep, space: SpaceDep, unit: UnitDep) -> Response:
    proposal = _confidential(space.find(mark))
    signed = _own_agreement(unit, proposal, visitor)
    if signed is None:
        raise NotFoundError("Vous n’avez pas signé d’engagement pour ce dossier.")
    return attachment(Download(f"{AGREEMENT_FILE}{signed.suffix}", signed.content))


@router.get("/{mark}/documents/{document_id}")
def document(mark: str, document_id: str, visitor: PartnerDep, space: SpaceDep, unit: UnitDep, now: NowDep) -> Response:
    proposal = _confidential(space.find(mark))
    case_document = documents.download_marked(
        unit,
        proposal.card.opportunity_id,
        document_id,
        actor_id=proposal.actor.id,
        account_id=visitor.account_id,
        reader=_reader(unit, proposal, visitor),
        now=now,
    )
    return attachment(case_document)


def _reader(unit: UnitOfWork, proposal: Proposal, visitor: Visitor) -> str:
    """Return who downloads. A name is what somebody typed; the address is what the house gave the account to."""
    signed = _own_agreement(unit, proposal, visitor)
    name = signed.signer if signed else visitor.name
    address = unit.session.get_one(Account, visitor.account_id).email
    return f"{name} ({proposal.actor.name}), {address}," if name else f"{proposal.actor.name}, {address},"


def _own_agreement(unit: UnitOfWork, proposal: Proposal, visitor: Visitor) -> SignedAgreement | None:
    session = unit.session
    consent = disclosure.standing_consents(session, proposal.card.opportunity_id, proposal.actor.id).actor
    return agreements.own_agreement(session, consent.id, visitor.account_id) if consent else None


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
    signer: str = "",
    ticked: bool = False,
    problems: Mapping[str, str] | None = None,
    status_code: int = 422,
) -> Response:
    dossier_seen = disclosure.open_dossier(
        unit, proposal.card.opportunity_id, proposal.actor.id, account_id=visitor.account_id, now=now
    )
    own_consent = dossier_seen.consents.actor
    sheet = open_sheet(unit, proposal.card.opportunity_id, proposal.actor.id, account_id=visitor.account_id, now=now)
    return desk_page(
        "espace_dossier.html",
        visitor,
        "/espace",
        status_code if problems else 200,
        view=DossierView(
            title=proposal.card.title,
            actor_name=proposal.actor.name,
            proposal_address=f"/espace/propositions/{proposal.mark}",
            address=f"/espace/dossiers/{proposal.mark}",
            level=int(dossier_seen.level),
            own_consent=own_consent,
            holder_consent=dossier_seen.consents.holder,
            own_agreement=agreements.own_agreement(unit.session, own_consent.id, visitor.account_id)
            if own_consent
            else None,
            text=None if own_consent else current_text(unit.session),
            signer=signer if problems else visitor.name,
            ticked=ticked,
            sheet=shown_sheet(sheet) if sheet else None,
            identity=_identity(dossier_seen),
            folders=_folders(dossier_seen, f"/espace/dossiers/{proposal.mark}/documents"),
            may_download=dossier_seen.level >= DisclosureLevel.DOCUMENTS,
            done_message=spaced(done_message),
            problems={name: spaced(sentence(why)) for name, why in (problems or {}).items()},
        ),
    )


def _folders(dossier_seen: Dossier, address: str) -> list[tuple[str, list[dict[str, str]]]]:
    folders = []
    for folder in (Folder.PRESENTATION, Folder.DOCUMENTS):
        lines = [line for line in dossier_seen.documents or () if line.folder == folder.value]
        if lines:
            shown = [
                {"address": f"{address}/{line.id}", "name": line.name, "size": file_size(line.size)} for line in lines
            ]
            folders.append((FOLDERS[folder], shown))
    return folders


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
