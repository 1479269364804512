"""Reads a European notice (eForms, UBL turned to JSON: « @attribute » beside « #text »).

Forms and code lists: OP-TED/eForms-SDK (`examples/notices`, `codelists`) and docs.ted.europa.eu. BT: business terms.

**Deadline.** A procedure in two stages first asks for requests to participate (BT-1311): whoever has not asked by then
cannot enter, so that this is its deadline, even where that of the tenders (BT-131) is given too. A call by
pre-information has one for expressions of interest (BT-630). Days and hours have their offset from UTC: the deadline is
the day in France. Of several lots the earliest counts.

**Place.** Where the work is done (BT-5131, BT-5121, else the département of BT-5071, a NUTS code), of the procedure or
common to its lots. The buyer's address tells no more than the buyer's.

**Reservation** (BT-71), per lot: `res-ws` is for sheltered workshops *and* for operators that integrate disadvantaged
people, hence EA, ESAT and SIAE, unless the text cites the article of only one (L2113-12 or L2113-13); `res-pub-ser` is
L2113-15. A lot without BT-71 is reserved by the article that its text cites.
The only lot of a notice is merged into the notice.
"""

from api.open_data.sources.content import drop_unknown
from api.open_data.sources.eforms_elements import EXTENSION, every_text, listed_codes
from api.open_data.sources.eforms_terms import (
    deadline_of,
    has_social_aim,
    has_two_stages,
    is_purchasing_system,
    remarks_of,
    reservations_of,
    terms_text,
)
from api.open_data.sources.fields import Fields
from api.open_data.sources.notice import Notice, social_clause_in, usable_amount, usable_cpv, usable_siret
from api.open_data.sources.nuts import department_of_nuts
from api.open_data.sources.written_places import NOWHERE, WrittenPlace, common_place, place_in, typed_place

_RESULTS = f"{EXTENSION} efac:NoticeResult efac:LotResult"
# BT-736 reserves nothing to anybody: an execution within sheltered employment is a clause.
_EXECUTION = "cac:TenderingTerms cac:ContractExecutionRequirement cbc:ExecutionRequirementCode"
_FRENCH = (None, "FRA", "FR")


def read(root_element: Fields) -> Notice:
    """Return the content of a ContractNotice, ContractAwardNotice or PriorInformationNotice. Raises BadRecord."""
    project = root_element.inside("cac:ProcurementProject")
    lot_elements = [
        lot_element
        for lot_element in root_element.each("cac:ProcurementProjectLot")
        if not (lot_element.element_text("cbc:ID") or "").startswith("GLO")
    ]
    whole_notice = _project(project) if project else Notice()
    whole_text = " ".join(filter(None, (whole_notice.description, project.element_text("cbc:Note") if project else "")))
    whole_notice.social_clause = whole_notice.social_clause or social_clause_in(whole_text)
    lot_notices = [_lot(lot_element, whole_text) for lot_element in lot_elements]
    if len(lot_notices) == 1:
        _merge(whole_notice, lot_notices[0])
    else:
        _gather(whole_notice, lot_elements, lot_notices)
    _locate(whole_notice, project, lot_elements)
    _set_buyer(root_element, whole_notice)
    whole_notice.european = True
    whole_notice.two_stages = any(map(has_two_stages, lot_elements))
    whole_notice.remarks = remarks_of(lot_elements)
    whole_notice.procedure = root_element.element_text("cbc:ContractFolderID")
    whole_notice.cancelled = "cancel" in listed_codes(
        root_element, f"{EXTENSION} efac:Changes efac:ChangeReason cbc:ReasonCode", "change-corrig-justification"
    )
    outcome_codes = listed_codes(root_element, f"{_RESULTS} cbc:TenderResultCode", "winner-selection-status")
    whole_notice.fruitless = bool(outcome_codes) and set(outcome_codes) == {"clos-nw"}
    whole_notice.ongoing = "open-nw" in outcome_codes or _is_lasting_system(root_element, lot_elements)
    return whole_notice


def _project(project: Fields) -> Notice:
    notice = Notice(title=project.element_text("cbc:Name"), description=project.element_text("cbc:Description"))
    cpv_elements = [
        *project.each("cac:MainCommodityClassification"),
        *project.each("cac:AdditionalCommodityClassification"),
    ]
    notice.cpv = usable_cpv([cpv_element.element_text("cbc:ItemClassificationCode") for cpv_element in cpv_elements])
    notice.amount_eur = _amount(project)
    notice.social_clause = has_social_aim(project)
    return notice


def _lot(lot_element: Fields, whole_text: str) -> Notice:
    project = lot_element.inside("cac:ProcurementProject")
    notice = _project(project) if project else Notice()
    lot_text = terms_text(lot_element)
    notice.reserved = reservations_of(lot_element, lot_text, whole_text)
    notice.social_clause = notice.social_clause or social_clause_in(lot_text)
    if "yes" in listed_codes(lot_element, _EXECUTION, "reserved-execution"):
        notice.social_clause = True
    notice.deadline = deadline_of(lot_element)
    return notice


def _merge(whole_notice: Notice, lot_notice: Notice) -> None:
    whole_notice.cpv = list(dict.fromkeys([*whole_notice.cpv, *lot_notice.cpv]))
    whole_notice.reserved, whole_notice.deadline = lot_notice.reserved, lot_notice.deadline
    for attribute_name in ("title", "description", "amount_eur", "social_clause"):
        setattr(
            whole_notice, attribute_name, getattr(whole_notice, attribute_name) or getattr(lot_notice, attribute_name)
        )


def _gather(whole_notice: Notice, lot_elements: list[Fields], lot_notices: list[Notice]) -> None:
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
    lot_amounts = [lot_notice.amount_eur for lot_notice in lot_notices if lot_notice.amount_eur]
    if lot_amounts and len(lot_amounts) == len(lot_notices):
        whole_notice.amount_eur = whole_notice.amount_eur or usable_amount(sum(lot_amounts))


def _number(lot_element: Fields, lot_position: int) -> str:
    """Return « 2 » for « LOT-0002 ». Identifiers are unique in a notice, and so are the numbers."""
    lot_identifier = lot_element.element_text("cbc:ID") or ""
    digits = lot_identifier.removeprefix("LOT-").lstrip("0")
    return (digits or lot_identifier or str(lot_position))[:20]


def _amount(project: Fields) -> float | None:
    """Return the estimated value (BT-27), else a framework agreement's maximum (BT-271), in euros."""
    total_element = project.inside("cac:RequestedTenderTotal")
    if not total_element:
        return None
    extension = total_element.at(EXTENSION)
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


def _locate(notice: Notice, project: Fields | None, lot_elements: list[Fields]) -> None:
    """Set where the work is done: what the procedure says of it, else what its lots have in common."""
    whole_places = _places(project) if project else []
    whole_place = common_place(whole_places)
    lots_places = [
        place
        for lot_element in lot_elements
        for lot_project in lot_element.each("cac:ProcurementProject")
        for place in _places(lot_project)
    ]
    lots_place = common_place(lots_places)
    notice.is_place_told = any(place.postcode or place.city for place in (*whole_places, *lots_places))
    is_precise = whole_place.postcode or whole_place.city or not lots_place.department
    place = whole_place if is_precise else lots_place
    notice.postcode, notice.city, notice.department = place.postcode, place.city, place.department


def _places(project: Fields) -> list[WrittenPlace]:
    return [_place(location) for location in project.each("cac:RealizedLocation")]


def _place(location: Fields) -> WrittenPlace:
    address = location.inside("cac:Address")
    if address and address.first_text("cac:Country cbc:IdentificationCode") not in _FRENCH:
        return NOWHERE
    department = department_of_nuts(address.element_text("cbc:CountrySubentityCode")) if address else None
    typed = (
        typed_place(address.element_text("cbc:PostalZone"), address.element_text("cbc:CityName"), department)
        if address
        else NOWHERE
    )
    if typed.postcode or typed.city:
        return typed
    for sentence in (
        address.element_text("cbc:StreetName") if address else None,
        location.element_text("cbc:Description"),
    ):
        described = place_in(sentence)
        if described.postcode and described.department == (department or described.department):
            return described
    return WrittenPlace(department=department)


def _set_buyer(root_element: Fields, notice: Notice) -> None:
    buyer_id = root_element.first_text("cac:ContractingParty cac:Party cac:PartyIdentification cbc:ID")
    for company_element in root_element.every(f"{EXTENSION} efac:Organizations efac:Organization efac:Company"):
        if buyer_id and company_element.first_text("cac:PartyIdentification cbc:ID") == buyer_id:
            company_ids = every_text(company_element, "cac:PartyLegalEntity cbc:CompanyID")
            notice.buyer_siret = next(filter(None, map(usable_siret, company_ids)), None)
            notice.buyer_place = typed_place(
                company_element.first_text("cac:PostalAddress cbc:PostalZone"),
                company_element.first_text("cac:PostalAddress cbc:CityName"),
            )
            return


def _is_lasting_system(root_element: Fields, lot_elements: list[Fields]) -> bool:
    """Tell whether the notice awards contracts within a dynamic purchasing system that goes on: it can be entered."""
    ends = every_text(root_element, f"{_RESULTS} efbc:DPSTerminationIndicator")
    return any(map(is_purchasing_system, lot_elements)) and "true" not in ends
