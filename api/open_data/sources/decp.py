"""DECP: awarded contracts → contracts won, the actors that hold them, and openings to come.

Source: the consolidated table of data.gouv.fr (« données essentielles de la commande publique », tabular format),
through the tabular API: `{"data": […], "links": {"next": …}, "meta": {"page", "page_size", "total"}}`. The base
address, with the identifier of the resource, is a setting. A row is one holder of one version of one contract, from
files of the schemas of 2019 and 2022 alike; the table's makers give both one set of columns, and repeat a modified
contract whole. `decp_holders.py` reads who holds it, `decp_renewals.py` what follows it.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from api.catalogue.contract_holders import CONTRACTS_SOURCE
from api.open_data.sources.contract import BadRecord, Page, Reference, Request, SchemaChanged, SourceFact, record_list
from api.open_data.sources.decp_holders import PERSONAL_COLUMNS, holder, is_kept
from api.open_data.sources.decp_renewals import (
    HORIZON_MONTHS,
    contract_amount,
    contract_months,
    contract_version,
    renewal,
)
from api.open_data.sources.fields import REQUIRED, Fields
from api.open_data.sources.notice import usable_cpv, usable_siret

SOURCE = CONTRACTS_SOURCE
PAGE_SIZE = 200
_KEPT = frozenset({
    "uid", "id", "acheteur_id", "acheteur_nom", "acheteur_departement_code", "titulaire_id",
    "titulaire_typeIdentifiant", "titulaire_departement_code", "objet", "nature", "montant", "codeCPV", "procedure",
    "dureeMois", "dureeRestanteMois", "offresRecues", "dateNotification", "datePublicationDonnees", "techniques",
    "considerationsSociales", "considerationsEnvironnementales", "sousTraitanceDeclaree", "typeGroupementOperateurs",
    "lieuExecution_code", "lieuExecution_typeCode", "donneesActuelles", "modification_id", "idAccordCadre",
})  # fmt: skip


def requests(departments: Sequence[str], since: date, today: date) -> Iterator[Request]:  # noqa: ARG001
    """Yield, per département: contracts of its buyers, contracts of its companies, contracts that end soon."""
    current_contracts = {"donneesActuelles__exact": "true", "page": "1", "page_size": str(PAGE_SIZE)}
    recent_contracts = current_contracts | {
        "dateNotification__greater": since.isoformat(),
        "dateNotification__sort": "asc",
    }
    # The service counts a month as 30 days: the last ones of the horizon come a little later.
    ending_contracts = {
        "dureeRestanteMois__greater": "0.1",
        "dureeRestanteMois__less": str(HORIZON_MONTHS),
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
    identifier_parts = (
        fields.code("uid") or fields.refuse("uid", REQUIRED),
        fields.code("titulaire_id"),
        contract_version(fields),
    )
    return "/".join(identifier_part for identifier_part in identifier_parts if identifier_part)


def public(record: dict[str, Any]) -> dict[str, Any]:
    """Return the record without its holder's name and address where they may be a natural person's."""
    try:
        kept_names = _KEPT | PERSONAL_COLUMNS if is_kept(Fields(record)) else _KEPT
    except BadRecord:
        kept_names = _KEPT
    return {field_name: field_value for field_name, field_value in record.items() if field_name in kept_names}


def read(record: dict[str, Any], today: date) -> list[SourceFact]:
    """Return the contract won, its holder where it becomes an actor, and the opening to come. Raises BadRecord."""
    fields = Fields(record, reference(record))
    if fields.flag("donneesActuelles") is False:
        return []  # An older version of a contract that was changed since.
    contract_uid, title = fields.code("uid") or "", fields.required("objet")
    facts: list[SourceFact] = []
    winner_id = fields.code("titulaire_id") if fields.text("titulaire_typeIdentifiant") in ("SIRET", None) else None
    winner_siret = usable_siret(winner_id)
    if winner_siret:
        facts.append(_won(fields, contract_uid, winner_siret, title))
        if actor := holder(fields, winner_siret):
            facts.append(actor)
    if opening := renewal(fields, SOURCE, contract_uid, title, today):
        facts.append(opening)
    if winner_id and not winner_siret and not facts:
        fields.refuse("titulaire_id", "SIRET invalide")
    return facts


def _won(fields: Fields, contract_uid: str, winner_siret: str, title: str) -> Reference:
    return Reference(
        SOURCE,
        f"{contract_uid}/{winner_siret}",
        winner_siret,
        title,
        fields.text("acheteur_nom") or "",
        usable_cpv([fields.code("codeCPV")]),
        amount_eur=contract_amount(fields),
        notified_on=fields.day("dateNotification"),
        months=contract_months(fields),
    )
