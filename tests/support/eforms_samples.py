"""Invented eForms notices in the exact form in which BOAMP serves them: UBL as JSON, inside a record of its dataset.

Where elements stand follows OP-TED/eForms-SDK (`examples/notices`: cn_24_maximal, cn_25, cn_81, can_24_no_tenders,
change-cn_24_void). A part that is not given is absent.
"""

import json
from typing import Any

from api.open_data.sources import boamp
from api.open_data.sources.contract import OpportunityFound, SourceFact
from tests.support.open_data_samples import TODAY

Element = dict[str, Any]

PROJECT, LOT = "cac:ProcurementProject", "cac:ProcurementProjectLot"


def code(list_name: str, value: str) -> Element:
    return {"@listName": list_name, "#text": value}


def french(text: str) -> Element:
    return {"@languageID": "FRA", "#text": text}


def given(**parts: Any) -> Element:
    """Return an element of the parts that are given; « cac_Address » stands for « cac:Address »."""
    return {name.replace("_", ":", 1): part for name, part in parts.items() if part not in (None, [], {})}


def address(
    city: str | None = None, postcode: str | None = None, nuts: str | None = None, country: str = "FRA"
) -> Element:
    return given(
        cbc_CityName=city,
        cbc_PostalZone=postcode,
        cbc_CountrySubentityCode=code("nuts", nuts) if nuts else None,
        cac_Country={"cbc:IdentificationCode": code("country", country)},
    )


def location(description: str | None = None, **parts: str) -> Element:
    return given(cbc_Description=french(description) if description else None, cac_Address=address(**parts))


def period(end: str, hour: str | None = "12:00:00+01:00") -> Element:
    return given(cbc_EndDate=end, cbc_EndTime=hour)


def project(
    name: str = "Entretien d'espaces verts",
    *,
    locations: list[Element] | None = None,
    description: str | None = None,
    note: str | None = None,
    aims: list[Element] | None = None,
    amount: str | None = None,
    framework_maximum: str | None = None,
    cpv: str = "77310000",
) -> Element:
    total = given(
        ext_UBLExtensions=extended({"efbc:FrameworkMaximumAmount": {"@currencyID": "EUR", "#text": framework_maximum}})
        if framework_maximum
        else None,
        cbc_EstimatedOverallContractAmount={"@currencyID": "EUR", "#text": amount} if amount else None,
    )
    return given(
        cbc_ID={"@schemeName": "InternalID", "#text": "2026-77"},
        cbc_Name=french(name),
        cbc_Description=french(description) if description else None,
        cbc_ProcurementTypeCode=code("contract-nature", "services"),
        cbc_Note=french(note) if note else None,
        cac_ProcurementAdditionalType=[{"cbc:ProcurementTypeCode": aim} for aim in aims or []],
        cac_RequestedTenderTotal=total,
        cac_MainCommodityClassification={"cbc:ItemClassificationCode": code("cpv", cpv)},
        cac_RealizedLocation=locations,
    )


def extended(content: Element) -> Element:
    """Return « ext:UBLExtensions » around the content of an eForms extension."""
    return {"ext:UBLExtension": {"ext:ExtensionContent": {"efext:EformsExtension": content}}}


def lot(
    number: int = 1,
    *,
    tenders: Element | None = None,
    requests: Element | None = None,
    expressions: Element | None = None,
    reserved: Any = None,
    execution: list[Element] | None = None,
    criteria: list[Element] | None = None,
    systems: dict[str, str] | None = None,
    content: Element | None = None,
) -> Element:
    """Return a lot. tenders, requests, expressions: the periods of BT-131, BT-1311, BT-630. reserved: BT-71."""
    terms = given(
        cac_TendererQualificationRequest=[
            {"cac:SpecificTendererRequirement": {"cbc:TendererRequirementTypeCode": requirement}}
            for requirement in (code("selection-criteria-source", "epo-procurement-document"), reserved)
            if requirement is not None
        ],
        cac_ContractExecutionRequirement=execution,
        cac_AwardingTerms={"cac:AwardingCriterion": {"cac:SubordinateAwardingCriterion": criteria}}
        if criteria
        else None,
    )
    process = given(
        ext_UBLExtensions=extended({"efac:InterestExpressionReceptionPeriod": expressions}) if expressions else None,
        cbc_SubmissionMethodCode=code("esubmission", "required"),
        cac_TenderSubmissionDeadlinePeriod=tenders,
        cac_ParticipationRequestReceptionPeriod=requests,
        cac_ContractingSystem=[
            {"cbc:ContractingSystemTypeCode": code(list_name, value)} for list_name, value in (systems or {}).items()
        ],
    )
    return {
        "cbc:ID": {"@schemeName": "Lot", "#text": f"LOT-{number:04}"},
        "cac:TenderingTerms": terms,
        "cac:TenderingProcess": process,
        PROJECT: content or project(),
    }


def company(reference: str, ids: list[str], **parts: str) -> Element:
    entities = [{"cbc:CompanyID": company_id} for company_id in ids]
    return {
        "efac:Company": given(
            cac_PartyIdentification={"cbc:ID": {"@schemeName": "organization", "#text": reference}},
            cac_PartyName={"cbc:Name": french("Commune de Saint-Modèle")},
            cac_PostalAddress=address(**parts),
            cac_PartyLegalEntity=entities[0] if len(entities) == 1 else entities,
        )
    }


def notice(
    lots: list[Element],
    *,
    whole: Element | None = None,
    buyer: Element | None = None,
    extension: Element | None = None,
    kind: str = "ContractNotice",
) -> Element:
    organizations = [
        company("ORG-0002", ["17380005500012"], city="Valence", postcode="26000"),
        *([buyer] if buyer else []),
    ]
    return {
        kind: {
            "ext:UBLExtensions": extended(
                {
                    **(extension or {}),
                    "efac:NoticeSubType": {"cbc:SubTypeCode": code("notice-subtype", "16")},
                    "efac:Organizations": {"efac:Organization": organizations},
                }
            ),
            "cbc:CustomizationID": "eforms-sdk-1.13",
            "cbc:ContractFolderID": "3c1f0c0e-6f0f-4d8a-9a55-0d1a5b7c2e11",
            "cac:ContractingParty": {
                "cac:Party": {
                    "cac:PartyIdentification": {"cbc:ID": {"@schemeName": "organization", "#text": "ORG-0001"}}
                }
            },
            PROJECT: whole or project(),
            LOT: lots[0] if len(lots) == 1 else lots,
        }
    }


def record(content: Element, **columns: Any) -> dict[str, Any]:
    """Return a record of BOAMP's dataset that holds a notice."""
    return {
        "idweb": "26-140001",
        "id": "26_140001",
        "contractfolderid": "3c1f0c0e-6f0f-4d8a-9a55-0d1a5b7c2e11",
        "objet": "Entretien d'espaces verts",
        "famille": "JOUE",
        "code_departement": ["26"],
        "code_departement_prestation": None,
        "dateparution": "2026-11-20",
        "datelimitereponse": None,
        "nomacheteur": "Commune de Saint-Modèle",
        "nature": "APPEL_OFFRE",
        "etat": "INITIAL",
        "descripteur_libelle": ["Espaces verts"],
        "annonce_lie": None,
        "donnees": json.dumps({"EFORMS": content}, ensure_ascii=False),
        "gestion": None,
        "url_avis": "https://www.boamp.fr/pages/avis/?q=idweb:26-140001",
    } | columns


def read(content: Element, **columns: Any) -> list[SourceFact]:
    return boamp.read(record(content, **columns), TODAY)


def opening(content: Element, **columns: Any) -> dict[str, Any]:
    """Return what the opportunity of a notice holds."""
    (found,) = read(content, **columns)
    assert isinstance(found, OpportunityFound)
    return found.content


CREST = location(city="Crest", postcode="26400", nuts="FRK23")
PRIVAS = location(city="Privas", postcode="07000", nuts="FRK22")
TENDERS, REQUESTS = period("2027-01-20+01:00"), period("2026-12-15+01:00")
RESERVED = code("reserved-procurement", "res-ws")
