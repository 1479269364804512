"""BOAMP: public tenders, their rectifications, cancellations and awards → market opportunities, and their closing.

Source: dataset `boamp` of boamp-datadila.opendatasoft.com (DILA, Licence Ouverte 2.0).

**Identity.** `source_id` is what later notices can name. European notices of one procedure share `contractfolderid`:
it is the id. National notices have none: a rectification, a cancellation or an award names earlier notices by their
`idweb` (`annonce_lie`, `annonces_anterieures`, `gestion`), the oldest of which is the id; an initial notice's id is its
own `idweb`, whatever it is linked to (a tender may follow one that failed, and is not it). Other names are `aliases`.

**Départements** of 1 to 9 come without their zero (`["7"]`): see `opendatasoft.py`.

**Deadlines.** Of a national notice, `datelimitereponse` is the local hour labelled UTC (14:00+00:00 beside 14:00 and no
zone in `donnees`, in all real ones that were read): its day stands as written. Those of eForms are true UTC. A day more
than ten years after the publication (2049-12-31) only fills a field that a form requires: it is missing.

**Rectifications.** A European one repeats the notice. A national one (`nature` RECTIFICATIF) has dates only in its text
(`rectified.py`), and may be signed « Collectivité »: it changes neither buyer nor place. Where no new deadline is read,
the title says « rectifiée : voir l’avis », until a later notice is read.

**Facts by notice.** `nature` APPEL_OFFRE and RECTIFICATIF: an opportunity. ATTRIBUTION: its closing, unless the tender
goes on (a lot without a decision, a purchasing system that can still be entered) or the award itself is withdrawn.
ANNULATION, `etat` ANNULATION or AVIS_ANNULE, or a change « cancel » inside: its cancellation. Notices without a tender
(pre-information, intentions, changes of running contracts) are ignored; an unknown nature is refused.
**Place.** Where the work is done, as the notice tells it; the buyer's seat is not taken for it, save a commune's.
`descripteur_code` is BOAMP's own list of key words, not CPV: only its labels are kept, in the description.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from api.catalogue.places.record_places import department_of
from api.catalogue.schemas import OpportunityIn
from api.core.french import NBSP
from api.open_data.sources import eforms, national, opendatasoft
from api.open_data.sources.content import drop_unknown, missing_fields, validate_content
from api.open_data.sources.contract import Closed, OpportunityFound, Page, Request, SourceFact
from api.open_data.sources.eforms_elements import notice_element
from api.open_data.sources.eforms_people import buyers_only
from api.open_data.sources.fields import REQUIRED, Fields
from api.open_data.sources.notice import Notice
from api.open_data.sources.people import without_people
from api.open_data.sources.written_places import is_commune_itself

SOURCE = "boamp"
_OPENINGS = frozenset({"APPEL_OFFRE", "RECTIFICATIF"})
_OF_NO_USE = frozenset({
    "PRE-INFORMATION", "PREINFORMATION", "PERIODIQUE", "INTENTION_CONCLURE", "MODIFICATION", "QUALIFICATION",
    "EXANTE_VOLONTAIRE", "PROFIL_ACHETEUR", "SYSTEME_QUALIFICATION", "DIVERS",
})  # fmt: skip
_CANCELLED = frozenset({"ANNULATION", "AVIS_ANNULE"})
_CORRECTED = frozenset({"RECTIFICATIF", "MODIFICATION"})
# A later deadline fills a field that had to be filled. Purchasing systems are open for up to eight years or so.
_LONGEST_OPEN = timedelta(days=3653)
_UNREAD_RECTIFICATION = f"(rectifiée{NBSP}: voir l’avis)"
# In `criteres`, the service's own list: the notice has a social clause or criterion.
_SOCIAL = "sociaux"
# What a national rectification does not change.
_BUYER_AND_PLACE = ("buyer_name", "buyer_siret", "postcode", "commune_name", "commune_code", "department")
_CALLED_COMMUNE = re.compile(r"(?:mairie|ville|commune)\b", re.IGNORECASE)
_IDWEB = re.compile(r"\d{2}-\d{3,7}")
# Fields that name people: contacts, signatories, winners (some are sole traders), owners.
_PERSONAL = frozenset({
    "contact", "correspondant", "correspondantprm", "prm", "coord", "nomcontact", "telcontact",
    "adressemailcontact", "mel", "tel", "fax", "titulaire", "titulaires", "attributaire", "laureat",
    "ultimatebeneficialowner", "tenderingparty", "touchpoint", "pers_ouverture_offres_oui", "decision",
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
_EXPECTED_OF_RECTIFICATION = {"deadline": "infosRectif (date limite)"}
_DEPARTMENT_FIELDS = ("code_departement", "code_departement_prestation")


def requests(
    departments: Sequence[str], since: date, today: date, style: opendatasoft.FilterStyle = "where"
) -> Iterator[Request]:
    """Yield the first page of each month: notices published for these départements, or performed there."""
    yield from opendatasoft.department_windows("boamp", since, today, _DEPARTMENT_FIELDS, departments, "idweb", style)


def page(body: Any, request: Request) -> Page:
    return opendatasoft.page(SOURCE, body, request)


def reference(record: dict[str, Any]) -> str:
    """Return the notice's `idweb`. Raises BadRecord."""
    return Fields(record).required("idweb")


def public(record: dict[str, Any]) -> dict[str, Any]:
    """Return the record without the fields that name people; a free text may still name one."""
    return without_people(record, _PERSONAL, _HOLDING_JSON, buyers_only)


def read(record: dict[str, Any], today: date) -> list[SourceFact]:  # noqa: ARG001 (the same for every source)
    """Return an opportunity, its closing, or nothing. Raises BadRecord."""
    own_reference = reference(record)
    fields = Fields(record, own_reference)
    nature, notice_state = fields.required("nature"), fields.text("etat") or ""
    published_on = fields.day("dateparution") or fields.refuse("dateparution", REQUIRED)
    if nature in _OF_NO_USE:
        return []
    if nature not in _OPENINGS | _CANCELLED | {"ATTRIBUTION"}:
        fields.refuse("nature", f"nature d’avis inconnue : « {nature} »")
    notice = _inside(fields)
    is_correction = nature == "RECTIFICATIF" or notice_state in _CORRECTED
    names_earlier = is_correction or nature != "APPEL_OFFRE" or notice_state in _CANCELLED or notice.cancelled
    notice_names = [*(_linked(fields) if names_earlier else ()), own_reference]
    source_id = fields.text("contractfolderid") or notice.procedure or notice_names[0]
    aliases = tuple(notice_name for notice_name in notice_names if notice_name != source_id)
    is_withdrawn = nature in _CANCELLED or notice_state in _CANCELLED or notice.cancelled
    if nature == "ATTRIBUTION" and (is_withdrawn or notice.ongoing):
        return []  # What is withdrawn is the award: the tender's end stays as it was told.
    if is_withdrawn:
        return [Closed(SOURCE, source_id, "cancelled", published_on, aliases)]
    if nature == "ATTRIBUTION":
        return [Closed(SOURCE, source_id, "cancelled" if notice.fruitless else "awarded", published_on, aliases)]
    if is_correction and fields.content.get("titulaire"):
        return []  # It rectifies an award.
    is_partial = is_correction and not notice.european
    content = _opening(fields, notice, published_on, is_partial) | drop_unknown(
        source_id=source_id, published_on=None if is_correction else published_on
    )
    validate_content(OpportunityIn, content, fields, _FED_BY)
    missing = missing_fields(content, _EXPECTED_OF_RECTIFICATION if is_partial else _EXPECTED)
    creation_only = _BUYER_AND_PLACE if is_partial else ()
    return [OpportunityFound(SOURCE, source_id, content, missing, aliases, creation_only)]


def _opening(fields: Fields, notice: Notice, published_on: date, is_partial: bool) -> dict[str, Any]:
    """Return the content of an opportunity. is_partial: of a rectification that gives only what it changes."""
    title = fields.text("objet") or notice.title or fields.required("objet")
    deadline = _deadline(fields, notice, published_on)
    if is_partial and (deadline is None or deadline < published_on):
        deadline, title = None, f"{title} {_UNREAD_RECTIFICATION}"
    keyword_labels = fields.texts("descripteur_libelle")
    description_parts = [
        notice.description,
        *notice.remarks,
        f"Mots-clés du BOAMP : {', '.join(keyword_labels)}." if keyword_labels else None,
    ]
    if is_partial and not notice.description:
        description_parts = []
    buyer_name = fields.text("nomacheteur")
    return drop_unknown(
        source=SOURCE,
        kind="market",
        origin="tender",
        title=title,
        description="\n".join(part for part in description_parts if part)[:20_000] or None,
        buyer_name=buyer_name[:300] if buyer_name else None,
        buyer_siret=notice.buyer_siret,
        cpv=notice.cpv,
        amount_eur=notice.amount_eur,
        deadline=deadline,
        reserved=notice.reserved,
        social_clause=notice.social_clause or (_SOCIAL in map(str.lower, fields.texts("criteres")) or None),
        lots=notice.lots,
        url=fields.text("url_avis") or f"https://www.boamp.fr/pages/avis/?q=idweb:{fields.reference}",
        **_place(fields, notice),
    )


def _deadline(fields: Fields, notice: Notice, published_on: date) -> date | None:
    """Return the deadline: in two stages, `datelimitereponse` is null or that of the tenders, when nobody enters."""
    announced = fields.day("datelimitereponse", as_written=not notice.european)
    deadline = (notice.deadline if notice.two_stages else None) or announced or notice.deadline
    return deadline if deadline and deadline - published_on <= _LONGEST_OPEN else None


def _place(fields: Fields, notice: Notice) -> dict[str, str | None]:
    """Return where the work is done: what the notice says of it, wherever it was published.

    Else the only département of performance or of publication, or of several that of the buyer. A commune that tells no
    place works at home.
    """
    performed_in, published_in = fields.texts("code_departement_prestation"), fields.texts("code_departement")
    department_codes = list(dict.fromkeys(map(opendatasoft.department_code, performed_in or published_in)))
    home = notice.buyer_place
    department = department_of(notice.postcode or "") or notice.department
    if not department and len(department_codes) == 1:
        department = department_codes[0]
    elif not department and home.department in department_codes:
        department = home.department
    buyer_name = fields.text("nomacheteur")
    # National forms seldom have a place; whoever calls itself a commune works there, however its seat is spelt.
    is_commune = is_commune_itself(buyer_name, home.city) or (
        not notice.european and bool(_CALLED_COMMUNE.match(buyer_name or ""))
    )
    is_at_home = department == home.department and is_commune
    if is_at_home and not notice.is_place_told:
        return {"postcode": home.postcode, "commune_name": home.city, "department": department}
    return {"postcode": notice.postcode, "commune_name": notice.city, "department": department}


def _inside(fields: Fields) -> Notice:
    notice_content = fields.held("donnees")
    if notice_content is None:
        return Notice(european=bool(fields.text("contractfolderid")))
    eforms_content = notice_content.inside("EFORMS")
    if eforms_content is None:
        return national.read(notice_content)
    root_element = notice_element(eforms_content)
    return eforms.read(root_element) if root_element else Notice(european=True)


def _linked(fields: Fields) -> list[str]:
    """Return the `idweb` of the notices that this one names, the oldest first."""
    linked_ids = {notice_id for notice_id in fields.texts("annonce_lie") if _IDWEB.fullmatch(notice_id)}
    for field_name in ("annonces_anterieures", "gestion"):
        field_value = fields.decoded(field_name)
        if field_value is not None and not isinstance(field_value, str | list | dict):
            fields.refuse(field_name, "texte ou objet attendu")
        linked_ids.update(_idwebs({"IDWEB": field_value}))
    return sorted(linked_ids - {fields.reference}, key=lambda notice_id: tuple(map(int, notice_id.split("-"))))


def _idwebs(node: Any) -> Iterator[str]:
    """Yield the ids under an « IDWEB » key, at any depth."""
    for element_name, element_value in node.items() if isinstance(node, dict) else ():
        if (
            element_name.upper() == "IDWEB"
            and isinstance(element_value, str)
            and _IDWEB.fullmatch(element_value.strip())
        ):
            yield element_value.strip()
        for child_node in element_value if isinstance(element_value, list) else [element_value]:
            yield from _idwebs(child_node)
