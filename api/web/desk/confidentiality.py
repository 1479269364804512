"""A confidential takeover case, for facilitators: its teaser, the consents of each actor, its documents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Query
from starlette.responses import Response

from api.accounts.accounts import account_names
from api.catalogue import record_changes, records
from api.catalogue.wording import kind_in_words, place
from api.confidentiality import disclosure, documents
from api.confidentiality.crowd import K_ANONYMITY
from api.confidentiality.disclosure import ActorDisclosure, ConsentSide
from api.confidentiality.document_folders import FOLDER_MEANINGS, FOLDERS, Folder
from api.confidentiality.leaks import betrays
from api.confidentiality.queries import DocumentLine
from api.confidentiality.teaser import Teaser, is_announced, teaser_of
from api.core.errors import ConflictError, NotFoundError
from api.core.french import file_size, spaced
from api.core.settings import Settings
from api.matching.browsing import actors_named
from api.matching.snapshot import Snapshot
from api.takeovers.reach.proposals import proposed_actors
from api.takeovers.reach.who_learned import who_learned
from api.web.checked_router import CheckedRouter
from api.web.components.forms import desk_page
from api.web.components.journal import moment_in_words
from api.web.components.takeovers.approached import LEVELS
from api.web.dependencies import EngineDep, NowDep, PlacesDep, SettingsDep, UnitDep
from api.web.desk.takeovers.proposals import DONE as PROPOSAL_DONE
from api.web.desk.takeovers.views import LearnedLine, learned_lines
from api.web.error_pages import DeskRoute
from api.web.fields import FormLine, FormText, FormWord, QueryWord
from api.web.house import SnapshotDep
from api.web.rendering import see
from api.web.visitors import Visitor, VisitorDep
from models.opportunities import Opportunity
from models.unit_of_work import UnitOfWork

router = CheckedRouter(
    route_class=DeskRoute, include_in_schema=False, prefix="/opportunites/{opportunity_id}/confidentialite"
)

MATCHES_SHOWN = 20
# The newest acts on this page; all of them are on « Qui a vu quoi ».
NEWEST = 10
SIDES = {
    ConsentSide.HOLDER: ("Accord du cédant", "Le cédant est d’accord"),
    ConsentSide.ACTOR: ("Engagement de l’acteur", "Noter un engagement signé"),
    ConsentSide.DOCUMENTS: ("Documents", "Ouvrir les documents"),
}
NOTED_WITH_ITS_NAME = (
    "Un engagement se note avec le nom de qui l’a signé, sa date et son texte : « Noter un engagement signé »."
)
DONE = {
    "diffuse": "Le cas est diffusé : les partenaires lisent sa fiche aveugle.",
    "retire": "Le cas n’est plus diffusé : dehors, il n’existe plus.",
    "accord": "L’accord est enregistré.",
    "retrait": "L’accord est retiré ; cela vaut dès la prochaine page demandée.",
    "ajoute": "Le document est ajouté.",
    "enleve": "Le document est retiré.",
    "range": "Le document est rangé.",
    **PROPOSAL_DONE,
}


@dataclass(frozen=True)
class ConfidentialityView:
    """A confidential case: its teaser, the consents actor by actor, its documents, who saw what.

    least: the K of K-anonymity; matches: actors searched for by name, as (id, name, kind, place); more: beyond them.
    seen: the newest acts; proposed: the actors that a facilitator proposed the case to; folders: as (value, name,
    meaning).
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
    folders: Sequence[tuple[str, str, str]]
    chosen_folder: str
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
    return confidentiality_page(
        visitor, unit, snapshot, options, opportunity_id, searched=cherche, done_message=DONE.get(fait, "")
    )


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
    here, trade_words = page_address(opportunity_id), " ".join(mots.split())
    _case(unit, opportunity_id, visitor)
    unit.end_reading()
    if acte in ("diffuse", "retire"):
        if acte == "diffuse" and not trade_words:
            return confidentiality_page(
                visitor, unit, snapshot, options, opportunity_id, problem_text="Dites en quelques mots ce qu’il est."
            )
        teaser = trade_words if acte == "diffuse" else None
        record_changes.change_opportunity(engine, opportunity_id, {"teaser": teaser}, by=visitor.by, places=places)
        return see(f"{here}?fait={acte}")
    side = next((consent_side for consent_side in ConsentSide if consent_side.value == cote), None)
    if side is None or acte not in ("accord", "retrait"):
        return confidentiality_page(
            visitor, unit, snapshot, options, opportunity_id, problem_text="Cet envoi est incomplet."
        )
    if side is ConsentSide.ACTOR and acte == "accord":
        return confidentiality_page(visitor, unit, snapshot, options, opportunity_id, problem_text=NOTED_WITH_ITS_NAME)
    try:
        work = disclosure.grant_consent if acte == "accord" else disclosure.revoke_consent
        work(engine, opportunity_id, acteur, side, account_id=visitor.account_id, now=now)
    except ConflictError as conflict_error:
        return confidentiality_page(
            visitor,
            unit,
            snapshot,
            options,
            opportunity_id,
            problem_text=conflict_error.detail,
            status_code=conflict_error.status,
        )
    return see(f"{here}?fait={acte}#acteurs")


def page_address(opportunity_id: str) -> str:
    """Return the address of the page of a case."""
    return f"/opportunites/{opportunity_id}/confidentialite"


def _case(unit: UnitOfWork, opportunity_id: str, visitor: Visitor) -> records.OpportunityFile:
    opportunity_file = records.read_opportunity(unit, opportunity_id, visitor.audience)
    if not opportunity_file.opportunity.confidential or opportunity_file.opportunity.kind != "takeover":
        raise NotFoundError("Ce cas n’est pas confidentiel.")
    return opportunity_file


def confidentiality_page(
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
    chosen_folder: str = "",
) -> Response:
    """Return the page, also with what went wrong. chosen_folder: what the form of a document held."""
    session, opportunity_file = unit.session, _case(unit, opportunity_id, visitor)
    case = opportunity_file.opportunity
    teaser = teaser_of(session, case, options.departments)
    account_names_by_id = account_names(session)
    case_documents = documents.list_documents(session, opportunity_id)
    matching_actors = actors_named(snapshot, visitor.audience, searched.strip()) if searched.strip() else []
    return desk_page(
        "confidentialite.html",
        visitor,
        "/opportunites",
        status_code if problem_text else 200,
        view=ConfidentialityView(
            case=case,
            base=page_address(opportunity_id),
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
            documents=[(document_line, file_size(document_line.size)) for document_line in case_documents],
            folders=[(folder.value, FOLDERS[folder], FOLDER_MEANINGS[folder]) for folder in Folder],
            chosen_folder=chosen_folder or Folder.HOUSE.value,
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
