"""DECP: who won what, and what will be bought again."""

import json
from datetime import date
from typing import Any

import pytest

from api.open_data.sources import decp
from api.open_data.sources.contract import BadRecord, Closed, OpportunityFound, Reference
from tests.support.open_data_samples import SHARED, TODAY, records

ROWS = records(decp)


def row(title: str, place: int = 0) -> dict[str, Any]:
    return [record for record in ROWS if record["objet"] == title][place]


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
    _, renewal = decp.read(row("Nettoyage des groupes scolaires"), TODAY)
    assert isinstance(renewal, OpportunityFound)
    content = renewal.content
    assert content["title"] == "Nettoyage des groupes scolaires (renouvellement probable)"
    assert "attendue en mars 2027" in content["description"]
    assert "Rien n’en est publié" in content["description"]
    assert "le suivant ne l’est pas forcément" in content["description"]
    assert content["commune_code"] == "26281"
    assert content["department"] == "26"
    assert content["social_clause"] is True
    assert not {"deadline", "published_on", "reserved"} & content.keys()


@pytest.mark.parametrize(
    ("left", "found"),
    [(0.0, None), (0.1, Closed), (0.9, Closed), (1.0, OpportunityFound), (9.0, OpportunityFound), (9.1, None)],
)
def test_a_renewal_is_open_from_nine_months_to_one_before_the_end_then_closed(left: float, found: Any) -> None:
    read = decp.read(row("Nettoyage des groupes scolaires") | {"dureeRestanteMois": left}, TODAY)[1:]
    assert [type(one) for one in read] == ([found] if found else [])
    assert all(one.source_id.startswith("renouvellement:") for one in read)


def test_without_the_months_left_they_are_counted_from_the_notification() -> None:
    record = row("Nettoyage des groupes scolaires") | {"dureeRestanteMois": None}
    assert len(decp.read(record, TODAY)) == 2
    assert len(decp.read(record, date(2026, 1, 5))) == 1


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
    (renewal,) = decp.read(row("Nettoyage des groupes scolaires") | {"titulaire_id": "12345678901234"}, TODAY)
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
    record = row("Nettoyage des groupes scolaires") | {"lieuExecution_code": code, "lieuExecution_typeCode": kind}
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
        decp.read(row("Nettoyage des groupes scolaires") | {field: value}, TODAY)
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
    assert asked[2]["dureeRestanteMois__less"] == "9"


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


def test_a_purchase_of_a_few_months_renews_nothing() -> None:
    record = row("Nettoyage des groupes scolaires") | {"dureeMois": 5}
    assert [type(one) for one in decp.read(record, TODAY)] == [Reference]
