"""DECP: awarded contracts → contracts won, and probable renewals.

Source: the consolidated table of data.gouv.fr (« données essentielles de la commande publique », tabular format),
through the tabular API: `{"data": […], "links": {"next": …}, "meta": {"page", "page_size", "total"}}`. The base
address, with the identifier of the resource, is a setting. A row is one winner of one contract.

**Renewals.** A running contract that ends within `HORIZON` months gives an opportunity before its renewal is published.
The renewal is not certain: the title and the description say so, there is no publication date and no deadline, and the
amount is that of the running contract. Works (CPV 45) and engineering (CPV 71) are one-off and renew nothing. The next
contract may not be reserved like the running one: the description mentions it, and nobody is excluded. Less than one
month before the end the opportunity is closed: the tender was published by then.
"""

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from api.catalogue.places.record_places import department_of
from api.catalogue.schemas import OpportunityIn
from api.core import official_codes
from api.core.text import without_accents
from api.open_data.sources.content import drop_unknown, missing_fields, validate_content
from api.open_data.sources.contract import (
    Closed,
    OpportunityFound,
    Page,
    Reference,
    Request,
    SchemaChanged,
    SourceFact,
    record_list,
)
from api.open_data.sources.fields import REQUIRED, Fields
from api.open_data.sources.notice import usable_cpv, usable_siret
from api.open_data.sources.words import month_in_french

SOURCE = "decp"
PAGE_SIZE = 200
HORIZON = (1.0, 9.0)
# Shorter, it was a purchase rather than a running contract; longer, days were typed as months.
_MONTHS = (6, 240)
# The published table has amounts of 999,999,999,999: an amount too large for these départements is ignored.
_LARGEST = 100_000_000.0
_ONE_OFF_CPV = ("45", "71")
_ONE_OFF = re.compile(r"\b(?:travaux|construction|rehabilitation|maitrise d.oeuvre|demolition)\b")
_KEPT = frozenset({
    "uid", "id", "acheteur_id", "acheteur_nom", "acheteur_departement_code", "titulaire_id",
    "titulaire_typeIdentifiant", "titulaire_departement_code", "objet", "nature", "montant", "codeCPV", "procedure",
    "dureeMois", "dureeRestanteMois", "offresRecues", "dateNotification", "datePublicationDonnees", "techniques",
    "considerationsSociales", "considerationsEnvironnementales", "sousTraitanceDeclaree", "typeGroupementOperateurs",
    "lieuExecution_code", "lieuExecution_typeCode", "donneesActuelles", "modification_id", "idAccordCadre",
})  # fmt: skip
_FED_BY = {
    "title": "objet", "buyer_name": "acheteur_nom", "source_id": "uid",
    "cpv": "codeCPV", "department": "acheteur_departement_code", "amount_eur": "montant",
}  # fmt: skip
_EXPECTED = {
    "cpv": "codeCPV", "amount_eur": "montant", "buyer_name": "acheteur_nom", "buyer_siret": "acheteur_id",
    "department": "lieuExecution_code, acheteur_departement_code",
}  # fmt: skip


def requests(departments: Sequence[str], since: date, today: date) -> Iterator[Request]:  # noqa: ARG001
    """Yield, per département: contracts of its buyers, contracts of its companies, contracts that end soon."""
    current_contracts = {"donneesActuelles__exact": "true", "page": "1", "page_size": str(PAGE_SIZE)}
    recent_contracts = current_contracts | {
        "dateNotification__greater": since.isoformat(),
        "dateNotification__sort": "asc",
    }
    ending_contracts = {
        "dureeRestanteMois__greater": "0.1",
        "dureeRestanteMois__less": f"{HORIZON[1]:g}",
        "uid__sort": "asc",
    }
    for department in departments:
        yield Request("/data/", {"acheteur_departement_code__exact": department, **recent_contracts})
        yield Request("/data/", {"titulaire_departement_code__exact": department, **recent_contracts})
        yield Request(
            "/data/", {"acheteur_departement_code__exact": department, **current_contracts, **ending_contracts}
        )


def page(body: Any, request: Request) -> Page:
    """Return what a page of the tabular API holds. Raises SchemaChanged."""
    records, links, meta = record_list(SOURCE, body, "data"), body.get("links"), body.get("meta")
    if not isinstance(links, dict) or "next" not in links or not isinstance(links["next"], str | None):
        raise SchemaChanged(SOURCE, "links.next", "adresse de la page suivante attendue")
    total = meta.get("total") if isinstance(meta, dict) else None
    if type(total) is not int:
        raise SchemaChanged(SOURCE, "meta.total", "nombre attendu")
    # The address of the next page is not followed, since it could lead anywhere: only its presence counts.
    page_parameter = {"page": str(int(request.params["page"]) + 1)}
    has_more = bool(records and links["next"])
    return Page(records, Request(request.path, request.params | page_parameter) if has_more else None, total)


def reference(record: dict[str, Any]) -> str:
    """Return the contract's `uid`, its winner's identifier and its version. Raises BadRecord."""
    fields = Fields(record, str(record.get("uid") or ""))
    identifier_parts = (fields.code("uid") or fields.refuse("uid", REQUIRED), fields.code("titulaire_id"))
    contract_version = fields.code("modification_id")
    return "/".join(
        [
            *(identifier_part for identifier_part in identifier_parts if identifier_part),
            *([contract_version] if contract_version not in (None, "0") else []),
        ]
    )


def public(record: dict[str, Any]) -> dict[str, Any]:
    """Return the record without its winner's name and address: it may be a sole trader's."""
    return {field_name: field_value for field_name, field_value in record.items() if field_name in _KEPT}


def read(record: dict[str, Any], today: date) -> list[SourceFact]:
    """Return the contract won, and the renewal to come or its end. Raises BadRecord."""
    fields = Fields(record, reference(record))
    if fields.flag("donneesActuelles") is False:
        return []  # An older version of a contract that was changed since.
    contract_uid, title = fields.code("uid") or "", fields.required("objet")
    facts: list[SourceFact] = []
    winner_id = fields.code("titulaire_id") if fields.text("titulaire_typeIdentifiant") in ("SIRET", None) else None
    winner_siret = usable_siret(winner_id)
    if winner_siret:
        facts.append(_won(fields, contract_uid, winner_siret, title))
    facts += _renewed(fields, f"renouvellement:{contract_uid}", title, today)
    if winner_id and not winner_siret and not facts:
        fields.refuse("titulaire_id", "SIRET invalide")
    return facts


def _renewed(fields: Fields, source_id: str, title: str, today: date) -> Iterator[SourceFact]:
    notified_on, contract_months = fields.day("dateNotification"), _months(fields)
    if not notified_on or not contract_months or contract_months < _MONTHS[0] or _is_one_off(fields, title):
        return
    months_left = fields.number("dureeRestanteMois")
    months_left = (_later(notified_on, contract_months) - today).days / 30.4 if months_left is None else months_left
    if 0 < months_left < HORIZON[0]:
        yield Closed(SOURCE, source_id, "awarded", today)
    elif HORIZON[0] <= months_left <= HORIZON[1]:
        yield _renewal(fields, source_id, title, notified_on, contract_months)


def _won(fields: Fields, contract_uid: str, winner_siret: str, title: str) -> Reference:
    return Reference(
        SOURCE,
        f"{contract_uid}/{winner_siret}",
        winner_siret,
        title,
        fields.text("acheteur_nom") or "",
        usable_cpv([fields.code("codeCPV")]),
        amount_eur=_amount(fields),
        notified_on=fields.day("dateNotification"),
        months=_months(fields),
    )


def _renewal(fields: Fields, source_id: str, title: str, notified_on: date, contract_months: int) -> OpportunityFound:
    social_terms = " ".join(fields.texts("considerationsSociales")).lower()
    end_month, start_month = month_in_french(_later(notified_on, contract_months)), month_in_french(notified_on)
    description_lines = [
        f"Contrat en cours : {title}, notifié en {start_month} pour {contract_months} mois.",
        f"Renouvellement probable : la fin du contrat est attendue en {end_month}. Rien n’en est publié,"
        " l’acheteur peut y renoncer ou changer de besoin.",
        "Le montant est celui du contrat en cours." if _amount(fields) else "",
        "Le contrat en cours est réservé ; le suivant ne l’est pas forcément." if "réservé" in social_terms else "",
    ]
    buyer_name = fields.text("acheteur_nom")
    content = drop_unknown(
        source=SOURCE,
        source_id=source_id,
        kind="market",
        origin="recurring_need",
        title=f"{title} (renouvellement probable)",
        description="\n".join(line for line in description_lines if line),
        buyer_name=buyer_name[:300] if buyer_name else None,
        buyer_siret=usable_siret(fields.code("acheteur_id")),
        cpv=usable_cpv([fields.code("codeCPV")]),
        amount_eur=_amount(fields),
        social_clause=True if "clause sociale" in social_terms else None,
        **_place(fields),
    )
    validate_content(OpportunityIn, content, fields.reference, _FED_BY)
    return OpportunityFound(SOURCE, source_id, content, missing_fields(content, _EXPECTED))


def _place(fields: Fields) -> dict[str, str | None]:
    """Return the place of performance, where the kind of its code is known; else the buyer's département."""
    place_code, code_kind = (
        fields.code("lieuExecution_code"),
        without_accents((fields.text("lieuExecution_typeCode") or "").lower()),
    )
    buyer_department = fields.code("acheteur_departement_code")
    if place_code and (department := department_of(place_code)):
        if "postal" in code_kind:
            return {"postcode": place_code if place_code.isdigit() else None, "department": department}
        if "commune" in code_kind:
            return {"commune_code": place_code, "department": department}
    if place_code and "departement" in code_kind and official_codes.DEPARTMENT_PATTERN.match(place_code):
        return {"department": place_code}
    return {
        "department": buyer_department
        if buyer_department and official_codes.DEPARTMENT_PATTERN.match(buyer_department)
        else None
    }


def _months(fields: Fields) -> int | None:
    contract_months = fields.number("dureeMois")
    return round(contract_months) if contract_months and 0 < contract_months <= _MONTHS[1] else None


def _amount(fields: Fields) -> float | None:
    contract_amount = fields.number("montant")
    return contract_amount if contract_amount is not None and 1 < contract_amount <= _LARGEST else None


def _is_one_off(fields: Fields, title: str) -> bool:
    cpv_code = fields.code("codeCPV")
    return cpv_code.startswith(_ONE_OFF_CPV) if cpv_code else bool(_ONE_OFF.search(without_accents(title.lower())))


def _later(day: date, months: int) -> date:
    later_year, later_month = divmod(day.month - 1 + months, 12)
    later_year, later_month = day.year + later_year, later_month + 1
    return date(later_year, later_month, min(day.day, monthrange(later_year, later_month)[1]))
