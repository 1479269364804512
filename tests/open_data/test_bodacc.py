"""BODACC: insolvencies of companies become cases, and end; nobody's private data passes."""

import json
from datetime import date
from typing import Any

import pytest

from api.open_data.sources import bodacc
from api.open_data.sources.contract import BadRecord, CaseNotice, CaseStep, OpportunityFound
from tests.support.open_data_samples import TODAY, put, records, without

NOTICES = {record["id"]: record for record in records(bodacc)}
JOINERY, WEAVERS, TRANSPORT = "A202602031101", "A20260205874", "A20260222903"


def case(name: str) -> OpportunityFound:
    (found,) = bodacc.read(NOTICES[name], TODAY)
    assert isinstance(found, OpportunityFound)
    return found


def judged(nature: str, text: str = "", famille: str = "") -> list[Any]:
    judgment = {
        "type": "initial",
        "famille": famille,
        "nature": nature,
        "date": "2026-11-10",
        "complementJugement": text,
    }
    return bodacc.read(NOTICES[TRANSPORT] | {"jugement": json.dumps(judgment, ensure_ascii=False)}, TODAY)


def test_a_liquidation_is_a_public_takeover_case_with_its_deadline_for_offers() -> None:
    found = case(JOINERY)
    assert found.source_id == "siren:000400002"
    assert found.content["title"] == "MENUISERIE DE L'ISERE BASSE"
    assert found.content["teaser"].startswith("Fabrication et pose de menuiseries bois et aluminium, en liquidation")
    assert found.content["confidential"] is False
    assert found.content["deadline"] == date(2026, 12, 4)
    assert found.content["takeover"] == {"cause": "insolvency", "holder_siren": "000400002"}
    assert (found.content["department"], found.content["postcode"]) == ("26", "26100")
    assert "13 octobre 2026" in found.content["description"]
    assert found.missing == ()


def test_the_delay_of_creditors_is_no_deadline_for_a_buyer() -> None:
    assert "deadline" not in case(WEAVERS).content


@pytest.mark.parametrize(
    ("text", "deadline"),
    [
        ("Les offres de reprise devront être déposées avant le 4 décembre 2026 à 12 heures.", date(2026, 12, 4)),
        ("Date limite de dépôt des offres fixée au 18/12/2026.", date(2026, 12, 18)),
        ("Offres à remettre au plus tard le 1er février 2027", date(2027, 2, 1)),
        ("Des offres sont possibles. Créances à déclarer avant le 4 décembre 2026.", None),
        ("Créances à déclarer avant le 4 décembre 2026.", None),
        ("Offres avant le 31 février 2027.", None),
    ],
)
def test_the_deadline_is_the_first_date_after_offers_in_their_sentence(text: str, deadline: date | None) -> None:
    (found,) = judged("Jugement d'ouverture de liquidation judiciaire", text)
    assert found.content.get("deadline") == deadline


@pytest.mark.parametrize(
    ("nature", "text", "said"),
    [
        ("Jugement d'ouverture d'une procédure de redressement judiciaire", "", "en redressement judiciaire"),
        ("Jugement de conversion en liquidation judiciaire", "", "en liquidation judiciaire"),
        (
            "Autre jugement et ordonnance",
            "Ouvre les opérations de la liquidation judiciaire",
            "en liquidation judiciaire",
        ),
    ],
)
def test_a_case_says_which_procedure_was_opened(nature: str, text: str, said: str) -> None:
    (found,) = judged(nature, text)
    assert said in found.content["teaser"]


@pytest.mark.parametrize(
    ("nature", "text", "step"),
    [
        ("Jugement de clÃ´ture pour extinction du passif", "", "debts_paid"),  # as some notices are really served
        ("Jugement arrêtant un plan de cession", "", "sold"),
        ("Autre jugement et ordonnance", "Clôture pour insuffisance d'actif - N° RG : 22/00235", "insufficient_assets"),
        ("Dépôt de l'état des créances", "", None),
    ],
)
def test_an_end_is_a_step_of_the_case_and_makes_none(nature: str, text: str, step: str | None) -> None:
    found = judged(nature, text)
    assert [(type(one), one.notice.step) for one in found] == ([(CaseStep, step)] if step else [])


def test_a_conversion_changes_the_same_case() -> None:
    assert case("A20260221655").source_id == case(WEAVERS).source_id
    assert case("A20260221655").content["deadline"] == date(2026, 12, 11)


def test_a_correction_replaces_the_notice_that_it_names_and_an_annulment_annuls_it() -> None:
    corrected = case("A20260215318")
    assert corrected.source_id == case("A202602131207").source_id
    assert "A202602131207" in corrected.aliases
    assert "salon de thé" in corrected.content["teaser"]
    published, original = date(2026, 11, 4), date(2026, 11, 2)
    expected = CaseNotice("A20260215318", published, "opening", "replaces", "A202602131207", original)
    assert corrected.notice == expected
    (annulled,) = bodacc.read(NOTICES["A2026021977"], TODAY)
    assert isinstance(annulled, CaseStep)
    assert annulled.source_id == case("A20260217540").source_id
    assert (annulled.notice.amendment, annulled.notice.amends) == ("annuls", "A20260217540")


def test_an_annulment_says_what_it_annuls_and_needs_no_judgment_for_it() -> None:
    closing = {
        "type": "annule",
        "famille": "Jugement de clôture",
        "nature": "Jugement de clôture pour extinction du passif",
    }
    (annulled,) = bodacc.read(NOTICES["A2026021977"] | {"jugement": json.dumps(closing)}, TODAY)
    assert isinstance(annulled, CaseStep)
    assert (annulled.notice.step, annulled.notice.amendment) == ("debts_paid", "annuls")
    (silent,) = bodacc.read(NOTICES["A2026021977"] | {"jugement": None}, TODAY)
    assert isinstance(silent, CaseStep)
    assert (silent.notice.step, silent.notice.amends) == (None, "A20260217540")


def test_an_annulment_that_names_nobody_is_known_by_the_notice_that_it_annuls() -> None:
    record = NOTICES["A2026021977"] | {"listepersonnes": None, "registre": None}
    (annulled,) = bodacc.read(record, TODAY)
    assert isinstance(annulled, CaseStep)
    assert annulled.source_id == annulled.notice.amends == "A20260217540"
    assert bodacc.read(bodacc.public(record), TODAY) == [annulled]


@pytest.mark.parametrize(
    ("nature", "text", "missing"),
    [
        ("Autre jugement et ordonnance", "", ("jugement.complementJugement",)),
        ("Autre jugement et ordonnance", "Ordonnance Juge commissaire: Acceptation", None),
        ("Jugement de transmutation", "", ("jugement.nature",)),
        ("Jugement de faillite personnelle", "", None),
    ],
)
def test_a_judgment_that_is_not_understood_is_reported(nature: str, text: str, missing: tuple[str] | None) -> None:
    assert [one.missing for one in judged(nature, text)] == ([missing] if missing else [])


@pytest.mark.parametrize("text", ["", "Ordonnance Juge commissaire: Acceptation", "Clôture pour insuffisance d'actif"])
def test_what_is_kept_of_a_civil_judgment_is_read_as_the_whole_is(text: str) -> None:
    judgment = {"famille": "Extrait de jugement", "nature": "Autre jugement et ordonnance", "complementJugement": text}
    record = NOTICES[TRANSPORT] | {"jugement": json.dumps(judgment)}
    assert bodacc.read(bodacc.public(record), TODAY) == bodacc.read(record, TODAY)


@pytest.mark.parametrize("name", ["A20260215318", "A2026021977"])
def test_an_amendment_that_does_not_name_what_it_amends_is_reported(name: str) -> None:
    (found,) = bodacc.read(without(NOTICES[name], ("parutionavisprecedent",)), TODAY)
    assert isinstance(found, OpportunityFound | CaseStep)
    assert found.notice
    assert (found.notice.amends, found.missing) == (None, ("parutionavisprecedent",))


def test_a_retraction_withdraws_the_opening() -> None:
    (withdrawn,) = judged("Rétractation de jugement d'ouverture sur tierce opposition")
    assert (withdrawn.notice.step, withdrawn.notice.amendment) == ("withdrawn", "annuls")


def test_an_end_is_dated_as_cases_are_by_its_publication() -> None:
    """A judgment precedes its publication by days: dated by it, an end could seem older than the case that it ends."""
    (end,) = bodacc.read(NOTICES["A20260224211"], TODAY)
    assert isinstance(end, CaseStep)
    assert (end.source_id, end.notice.step) == (case(TRANSPORT).source_id, "sold")
    assert end.notice.published_on == date(2026, 11, 18) > case(TRANSPORT).content["published_on"]


def test_a_body_without_siren_is_known_by_its_first_notice() -> None:
    nobody = {"registre": None, "listepersonnes": json.dumps({"personne": {"typePersonne": "pm", "denomination": "X"}})}
    (first,) = bodacc.read(NOTICES["A202602131207"] | nobody, TODAY)
    (corrected,) = bodacc.read(NOTICES["A20260215318"] | nobody, TODAY)
    assert first.source_id == corrected.source_id == "A202602131207"


def test_a_sale_ends_the_sellers_case_not_the_buyers() -> None:
    sale = CaseNotice("A20260227619", date(2026, 11, 23), "sale")
    assert bodacc.read(NOTICES["A20260227619"], TODAY) == [CaseStep("bodacc", case(JOINERY).source_id, sale)]


def test_a_sale_that_is_annulled_no_longer_ends_the_sellers_case() -> None:
    previous = {"nomPublication": "BODACC A", "numeroParution": "20260227", "numeroAnnonce": 619}
    record = NOTICES["A20260227619"] | {"id": "A202602301", "typeavis": "annulation"}
    (annulled,) = bodacc.read(record | {"parutionavisprecedent": json.dumps(previous)}, TODAY)
    assert isinstance(annulled, CaseStep)
    assert annulled.source_id == case(JOINERY).source_id
    assert (annulled.notice.amendment, annulled.notice.amends) == ("annuls", "A20260227619")


def test_a_sale_by_a_natural_person_says_nothing() -> None:
    path = ("listeprecedentproprietaire", "@json", "personne", "typePersonne")
    assert bodacc.read(put(NOTICES["A20260227619"], path, "pp"), TODAY) == []


@pytest.mark.parametrize(
    "person",
    [
        {"typePersonne": "pp", "nom": "CANARI", "prenom": "Camille"},
        {"typePersonne": "pp", "denomination": "CANARI CAMILLE"},
        {"nom": "CANARI", "denomination": "CANARI CAMILLE"},
        {"nomCommercial": "CHEZ CANARI"},
        [{"typePersonne": "pm", "denomination": "X"}, {"typePersonne": "pp", "nom": "CANARI"}],
    ],
    ids=repr,
)
def test_a_notice_about_a_natural_person_yields_nothing_and_is_not_kept(person: Any) -> None:
    record = NOTICES[JOINERY] | {"listepersonnes": json.dumps({"personne": person}), "commercant": "CANARI"}
    assert bodacc.read(record, TODAY) == []
    assert "CANARI" not in json.dumps(bodacc.public(record))
    assert bodacc.public(record)["id"] == JOINERY


def test_a_notice_whose_people_cannot_be_read_is_not_kept_either() -> None:
    record = NOTICES[JOINERY] | {"listepersonnes": "{CANARI"}
    with pytest.raises(BadRecord):
        bodacc.read(record, TODAY)
    assert "CANARI" not in json.dumps(bodacc.public(record))


@pytest.mark.parametrize(
    ("field", "value"), [("dateparution", 2026), ("typeavis", "farce"), ("jugement", "{"), ("registre", 5), ("cp", [])]
)
def test_a_field_of_another_type_is_refused_by_its_name(field: str, value: Any) -> None:
    with pytest.raises(BadRecord) as refused:
        bodacc.read(NOTICES[JOINERY] | {field: value}, TODAY)
    assert (refused.value.reference, refused.value.field.split(".")[0]) == (JOINERY, field)


def test_a_case_without_an_activity_says_so() -> None:
    (found,) = bodacc.read(without(NOTICES[JOINERY], ("listepersonnes", "@json", "personne", "activite")), TODAY)
    assert isinstance(found, OpportunityFound)
    assert found.missing == ("listepersonnes (activite)",)
    assert found.content["teaser"] == "Entreprise, en liquidation judiciaire (Romans-sur-Isère)"


@pytest.mark.parametrize("field", ["ville", "cp", "numerodepartement", "url_complete"])
def test_a_missing_field_is_reported(field: str) -> None:
    (found,) = bodacc.read(without(NOTICES[JOINERY], (field,)), TODAY)
    assert isinstance(found, OpportunityFound)
    assert found.missing == (field,)


def test_a_natural_person_beside_a_company_is_not_kept() -> None:
    """The seller of a business that a company bought, with a denomination or not."""
    seller = {"typePersonne": "pp", "denomination": "CANARI CAMILLE", "siretEtablissement": "1"}
    kept = bodacc.public(NOTICES["A20260227619"] | {"listeprecedentproprietaire": json.dumps({"personne": seller})})
    assert "CANARI" not in json.dumps(kept)
    assert "MENUISERIES REUNIES DE ROMANS" in json.dumps(kept)
