"""Where BOAMP's forms hold their fields.

Seen in notices that public repositories keep as the service gave them (docs/open-data-fields.md names them): FNSimple,
MAPA, eForms, national rectifications. DSP and the form used before 2024 follow the service's old XML.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from api.open_data.coverage.places import ALWAYS, KEY, MAYBE, RARE, SOMETIMES, USUAL, VALUE, FieldPlace, SourceForms

_OPENINGS = ("FNSimple", "MAPA", "DSP")
_OLD_ROOTS = frozenset({"IDENTITE", "OBJET", "PROCEDURE"})
_NO_USE = "sans objet"
_NO_TENDER = frozenset({
    "PRE-INFORMATION", "PREINFORMATION", "PERIODIQUE", "INTENTION_CONCLURE", "MODIFICATION", "QUALIFICATION",
    "EXANTE_VOLONTAIRE", "PROFIL_ACHETEUR", "SYSTEME_QUALIFICATION", "DIVERS",
})  # fmt: skip
_CANCELLED = frozenset({"ANNULATION", "AVIS_ANNULE"})
_CORRECTED = frozenset({"RECTIFICATIF", "MODIFICATION"})
_ROOT = re.compile(r'\A\s*+\{\s*+"([^"]++)"')

_NOTICE = "donnees EFORMS *"
_PROJECT = f"{_NOTICE} cac:ProcurementProject"
_LOT = f"{_NOTICE} cac:ProcurementProjectLot"
_LOT_PROJECT = f"{_LOT} cac:ProcurementProject"
_EXTENSION = f"{_NOTICE} ext:UBLExtensions ext:UBLExtension ext:ExtensionContent efext:EformsExtension"
_EARLIER = "gestion REFERENCE ANNONCE_ANTERIEUR IDWEB"


def form_of(record: Mapping[str, Any]) -> str:
    """Return the form of a notice, by what it does and by the first element of `donnees`."""
    nature, notice_state = record.get("nature"), record.get("etat")
    if nature in _NO_TENDER:
        return _NO_USE
    root = _root(record.get("donnees"))
    shape = "eForms" if root == "EFORMS" else root if root in _OPENINGS else "avant 2024" if root in _OLD_ROOTS else ""
    side = "eForms" if shape == "eForms" else "national"
    if not shape:
        return ""
    if nature in _CANCELLED or notice_state in _CANCELLED:
        return f"annulation, {side}"
    if nature == "ATTRIBUTION":
        return f"attribution, {side}"
    if nature == "RECTIFICATIF" or notice_state in _CORRECTED:
        return f"rectificatif, {side}"
    return shape if nature == "APPEL_OFFRE" else ""


def _root(notice_content: Any) -> str:
    if isinstance(notice_content, Mapping):
        return next(iter(notice_content), "")
    root_match = _ROOT.match(notice_content) if isinstance(notice_content, str) else None
    return root_match[1] if root_match else ""


_COLUMNS = (
    FieldPlace("source_id", "idweb", yields=KEY),
    FieldPlace("nature", "nature", yields=KEY),
    FieldPlace("state", "etat", yields=KEY),
    FieldPlace("title", "objet"),
    FieldPlace("buyer_name", "nomacheteur"),
    FieldPlace("department", "code_departement", yields=MAYBE),
    FieldPlace("url", "url_avis"),
    FieldPlace("social_clause", "criteres", SOMETIMES, MAYBE),
)
_INITIAL = (*_COLUMNS, FieldPlace("published_on", "dateparution"))
_FNSIMPLE = (
    *_INITIAL,
    FieldPlace("title", "donnees FNSimple initial natureMarche intitule"),
    FieldPlace("description", "donnees FNSimple initial natureMarche description"),
    FieldPlace("deadline", "datelimitereponse"),
    FieldPlace("deadline", "donnees FNSimple initial procedure dateReceptionOffres"),
    FieldPlace("buyer_siret", "donnees FNSimple organisme codeIdentificationNational", USUAL, MAYBE),
    FieldPlace("postcode", "donnees FNSimple initial natureMarche lieuExecution", USUAL, MAYBE),
    FieldPlace("postcode", "donnees FNSimple organisme cp", yields=MAYBE),
    FieldPlace("commune_name", "donnees FNSimple organisme ville", yields=MAYBE),
    FieldPlace("cpv", "donnees FNSimple initial natureMarche codeCPV"),
    FieldPlace("amount_eur", "donnees FNSimple initial natureMarche valeurEstimee", SOMETIMES),
    FieldPlace("lots", "donnees FNSimple initial natureMarche lotsMarche", ALWAYS, MAYBE),
    FieldPlace("lots", "donnees FNSimple initial lots lot", SOMETIMES, MAYBE),
    FieldPlace("reserved", "donnees FNSimple initial natureMarche reservationMarche", ALWAYS, MAYBE),
    FieldPlace("social_clause", "donnees FNSimple initial informComplementaire", ALWAYS, MAYBE),
)
_MAPA = (
    *_INITIAL,
    FieldPlace("title", "donnees MAPA initial description objet"),
    FieldPlace("description", "donnees MAPA initial description objet"),
    FieldPlace("deadline", "datelimitereponse"),
    FieldPlace("deadline", "donnees MAPA initial delais receptionOffres"),
    FieldPlace("postcode", "donnees MAPA initial description lieuExecution", SOMETIMES, MAYBE),
    FieldPlace("postcode", "donnees MAPA organisme adr cp", yields=MAYBE),
    FieldPlace("commune_name", "donnees MAPA organisme adr ville", yields=MAYBE),
    FieldPlace("cpv", "donnees MAPA initial description CPV", SOMETIMES),
    FieldPlace("amount_eur", "donnees MAPA initial caracteristiques valeur", RARE),
    FieldPlace("lots", "donnees MAPA initial lots lot", SOMETIMES, MAYBE),
    FieldPlace("reserved", "donnees MAPA initial renseignements rensgComplt", SOMETIMES, MAYBE),
    FieldPlace("social_clause", "donnees MAPA initial renseignements rensgComplt", SOMETIMES, MAYBE),
)
_DSP = (
    *_INITIAL,
    FieldPlace("title", "donnees DSP initial descriptionMarche titreMarche"),
    FieldPlace("description", "donnees DSP initial descriptionMarche description"),
    FieldPlace("deadline", "datelimitereponse", USUAL),
    FieldPlace("postcode", "donnees DSP organisme adr cp", yields=MAYBE),
    FieldPlace("commune_name", "donnees DSP organisme adr ville", yields=MAYBE),
    FieldPlace("cpv", "donnees DSP initial descriptionMarche CPV"),
    FieldPlace("amount_eur", "donnees DSP initial descriptionMarche lot estimationValeur valeur", SOMETIMES),
    FieldPlace("lots", "donnees DSP initial descriptionMarche lot", SOMETIMES, MAYBE),
)
_BEFORE_2024 = (
    *_INITIAL,
    FieldPlace("title", "donnees OBJET TITRE_MARCHE"),
    FieldPlace("description", "donnees OBJET OBJET_COMPLET"),
    FieldPlace("deadline", "datelimitereponse", USUAL),
    FieldPlace("deadline", "donnees CONDITION_DELAI RECEPT_OFFRES", USUAL),
    FieldPlace("buyer_siret", "donnees IDENTITE CODE_IDENT_NATIONAL", USUAL, MAYBE),
    FieldPlace("postcode", "donnees IDENTITE CP", yields=MAYBE),
    FieldPlace("commune_name", "donnees IDENTITE VILLE", yields=MAYBE),
    FieldPlace("cpv", "donnees OBJET CPV", USUAL),
    FieldPlace("amount_eur", "donnees OBJET LOTS LOT VALEUR", SOMETIMES),
    FieldPlace("lots", "donnees OBJET DIV_EN_LOTS", USUAL, MAYBE),
    FieldPlace("lots", "donnees OBJET LOTS LOT", SOMETIMES, MAYBE),
    FieldPlace("reserved", "donnees CONDITION_PARTICIPATION MARCHE_RESERVE_OUI", RARE),
    FieldPlace("social_clause", "donnees RENSEIGNEMENTS_COMPLEMENTAIRES RENS_COMPLEMENT", SOMETIMES, MAYBE),
)
_EFORMS_CONTENT = (
    FieldPlace("source_id", "contractfolderid", yields=KEY),
    FieldPlace("source_id", f"{_NOTICE} cbc:ContractFolderID", yields=KEY),
    FieldPlace("title", f"{_PROJECT} cbc:Name"),
    FieldPlace("description", f"{_PROJECT} cbc:Description"),
    FieldPlace("deadline", "datelimitereponse", USUAL),
    FieldPlace("deadline", f"{_LOT} cac:TenderingProcess cac:TenderSubmissionDeadlinePeriod cbc:EndDate", USUAL),
    FieldPlace("deadline", f"{_LOT} cac:TenderingProcess cac:ParticipationRequestReceptionPeriod cbc:EndDate", RARE),
    FieldPlace(
        "buyer_siret",
        f"{_EXTENSION} efac:Organizations efac:Organization efac:Company cac:PartyLegalEntity cbc:CompanyID",
        ALWAYS,
        MAYBE,
    ),
    FieldPlace("postcode", f"{_PROJECT} cac:RealizedLocation cac:Address", USUAL, MAYBE),
    FieldPlace("postcode", f"{_LOT_PROJECT} cac:RealizedLocation cac:Address cbc:PostalZone", USUAL, MAYBE),
    FieldPlace("commune_name", f"{_LOT_PROJECT} cac:RealizedLocation cac:Address cbc:CityName", USUAL, MAYBE),
    FieldPlace("cpv", f"{_PROJECT} cac:MainCommodityClassification cbc:ItemClassificationCode"),
    FieldPlace("cpv", f"{_LOT_PROJECT} cac:MainCommodityClassification cbc:ItemClassificationCode"),
    FieldPlace("amount_eur", f"{_PROJECT} cac:RequestedTenderTotal", SOMETIMES, MAYBE),
    FieldPlace("amount_eur", f"{_LOT_PROJECT} cac:RequestedTenderTotal", SOMETIMES, MAYBE),
    FieldPlace("lots", f"{_LOT} cbc:ID", ALWAYS, MAYBE),
    FieldPlace(
        "reserved",
        f"{_LOT} cac:TenderingTerms cac:TendererQualificationRequest cac:SpecificTendererRequirement"
        " cbc:TendererRequirementTypeCode[reserved-procurement]",
        USUAL,
        MAYBE,
    ),
    FieldPlace(
        "social_clause",
        f"{_LOT} cac:TenderingTerms cac:ContractExecutionRequirement cbc:ExecutionRequirementCode[reserved-execution]",
        USUAL,
        MAYBE,
    ),
    FieldPlace(
        "social_clause",
        f"{_LOT_PROJECT} cac:ProcurementAdditionalType cbc:ProcurementTypeCode[strategic-procurement]",
        RARE,
        MAYBE,
    ),
)
_NATIONAL_LINK = (
    FieldPlace("linked", "annonce_lie"),
    FieldPlace("linked", _EARLIER),
)
# What a correction says of the buyer and of the object is often less than what it corrects.
_NATIONAL_CORRECTION = (
    *(replace(row, yields=MAYBE) if row.yields == VALUE else row for row in _COLUMNS),
    *_NATIONAL_LINK,
    FieldPlace("published_on", "dateparution", yields=KEY),
    FieldPlace("linked", "donnees * rectificatif avisInitial idWeb", USUAL),
    FieldPlace("deadline", "donnees * rectificatif infosRectif", USUAL, MAYBE),
)
_CLOSING = (
    FieldPlace("source_id", "idweb", yields=KEY),
    FieldPlace("nature", "nature", yields=KEY),
    FieldPlace("state", "etat", yields=KEY),
    FieldPlace("closed_on", "dateparution"),
)
_EFORMS_LINK = (
    FieldPlace("linked", "contractfolderid"),
    FieldPlace("linked", f"{_NOTICE} cbc:ContractFolderID"),
)
# An award may follow a tender that was published elsewhere.
_AWARD_LINK = (FieldPlace("linked", "annonce_lie", USUAL), FieldPlace("linked", _EARLIER, USUAL))

_FORMS: dict[str, tuple[FieldPlace, ...]] = {
    "FNSimple": _FNSIMPLE,
    "MAPA": _MAPA,
    "DSP": _DSP,
    "avant 2024": _BEFORE_2024,
    "eForms": (*_INITIAL, *_EFORMS_CONTENT),
    "rectificatif, national": _NATIONAL_CORRECTION,
    "rectificatif, eForms": (
        *_COLUMNS,
        *(row for row in _EFORMS_CONTENT if "cac:ParticipationRequest" not in row.path),
        FieldPlace("published_on", "dateparution", yields=KEY),
        FieldPlace("change", f"{_EXTENSION} efac:Changes efac:ChangeReason cbc:ReasonCode", USUAL, KEY),
    ),
    "annulation, national": (*_CLOSING, *_NATIONAL_LINK),
    "annulation, eForms": (*_CLOSING, *_EFORMS_LINK),
    "attribution, national": (*_CLOSING, *_AWARD_LINK),
    "attribution, eForms": (
        *_CLOSING,
        *_EFORMS_LINK,
        FieldPlace("outcome", f"{_EXTENSION} efac:NoticeResult efac:LotResult cbc:TenderResultCode", ALWAYS, KEY),
    ),
    _NO_USE: (),
}


def boamp_forms(known_names: frozenset[str]) -> SourceForms:
    return SourceForms(form_of, _FORMS, known_names)
