"""BODACC: insolvencies and completed sales of companies → takeover cases, and their end.

Source: dataset `annonces-commerciales` of bodacc-datadila.opendatasoft.com (DILA, Licence Ouverte 2.0).

**A case is the sequence of its notices** (`api.open_data.case_state`). Each fact says which notice it is, what it does
(`judgments`), and which other notice it annuls or replaces (`parutionavisprecedent`). A completed sale ends the
seller's case. A « rétractation sur tierce opposition » annuls the judgment that it withdraws.

**Identity.** Later notices name the company, by its SIREN, not the first notice: a case's `source_id` is `siren:…`.
A body without one (some associations) is known by its first notice's `id` (letter, issue, number); a correction gives
that of the notice that it replaces.

**Not confidential**, unlike other cases: the notice is published by law, with the company's name.
**Companies only**: a notice about a natural person yields nothing, and nearly nothing of it is kept (`public`). People
named in a company's notice (directors, officers of the court) are left out too: the notice's link gives them.
The only deadline is that for offers, where the text gives one: the creditors' two months are no deadline for a buyer.
"""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Literal

from api.catalogue.schemas import OpportunityIn
from api.core import official_codes
from api.open_data.sources import opendatasoft
from api.open_data.sources.content import drop_unknown, missing_fields, validate_content
from api.open_data.sources.contract import CaseNotice, CaseStep, OpportunityFound, Page, Request, SourceFact
from api.open_data.sources.fields import REQUIRED, Fields
from api.open_data.sources.judgments import NOTHING, Judgment, offers_until, public_extract, read_judgment
from api.open_data.sources.people import without_people
from api.open_data.sources.words import day_in_french

SOURCE = "bodacc"
_FAMILIES = ("collective", "vente")
_KEPT_OF_PEOPLE = frozenset({
    "id", "publicationavis", "parution", "dateparution", "numeroannonce", "typeavis", "familleavis",
    "numerodepartement", "parutionavisprecedent",
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
    family_condition = opendatasoft.any_of("familleavis", _FAMILIES)
    department_condition = opendatasoft.in_departments("numerodepartement", departments)
    yield from opendatasoft.windows(
        "annonces-commerciales", since, today, f"{family_condition} AND {department_condition}", "id"
    )


def page(body: Any, request: Request) -> Page:
    return opendatasoft.page(SOURCE, body, request)


def reference(record: dict[str, Any]) -> str:
    """Return the notice's `id`: letter of the bulletin, issue and number. Raises BadRecord."""
    return Fields(record).required("id")


def public(record: dict[str, Any]) -> dict[str, Any]:
    """Return the record without people; of a notice about a person, only the fields of its publication."""
    try:
        about_people = not _is_company(Fields(record))
    except ValueError:
        about_people = True
    if about_people:
        return {field_name: field_value for field_name, field_value in record.items() if field_name in _KEPT_OF_PEOPLE}
    kept_fields = without_people(record, _PEOPLE, _HOLDING_JSON)
    try:
        judgment = Fields(record).held("jugement")
        kept_text = judgment and public_extract(judgment.text("complementJugement") or "")
    except ValueError:
        return kept_fields
    if judgment and kept_text:
        judgment_fields = kept_fields["jugement"]
        if isinstance(judgment_fields, str):
            judgment_fields = json.loads(judgment_fields)
        kept_fields["jugement"] = json.dumps(judgment_fields | {"complementJugement": kept_text}, ensure_ascii=False)
    return kept_fields


def read(record: dict[str, Any], today: date) -> list[SourceFact]:  # noqa: ARG001 (the same for every source)
    """Return a takeover case, a step of one, or nothing. Raises BadRecord."""
    fields = Fields(record, reference(record))
    family = fields.required("familleavis")
    published_on = fields.day("dateparution") or fields.refuse("dateparution", REQUIRED)
    kind = fields.required("typeavis")
    if kind not in ("annonce", "rectificatif", "annulation"):
        fields.refuse("typeavis", f"type d’avis inconnu : « {kind} »")
    if family == "vente":
        notice = _notice(fields, kind, published_on, Judgment("sale"))
        return [CaseStep(SOURCE, f"siren:{siren}", notice, (), _unnamed(notice)) for siren in _sellers(fields)]
    if family != "collective":
        return []
    if kind == "annulation" and not _persons(fields, "listepersonnes"):
        # It only names the notice that it annuls.
        notice = _notice(fields, kind, published_on, NOTHING)
        return [CaseStep(SOURCE, notice.amends, notice, (fields.reference,))] if notice.amends else []
    if not _is_company(fields):
        return []
    judgment_fields = fields.held("jugement")
    if judgment_fields is None and kind != "annulation":
        fields.refuse("jugement", REQUIRED)
    judgment = _judgment(judgment_fields, is_required=kind != "annulation")
    notice = _notice(fields, kind, published_on, judgment)
    siren = _siren(fields)
    source_id = f"siren:{siren}" if siren else notice.amends or fields.reference
    aliases = tuple(name for name in (notice.amends, fields.reference) if name and name != source_id)
    unread = (f"jugement.{judgment.unread}",) if judgment.unread and kind != "annulation" else ()
    missing_names = unread + _unnamed(notice)
    if judgment.procedure is None or judgment_fields is None or notice.amendment == "annuls":
        says_something = notice.step or notice.amendment or missing_names
        return [CaseStep(SOURCE, source_id, notice, aliases, missing_names)] if says_something else []
    content = _case(fields, judgment_fields, judgment.procedure, siren)
    content |= {"source_id": source_id, "published_on": published_on}
    validate_content(OpportunityIn, content, fields, _FED_BY)
    missing_names += missing_fields(content, _EXPECTED)
    if not _activity(fields):
        missing_names += ("listepersonnes (activite)",)
    return [OpportunityFound(SOURCE, source_id, content, missing_names, aliases, notice=notice)]


def _judgment(judgment: Fields | None, *, is_required: bool) -> Judgment:
    """Return what the judgment does. An annulment may be silent about the one that it annuls."""
    if judgment is None:
        return NOTHING
    nature = " ".join(text for text in (judgment.text("famille"), judgment.text("nature")) if text)
    if not nature and is_required:
        judgment.refuse("nature", REQUIRED)
    return read_judgment(nature, judgment.text("complementJugement") or "")


def _unnamed(notice: CaseNotice) -> tuple[str, ...]:
    """Return the field that should name the notice which this one annuls or replaces, where it does not."""
    is_amendment = notice.amendment and notice.step != "withdrawn"
    return ("parutionavisprecedent",) if is_amendment and not notice.amends else ()


def _notice(fields: Fields, kind: str, published_on: date, judgment: Judgment) -> CaseNotice:
    previous = fields.held("parutionavisprecedent")
    amends = _notice_id(previous) if previous else None
    amended_on = previous.day("dateParution") if previous else None
    amendment: Literal["replaces", "annuls"] | None = "replaces" if kind == "rectificatif" else None
    if kind == "annulation" or judgment.step == "withdrawn":
        amendment = "annuls"
    return CaseNotice(fields.reference, published_on, judgment.step, amendment, amends, amended_on)


def _case(fields: Fields, judgment: Fields, procedure: str, siren: str | None) -> dict[str, Any]:
    first_person = next(iter(_persons(fields, "listepersonnes")), None)
    company_name = (first_person and first_person.text("denomination")) or fields.required("commercant")
    activity_text = _activity(fields)
    city, postcode = fields.text("ville"), fields.code("cp")
    judged_on, court = judgment.day("date"), fields.text("tribunal")
    place_words = f" ({city})" if city else ""
    description_lines = [
        f"{procedure}{f' du {day_in_french(judged_on)}' if judged_on else ''}{f' ({court})' if court else ''}.",
        f"Activité : {activity_text}." if activity_text else "",
        f"Forme juridique : {legal_form}."
        if first_person and (legal_form := first_person.text("formeJuridique"))
        else "",
        "L’administrateur ou le liquidateur, à qui adresser une offre, est nommé dans l’annonce.",
    ]
    return drop_unknown(
        source=SOURCE,
        kind="takeover",
        status="open",
        title=company_name,
        teaser=f"{activity_text or 'Entreprise'}, en {procedure.lower()}{place_words}",
        description="\n".join(line for line in description_lines if line),
        confidential=False,
        deadline=offers_until(judgment.text("complementJugement") or ""),
        commune_name=city,
        postcode=postcode if postcode and re.fullmatch(r"\d{5}", postcode) else None,
        department=fields.code("numerodepartement"),
        url=fields.text("url_complete"),
        takeover=drop_unknown(cause="insolvency", holder_siren=siren),
    )


def _sellers(fields: Fields) -> Iterator[str]:
    """Yield the SIREN of the companies that sold. The buyer publishes the notice: the seller is the previous owner."""
    sellers = (
        _usable_siren(person.first_text("numeroImmatriculation numeroIdentification"))
        for list_name in ("listeprecedentproprietaire", "listeprecedentexploitant")
        for person in _persons(fields, list_name)
        if _is_moral(person)
    )
    yield from dict.fromkeys(siren for siren in sellers if siren)


def _persons(fields: Fields, list_name: str) -> list[Fields]:
    list_holder = fields.held(list_name)
    return list(list_holder.each("personne")) if list_holder else []


def _is_company(fields: Fields) -> bool:
    """Tell whether the notice names its subjects, and all are companies."""
    persons = _persons(fields, "listepersonnes")
    return bool(persons) and all(_is_moral(person) for person in persons)


def _is_moral(person: Fields) -> bool:
    """Tell whether a person is a legal one; without a declared kind, it has a company name and no person's name."""
    human_name = person.content.get("nom") or person.content.get("prenom")
    return person.text("typePersonne") in ("pm", None) and bool(person.text("denomination")) and not human_name


def _activity(fields: Fields) -> str | None:
    activity_text = next(
        (activity for person in _persons(fields, "listepersonnes") if (activity := person.text("activite"))), None
    )
    if not activity_text and (establishments := fields.held("listeetablissements")):
        activity_text = establishments.first_text("etablissement activite")
    return activity_text.rstrip(" .") if activity_text else None


def _siren(fields: Fields) -> str | None:
    person_numbers = [
        person.first_text("numeroImmatriculation numeroIdentification") for person in _persons(fields, "listepersonnes")
    ]
    return next(
        (
            usable_siren
            for register_number in (*fields.texts("registre"), *person_numbers)
            if (usable_siren := _usable_siren(register_number))
        ),
        None,
    )


def _usable_siren(register_number: str | None) -> str | None:
    digits = re.sub(r"\s", "", register_number or "")
    try:
        return official_codes.siren(digits) if re.fullmatch(r"\d{9}", digits) else None
    except ValueError:
        return None


def _notice_id(notice: Fields) -> str | None:
    """« BODACC A », 20260123, 456 → A20260123456."""
    letter, issue_number = notice.text("nomPublication"), notice.code("numeroParution")
    number = notice.code("numeroAnnonce")
    return f"{letter.split()[-1]}{issue_number}{number}" if letter and issue_number and number else None
