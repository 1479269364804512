"""BODACC: insolvencies and completed sales of companies → takeover cases, and their end.

Source: dataset `annonces-commerciales` of bodacc-datadila.opendatasoft.com (DILA, Licence Ouverte 2.0).

**Identity.** Later notices name the company, by its SIREN, not the first notice: a case's `source_id` is `siren:…`.
A body without one (some associations) is known by its first notice's `id` (letter, issue, number); a correction gives
that of the notice that it replaces (`parutionavisprecedent`).

**What becomes of a judgment**: see `judgments`. A completed sale ends the seller's case; a notice annulled cancels it.

**Not confidential**, unlike other cases: the notice is published by law, with the company's name.
**Companies only**: a notice about a natural person yields nothing, and nearly nothing of it is kept (`public`). People
whom a company's notice names (directors, and the officers of the court) are left out too: the notice's link gives them.
The only deadline is that for offers, where the text tells it: the two months of creditors are no deadline for a buyer.
"""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Literal

from api.catalogue.schemas import OpportunityIn
from api.core import official_codes
from api.open_data.sources import opendatasoft
from api.open_data.sources.fields import REQUIRED, Fields, known, lacking, validate
from api.open_data.sources.judgments import offers_until, outcome_of, told
from api.open_data.sources.parts import Closed, Found, OpportunityFound, Page, Request
from api.open_data.sources.people import without_people
from api.open_data.sources.words import day_in_french

SOURCE = "bodacc"
_FAMILIES = ("collective", "vente")
_KEPT_OF_PEOPLE = frozenset({
    "id", "publicationavis", "parution", "dateparution", "numeroannonce", "typeavis", "familleavis",
    "numerodepartement",
})  # fmt: skip
_PEOPLE = frozenset({
    "administration", "nom", "prenom", "nomusage", "nationalite", "pseudonyme", "adressepp", "complementjugement",
    "datenaissance", "lieunaissance", "opposition", "descriptif",
})  # fmt: skip
_HOLDING_JSON = frozenset({
    "listepersonnes", "listeetablissements", "jugement", "acte", "modificationsgenerales", "radiationaurcs", "depot",
    "listeprecedentexploitant", "listeprecedentproprietaire", "divers", "parutionavisprecedent",
})  # fmt: skip
_FED_BY = {
    "title": "commercant", "teaser": "listepersonnes", "department": "numerodepartement", "postcode": "cp",
    "commune_name": "ville", "deadline": "jugement.complementJugement", "url": "url_complete", "takeover": "registre",
}  # fmt: skip
_EXPECTED = {
    "department": "numerodepartement", "commune_name": "ville", "postcode": "cp", "url": "url_complete",
}  # fmt: skip


def requests(departments: Sequence[str], since: date, today: date) -> Iterator[Request]:
    """Yield the first page of each month: insolvencies and sales of these départements."""
    families = opendatasoft.any_of("familleavis", _FAMILIES)
    there = opendatasoft.any_of("numerodepartement", departments)
    yield from opendatasoft.windows("annonces-commerciales", since, today, f"{families} AND {there}", "id")


def page(body: Any, request: Request) -> Page:
    return opendatasoft.page(SOURCE, body, request)


def reference(record: dict[str, Any]) -> str:
    """Return the notice's `id`: letter of the bulletin, issue and number. Raises BadRecord."""
    return Fields(record).required("id")


def public(record: dict[str, Any]) -> dict[str, Any]:
    """Return the record without people: of a notice about one, only when and where it was published."""
    try:
        about_people = not _is_company(Fields(record))
    except ValueError:
        about_people = True
    if about_people:
        return {name: value for name, value in record.items() if name in _KEPT_OF_PEOPLE}
    kept = without_people(record, _PEOPLE, _HOLDING_JSON)
    try:
        judgment = Fields(record).held("jugement")
        said = judgment and told(judgment.text("complementJugement") or "")
    except ValueError:
        return kept
    if judgment and said:
        rest = json.loads(kept["jugement"]) if isinstance(kept["jugement"], str) else kept["jugement"]
        kept["jugement"] = json.dumps(rest | {"complementJugement": said}, ensure_ascii=False)
    return kept


def read(record: dict[str, Any], today: date) -> list[Found]:  # noqa: ARG001 (the same for every source)
    """Return a takeover case, its end, or nothing. Raises BadRecord."""
    fields = Fields(record, reference(record))
    family = fields.required("familleavis")
    published = fields.day("dateparution") or fields.refuse("dateparution", REQUIRED)
    kind = fields.required("typeavis")
    if kind not in ("annonce", "rectificatif", "annulation"):
        fields.refuse("typeavis", f"type d’avis inconnu : « {kind} »")
    if family == "vente":
        return list(_sales(fields, published)) if kind != "annulation" else []
    if family != "collective" or not _is_company(fields):
        return []
    siren, previous = _siren(fields), _previous(fields)
    source_id = f"siren:{siren}" if siren else previous or fields.reference
    aliases = tuple(one for one in (previous, fields.reference) if one and one != source_id)
    if kind == "annulation":
        return [Closed(SOURCE, source_id, "cancelled", published, aliases)]
    judgment = fields.held("jugement") or fields.refuse("jugement", REQUIRED)
    nature = " ".join(text for text in (judgment.text("famille"), judgment.text("nature")) if text)
    outcome = outcome_of(nature or judgment.refuse("nature", REQUIRED), judgment.text("complementJugement") or "")
    if outcome in ("sold", "cancelled"):
        reason: Literal["sold", "cancelled"] = "sold" if outcome == "sold" else "cancelled"
        return [Closed(SOURCE, source_id, reason, published, aliases)]
    if outcome is None:
        return []
    content = _case(fields, judgment, outcome, siren) | {"source_id": source_id, "published_on": published}
    validate(OpportunityIn, content, fields.reference, _FED_BY)
    missing = lacking(content, _EXPECTED)
    if not _activity(fields):
        missing += ("listepersonnes (activite)",)
    return [OpportunityFound(SOURCE, source_id, content, missing, aliases)]


def _case(fields: Fields, judgment: Fields, procedure: str, siren: str | None) -> dict[str, Any]:
    person = next(iter(_persons(fields, "listepersonnes")), None)
    name = (person and person.text("denomination")) or fields.required("commercant")
    activity = _activity(fields)
    city, postcode = fields.text("ville"), fields.code("cp")
    on, court = judgment.day("date"), fields.text("tribunal")
    where = f" ({city})" if city else ""
    said = [
        f"{procedure}{f' du {day_in_french(on)}' if on else ''}{f' ({court})' if court else ''}.",
        f"Activité : {activity}." if activity else "",
        f"Forme juridique : {form}." if person and (form := person.text("formeJuridique")) else "",
        "L’administrateur ou le liquidateur, à qui adresser une offre, est nommé dans l’annonce.",
    ]
    return known(
        source=SOURCE,
        kind="takeover",
        status="open",
        title=name,
        teaser=f"{activity or 'Entreprise'}, en {procedure.lower()}{where}",
        description="\n".join(part for part in said if part),
        confidential=False,
        deadline=offers_until(judgment.text("complementJugement") or ""),
        commune_name=city,
        postcode=postcode if postcode and re.fullmatch(r"\d{5}", postcode) else None,
        department=fields.code("numerodepartement"),
        url=fields.text("url_complete"),
        takeover=known(cause="insolvency", holder_siren=siren),
    )


def _sales(fields: Fields, published: date) -> Iterator[Closed]:
    """A completed sale ends the seller's case. Notices are written by the buyer: the seller is the previous owner."""
    for name in ("listeprecedentproprietaire", "listeprecedentexploitant"):
        for person in _persons(fields, name):
            siren = _usable_siren(person.say("numeroImmatriculation numeroIdentification"))
            if siren and _is_moral(person):
                yield Closed(SOURCE, f"siren:{siren}", "sold", published)


def _persons(fields: Fields, name: str) -> list[Fields]:
    holder = fields.held(name)
    return list(holder.each("personne")) if holder else []


def _is_company(fields: Fields) -> bool:
    """Whether those whom the notice is about are told, and are all companies."""
    persons = _persons(fields, "listepersonnes")
    return bool(persons) and all(_is_moral(person) for person in persons)


def _is_moral(person: Fields) -> bool:
    """A legal person; where its kind is not told, it has a denomination and nothing of a human being."""
    human = person.content.get("nom") or person.content.get("prenom")
    return person.text("typePersonne") in ("pm", None) and bool(person.text("denomination")) and not human


def _activity(fields: Fields) -> str | None:
    found = next((said for one in _persons(fields, "listepersonnes") if (said := one.text("activite"))), None)
    if not found and (holder := fields.held("listeetablissements")):
        found = holder.say("etablissement activite")
    return found.rstrip(" .") if found else None


def _siren(fields: Fields) -> str | None:
    named = [person.say("numeroImmatriculation numeroIdentification") for person in _persons(fields, "listepersonnes")]
    return next((siren for one in (*fields.texts("registre"), *named) if (siren := _usable_siren(one))), None)


def _usable_siren(found: str | None) -> str | None:
    digits = re.sub(r"\s", "", found or "")
    try:
        return official_codes.siren(digits) if re.fullmatch(r"\d{9}", digits) else None
    except ValueError:
        return None


def _previous(fields: Fields) -> str | None:
    """« BODACC A », 20260123, 456 → A20260123456."""
    notice = fields.held("parutionavisprecedent")
    if notice is None:
        return None
    letter, issue = notice.text("nomPublication"), notice.code("numeroParution")
    number = notice.code("numeroAnnonce")
    return f"{letter.split()[-1]}{issue}{number}" if letter and issue and number else None
