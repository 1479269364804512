"""Reads a European notice (eForms, UBL turned to JSON: « @attribute » beside « #text »).

BT-71 « reserved-procurement », per lot: `res-ws` is for sheltered workshops *and* for operators that integrate
disadvantaged people, hence EA, ESAT and SIAE, unless the lot cites the article of only one (L2113-12 or L2113-13);
`res-pub-ser` is L2113-15. BT-736 « reserved-execution » reserves nothing to anybody: it is read as a social clause.
The only lot of a notice is merged into the notice.
"""

from api.open_data.sources.content import drop_unknown
from api.open_data.sources.fields import Fields
from api.open_data.sources.notice import (
    Notice,
    social_clause_in,
    usable_amount,
    usable_cpv,
    usable_postcode,
    usable_siret,
)
from api.open_data.sources.reserved_words import cited_reservations
from matcher.types import Reservation

_EXTENSION = "ext:UBLExtensions ext:UBLExtension ext:ExtensionContent efext:EformsExtension"
_ORGANIZATIONS = f"{_EXTENSION} efac:Organizations"
_REQUIREMENT = "cac:TendererQualificationRequest cac:SpecificTendererRequirement cbc:TendererRequirementTypeCode"
_EXECUTION = "cac:ContractExecutionRequirement cbc:ExecutionRequirementCode"
_RESERVED = {"res-ws": [Reservation.EA_ESAT, Reservation.SIAE], "res-pub-ser": [Reservation.ESS]}


def read(root_element: Fields) -> Notice:
    """Return the content of a ContractNotice, ContractAwardNotice or PriorInformationNotice. Raises BadRecord."""
    project = root_element.inside("cac:ProcurementProject")
    lot_elements = [
        lot_element
        for lot_element in root_element.each("cac:ProcurementProjectLot")
        if not (lot_element.element_text("cbc:ID") or "").startswith("GLO")
    ]
    lot_notices = [_lot(lot_notice) for lot_notice in lot_elements]
    whole_notice = _project(project) if project else Notice()
    if len(lot_notices) == 1:
        _merge(whole_notice, lot_notices[0])
    else:
        whole_notice.lots = [
            drop_unknown(
                number=_number(lot_element, lot_position),
                title=lot_notice.title or f"Lot {lot_position}",
                cpv=lot_notice.cpv,
                amount_eur=lot_notice.amount_eur,
                reserved=lot_notice.reserved,
            )
            for lot_position, (lot_element, lot_notice) in enumerate(zip(lot_elements, lot_notices, strict=True), 1)
        ]
        whole_notice.cpv = list(
            dict.fromkeys(cpv_code for part_notice in (whole_notice, *lot_notices) for cpv_code in part_notice.cpv)
        )
        whole_notice.social_clause = (
            whole_notice.social_clause or any(lot_notice.social_clause for lot_notice in lot_notices) or None
        )
        whole_notice.deadline = min(
            (lot_notice.deadline for lot_notice in lot_notices if lot_notice.deadline), default=None
        )
    _place_of_buyer(root_element, whole_notice)
    whole_notice.procedure = root_element.element_text("cbc:ContractFolderID")
    whole_notice.cancelled = (
        root_element.first_text(f"{_EXTENSION} efac:Changes efac:ChangeReason cbc:ReasonCode") == "cancel"
    )
    whole_notice.fruitless = _fruitless(root_element)
    return whole_notice


def _project(project: Fields) -> Notice:
    notice = Notice(title=project.element_text("cbc:Name"), description=project.element_text("cbc:Description"))
    cpv_elements = [
        *project.each("cac:MainCommodityClassification"),
        *project.each("cac:AdditionalCommodityClassification"),
    ]
    notice.cpv = usable_cpv([cpv_element.element_text("cbc:ItemClassificationCode") for cpv_element in cpv_elements])
    notice.amount_eur = _amount(project)
    notice.social_clause = _has_social_aim(project) or social_clause_in(notice.description)
    address = project.at("cac:RealizedLocation cac:Address")
    if address:
        notice.postcode = usable_postcode(address.element_text("cbc:PostalZone"))
        notice.city = address.element_text("cbc:CityName")
    return notice


def _lot(lot_element: Fields) -> Notice:
    project, tendering_terms = lot_element.inside("cac:ProcurementProject"), lot_element.inside("cac:TenderingTerms")
    notice = _project(project) if project else Notice()
    if tendering_terms:
        cited_kinds = cited_reservations(notice.description)
        allowed_kinds = [
            reservation
            for list_code in _listed_codes(tendering_terms, _REQUIREMENT, "reserved-procurement")
            for reservation in _RESERVED.get(list_code, [])
        ]
        notice.reserved = [reservation for reservation in allowed_kinds if reservation in cited_kinds] or allowed_kinds
        if "yes" in _listed_codes(tendering_terms, _EXECUTION, "reserved-execution"):
            notice.social_clause = True
    deadline_period = lot_element.at("cac:TenderingProcess cac:TenderSubmissionDeadlinePeriod")
    notice.deadline = deadline_period.day("cbc:EndDate") if deadline_period else None
    return notice


def _merge(whole_notice: Notice, lot_notice: Notice) -> None:
    whole_notice.cpv = list(dict.fromkeys([*whole_notice.cpv, *lot_notice.cpv]))
    whole_notice.reserved, whole_notice.deadline = lot_notice.reserved, lot_notice.deadline
    for attribute_name in ("title", "description", "amount_eur", "social_clause"):
        setattr(
            whole_notice, attribute_name, getattr(whole_notice, attribute_name) or getattr(lot_notice, attribute_name)
        )
    if not whole_notice.postcode:
        whole_notice.postcode, whole_notice.city = lot_notice.postcode, lot_notice.city


def _number(lot_element: Fields, lot_position: int) -> str:
    """Return « 2 » for « LOT-0002 ». Identifiers are unique in a notice, and so are the numbers."""
    lot_identifier = lot_element.element_text("cbc:ID") or ""
    digits = lot_identifier.removeprefix("LOT-").lstrip("0")
    return (digits or lot_identifier or str(lot_position))[:20]


def _amount(project: Fields) -> float | None:
    total_element = project.at("cac:RequestedTenderTotal")
    if not total_element:
        return None
    extension = total_element.at(_EXTENSION)
    for amount_holder, amount_name in (
        (total_element, "cbc:EstimatedOverallContractAmount"),
        (extension, "efbc:FrameworkMaximumAmount"),
    ):
        amount_value = amount_holder.content.get(amount_name) if amount_holder else None
        if amount_holder and (not isinstance(amount_value, dict) or amount_value.get("@currencyID", "EUR") == "EUR"):
            usable = usable_amount(amount_holder.number(amount_name))
            if usable:
                return usable
    return None


def _has_social_aim(project: Fields) -> bool | None:
    """Tell whether the procurement pursues social objectives (BT-06); None where nothing says so."""
    aim_codes = _listed_codes(project, "cac:ProcurementAdditionalType cbc:ProcurementTypeCode", "strategic-procurement")
    return True if "soc-obj" in aim_codes else None


def _listed_codes(holder: Fields, path: str, list_name: str) -> list[str]:
    """Return the codes at the end of a path that belong to the list of that name."""
    code_elements = [code_element for code_element in holder.every(path) if code_element.text("@listName") == list_name]
    return [code_text for code_element in code_elements if (code_text := code_element.text("#text"))]


def _place_of_buyer(root_element: Fields, notice: Notice) -> None:
    """Set the buyer's SIRET, and its place where the place of execution is not given."""
    buyer_id = root_element.first_text("cac:ContractingParty cac:Party cac:PartyIdentification cbc:ID")
    for company_element in root_element.every(f"{_ORGANIZATIONS} efac:Organization efac:Company"):
        if buyer_id and company_element.first_text("cac:PartyIdentification cbc:ID") == buyer_id:
            notice.buyer_siret = usable_siret(company_element.first_text("cac:PartyLegalEntity cbc:CompanyID"))
            if not notice.postcode and not notice.city:
                notice.postcode = usable_postcode(company_element.first_text("cac:PostalAddress cbc:PostalZone"))
                notice.city = company_element.first_text("cac:PostalAddress cbc:CityName")
            return


def _fruitless(root_element: Fields) -> bool:
    outcome_codes = [
        lot_result.element_text("cbc:TenderResultCode")
        for lot_result in root_element.every(f"{_EXTENSION} efac:NoticeResult efac:LotResult")
    ]
    return bool(outcome_codes) and all(outcome_code == "clos-nw" for outcome_code in outcome_codes)
