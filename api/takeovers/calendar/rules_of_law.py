"""Where each rule of the calendar stands. None was read in a primary source in its present form: docs/takeovers.md."""

from collections.abc import Mapping

from api.takeovers.calendar.date_kinds import DateKind

NOT_VERIFIED = "délai non vérifié à la source"
TO_CONFIRM = "à confirmer par votre conseil"
CUSTOM = "usage, sans règle de droit"

_EMPLOYEES = "C. com., art. L141-23 et L23-10-1 (loi n° 2026-403)"
ARTICLES: Mapping[DateKind, str] = {
    DateKind.INFORM_EMPLOYEES_BY: f"{_EMPLOYEES}, {NOT_VERIFIED}",
    DateKind.EARLIEST_SALE: f"{_EMPLOYEES}, {NOT_VERIFIED}",
    DateKind.INFORMATION_OUTDATED: f"C. com., art. L141-26 et L23-10-5, {NOT_VERIFIED}",
    DateKind.EMPLOYEES_INFORMED: "C. com., art. D141-4 et D23-10-2",
    DateKind.EMPLOYEES_EXEMPT: "C. com., art. L141-27 et L23-10-6",
    DateKind.COUNCIL_OPINION_DUE: f"C. trav., art. L2312-8 et R2312-6, {NOT_VERIFIED}",
    DateKind.EXCLUSIVITY_ENDS: CUSTOM,
    DateKind.INTENT_LAPSES: CUSTOM,
    DateKind.CONDITIONS_BY: "protocole",
    DateKind.PREEMPTION_ENDS: "C. urb., art. L214-1, seulement dans un périmètre voté",
    DateKind.PUBLISH_BY: "C. com., art. L141-12",
    DateKind.OPPOSITION_ENDS: "C. com., art. L141-14",
    DateKind.HANDOVER_ENDS: CUSTOM,
    DateKind.OFFERS_DUE: "C. com., art. L642-2 (liquidation), R631-39 (redressement)",
    DateKind.OFFER_TO_ADMINISTRATOR_BY: "C. com., art. R631-39",
    DateKind.OTHER_OFFERS_BY: "C. com., art. R642-1",
    DateKind.IMPROVEMENT_BY: f"C. com., art. R642-1, {NOT_VERIFIED}",
    DateKind.COURT_OPINION_BY: "C. com., art. L642-5",
    DateKind.FINANCING_REVIEW: "C. com., art. L631-15",
    DateKind.OBSERVATION_ENDS: "C. com., art. L621-3 et L631-7",
    DateKind.ACTIVITY_ENDS: "C. com., art. L641-10 et R641-18",
    DateKind.DISMISSALS_BY: "C. com., art. L642-5",
}
