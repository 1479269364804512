"""BOAMP: public tenders, their rectifications, cancellations and awards → market openings, and their end.

Source: dataset `boamp` of boamp-datadila.opendatasoft.com (DILA, Licence Ouverte 2.0).

**Identity.** `source_id` is what later notices can name. European notices of one procedure share `contractfolderid`:
it is the id. National notices have none: a rectification, a cancellation or an award names earlier notices by their
`idweb` (`annonce_lie`, `annonces_anterieures`, `gestion`), the oldest of which is the id; an initial notice's id is its
own `idweb`, whatever it is linked to (a tender may follow one that failed, and is not it). Other names are `aliases`.

**What becomes of one.** `nature` APPEL_OFFRE and RECTIFICATIF: an opening; ATTRIBUTION: its end; ANNULATION, `etat`
ANNULATION or AVIS_ANNULE, or a change « cancel » inside: its cancellation. Announcements that open nothing
(pre-information, intentions, changes of running contracts) are of no use here; an unknown nature is refused.
`descripteur_code` is BOAMP's own list of key words, not CPV: only its labels are kept, in the description.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from api.catalogue.places.locating import department_of
from api.catalogue.schemas import OpportunityIn
from api.open_data.sources import eforms, national, opendatasoft
from api.open_data.sources.fields import REQUIRED, Fields, known, lacking, validate
from api.open_data.sources.notice import Notice
from api.open_data.sources.parts import Closed, Found, OpportunityFound, Page, Request
from api.open_data.sources.people import without_people

SOURCE = "boamp"
_OPENINGS = frozenset({"APPEL_OFFRE", "RECTIFICATIF"})
_OF_NO_USE = frozenset({
    "PRE-INFORMATION", "PREINFORMATION", "PERIODIQUE", "INTENTION_CONCLURE", "MODIFICATION", "QUALIFICATION",
    "EXANTE_VOLONTAIRE", "PROFIL_ACHETEUR", "SYSTEME_QUALIFICATION", "DIVERS",
})  # fmt: skip
_CANCELLED = frozenset({"ANNULATION", "AVIS_ANNULE"})
_CORRECTED = frozenset({"RECTIFICATIF", "MODIFICATION"})
_IDWEB = re.compile(r"\d{2}-\d{3,7}")
# People whom a notice names: contacts, signatories, winners (some are sole traders), owners.
_PERSONAL = frozenset({
    "contact", "cac:contact", "correspondant", "correspondantprm", "prm", "coord", "nomcontact", "telcontact",
    "adressemailcontact", "mel", "tel", "fax", "titulaire", "titulaires", "attributaire", "laureat",
    "efac:ultimatebeneficialowner", "pers_ouverture_offres_oui", "decision",
})  # fmt: skip
_HOLDING_JSON = frozenset({"donnees", "gestion", "annonces_anterieures"})
_FED_BY = {
    "title": "objet", "published_on": "dateparution", "deadline": "datelimitereponse", "buyer_name": "nomacheteur",
    "department": "code_departement", "url": "url_avis", "lots": "donnees", "description": "donnees", "cpv": "donnees",
}  # fmt: skip
_EXPECTED = {
    "deadline": "datelimitereponse", "buyer_name": "nomacheteur", "department": "code_departement",
    "description": "donnees (description)", "cpv": "donnees (CPV)",
}  # fmt: skip


def requests(departments: Sequence[str], since: date, today: date) -> Iterator[Request]:
    """Yield the first page of each month: notices published for these départements, or performed there."""
    listed = opendatasoft.any_of("code_departement", departments)
    performed = opendatasoft.any_of("code_departement_prestation", departments)
    yield from opendatasoft.windows("boamp", since, today, f"({listed} OR {performed})", "idweb")


def page(body: Any, request: Request) -> Page:
    return opendatasoft.page(SOURCE, body, request)


def reference(record: dict[str, Any]) -> str:
    """Return the notice's `idweb`. Raises BadRecord."""
    return Fields(record).required("idweb")


def public(record: dict[str, Any]) -> dict[str, Any]:
    """Return the record without the people that its fields name; a free text may still name one."""
    return without_people(record, _PERSONAL, _HOLDING_JSON)


def read(record: dict[str, Any], today: date) -> list[Found]:  # noqa: ARG001 (the same for every source)
    """Return an opening, its end, or nothing. Raises BadRecord."""
    own = reference(record)
    fields = Fields(record, own)
    nature, state = fields.required("nature"), fields.text("etat") or ""
    published = fields.day("dateparution") or fields.refuse("dateparution", REQUIRED)
    if nature in _OF_NO_USE:
        return []
    if nature not in _OPENINGS | _CANCELLED | {"ATTRIBUTION"}:
        fields.refuse("nature", f"nature d’avis inconnue : « {nature} »")
    notice = _inside(fields)
    corrects = nature == "RECTIFICATIF" or state in _CORRECTED
    follows = corrects or nature != "APPEL_OFFRE" or state in _CANCELLED or notice.cancelled
    names = [*(_linked(fields) if follows else ()), own]
    source_id = fields.text("contractfolderid") or notice.procedure or names[0]
    aliases = tuple(name for name in names if name != source_id)
    if nature in _CANCELLED or state in _CANCELLED or notice.cancelled:
        return [Closed(SOURCE, source_id, "cancelled", published, aliases)]
    if nature == "ATTRIBUTION":
        return [Closed(SOURCE, source_id, "cancelled" if notice.fruitless else "awarded", published, aliases)]
    if corrects and fields.content.get("titulaire"):
        return []  # It rectifies an award.
    content = _opening(fields, notice) | known(source_id=source_id, published_on=None if corrects else published)
    validate(OpportunityIn, content, own, _FED_BY)
    return [OpportunityFound(SOURCE, source_id, content, lacking(content, _EXPECTED), aliases)]


def _opening(fields: Fields, notice: Notice) -> dict[str, Any]:
    title = fields.text("objet") or notice.title or fields.required("objet")
    keywords = fields.texts("descripteur_libelle")
    description = [notice.description, f"Mots-clés du BOAMP : {', '.join(keywords)}." if keywords else None]
    buyer = fields.text("nomacheteur")
    return known(
        source=SOURCE,
        kind="market",
        origin="tender",
        title=title,
        description="\n".join(part for part in description if part)[:20_000] or None,
        buyer_name=buyer[:300] if buyer else None,
        buyer_siret=notice.buyer_siret,
        cpv=notice.cpv,
        amount_eur=notice.amount_eur,
        deadline=fields.day("datelimitereponse") or notice.deadline,
        reserved=notice.reserved,
        social_clause=notice.social_clause,
        lots=notice.lots,
        url=fields.text("url_avis") or f"https://www.boamp.fr/pages/avis/?q=idweb:{fields.reference}",
        **_place(fields, notice),
    )


def _place(fields: Fields, notice: Notice) -> dict[str, str | None]:
    """The commune that is told, if it lies in a département that the notice is published for; else the only one."""
    departments = fields.texts("code_departement_prestation") or fields.texts("code_departement")
    there = department_of(notice.postcode or "")
    if there and (there in departments or not departments):
        return {"postcode": notice.postcode, "commune_name": notice.city, "department": there}
    if len(departments) == 1:
        return {"department": departments[0]}
    return {}


def _inside(fields: Fields) -> Notice:
    donnees = fields.held("donnees")
    if donnees is None:
        return Notice()
    european = donnees.inside("EFORMS")
    if european is None:
        return national.read(donnees)
    name = next(iter(european.content), "")
    root = european.inside(name)
    return eforms.read(root) if root else Notice()


def _linked(fields: Fields) -> list[str]:
    """Return the `idweb` of the notices that this one names, the oldest first. Dates look alike: only ids are read."""
    named = {one for one in fields.texts("annonce_lie") if _IDWEB.fullmatch(one)}
    for name in ("annonces_anterieures", "gestion"):
        value = fields.decoded(name)
        if value is not None and not isinstance(value, str | list | dict):
            fields.refuse(name, "texte ou objet attendu")
        named.update(_idwebs({"IDWEB": value}))
    return sorted(named - {fields.reference}, key=lambda one: tuple(map(int, one.split("-"))))


def _idwebs(node: Any) -> Iterator[str]:
    """Yield what stands under an « IDWEB » at any depth."""
    for name, value in node.items() if isinstance(node, dict) else ():
        if name.upper() == "IDWEB" and isinstance(value, str) and _IDWEB.fullmatch(value.strip()):
            yield value.strip()
        for one in value if isinstance(value, list) else [value]:
            yield from _idwebs(one)
