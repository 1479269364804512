"""DECP: who won what, who holds it, and what will be bought again."""

import json
from datetime import date
from typing import Any

import pytest

from api.open_data.sources import decp
from api.open_data.sources.contract import ActorFound, BadRecord, OpportunityFound, Reference, SourceFact
from tests.support.open_data_samples import SHARED, TODAY, records

SCHOOLS = "Nettoyage des groupes scolaires"

ROWS = records(decp)


def row(title: str, place: int = 0) -> dict[str, Any]:
    return [record for record in ROWS if record["objet"] == title][place]


def renewals(record: dict[str, Any], today: date = TODAY) -> list[OpportunityFound]:
    return [fact for fact in decp.read(record, today) if isinstance(fact, OpportunityFound)]


def actors(record: dict[str, Any]) -> list[ActorFound]:
    return [fact for fact in decp.read(record, TODAY) if isinstance(fact, ActorFound)]


def test_a_contract_is_a_reference_of_its_winner() -> None:
    won = decp.read(row("Maintenance des serveurs des collèges"), TODAY)
    assert won == [
        Reference(
            "decp",
            row("Maintenance des serveurs des collèges")["uid"] + "/00010010700010",
            "00010010700010",
            "Maintenance des serveurs des collèges",
            "DÉPARTEMENT DE LA DRÔME",
            ["50312000"],
            amount_eur=118000,
            notified_on=date(2025, 2, 17),
            months=36,
        )
    ]


def test_two_winners_have_a_reference_each_and_one_renewal() -> None:
    """The renewal is read from either row, the same."""
    title = "Restauration des collèges du nord Ardèche"
    (first, renewal), (second, again) = (decp.read(row(title, place), TODAY) for place in (0, 1))
    assert isinstance(first, Reference)
    assert isinstance(second, Reference)
    assert first.siret != second.siret
    assert first.source_id != second.source_id
    assert renewal == again


def test_a_renewal_says_that_nothing_is_published_and_when_the_contract_ends() -> None:
    _, renewal = decp.read(row(SCHOOLS), TODAY)
    assert isinstance(renewal, OpportunityFound)
    content = renewal.content
    assert content["title"] == "Nettoyage des groupes scolaires (renouvellement probable)"
    assert "attendue en mars 2027" in content["description"]
    assert "Rien n’en est publié" in content["description"]
    assert "le suivant ne l’est pas forcément" in content["description"]
    assert content["commune_code"] == "26281"
    assert content["department"] == "26"
    assert content["social_clause"] is True
    assert not {"deadline", "reserved"} & content.keys()


def test_a_renewal_is_expected_four_months_before_the_end_of_its_contract() -> None:
    """Notified on 4 March 2024 for 36 months, it ends on 4 March 2027."""
    (renewal,) = renewals(row(SCHOOLS))
    assert (renewal.content["status"], renewal.content["published_on"]) == ("expected", date(2026, 11, 4))
    assert "soit vers novembre 2026" in renewal.content["description"]


@pytest.mark.parametrize(
    ("today", "is_announced"),
    [
        (date(2026, 3, 3), False),
        (date(2026, 3, 4), True),
        (date(2027, 3, 3), True),
        (date(2027, 3, 4), False),
    ],
)
def test_a_renewal_is_announced_in_the_last_year_of_its_contract(today: date, is_announced: bool) -> None:
    assert bool(renewals(row(SCHOOLS), today)) is is_announced


@pytest.mark.parametrize("left", [None, 0.0, 3.2, 31.0])
def test_the_months_that_the_service_counts_change_nothing(left: Any) -> None:
    assert decp.read(row(SCHOOLS) | {"dureeRestanteMois": left}, TODAY) == decp.read(row(SCHOOLS), TODAY)


def test_the_end_of_a_modified_contract_is_the_latest_possible() -> None:
    """The table gives the day of the modification beside the whole duration, and so the end is not known better."""
    (renewal,) = renewals(row("Entretien des berges", 1))
    assert renewal.content["published_on"] == date(2027, 11, 14)
    assert "modifié en septembre 2026" in renewal.content["description"]
    assert "attendue en mars 2028 au plus tard" in renewal.content["description"]
    # It may stand on the list for an earlier day: its new one is told although it is far off.
    assert not renewals(row("Entretien des berges", 1) | {"modification_id": "0"})


@pytest.mark.parametrize("title", ["Travaux de menuiserie à la salle des fêtes", "Réfection du mur du cimetière"])
def test_works_renew_nothing(title: str) -> None:
    assert [type(one) for one in decp.read(row(title), TODAY)] == [Reference]


def test_an_amount_that_cannot_be_says_nothing() -> None:
    won, renewal = decp.read(row("Exploitation du réemploi en déchèterie"), TODAY)
    assert isinstance(won, Reference)
    assert won.amount_eur is None
    assert isinstance(renewal, OpportunityFound)
    assert "montant" in renewal.missing


def test_only_the_current_version_of_a_contract_counts() -> None:
    assert decp.read(row("Entretien des berges"), TODAY) == []
    won, _ = decp.read(row("Entretien des berges", 1), TODAY)
    assert isinstance(won, Reference)
    assert won.amount_eur == 36500


def test_a_foreign_winner_has_no_reference_and_the_renewal_stays() -> None:
    (renewal,) = decp.read(row("Fourniture de logiciels de gestion"), TODAY)
    assert isinstance(renewal, OpportunityFound)


def test_a_wrong_siret_is_refused_where_nothing_else_is_to_be_read() -> None:
    with pytest.raises(BadRecord) as refused:
        decp.read(row("Contrôle des aires de jeux"), TODAY)
    assert refused.value.field == "titulaire_id"
    assert "12345678901234" in refused.value.reference
    (renewal,) = decp.read(row(SCHOOLS) | {"titulaire_id": "12345678901234"}, TODAY)
    assert isinstance(renewal, OpportunityFound)


@pytest.mark.parametrize(
    ("code", "kind", "place"),
    [
        ("26281", "Code commune", {"commune_code": "26281", "department": "26"}),
        ("26100", "Code postal", {"postcode": "26100", "department": "26"}),
        ("07", "Code département", {"department": "07"}),
        ("84", "Code région", {"department": "26"}),
        ("FRK23", "Code NUTS", {"department": "26"}),
        (None, None, {"department": "26"}),
    ],
)
def test_the_place_is_what_its_code_tells_else_the_buyers_department(code: Any, kind: Any, place: Any) -> None:
    record = row(SCHOOLS) | {"lieuExecution_code": code, "lieuExecution_typeCode": kind}
    _, renewal = decp.read(record, TODAY)
    assert isinstance(renewal, OpportunityFound)
    told = {
        name: renewal.content[name] for name in ("commune_code", "postcode", "department") if name in renewal.content
    }
    assert told == place


@pytest.mark.parametrize(
    ("field", "value"),
    [("montant", "beaucoup"), ("montant", float("nan")), ("dureeMois", [36]), ("objet", 7), ("uid", None)],
)
def test_a_field_of_another_type_is_refused_by_its_name(field: str, value: Any) -> None:
    with pytest.raises(BadRecord) as refused:
        decp.read(row(SCHOOLS) | {field: value}, TODAY)
    assert refused.value.field == field


def test_queries_are_for_buyers_and_winners_since_a_day_and_for_what_ends_soon() -> None:
    asked = [request.params for request in decp.requests(["26"], date(2026, 11, 1), TODAY)]
    assert [next(iter(params)) for params in asked] == [
        "acheteur_departement_code__exact",
        "titulaire_departement_code__exact",
        "acheteur_departement_code__exact",
    ]
    assert all(params["donneesActuelles__exact"] == "true" for params in asked)
    assert asked[0]["dateNotification__greater"] == "2026-11-01"
    assert asked[2]["dureeRestanteMois__less"] == "12"


def test_the_address_of_the_next_page_is_not_followed() -> None:
    request = next(iter(decp.requests(["26"], TODAY, TODAY)))
    links = {"next": "https://ailleurs.invalid/?page=7"}
    page = decp.page({"data": [{}], "links": links, "meta": {"total": 900}}, request)
    assert page.following is not None
    assert page.following.path == request.path
    assert page.following.params == request.params | {"page": "2"}


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/samples is absent")
def test_the_shared_sample_flattened_as_the_table_is_gives_references() -> None:
    """It is of the original, nested form, which the tabular API does not serve: one row a winner, as its makers do."""
    contracts = json.loads((SHARED / "decp_v2_exemple.json").read_text("utf-8"))["marches"]["marche"]
    read = []
    for contract in contracts:
        for winner in contract["titulaires"]:
            flat = {name: value for name, value in contract.items() if not isinstance(value, dict | list)}
            flat |= {
                "uid": contract["acheteur"]["id"] + contract["id"],
                "acheteur_id": contract["acheteur"]["id"],
                "titulaire_id": winner["titulaire"]["id"],
                "titulaire_typeIdentifiant": winner["titulaire"]["typeIdentifiant"],
                "donneesActuelles": True,
            }
            read += decp.read(flat, TODAY)
    assert len(read) == sum(len(contract["titulaires"]) for contract in contracts)
    assert all(isinstance(one, Reference) and one.cpv for one in read)


def test_a_purchase_of_less_than_a_year_renews_nothing() -> None:
    record = row(SCHOOLS) | {"dureeMois": 11, "dateNotification": "2026-06-01"}
    assert [type(one) for one in decp.read(record, TODAY)] == [Reference]


def test_an_association_that_holds_a_contract_is_an_actor_of_the_ess() -> None:
    (actor,) = actors(row("Entretien des jardins familiaux"))
    assert actor.content == {
        "source": "decp",
        "source_id": "00099101800011",
        "siret": "00099101800011",
        "name": "REGIE DE QUARTIER DES COTEAUX",
        "kind": "association",
        "ess": True,
        "naf": [{"code": "81.30Z", "nomenclature": "naf_rev2"}],
        "commune_code": "26281",
        "department": "26",
        "lat": 45.0459,
        "lon": 5.0504,
    }


def test_of_a_company_without_a_label_nothing_is_said_about_the_ess() -> None:
    (actor,) = actors(row("Nettoyage des locaux administratifs"))
    assert (actor.content["kind"], actor.content.get("ess")) == ("company", None)


HOLDER = row("Nettoyage des locaux administratifs")


@pytest.mark.parametrize(
    ("changes", "kind", "ess"),
    [
        ({"titulaire_labels": "Qualiopi, SIAE"}, "company", True),
        ({"titulaire_labels": "Bio, RGE"}, "company", None),
        ({"titulaire_labels": "Association"}, "association", None),
        ({"titulaire_nom": "SCOP LES CORDEES"}, "scop", None),
        ({"titulaire_nom": "ASSOCIATION DES AMIS DU VIEUX PONT"}, "company", None),
    ],
)
def test_a_holders_kind_is_what_its_labels_and_its_protected_name_say(
    changes: dict[str, Any], kind: str, ess: bool | None
) -> None:
    (actor,) = actors(HOLDER | changes)
    assert (actor.content["kind"], actor.content.get("ess")) == (kind, ess)


@pytest.mark.parametrize(
    "changes",
    [
        {"titulaire_departement_code": "38"},
        {"titulaire_departement_code": None},
        {"titulaire_nom": None},
        {"titulaire_nom": "[Données personnelles non-diffusibles]"},
        {"titulaire_nom": "CANARI MORGAN"},
        {"titulaire_nom": "MARIE-CANARI DE LA TOUR"},
        {"titulaire_nom": "CANARI SA"},
        {"titulaire_id": "20002000600017"},
        {"titulaire_typeIdentifiant": "TVA"},
    ],
    ids=repr,
)
def test_a_holder_elsewhere_a_public_body_and_whoever_may_be_a_person_are_no_actors(changes: dict[str, Any]) -> None:
    assert actors(HOLDER | changes) == []


@pytest.mark.parametrize("name", ["PROPREA", "SA PROPREA CANTON", "CANTON & CIE", "CANTON TRAVAUX", "ATELIERS CANTON"])
def test_a_name_that_no_person_bears_is_kept(name: str) -> None:
    assert [actor.content["name"] for actor in actors(HOLDER | {"titulaire_nom": name})] == [name]


def test_of_a_holder_that_may_be_a_person_nothing_is_kept_but_its_number() -> None:
    kept = decp.public(HOLDER | {"titulaire_nom": "CANARI MORGAN"})
    assert {name for name in kept if name.startswith("titulaire_")} == {
        "titulaire_id",
        "titulaire_typeIdentifiant",
        "titulaire_departement_code",
    }
    assert decp.public(HOLDER)["titulaire_nom"] == "VIVARAIS PROPRETE"


def test_every_fact_of_a_record_says_its_source() -> None:
    facts: list[SourceFact] = [fact for record in ROWS for fact in _read(record)]
    assert {fact.source for fact in facts} == {"decp"}
    assert {type(fact) for fact in facts} == {Reference, ActorFound, OpportunityFound}


def _read(record: dict[str, Any]) -> list[SourceFact]:
    try:
        return decp.read(record, TODAY)
    except BadRecord:
        return []
