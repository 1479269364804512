"""Elements of an eForms notice, as UBL turned to JSON has them: names with prefixes, codes with the name of their list.

The prefixes are the sender's choice in XML; only the namespaces behind them are fixed. BOAMP keeps a notice's prefixes,
so that `ns2:ProcurementProject` may stand where nearly all write `cac:ProcurementProject`.
"""

from collections.abc import Iterator
from typing import Any

from api.open_data.sources.fields import Fields

EXTENSION = "ext:UBLExtensions ext:UBLExtension ext:ExtensionContent efext:EformsExtension"
_USUAL_NAMES = {
    usual_name.partition(":")[2]: usual_name
    for usual_name in (
        f"{EXTENSION} "
        "cac:AdditionalCommodityClassification cac:Address cac:AwardingCriterion cac:AwardingTerms "
        "cac:ContractExecutionRequirement cac:ContractingParty cac:ContractingSystem cac:Country "
        "cac:MainCommodityClassification cac:ParticipationRequestReceptionPeriod cac:Party cac:PartyIdentification "
        "cac:PartyLegalEntity cac:PostalAddress cac:ProcurementAdditionalType cac:ProcurementProject "
        "cac:ProcurementProjectLot cac:RealizedLocation cac:RequestedTenderTotal cac:SpecificTendererRequirement "
        "cac:SubordinateAwardingCriterion cac:TendererQualificationRequest cac:TenderingProcess cac:TenderingTerms "
        "cac:TenderSubmissionDeadlinePeriod cbc:CalculationExpression cbc:CityName cbc:CompanyID "
        "cbc:ContractFolderID cbc:ContractingSystemTypeCode cbc:CountrySubentityCode cbc:Description cbc:EndDate "
        "cbc:EndTime cbc:EstimatedOverallContractAmount cbc:ExecutionRequirementCode cbc:ID cbc:IdentificationCode "
        "cbc:ItemClassificationCode cbc:Name cbc:Note cbc:PostalZone cbc:ProcurementType cbc:ProcurementTypeCode "
        "cbc:ReasonCode cbc:StreetName cbc:TendererRequirementTypeCode cbc:TenderResultCode efac:ChangeReason "
        "efac:Changes efac:Company efac:InterestExpressionReceptionPeriod efac:LotResult efac:NoticeResult "
        "efac:Organization efac:Organizations efbc:DPSTerminationIndicator efbc:FrameworkMaximumAmount"
    ).split()
}


# Its codes (« yes », « true ») are those of several lists, and say nothing without the name of theirs.
_AMBIGUOUS = "cac:ContractExecutionRequirement"


def notice_element(eforms_content: Fields) -> Fields | None:
    """Return the notice under « EFORMS » with the usual prefixes, whichever its own are. Raises BadRecord."""
    root_name = next((name for name in eforms_content.content if name[:1] not in "@#?"), None)
    root_element = eforms_content.inside(root_name) if root_name else None
    if root_element is None or _has_usual_names(root_element):
        return root_element
    return Fields(_renamed(root_element.content), root_element.reference, root_element.path)


def listed_codes(holder: Fields, path: str, *list_names: str) -> list[str]:
    """Return the codes at the end of a path that belong to one of these lists, or that name none."""
    holder_path, _, code_name = path.rpartition(" ")
    return [
        code
        for code_holder in (holder.every(holder_path) if holder_path else [holder])
        for list_name, code in _coded(code_holder, code_name)
        if code and (list_name in list_names or (list_name is None and not holder_path.endswith(_AMBIGUOUS)))
    ]


def every_text(holder: Fields, path: str) -> Iterator[str]:
    """Yield all texts at the end of a path, in French where there are several languages."""
    holder_path, _, text_name = path.rpartition(" ")
    for text_holder in holder.every(holder_path) if holder_path else [holder]:
        if text := text_holder.element_text(text_name):
            yield text


def _coded(holder: Fields, code_name: str) -> Iterator[tuple[str | None, str | None]]:
    value = holder.content.get(code_name)
    for element in value if isinstance(value, list) else [value]:
        if isinstance(element, str):
            yield None, element.strip()
        elif element is not None:
            code_element = Fields(element, holder.reference, holder.path_of(code_name))
            yield code_element.text("@listName"), code_element.text("#text")


def _has_usual_names(root_element: Fields) -> bool:
    """Tell whether the notice and its extension use the usual prefixes: a notice has the same ones throughout."""
    extensions = root_element.every(EXTENSION)
    samples = [root_element.content, *(extension.content for extension in extensions)]
    has_extension = bool(extensions) or not any(name.endswith("UBLExtensions") for name in root_element.content)
    return has_extension and all(_usual(name) == name for names in samples for name in names)


def _renamed(node: Any) -> Any:
    if isinstance(node, list):
        return [_renamed(child_node) for child_node in node]
    if not isinstance(node, dict):
        return node
    return {_usual(name): _renamed(child_node) for name, child_node in node.items()}


def _usual(name: str) -> str:
    """Return an element's name with its usual prefix; an attribute's (« @… ») as it is."""
    return name if name.startswith(("@", "#")) else _USUAL_NAMES.get(name.rpartition(":")[2], name)
