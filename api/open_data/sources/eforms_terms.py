"""Reads the terms of one lot of an eForms notice: until when, for whom it is reserved, with which social aim."""

import re
from datetime import date, datetime

from api.core.clock import day_in_france
from api.open_data.sources.eforms_elements import EXTENSION, every_text, listed_codes
from api.open_data.sources.fields import Fields
from api.open_data.sources.reserved_words import cited_reservations
from matcher.types import Reservation

_REQUIREMENT = (
    "cac:TenderingTerms cac:TendererQualificationRequest cac:SpecificTendererRequirement"
    " cbc:TendererRequirementTypeCode"
)
_RESERVED = {"res-ws": [Reservation.EA_ESAT, Reservation.SIAE], "res-pub-ser": [Reservation.ESS]}
# BT-06 soc-obj, and the codes of BT-775 that say which social objective it is.
_SOCIAL_AIMS = frozenset({"soc-obj", "opp", "work-cond", "acc-all", "et-eq", "gen-eq", "hum-right"})
_REQUESTS = "cac:TenderingProcess cac:ParticipationRequestReceptionPeriod"
_STAGES = (
    _REQUESTS,
    "cac:TenderingProcess cac:TenderSubmissionDeadlinePeriod",
    f"cac:TenderingProcess {EXTENSION} efac:InterestExpressionReceptionPeriod",
)
_SYSTEMS = "cac:TenderingProcess cac:ContractingSystem cbc:ContractingSystemTypeCode"
_CRITERIA = "cac:TenderingTerms cac:AwardingTerms cac:AwardingCriterion"
_CRITERION = f"{_CRITERIA} cac:SubordinateAwardingCriterion"
_TEXTS = (
    "cac:ProcurementProject cbc:Name",
    "cac:ProcurementProject cbc:Description",
    "cac:ProcurementProject cbc:Note",
    "cac:ProcurementProject cac:ProcurementAdditionalType cbc:ProcurementType",
    "cac:TenderingTerms cac:ContractExecutionRequirement cbc:Description",
    "cac:TenderingTerms cac:TendererQualificationRequest cac:SpecificTendererRequirement cbc:Description",
    f"{_CRITERIA} cbc:CalculationExpression",
    f"{_CRITERIA} cbc:Description",
    f"{_CRITERION} cbc:Name",
    f"{_CRITERION} cbc:Description",
)
# XML Schema: « 2026-12-15+01:00 », and « 16:00:00+01:00 ».
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(Z|[+-]\d{2}:\d{2})?")
_HOUR = re.compile(r"(\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:\d{2})?")


def deadline_of(lot_element: Fields) -> date | None:
    """Return the last day on which one can enter: that of the first stage which has one. Raises BadRecord."""
    for stage_path in _STAGES:
        for period in lot_element.every(stage_path):
            if last_day := _last_day(period):
                return last_day
    return None


def reservations_of(lot_element: Fields, lot_text: str, whole_text: str) -> list[Reservation]:
    """Return for whom the lot is reserved: what BT-71 says, made precise by the articles that the texts cite."""
    requirement_codes = listed_codes(lot_element, _REQUIREMENT, "reserved-procurement")
    if not any(code in _RESERVED or code == "none" for code in requirement_codes):
        return cited_reservations(lot_text)
    allowed_kinds = list(dict.fromkeys(kind for code in requirement_codes for kind in _RESERVED.get(code, [])))
    if not allowed_kinds:
        return []
    cited_kinds = cited_reservations(lot_text) or cited_reservations(whole_text)
    return [kind for kind in allowed_kinds if kind in cited_kinds] or allowed_kinds


def has_social_aim(project: Fields) -> bool | None:
    """Tell whether the procurement pursues social objectives (BT-06, BT-775); None where nothing says so."""
    aim_codes = listed_codes(
        project, "cac:ProcurementAdditionalType cbc:ProcurementTypeCode", "strategic-procurement", "social-objective"
    )
    return True if _SOCIAL_AIMS.intersection(aim_codes) else None


def terms_text(lot_element: Fields) -> str:
    """Return the texts of a lot where its conditions may stand, as one."""
    return "\n".join(text for path in _TEXTS for text in every_text(lot_element, path))


def remarks_of(lot_elements: list[Fields]) -> list[str]:
    """Return, in French, what a reader must know of the procedure besides its fields."""
    if any(map(is_purchasing_system, lot_elements)):
        return ["Système d’acquisition dynamique : on peut y entrer pendant toute sa durée."]
    if any(map(has_two_stages, lot_elements)):
        return ["Procédure en deux temps : la date limite est celle des candidatures."]
    return []


def has_two_stages(lot_element: Fields) -> bool:
    """Tell whether the lot first asks for requests to participate, until a day."""
    return any(_last_day(period) for period in lot_element.every(_REQUESTS))


def is_purchasing_system(lot_element: Fields) -> bool:
    """Tell whether the lot sets up a dynamic purchasing system, or is bought within one (BT-766)."""
    return any(code.startswith("dps-") for code in listed_codes(lot_element, _SYSTEMS, "dps-usage"))


def _last_day(period: Fields) -> date | None:
    """Return the day in France of the end of a period: its offset from UTC counts once its hour is given."""
    written_day = period.day("cbc:EndDate")
    day_match = _DAY.fullmatch(period.element_text("cbc:EndDate") or "")
    hour_match = _HOUR.fullmatch(period.element_text("cbc:EndTime") or "")
    offset = (hour_match and hour_match[2]) or (day_match and day_match[2])
    if not (day_match and hour_match and offset):
        return written_day
    try:
        return day_in_france(datetime.fromisoformat(f"{day_match[1]}T{hour_match[1]}{offset}"))
    except (ValueError, OverflowError):  # « 24:00:00 »
        return written_day
