"""Actors and opportunities are read, added and changed by the API; each refusal names its field, in French."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.web.json_api import actors, opportunities
from tests.support.proof_share import examples
from tests.support.publishing import make_public
from tests.support.world import ABSENT, Doors, demo_actor, demo_opportunity, synthetic_siret

pytestmark = pytest.mark.slow

GARDENERS = demo_actor("a001", "00017926700026")
CASE = demo_opportunity("r001")

ACTOR: dict[str, Any] = {
    **actors.EXAMPLE,
    "commune_code": "26108",
    "area_departments": ["26", "07"],
    "turnover_eur": 410000.5,
    "esus": True,
    "website": "https://example.org/jardins",
    "information_date": "2026-03-12",
}
MARKET: dict[str, Any] = {
    "source_id": "crest-1",
    "title": "Entretien du parc",
    "description": "Tonte et taille",
    "buyer_name": "Commune de Crest",
    "naf": [{"code": "81.30Z", "nomenclature": "naf_rev2"}],
    "cpv": ["77310000"],
    "amount_eur": 80000,
    "commune_code": "26108",
    "deadline": "2099-01-15",
    "social_clause": True,
    "required_approvals": ["siae"],
    "lots": [
        {"number": "1", "title": "Tonte", "cpv": ["77310000"], "amount_eur": 42000, "reserved": []},
        {"number": "2", "title": "Taille", "cpv": [], "amount_eur": None, "reserved": ["siae"]},
    ],
}
TAKEOVER: dict[str, Any] = {
    "source_id": "reprise-1",
    "kind": "takeover",
    "title": "Menuiserie Exemple",
    "teaser": "Menuiserie bois de six salariés",
    "takeover": {
        "cause": "retirement",
        "headcount": 6,
        "turnover_eur": 680000,
        "price_min_eur": 140000,
        "price_max_eur": 190000,
        "transfer_on": "2027-06-30",
        "holder_siren": None,
    },
}


def add(doors: Doors, kind: str, record: dict[str, Any], **changes: Any) -> dict[str, Any]:
    answer = doors.facilitator.post(f"/api/{kind}", json=record | changes)
    assert answer.status_code == 201, answer.text
    added: dict[str, Any] = answer.json()
    return added


def change(doors: Doors, kind: str, record_id: str, changes: dict[str, Any]) -> dict[str, Any]:
    answer = doors.facilitator.patch(f"/api/{kind}/{record_id}", json=changes)
    assert answer.status_code == 200, answer.text
    changed: dict[str, Any] = answer.json()
    return changed


def untimed(record: dict[str, Any], *but: str) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in ("updated_at", *but)}


def without_ids(lots: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in lot.items() if name != "id"} for lot in lots]


@pytest.mark.parametrize(
    ("kind", "record"), [("actors", ACTOR), ("opportunities", MARKET), ("opportunities", TAKEOVER)]
)
def test_what_is_added_is_read_back_as_it_was_sent(doors: Doors, kind: str, record: dict[str, Any]) -> None:
    added = add(doors, kind, record)
    assert doors.facilitator.get(f"/api/{kind}/{added['id']}").json() == added
    for name, value in record.items():
        assert (without_ids(added[name]) if name == "lots" else added[name]) == value, name
    if "commune_code" in record:
        assert added["department"] == "26"
    # The same again is a conflict, and changes nothing.
    answer = doors.facilitator.post(f"/api/{kind}", json=record | {"name" if kind == "actors" else "title": "Autre"})
    assert answer.status_code == 409
    assert "PATCH" in answer.json()["detail"]
    assert doors.facilitator.get(f"/api/{kind}/{added['id']}").json() == added


@pytest.mark.parametrize(
    ("kind", "examples"),
    [
        ("actors", [actors.EXAMPLE | {"source_id": "exemple"}]),
        ("opportunities", [one["value"] for one in opportunities.EXAMPLES.values()]),
    ],
)
def test_the_examples_of_the_documentation_work(doors: Doors, kind: str, examples: list[dict[str, Any]]) -> None:
    for number, example in enumerate(examples):
        add(doors, kind, example, source_id=f"documentation-{number}")


def test_two_actors_may_not_share_a_siret_but_may_share_a_name(doors: Doors) -> None:
    siret = synthetic_siret(1)
    first = add(doors, "actors", ACTOR, source_id="un", siret=siret)
    answer = doors.facilitator.post("/api/actors", json=ACTOR | {"source_id": "deux", "siret": siret})
    assert answer.status_code == 409
    assert add(doors, "actors", ACTOR, source_id="trois", siret=synthetic_siret(2))["id"] != first["id"]


ACTOR_CHANGES: dict[str, st.SearchStrategy[Any]] = {
    "name": st.sampled_from(["Les Jardins", "Les Jardins d’en haut"]),
    "activities": st.lists(st.sampled_from(["tonte", "taille", "maraîchage"]), unique=True),
    "headcount": st.none() | st.integers(0, 500),
    "turnover_eur": st.none() | st.integers(0, 10**7).map(float),
    "radius_km": st.none() | st.integers(1, 200).map(float),
    "seeks": st.lists(st.sampled_from(["markets", "acquisitions", "partners"]), unique=True),
    "esus": st.none() | st.booleans(),
    "website": st.none() | st.just("https://example.org/autre"),
    "information_date": st.none() | st.just("2026-10-01"),
}


@pytest.mark.slow
@settings(deadline=None, max_examples=examples(15))
@given(st.fixed_dictionaries({}, optional=ACTOR_CHANGES))
def test_a_partial_change_of_an_actor_changes_what_it_names_and_keeps_the_rest(
    doors: Doors, changes: dict[str, Any]
) -> None:
    """Null clears; the change is read back; the same change again changes nothing, not even the date."""
    listed = doors.facilitator.get("/api/actors", params={"q": "Les Jardins"}).json()["actors"]
    mine = [one["id"] for one in listed if one["kind"] == "eiti"]
    actor_id = mine[0] if mine else add(doors, "actors", ACTOR | {"kind": "eiti"}, source_id="partiel")["id"]
    before = doors.facilitator.get(f"/api/actors/{actor_id}").json()
    after = change(doors, "actors", actor_id, changes)
    assert untimed(after) == untimed(before) | changes
    assert change(doors, "actors", actor_id, changes) == after
    assert (after["updated_at"] > before["updated_at"]) == (untimed(after) != untimed(before))


def test_null_clears_a_list_too(doors: Doors) -> None:
    actor = add(doors, "actors", ACTOR, source_id="listes")
    lists = ("activities", "naf", "area_departments", "area_communes", "approvals", "seeks")
    assert untimed(change(doors, "actors", actor["id"], dict.fromkeys(lists))) == untimed(actor) | {
        name: [] for name in lists
    }


def test_memberships_are_replaced_when_named_and_kept_otherwise(doors: Doors) -> None:
    carriers = [
        add(doors, "actors", {"source_id": f"cae-{n}", "name": f"Couveuse {n}", "kind": "cae"})["id"] for n in (1, 2)
    ]
    member = add(
        doors,
        "actors",
        {"source_id": "entrepreneure", "name": "Aline Exemple", "kind": "entrepreneur", "member_of": ["cae-1"]},
    )
    assert [one["id"] for one in member["carriers"]] == [carriers[0]]
    read = doors.facilitator.get(f"/api/actors/{carriers[0]}").json()
    assert [one["id"] for one in read["members"]] == [member["id"]]
    kept = change(doors, "actors", member["id"], {"headcount": 1})
    assert kept["carriers"] == member["carriers"]
    moved = change(doors, "actors", member["id"], {"member_of": ["cae-2"]})
    assert [one["id"] for one in moved["carriers"]] == [carriers[1]]
    answer = doors.facilitator.patch(f"/api/actors/{member['id']}", json={"member_of": ["nulle-part"]})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["member_of"]
    # Refused whole: the former carrier stays.
    assert doors.facilitator.get(f"/api/actors/{member['id']}").json() == moved
    assert change(doors, "actors", member["id"], {"member_of": None})["carriers"] == []


def test_a_partial_change_of_an_opportunity_keeps_its_lots_and_lots_are_replaced_whole(doors: Doors) -> None:
    market = add(doors, "opportunities", MARKET, source_id="lots")
    closed = change(doors, "opportunities", market["id"], {"status": "closed", "amount_eur": None})
    assert untimed(closed) == untimed(market) | {"status": "closed", "amount_eur": None}
    lots = [
        {"number": "2", "title": "Taille douce", "cpv": [], "amount_eur": 5000.0, "reserved": []},
        {"number": "3", "title": "Arrosage", "cpv": [], "amount_eur": None, "reserved": ["ess"]},
    ]
    replaced = change(doors, "opportunities", market["id"], {"lots": lots})
    assert untimed(replaced, "lots") == untimed(closed, "lots")
    assert without_ids(replaced["lots"]) == lots
    # A lot that stays keeps its identifier, hence its suggestions.
    assert replaced["lots"][0]["id"] == market["lots"][1]["id"]
    assert change(doors, "opportunities", market["id"], {"lots": None})["lots"] == []


def test_a_lot_that_was_suggested_may_go(doors: Doors) -> None:
    """Its suggestions stay as history."""
    market = add(doors, "opportunities", MARKET, source_id="lot-suggéré", required_approvals=[])
    (ranking,) = doors.ask({"opportunity_id": market["lots"][0]["id"], "k": 1})
    change(doors, "opportunities", market["id"], {"lots": [MARKET["lots"][1]]})
    shown = doors.facilitator.get(f"/api/suggestions/{ranking['suggestions'][0]['id']}")
    assert shown.status_code == 200
    answer = doors.facilitator.post("/api/matches", json={"opportunity_id": market["lots"][0]["id"]})
    assert answer.status_code == 404


def test_a_takeover_case_s_own_fields_change_one_by_one(doors: Doors) -> None:
    case = add(doors, "opportunities", TAKEOVER, source_id="un-par-un")
    changed = change(doors, "opportunities", case["id"], {"takeover": {"headcount": 7, "transfer_on": None}})
    assert changed["takeover"] == case["takeover"] | {"headcount": 7, "transfer_on": None}
    assert untimed(changed, "takeover") == untimed(case, "takeover")
    answer = doors.facilitator.patch(f"/api/opportunities/{case['id']}", json={"takeover": {"price_min_eur": 10**9}})
    assert answer.status_code == 422
    assert "prix minimal" in answer.json()["detail"]


def test_a_takeover_case_may_turn_out_to_be_a_market(doors: Doors) -> None:
    """Its own fields go with it; where it is confidential, a person makes it public first, and says why."""
    case = add(doors, "opportunities", TAKEOVER, source_id="devient-marché")
    said = {"kind": "market", "takeover": None}
    assert doors.facilitator.patch(f"/api/opportunities/{case['id']}", json=said).status_code == 409
    make_public(doors.engine, "opportunities", case["id"])
    changed = change(doors, "opportunities", case["id"], {"kind": "market", "takeover": None})
    assert (changed["kind"], changed["takeover"], changed["confidential"]) == ("market", None, False)


@pytest.mark.parametrize(
    ("kind", "record_id", "changes"),
    [
        ("actors", GARDENERS, {"siret": synthetic_siret(9)}),
        ("actors", GARDENERS, {"siret": None}),
    ],
)
def test_what_names_a_record_does_not_change(doors: Doors, kind: str, record_id: str, changes: dict[str, Any]) -> None:
    before = doors.facilitator.get(f"/api/{kind}/{record_id}").json()
    answer = doors.facilitator.patch(f"/api/{kind}/{record_id}", json=changes)
    assert answer.status_code == 409
    assert doors.facilitator.get(f"/api/{kind}/{record_id}").json() == before
    assert doors.facilitator.patch(f"/api/{kind}/{record_id}", json={"source_id": "autre"}).status_code == 422


WRONG_ACTORS: list[tuple[dict[str, Any], str, str]] = [
    ({"siret": "123"}, "siret", "SIRET invalide : 14 chiffres attendus"),
    ({"siret": synthetic_siret(3)[:-1] + "x"}, "siret", "des chiffres sont attendus"),
    (
        {"siret": synthetic_siret(3)[:-1] + str((int(synthetic_siret(3)[-1]) + 1) % 10)},
        "siret",
        "la clé de contrôle ne correspond pas",
    ),
    ({"naf": [{"code": "8130"}]}, "naf.0.code", "code NAF invalide"),
    ({"naf": [{"code": "81.30Z", "nomenclature": "ape"}]}, "naf.0.nomenclature", "valeur inconnue"),
    ({"commune_code": "261"}, "commune_code", "commune"),
    ({"commune_code": "26999"}, "commune_code", "commune"),
    ({"department": "99"}, "department", "département invalide"),
    ({"postcode": "2640"}, "postcode", "code postal invalide"),
    ({"area_departments": ["26", "0"]}, "area_departments.1", "département invalide"),
    ({"kind": "boulangerie"}, "kind", "valeur inconnue : attendu scop"),
    ({"name": "  "}, "name", "ne doit pas être vide"),
    ({"name": None}, "name", "texte attendu"),
    ({"headcount": -1}, "headcount", "0 au moins"),
    ({"headcount": "beaucoup"}, "headcount", "nombre entier attendu"),
    ({"radius_km": 0}, "radius_km", "doit dépasser 0"),
    ({"turnover_eur": "cher"}, "turnover_eur", "nombre attendu"),
    ({"headcount_band": "99"}, "headcount_band", "tranche d’effectif inconnue"),
    ({"website": "jardins.example"}, "website", "adresse web invalide"),
    ({"information_date": "12/03/2026"}, "information_date", "date attendue"),
    ({"seeks": "markets"}, "seeks", "liste attendue"),
    ({"lat": 44.7}, "corps", "latitude et longitude vont ensemble"),
    ({"couleur": "vert"}, "couleur", "champ inconnu"),
]


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize(("wrong", "field", "message"), WRONG_ACTORS, ids=lambda value: str(value)[:40])
def test_a_wrong_actor_is_refused_by_its_field(
    doors: Doors, method: str, wrong: dict[str, Any], field: str, message: str
) -> None:
    """Added or changed: the same rules, the same words; nothing is stored."""
    before = doors.facilitator.get("/api/actors", params={"q": "Jamais stocké"}).json()
    stored = doors.facilitator.get(f"/api/actors/{GARDENERS}").json()
    if method == "POST":
        answer = doors.facilitator.post(
            "/api/actors", json={"source_id": "faux", "name": "Jamais stocké", "kind": "scop"} | wrong
        )
    elif wrong in ({"lat": 44.7}, {"name": None}):
        answer = doors.facilitator.patch(f"/api/actors/{GARDENERS}", json=wrong)
        assert answer.status_code == 422
        return
    else:
        answer = doors.facilitator.patch(f"/api/actors/{GARDENERS}", json=wrong)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert message in error["message"]
    assert doors.facilitator.get("/api/actors", params={"q": "Jamais stocké"}).json() == before
    assert doors.facilitator.get(f"/api/actors/{GARDENERS}").json() == stored


@pytest.mark.parametrize(
    ("wrong", "field", "message"),
    [
        ({"cpv": ["7731"]}, "cpv.0", "code CPV invalide : huit chiffres attendus"),
        ({"cpv": ["77310000-1"]}, "cpv.0", "la clé de 77310000 est 6, pas 1"),
        ({"lots": [{"number": "1", "title": "Un", "cpv": ["x"]}]}, "lots.0.cpv.0", "code CPV invalide"),
        ({"lots": [{"number": "1", "title": "Un"}, {"number": "1", "title": "Un"}]}, "corps", "le même numéro"),
        ({"buyer_siret": "12345678901234"}, "buyer_siret", "SIRET invalide"),
        ({"commune_code": "26999"}, "commune_code", "commune"),
        ({"deadline": "1850-01-01"}, "deadline", "hors des bornes : 01/01/1900 au moins"),
        ({"status": "fini"}, "status", "valeur inconnue : attendu open"),
        ({"reserved": ["tous"]}, "reserved.0", "valeur inconnue"),
        ({"takeover": {"cause": "retirement"}}, "corps", "ne conviennent pas à un débouché"),
        ({"kind": "takeover", "lots": [{"number": "1", "title": "Un"}]}, "corps", "un cas de reprise n’a pas de lots"),
        ({"source_id": None}, "source_id", "texte attendu"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_wrong_opportunity_is_refused_by_its_field(
    doors: Doors, wrong: dict[str, Any], field: str, message: str
) -> None:
    record = {"source_id": "faux", "title": "Jamais stocké"} | wrong
    answer = doors.facilitator.post("/api/opportunities", json=record)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert message in error["message"]
    listed = doors.facilitator.get("/api/opportunities", params={"q": "Jamais stocké"}).json()
    assert listed == {"opportunities": [], "next": None}


@pytest.mark.parametrize("kind", ["actors", "opportunities"])
def test_what_does_not_exist_can_be_neither_read_nor_changed(doors: Doors, kind: str) -> None:
    assert doors.facilitator.get(f"/api/{kind}/{ABSENT}").status_code == 404
    assert doors.facilitator.patch(f"/api/{kind}/{ABSENT}", json={}).status_code == 404


@settings(deadline=None, max_examples=examples(12))
@given(limit=st.integers(7, 200), kind=st.sampled_from(["actors", "opportunities"]))
def test_pages_follow_one_another_without_gap_or_repeat(doors: Doors, limit: int, kind: str) -> None:
    """Whatever their length: the same records, each once, in the order of ids; the last page says so."""
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        page = doors.facilitator.get(f"/api/{kind}", params={"after": after, "limit": limit}).json()
        assert len(page[kind]) <= limit
        assert page["next"] in (None, *(row["id"] for row in page[kind][-1:]))
        seen += [one["id"] for one in page[kind]]
        after = page["next"]
    assert seen == sorted(set(seen))
    assert len(seen) >= (130 if kind == "actors" else 85)


def test_a_list_is_narrowed_by_name_kind_and_departement(doors: Doors) -> None:
    whole = doors.facilitator.get("/api/actors", params={"limit": 200}).json()["actors"]
    for name, value in (("kind", "scop"), ("department", "07")):
        found = doors.facilitator.get("/api/actors", params={name: value, "limit": 200}).json()["actors"]
        assert found == [one for one in whole if one[name] == value]
        assert 0 < len(found) < len(whole)
    found = doors.facilitator.get("/api/actors", params={"q": "séCATEURS"[2:], "limit": 200}).json()["actors"]
    assert [one["id"] for one in found] == [GARDENERS]
    # « % » and « _ » are letters like others.
    assert doors.facilitator.get("/api/actors", params={"q": "%"}).json()["actors"] == []
    for wrong in ({"limit": 0}, {"limit": 201}, {"kind": "x"}, {"department": "x"}):
        assert doors.facilitator.get("/api/actors", params=wrong).status_code == 422


def test_what_is_added_or_changed_shows_in_the_next_ranking(doors: Doors) -> None:
    """Without a restart: an actor that answers the need exactly comes first; once it moves to another trade, not."""
    need = {"text": "Restauration de pianos à queue et accord de pianos droits", "k": 10}
    (before,) = doors.ask(need)
    actor = add(
        doors,
        "actors",
        {
            "source_id": "pianos",
            "name": "Le Marteau et la Corde",
            "kind": "scop",
            "activities": ["restauration et accord de pianos"],
            "commune_code": "26108",
        },
    )
    (after,) = doors.ask(need)
    assert after["suggestions"][0]["candidate"]["id"] == actor["id"]
    assert after["considered"] == before["considered"] + 1
    change(doors, "actors", actor["id"], {"activities": ["terrassement"], "name": "Le Godet"})
    (changed,) = doors.ask(need)
    assert changed["suggestions"][0]["candidate"]["id"] != actor["id"]

    tomorrow = (date.today() + timedelta(days=40)).isoformat()
    opening = add(
        doors,
        "opportunities",
        {"source_id": "terrassement", "title": "Terrassement", "commune_code": "26108", "deadline": tomorrow},
    )
    question = {"actor_id": actor["id"], "k": 5}
    assert opening["id"] in [one["candidate"]["id"] for one in doors.ask(question)[0]["suggestions"]]
    change(doors, "opportunities", opening["id"], {"status": "closed"})
    assert opening["id"] not in [one["candidate"]["id"] for one in doors.ask(question)[0]["suggestions"]]
