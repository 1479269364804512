"""A European notice (eForms, UBL turned to JSON: « @attribute » beside « #text ») → what it says.

BT-71 « reserved-procurement », per lot: `res-ws` is for sheltered workshops *and* for operators that integrate
disadvantaged people, hence EA, ESAT and SIAE, unless the lot cites the article of only one (L2113-12 or L2113-13);
`res-pub-ser` is L2113-15. BT-736 « reserved-execution » reserves nothing to anybody: it is read as a social clause.
A notice with a single lot has none for us: the lot is the whole.
"""

from api.open_data.sources.fields import Fields, known
from api.open_data.sources.notice import (
    Notice,
    reservations_said,
    social_clause_said,
    usable_amount,
    usable_cpv,
    usable_postcode,
    usable_siret,
)
from matcher.types import Reservation

_EXTENSION = "ext:UBLExtensions ext:UBLExtension ext:ExtensionContent efext:EformsExtension"
_ORGANIZATIONS = f"{_EXTENSION} efac:Organizations"
_REQUIREMENT = "cac:TendererQualificationRequest cac:SpecificTendererRequirement cbc:TendererRequirementTypeCode"
_EXECUTION = "cac:ContractExecutionRequirement cbc:ExecutionRequirementCode"
_RESERVED = {"res-ws": [Reservation.EA_ESAT, Reservation.SIAE], "res-pub-ser": [Reservation.ESS]}


def read(root: Fields) -> Notice:
    """Return what a ContractNotice (or ContractAwardNotice, PriorInformationNotice) says. Raises BadRecord."""
    project = root.inside("cac:ProcurementProject")
    parts = [lot for lot in root.each("cac:ProcurementProjectLot") if not (lot.said("cbc:ID") or "").startswith("GLO")]
    lots = [_lot(lot) for lot in parts]
    whole = _project(project) if project else Notice()
    if len(lots) == 1:
        _merge(whole, lots[0])
    else:
        whole.lots = [
            known(
                number=_number(part, place),
                title=lot.title or f"Lot {place}",
                cpv=lot.cpv,
                amount_eur=lot.amount_eur,
                reserved=lot.reserved,
            )
            for place, (part, lot) in enumerate(zip(parts, lots, strict=True), 1)
        ]
        whole.cpv = list(dict.fromkeys(code for one in (whole, *lots) for code in one.cpv))
        whole.social_clause = whole.social_clause or any(lot.social_clause for lot in lots) or None
        whole.deadline = min((lot.deadline for lot in lots if lot.deadline), default=None)
    _place_of_buyer(root, whole)
    whole.procedure = root.said("cbc:ContractFolderID")
    whole.cancelled = root.say(f"{_EXTENSION} efac:Changes efac:ChangeReason cbc:ReasonCode") == "cancel"
    whole.fruitless = _fruitless(root)
    return whole


def _project(project: Fields) -> Notice:
    notice = Notice(title=project.said("cbc:Name"), description=project.said("cbc:Description"))
    classes = [*project.each("cac:MainCommodityClassification"), *project.each("cac:AdditionalCommodityClassification")]
    notice.cpv = usable_cpv([one.said("cbc:ItemClassificationCode") for one in classes])
    notice.amount_eur = _amount(project)
    notice.social_clause = _has_social_aim(project) or social_clause_said(notice.description)
    address = project.at("cac:RealizedLocation cac:Address")
    if address:
        notice.postcode = usable_postcode(address.said("cbc:PostalZone"))
        notice.city = address.said("cbc:CityName")
    return notice


def _lot(lot: Fields) -> Notice:
    project, terms = lot.inside("cac:ProcurementProject"), lot.inside("cac:TenderingTerms")
    notice = _project(project) if project else Notice()
    if terms:
        said = reservations_said(notice.description)
        allowed = [
            one for code in _listed(terms, _REQUIREMENT, "reserved-procurement") for one in _RESERVED.get(code, [])
        ]
        notice.reserved = [one for one in allowed if one in said] or allowed
        if "yes" in _listed(terms, _EXECUTION, "reserved-execution"):
            notice.social_clause = True
    period = lot.at("cac:TenderingProcess cac:TenderSubmissionDeadlinePeriod")
    notice.deadline = period.day("cbc:EndDate") if period else None
    return notice


def _merge(whole: Notice, lot: Notice) -> None:
    whole.cpv = list(dict.fromkeys([*whole.cpv, *lot.cpv]))
    whole.reserved, whole.deadline = lot.reserved, lot.deadline
    for name in ("title", "description", "amount_eur", "social_clause"):
        setattr(whole, name, getattr(whole, name) or getattr(lot, name))
    if not whole.postcode:
        whole.postcode, whole.city = lot.postcode, lot.city


def _number(lot: Fields, place: int) -> str:
    """« LOT-0002 » is lot 2; identifiers are unique in a notice, so are the numbers."""
    identifier = lot.said("cbc:ID") or ""
    digits = identifier.removeprefix("LOT-").lstrip("0")
    return (digits or identifier or str(place))[:20]


def _amount(project: Fields) -> float | None:
    total = project.at("cac:RequestedTenderTotal")
    if not total:
        return None
    extension = total.at(_EXTENSION)
    for holder, name in ((total, "cbc:EstimatedOverallContractAmount"), (extension, "efbc:FrameworkMaximumAmount")):
        value = holder.content.get(name) if holder else None
        if holder and (not isinstance(value, dict) or value.get("@currencyID", "EUR") == "EUR"):
            found = usable_amount(holder.number(name))
            if found:
                return found
    return None


def _has_social_aim(project: Fields) -> bool | None:
    """BT-06: the procurement pursues social objectives."""
    aims = _listed(project, "cac:ProcurementAdditionalType cbc:ProcurementTypeCode", "strategic-procurement")
    return True if "soc-obj" in aims else None


def _listed(holder: Fields, path: str, name: str) -> list[str]:
    """Return the codes at the end of a path that belong to the list of that name."""
    codes = [code for code in holder.every(path) if code.text("@listName") == name]
    return [value for code in codes if (value := code.text("#text"))]


def _place_of_buyer(root: Fields, notice: Notice) -> None:
    """The buyer's SIRET; and its place, where the place of execution is not told."""
    wanted = root.say("cac:ContractingParty cac:Party cac:PartyIdentification cbc:ID")
    for company in root.every(f"{_ORGANIZATIONS} efac:Organization efac:Company"):
        if wanted and company.say("cac:PartyIdentification cbc:ID") == wanted:
            notice.buyer_siret = usable_siret(company.say("cac:PartyLegalEntity cbc:CompanyID"))
            if not notice.postcode and not notice.city:
                notice.postcode = usable_postcode(company.say("cac:PostalAddress cbc:PostalZone"))
                notice.city = company.say("cac:PostalAddress cbc:CityName")
            return


def _fruitless(root: Fields) -> bool:
    outcomes = [
        lot.said("cbc:TenderResultCode") for lot in root.every(f"{_EXTENSION} efac:NoticeResult efac:LotResult")
    ]
    return bool(outcomes) and all(outcome == "clos-nw" for outcome in outcomes)
