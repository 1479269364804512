"""BODACC: insolvencies of companies become cases, and end; nobody's private data passes."""

import json
from datetime import date
from typing import Any

import pytest

from api.open_data.sources import bodacc
from api.open_data.sources.contract import BadRecord, Closed, OpportunityFound
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
    ("nature", "outcome"),
    [
        ("Jugement d'ouverture de liquidation judiciaire", "Liquidation"),
        ("Jugement d'ouverture d'une procédure de redressement judiciaire", "Redressement"),
        ("Jugement de conversion en liquidation judiciaire de la procédure de sauvegarde", "Liquidation"),
        ("Jugement de conversion en redressement judiciaire de la procédure de sauvegarde", "Redressement"),
        ("Jugement d'extension de liquidation judiciaire", "Liquidation"),
        ("Jugement de reprise de la procédure de liquidation judiciaire", "Liquidation"),
        ("Jugement prononçant la résolution du plan de redressement et la liquidation judiciaire", "Liquidation"),
        ("Jugement prononçant la résolution du plan de cession et la liquidation judiciaire", "Liquidation"),
        ("Jugement d'ouverture d'une procédure de sauvegarde", None),
        ("Jugement arrêtant un plan de cession", "sold"),
        ("Jugement de clôture pour insuffisance d'actif", "sold"),
        ("Jugement de clÃ´ture pour extinction du passif", "sold"),  # as some notices are really served
        ("Jugement arrêtant le plan de redressement", "cancelled"),
        ("Jugement mettant fin à la procédure de redressement judiciaire", "cancelled"),
        ("Rétractation sur tierce opposition", "cancelled"),
        ("Dépôt de l'état des créances", None),
        ("Liste des créances nées après le jugement d'ouverture d'une procédure de liquidation judiciaire", None),
        ("Jugement modifiant le plan de redressement", None),
        ("Jugement accordant un délai pour déposer la liste des créances", None),
        ("Jugement de faillite personnelle", None),
        ("Arrêt de la cour d'appel infirmant une décision soumise à publicité", None),
    ],
)
def test_what_becomes_of_each_judgment(nature: str, outcome: str | None) -> None:
    found = judged(nature)
    if outcome is None:
        assert found == []
    elif outcome in ("sold", "cancelled"):
        assert [(type(one), one.reason) for one in found] == [(Closed, outcome)]
    else:
        assert outcome.lower() in found[0].content["teaser"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Ouvre la procédure de redressement judiciaire.", OpportunityFound),
        ("Jugement prononçant la liquidation judiciaire simplifiée.", OpportunityFound),
        ("Arrête le plan de cession de l'entreprise.", Closed),
        ("Ordonnance prorogeant la vérification, dans la liquidation judiciaire.", None),
    ],
)
def test_of_another_judgment_only_the_text_tells_more(text: str, found: Any) -> None:
    assert [type(one) for one in judged("Autre jugement et ordonnance", text)] == ([found] if found else [])


def test_a_conversion_changes_the_same_case() -> None:
    assert case("A20260221655").source_id == case(WEAVERS).source_id
    assert case("A20260221655").content["deadline"] == date(2026, 12, 11)


def test_a_correction_changes_the_case_that_it_names_and_an_annulment_ends_it() -> None:
    corrected = case("A20260215318")
    assert corrected.source_id == case("A202602131207").source_id
    assert "A202602131207" in corrected.aliases
    assert "salon de thé" in corrected.content["teaser"]
    (annulled,) = bodacc.read(NOTICES["A2026021977"], TODAY)
    assert isinstance(annulled, Closed)
    assert (annulled.source_id, annulled.reason) == (case("A20260217540").source_id, "cancelled")


def test_an_end_is_dated_as_cases_are_by_its_publication() -> None:
    """A judgment precedes its publication by days: dated by it, an end could seem older than the case that it ends."""
    (end,) = bodacc.read(NOTICES["A20260224211"], TODAY)
    assert isinstance(end, Closed)
    assert (end.source_id, end.reason) == (case(TRANSPORT).source_id, "sold")
    assert end.on == date(2026, 11, 18) > case(TRANSPORT).content["published_on"]


def test_a_body_without_siren_is_known_by_its_first_notice() -> None:
    nobody = {"registre": None, "listepersonnes": json.dumps({"personne": {"typePersonne": "pm", "denomination": "X"}})}
    (first,) = bodacc.read(NOTICES["A202602131207"] | nobody, TODAY)
    (corrected,) = bodacc.read(NOTICES["A20260215318"] | nobody, TODAY)
    assert first.source_id == corrected.source_id == "A202602131207"


def test_a_sale_ends_the_sellers_case_not_the_buyers() -> None:
    assert bodacc.read(NOTICES["A20260227619"], TODAY) == [
        Closed("bodacc", case(JOINERY).source_id, "sold", date(2026, 11, 23))
    ]


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
