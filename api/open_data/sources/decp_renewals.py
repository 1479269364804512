"""Running contracts (DECP) → openings to come: what is probably published again, and when.

A contract of a year or more gives one within `HORIZON_MONTHS` of its end. **When**: its notification and its duration
make its end; its notice is expected `LEAD_MONTHS` before. That day stands in `published_on`, and the status `expected`
says that it is still to come: such an opening is on the house's list « À venir », and among what is open nowhere.
The renewal is not certain: title and description say so, and the amount is that of the running contract. Works (CPV 45)
and engineering (CPV 71) are one-off and renew nothing. The next contract may not be reserved like the running one: the
description mentions it, and nobody is excluded. `api/open_data/expected_openings.py` closes it.

A contract that was modified bears the day of its last modification in the place of its notification, beside its whole
duration (src/tasks/transform.py of github.com/ColinMaudry/decp-processing, `apply_modifications`): the end that
they make is then the latest possible, and so it is said.
"""

import re
from calendar import monthrange
from datetime import date

from api.catalogue.places.record_places import department_of
from api.catalogue.schemas import OpportunityIn
from api.core import official_codes
from api.core.digits import is_digits
from api.core.text import without_accents
from api.open_data.sources.content import drop_unknown, missing_fields, validate_content
from api.open_data.sources.contract import OpportunityFound
from api.open_data.sources.fields import Fields
from api.open_data.sources.notice import usable_cpv, usable_siret
from api.open_data.sources.words import month_in_french

HORIZON_MONTHS = 12
# Assumed: a month to answer, and some to choose, to notify and to start.
LEAD_MONTHS = 4
# Shorter, it was a purchase rather than a running contract; longer, days were typed as months.
_LEAST_MONTHS, _MOST_MONTHS = 12, 240
# The published table has amounts of 999,999,999,999: an amount too large for these départements is ignored.
_LARGEST = 100_000_000.0
_ONE_OFF_CPV = ("45", "71")
_ONE_OFF = re.compile(r"\b(?:travaux|construction|rehabilitation|maitrise d.oeuvre|demolition)\b")
_FED_BY = {
    "title": "objet", "buyer_name": "acheteur_nom", "source_id": "uid",
    "cpv": "codeCPV", "department": "acheteur_departement_code", "amount_eur": "montant",
}  # fmt: skip
_EXPECTED = {
    "cpv": "codeCPV", "amount_eur": "montant", "buyer_name": "acheteur_nom", "buyer_siret": "acheteur_id",
    "department": "lieuExecution_code, acheteur_departement_code",
}  # fmt: skip


def renewal(fields: Fields, source: str, contract_uid: str, title: str, today: date) -> OpportunityFound | None:
    """Return the opening that the end of a contract announces, if it announces one. Raises BadRecord."""
    notified_on, months = fields.day("dateNotification"), contract_months(fields)
    if not notified_on or not months or months < _LEAST_MONTHS or _is_one_off(fields, title):
        return None
    ends_on, is_modified = months_after(notified_on, months), contract_version(fields) is not None
    # One that was modified may already be on the list, for an earlier day.
    if ends_on <= today or (ends_on > months_after(today, HORIZON_MONTHS) and not is_modified):
        return None
    source_id, buyer_name = f"renouvellement:{contract_uid}", fields.text("acheteur_nom")
    expected_on = months_after(ends_on, -LEAD_MONTHS)
    social_terms = " ".join(fields.texts("considerationsSociales")).lower()
    content = drop_unknown(
        source=source,
        source_id=source_id,
        kind="market",
        origin="recurring_need",
        status="expected",
        published_on=expected_on,
        title=f"{title} (renouvellement probable)",
        description=_description(fields, title, notified_on, months, is_modified=is_modified),
        buyer_name=buyer_name[:300] if buyer_name else None,
        buyer_siret=usable_siret(fields.code("acheteur_id")),
        cpv=usable_cpv([fields.code("codeCPV")]),
        amount_eur=contract_amount(fields),
        social_clause=True if "clause sociale" in social_terms else None,
        **_place(fields),
    )
    validate_content(OpportunityIn, content, fields, _FED_BY)
    return OpportunityFound(source, source_id, content, missing_fields(content, _EXPECTED))


def contract_version(fields: Fields) -> str | None:
    """Return the number of the contract's last modification, None for a contract that never was."""
    version = fields.code("modification_id")
    return None if version in (None, "0") else version


def contract_months(fields: Fields) -> int | None:
    months = fields.number("dureeMois")
    return round(months) if months and 0 < months <= _MOST_MONTHS else None


def contract_amount(fields: Fields) -> float | None:
    amount = fields.number("montant")
    return amount if amount is not None and 1 < amount <= _LARGEST else None


def months_after(day: date, months: int) -> date:
    """Return the same day some months later (earlier, where negative), or the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _description(fields: Fields, title: str, notified_on: date, months: int, *, is_modified: bool) -> str:
    ends_on = months_after(notified_on, months)
    expected_month = month_in_french(months_after(ends_on, -LEAD_MONTHS))
    social_terms = " ".join(fields.texts("considerationsSociales")).lower()
    dated = "modifié" if is_modified else "notifié"
    lines = [
        f"Contrat en cours : {title}, {dated} en {month_in_french(notified_on)} pour {months} mois en tout.",
        f"Renouvellement probable : la fin du contrat est attendue en {month_in_french(ends_on)}"
        f"{' au plus tard' if is_modified else ''}, l’avis quelque {LEAD_MONTHS} mois avant,"
        f" soit vers {expected_month}. Rien n’en est publié, l’acheteur peut y renoncer ou changer de besoin.",
        "Le montant est celui du contrat en cours." if contract_amount(fields) else "",
        "Le contrat en cours est réservé ; le suivant ne l’est pas forcément." if "réservé" in social_terms else "",
    ]
    return "\n".join(line for line in lines if line)


def _place(fields: Fields) -> dict[str, str | None]:
    """Return the place of performance, where the kind of its code is known; else the buyer's département."""
    place_code, code_kind = (
        fields.code("lieuExecution_code"),
        without_accents((fields.text("lieuExecution_typeCode") or "").lower()),
    )
    buyer_department = fields.code("acheteur_departement_code")
    if place_code and (department := department_of(place_code)):
        if "postal" in code_kind:
            return {"postcode": place_code if is_digits(place_code) else None, "department": department}
        if "commune" in code_kind:
            return {"commune_code": place_code, "department": department}
    if place_code and "departement" in code_kind and official_codes.DEPARTMENT_PATTERN.match(place_code):
        return {"department": place_code}
    return {
        "department": buyer_department
        if buyer_department and official_codes.DEPARTMENT_PATTERN.match(buyer_department)
        else None
    }


def _is_one_off(fields: Fields, title: str) -> bool:
    cpv_code = fields.code("codeCPV")
    return cpv_code.startswith(_ONE_OFF_CPV) if cpv_code else bool(_ONE_OFF.search(without_accents(title.lower())))
