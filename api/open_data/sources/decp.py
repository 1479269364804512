"""DECP: contracts that were awarded → who won what, and what will have to be bought again.

Source: the consolidated table of data.gouv.fr (« données essentielles de la commande publique », tabular format),
through the tabular API: `{"data": […], "links": {"next": …}, "meta": {"page", "page_size", "total"}}`. The base
address, with the identifier of the resource, is a setting. A row is one winner of one contract.

**Renewals.** A running contract that ends within `HORIZON` months is told as an opening before it is published. Nothing
says that it will be: the title and the description are worded so, there is no date of publication nor deadline, and the
amount is that of the running contract. Works (CPV 45) and engineering (CPV 71) are one-off: they renew nothing. What
was reserved may not be reserved again: it is told, and excludes nobody. Below one month the opening is closed: by then
it was published.
"""

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from api.catalogue.places.locating import department_of
from api.catalogue.schemas import OpportunityIn
from api.core import official_codes
from api.core.text import without_accents
from api.open_data.sources.fields import REQUIRED, Fields, known, lacking, validate
from api.open_data.sources.notice import usable_cpv, usable_siret
from api.open_data.sources.parts import Closed, Found, OpportunityFound, Page, Reference, Request, SchemaChanged, listed
from api.open_data.sources.words import month_in_french

SOURCE = "decp"
PAGE_SIZE = 200
HORIZON = (1.0, 9.0)
# Below, it was a purchase rather than a contract that runs; above, months were days.
_MONTHS = (6, 240)
# The published table has amounts of 999,999,999,999: what a contract of these départements cannot be says nothing.
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
    current = {"donneesActuelles__exact": "true", "page": "1", "page_size": str(PAGE_SIZE)}
    recent = current | {"dateNotification__greater": since.isoformat(), "dateNotification__sort": "asc"}
    ending = {"dureeRestanteMois__greater": "0.1", "dureeRestanteMois__less": f"{HORIZON[1]:g}", "uid__sort": "asc"}
    for department in departments:
        yield Request("/data/", {"acheteur_departement_code__exact": department, **recent})
        yield Request("/data/", {"titulaire_departement_code__exact": department, **recent})
        yield Request("/data/", {"acheteur_departement_code__exact": department, **current, **ending})


def page(body: Any, request: Request) -> Page:
    """Return what a page of the tabular API holds. Raises SchemaChanged."""
    records, links, meta = listed(SOURCE, body, "data"), body.get("links"), body.get("meta")
    if not isinstance(links, dict) or "next" not in links or not isinstance(links["next"], str | None):
        raise SchemaChanged(SOURCE, "links.next", "adresse de la page suivante attendue")
    total = meta.get("total") if isinstance(meta, dict) else None
    if type(total) is not int:
        raise SchemaChanged(SOURCE, "meta.total", "nombre attendu")
    # The address of the next page is not followed, only the fact that there is one: it could lead anywhere.
    following = {"page": str(int(request.params["page"]) + 1)}
    more = bool(records and links["next"])
    return Page(records, Request(request.path, request.params | following) if more else None, total)


def reference(record: dict[str, Any]) -> str:
    """Return the contract's `uid`, its winner's identifier and its version. Raises BadRecord."""
    fields = Fields(record, str(record.get("uid") or ""))
    parts = (fields.code("uid") or fields.refuse("uid", REQUIRED), fields.code("titulaire_id"))
    version = fields.code("modification_id")
    return "/".join([*(part for part in parts if part), *([version] if version not in (None, "0") else [])])


def public(record: dict[str, Any]) -> dict[str, Any]:
    """Return the record without its winner's name and address: it may be a sole trader's."""
    return {name: value for name, value in record.items() if name in _KEPT}


def read(record: dict[str, Any], today: date) -> list[Found]:
    """Return the contract won, and the renewal to come or its end. Raises BadRecord."""
    fields = Fields(record, reference(record))
    if fields.flag("donneesActuelles") is False:
        return []  # An older version of a contract that was changed since.
    uid, title = fields.code("uid") or "", fields.required("objet")
    found: list[Found] = []
    winner = fields.code("titulaire_id") if fields.text("titulaire_typeIdentifiant") in ("SIRET", None) else None
    siret = usable_siret(winner)
    if siret:
        found.append(_won(fields, uid, siret, title))
    found += _renewed(fields, f"renouvellement:{uid}", title, today)
    if winner and not siret and not found:
        fields.refuse("titulaire_id", "SIRET invalide")
    return found


def _renewed(fields: Fields, source_id: str, title: str, today: date) -> Iterator[Found]:
    notified, months = fields.day("dateNotification"), _months(fields)
    if not notified or not months or months < _MONTHS[0] or _is_one_off(fields, title):
        return
    left = fields.number("dureeRestanteMois")
    left = (_later(notified, months) - today).days / 30.4 if left is None else left
    if 0 < left < HORIZON[0]:
        yield Closed(SOURCE, source_id, "awarded", today)
    elif HORIZON[0] <= left <= HORIZON[1]:
        yield _renewal(fields, source_id, title, notified, months)


def _won(fields: Fields, uid: str, siret: str, title: str) -> Reference:
    return Reference(
        SOURCE,
        f"{uid}/{siret}",
        siret,
        title,
        fields.text("acheteur_nom") or "",
        usable_cpv([fields.code("codeCPV")]),
        amount_eur=_amount(fields),
        notified_on=fields.day("dateNotification"),
        months=_months(fields),
    )


def _renewal(fields: Fields, source_id: str, title: str, notified: date, months: int) -> OpportunityFound:
    social = " ".join(fields.texts("considerationsSociales")).lower()
    ends, began = month_in_french(_later(notified, months)), month_in_french(notified)
    said = [
        f"Contrat en cours : {title}, notifié en {began} pour {months} mois.",
        f"Renouvellement probable : la fin du contrat est attendue en {ends}. Rien n’en est publié, l’acheteur peut y"
        " renoncer ou changer de besoin.",
        "Le montant est celui du contrat en cours." if _amount(fields) else "",
        "Le contrat en cours est réservé ; le suivant ne l’est pas forcément." if "réservé" in social else "",
    ]
    buyer = fields.text("acheteur_nom")
    content = known(
        source=SOURCE,
        source_id=source_id,
        kind="market",
        origin="recurring_need",
        title=f"{title} (renouvellement probable)",
        description="\n".join(part for part in said if part),
        buyer_name=buyer[:300] if buyer else None,
        buyer_siret=usable_siret(fields.code("acheteur_id")),
        cpv=usable_cpv([fields.code("codeCPV")]),
        amount_eur=_amount(fields),
        social_clause=True if "clause sociale" in social else None,
        **_place(fields),
    )
    validate(OpportunityIn, content, fields.reference, _FED_BY)
    return OpportunityFound(SOURCE, source_id, content, lacking(content, _EXPECTED))


def _place(fields: Fields) -> dict[str, str | None]:
    """Where it is performed, as far as its code is of a kind that tells it; else the buyer's département."""
    code, kind = (
        fields.code("lieuExecution_code"),
        without_accents((fields.text("lieuExecution_typeCode") or "").lower()),
    )
    own = fields.code("acheteur_departement_code")
    if code and (department := department_of(code)):
        if "postal" in kind:
            return {"postcode": code if code.isdigit() else None, "department": department}
        if "commune" in kind:
            return {"commune_code": code, "department": department}
    if code and "departement" in kind and official_codes.DEPARTMENT_PATTERN.match(code):
        return {"department": code}
    return {"department": own if own and official_codes.DEPARTMENT_PATTERN.match(own) else None}


def _months(fields: Fields) -> int | None:
    months = fields.number("dureeMois")
    return round(months) if months and 0 < months <= _MONTHS[1] else None


def _amount(fields: Fields) -> float | None:
    amount = fields.number("montant")
    return amount if amount is not None and 1 < amount <= _LARGEST else None


def _is_one_off(fields: Fields, title: str) -> bool:
    code = fields.code("codeCPV")
    return code.startswith(_ONE_OFF_CPV) if code else bool(_ONE_OFF.search(without_accents(title.lower())))


def _later(day: date, months: int) -> date:
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
