"""recherche-entreprises: companies of the ESS become actors, an establishment each; who directs them is left out."""

import json
from datetime import date
from typing import Any

import pytest

from api.open_data.sources import recherche_entreprises
from api.open_data.sources.contract import ActorFound, BadRecord, StateFound
from tests.support.open_data_samples import SHARED, TODAY, put, records, siret_of, without

COMPANIES = {record["nom_complet"].split(" (")[0]: record for record in records(recherche_entreprises)}
GREEN, JOINERY, GROUP = (
    "ATELIERS DU PAVILLON VERT",
    "MENUISERIES DES BARONNIES",
    "NETTOYAGE RHODANIEN GROUPE COOPERATIF",
)


def actors(record: dict[str, Any]) -> list[ActorFound]:
    return [fact for fact in recherche_entreprises.read(record, TODAY) if isinstance(fact, ActorFound)]


def states(record: dict[str, Any]) -> dict[str | None, tuple[str, date | None]]:
    """Return what a record says of its company (None) and of its establishments, by SIRET."""
    facts = recherche_entreprises.read(record, TODAY)
    return {fact.siret: (fact.state, fact.since) for fact in facts if isinstance(fact, StateFound)}


def test_a_company_is_an_actor_at_its_seat() -> None:
    (found,) = actors(COMPANIES[JOINERY])
    content = found.content
    assert found.source_id == content["siret"] == COMPANIES[JOINERY]["siege"]["siret"]
    assert content["name"] == "MENUISERIES DES BARONNIES"
    assert (content["kind"], content["legal_category"], content["ess"]) == ("scop", "5458", True)
    assert content["naf"] == [
        {"code": "43.32A", "nomenclature": "naf_rev2"},
        {"code": "43.32Y", "nomenclature": "naf_2025"},
    ]
    assert (content["headcount_band"], content["commune_code"], content["turnover_eur"]) == ("11", "26220", 930000)
    assert (content["lat"], content["lon"]) == (44.3608, 5.1405)
    assert found.missing == ()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (GREEN, "aci"),
        ("DROME PROPRETE SOLIDAIRE", "ei"),
        ("INTERIM INSERTION DROME ARDECHE", "etti"),
        ("CHANTIERS DE LA CEVENNE", "aci"),  # « ACI, EI »
        ("ESAT LES LAVANDES", "esat"),
        ("COOPERATIVE D'ACTIVITES ET D'EMPLOI LES TISSEURS", "cae"),
        ("LA CUISINE DES DEUX RIVES SCIC", "scic"),
        ("SCIERIE COOPERATIVE DU VERCORS", "scop"),
        (GROUP, "cooperative"),
        ("MOBILITE POUR TOUS 07", "association"),
        ("TERROIRS EN COMMUN", "company"),
    ],
)
def test_the_kind_is_the_siae_type_else_what_the_name_says_else_the_legal_form(name: str, kind: str) -> None:
    assert {one.content["kind"] for one in actors(COMPANIES[name])} == {kind}


def test_a_seat_elsewhere_leaves_the_open_establishments_that_answer() -> None:
    (found,) = actors(COMPANIES[GROUP])
    assert found.content["commune_code"] == "26198"
    assert found.content["siret"].startswith(COMPANIES[GROUP]["siren"])
    assert found.content["siret"] != COMPANIES[GROUP]["siege"]["siret"]
    assert "turnover_eur" not in found.content  # it is the company's


def test_the_seat_stands_for_the_other_establishments_that_answer() -> None:
    seat = COMPANIES[GREEN]["matching_etablissements"][0]
    other = COMPANIES[GROUP]["matching_etablissements"][0]
    assert len(actors(COMPANIES[GREEN] | {"matching_etablissements": [other, seat]})) == 1


def test_two_establishments_are_two_actors() -> None:
    both = [one | {"etat_administratif": "A"} for one in COMPANIES[GROUP]["matching_etablissements"]]
    assert len({one.source_id for one in actors(COMPANIES[GROUP] | {"matching_etablissements": both})}) == 2


@pytest.mark.parametrize("name", ["CANARIARTISAN CAMILLE", "[NON-DIFFUSIBLE]", "ASSOCIATION DISSOUTE DU ROYANS"])
def test_sole_traders_hidden_units_and_closed_ones_are_no_actors(name: str) -> None:
    assert actors(COMPANIES[name]) == []


def test_of_an_establishment_that_hides_its_address_only_the_commune_is_read() -> None:
    record = COMPANIES[GREEN]
    for field, value in (("latitude", "[NON-DIFFUSIBLE]"), ("longitude", "[NON-DIFFUSIBLE]"), ("code_postal", "[ND]")):
        record = put(record, ("matching_etablissements", 0, field), value)
    (found,) = actors(record)
    assert found.content["commune_code"] == "26362"
    assert not {"lat", "lon", "postcode"} & found.content.keys()
    assert "latitude, longitude" in found.missing


def test_the_same_company_asked_for_in_two_departments_is_two_records() -> None:
    there = COMPANIES[GROUP]
    commune = put(there, ("matching_etablissements", 0, "commune"), "07019")
    assert recherche_entreprises.reference(there) != recherche_entreprises.reference(commune)


def test_directors_and_sole_traders_are_not_kept() -> None:
    kept = recherche_entreprises.public(COMPANIES[GREEN])
    assert "dirigeants" not in kept
    assert kept["siege"] == COMPANIES[GREEN]["siege"]
    assert set(recherche_entreprises.public(COMPANIES["CANARIARTISAN CAMILLE"])) == {
        "siren", "nature_juridique", "etat_administratif",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("nom_raison_sociale",), 12),
        (("complements", "est_ess"), "oui"),
        (("matching_etablissements", 0, "siret"), "12345678901234"),
        (("matching_etablissements", 0, "tranche_effectif_salarie"), "99"),
        (("matching_etablissements", 0, "commune"), "Valence"),
        (("matching_etablissements", 0, "latitude"), "au nord"),
        (("matching_etablissements",), "aucun"),
    ],
)
def test_a_field_of_another_type_or_outside_its_register_is_refused_by_its_path(path: Any, value: Any) -> None:
    with pytest.raises(BadRecord) as refused:
        actors(put(COMPANIES[GREEN], path, value))
    assert refused.value.field.split(".")[-1] == path[-1]


@pytest.mark.parametrize(
    ("path", "missing"),
    [
        (("nature_juridique",), "nature_juridique"),
        (("matching_etablissements", 0, "tranche_effectif_salarie"), "tranche_effectif_salarie"),
        (("complements",), "complements.est_ess"),
    ],
)
def test_a_missing_field_is_reported(path: Any, missing: str) -> None:
    (found,) = actors(without(COMPANIES[GREEN], path))
    assert found.missing == (missing,)


def test_directors_are_not_even_asked_for() -> None:
    for request in recherche_entreprises.requests(["26", "07"], TODAY, TODAY):
        assert request.params["minimal"] == "true"
        assert "dirigeants" not in request.params["include"]


def test_no_query_looks_past_ten_thousand_answers_and_the_page_says_so() -> None:
    request = next(iter(recherche_entreprises.requests(["26"], TODAY, TODAY)))
    request.params["page"] = "400"
    body = {"results": [{}], "total_results": 10_000, "page": 400, "per_page": 25, "total_pages": 401}
    page = recherche_entreprises.page(body, request)
    assert page.following is None
    assert "10000" in page.warning


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/samples is absent")
def test_the_shared_sample_is_read_whole_without_the_elected_people() -> None:
    body = json.loads((SHARED / "recherche_entreprises.json").read_text("utf-8"))["result"]
    request = next(iter(recherche_entreprises.requests(["26"], TODAY, TODAY)))
    page = recherche_entreprises.page(body, request)
    assert page.following is not None
    found = [one for record in page.records for one in actors(record)]
    assert len(found) == len(page.records) == 10
    assert {one.content["kind"] for one in found} == {"company", "aci"}
    kept = json.dumps([recherche_entreprises.public(record) for record in page.records])
    assert "annee_de_naissance" in json.dumps(body)
    assert "annee_de_naissance" not in kept
    assert '"elus"' not in kept


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("statut_diffusion",), "P"),
        (("statut_diffusion",), "N"),
        (("complements", "est_entrepreneur_individuel"), True),
        (("nature_juridique",), "1000"),
        (("etat_administratif",), "C"),
        (("matching_etablissements", 0, "etat_administratif"), "F"),
    ],
)
def test_each_sign_alone_makes_it_no_actor(path: Any, value: Any) -> None:
    assert len(actors(COMPANIES[GREEN])) == 1
    assert actors(put(COMPANIES[GREEN], path, value)) == []


def test_what_closed_is_asked_for_beside_what_is_open() -> None:
    """`etat_administratif` chooses companies; their closed establishments come with them."""
    asked = list(recherche_entreprises.requests(["26"], TODAY, TODAY))
    by_state: dict[str, list[dict[str, str]]] = {}
    for request in asked:
        params = dict(request.params)
        by_state.setdefault(params.pop("etat_administratif"), []).append(params)
    assert set(by_state) == {"A", "C"}
    assert by_state["A"] == by_state["C"]


def test_a_company_that_ceased_says_so_with_its_day_and_is_no_actor() -> None:
    record = put(put(COMPANIES[GREEN], ("etat_administratif",), "C"), ("date_fermeture",), "2026-03-31")
    assert actors(record) == []
    assert states(record) == {None: ("closed", date(2026, 3, 31))}


def test_of_an_open_company_each_establishment_is_open_or_closed() -> None:
    record = put(COMPANIES[GREEN], ("matching_etablissements", 0, "etat_administratif"), "F")
    record = put(record, ("matching_etablissements", 0, "date_fermeture"), "2026-05-04")
    siret = record["matching_etablissements"][0]["siret"]
    assert states(record) == {None: ("open", None), siret: ("closed", date(2026, 5, 4))}
    assert states(COMPANIES[GREEN]) == {None: ("open", None), siret: ("open", None)}


def test_of_who_may_not_be_spread_nothing_is_said() -> None:
    record = put(put(COMPANIES[GREEN], ("etat_administratif",), "C"), ("statut_diffusion",), "P")
    assert states(record) == {}


def test_an_only_open_establishment_continues_the_closed_ones_the_former_seat_first() -> None:
    seat = COMPANIES[GREEN]["matching_etablissements"][0]
    sirets = [siret_of(COMPANIES[GREEN]["siren"], number) for number in (901, 902, 903)]
    closed = [
        seat
        | {"siret": siret, "est_siege": False, "etat_administratif": "F", "date_fermeture": day}
        | {"ancien_siege": day == "2019-12-31"}
        for siret, day in zip(sirets, ("2026-01-31", "2019-12-31", None), strict=True)
    ]
    (found,) = actors(COMPANIES[GREEN] | {"matching_etablissements": [seat, *closed]})
    assert found.former == (sirets[1], sirets[0], sirets[2])
    # Of two open establishments nobody knows which one continues.
    both = [seat | {"est_siege": False}, closed[0] | {"etat_administratif": "A"}, closed[1]]
    assert [fact.former for fact in actors(COMPANIES[GREEN] | {"matching_etablissements": both})] == [(), ()]
