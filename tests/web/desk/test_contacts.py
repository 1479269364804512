"""Contacts on the desk: entered, changed, deleted, called; what is refused is said beside its field, and kept."""

import re
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from api.audit.log import journal_page
from api.core.clock import today_in_france
from models.database import reading, writing
from models.tables import Contact, DuplicateProposal, Interaction
from tests.support.page_forms import PageForm
from tests.support.reads import read_once
from tests.support.signed_in import signed_in
from tests.support.world import Doors, demo_actor, demo_opportunity, synthetic_siret

ACTOR, OPENING, CASE = demo_actor("a002", "00025845900031"), demo_opportunity("m002"), demo_opportunity("r001")
TYPED = {
    "contact_nom": "Anne-Lise Roche",
    "contact_fonction": "Gérante",
    "contact_telephone": "465710001",
    "contact_courriel": " Roche@Example.org",
    "contact_source": "Rencontrée au salon",
}


@pytest.fixture(scope="module")
def house(doors: Doors) -> TestClient:
    return signed_in(doors, "facilitator")


def contact_ids(page: str) -> list[str]:
    return re.findall(r'href="/contacts/([\w-]+)"', page)


@pytest.mark.parametrize("owner", [f"/acteurs/{ACTOR}", f"/opportunites/{OPENING}", f"/opportunites/{CASE}"])
def test_a_contact_is_added_called_changed_and_deleted_each_with_its_confirmation(
    doors: Doors, house: TestClient, owner: str
) -> None:
    added = house.post(f"{owner}/contacts", data=TYPED)
    assert added.headers["location"] == f"{owner}?contact=ajoute#contacts"
    page = house.get(added.headers["location"]).text
    assert "Contact ajouté." in page
    assert 'href="tel:+33465710001"' in page
    assert 'href="mailto:roche@example.org"' in page
    assert "04\N{NO-BREAK SPACE}65\N{NO-BREAK SPACE}71" in page
    (contact_id,) = contact_ids(page)
    form = house.get(f"/contacts/{contact_id}").text
    assert "Rencontrée au salon" in form
    changed = house.post(f"/contacts/{contact_id}", data=TYPED | {"contact_telephone": "06 39 98 00 02"})
    page = house.get(changed.headers["location"]).text
    assert "Contact modifié." in page
    assert "tel:+33639980002" in page
    deleted = house.post(f"/contacts/{contact_id}", data={"acte": "supprimer"})
    page = house.get(deleted.headers["location"]).text
    assert "Contact supprimé." in page
    assert contact_ids(page) == []
    assert house.get(f"/contacts/{contact_id}").status_code == 404
    acts = [one for one in read_once(doors.engine, journal_page, limit=20) if one.object_id == contact_id][::-1]
    assert [one.action for one in acts] == ["contact.added", "contact.changed", "contact.removed"]
    assert "Roche" not in repr([one.model_dump() for one in acts])


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("contact_telephone", "04 65", "numéro de téléphone invalide"),
        ("contact_courriel", "roche@", "adresse électronique invalide"),
        ("contact_source", "", "ne doit pas être vide"),
        ("contact_nom", "x" * 201, "200 caractères au plus"),
        ("contact_jusqu_au", "demain", "date attendue"),
        ("contact_jusqu_au", "2020-01-01", "ce jour est passé"),
        ("contact_base", "envie", "valeur inconnue"),
    ],
)
def test_what_is_refused_is_said_beside_its_field_and_nothing_typed_is_lost(
    house: TestClient, field: str, value: str, why: str
) -> None:
    answer = house.post(f"/acteurs/{ACTOR}/contacts", data=TYPED | {field: value})
    assert answer.status_code == 422
    beside = re.search(rf'<p class="error" id="{field}-erreur">([^<]*)</p>', answer.text)
    assert beside
    assert why.casefold() in beside[1].casefold()
    for name, typed in (TYPED | {field: value}).items():
        if name != "contact_base":
            assert f'name="{name}" value="{typed}"' in answer.text
    # A fault in the folded part is seen.
    assert ("<details open>" in answer.text) == (field in ("contact_source", "contact_base", "contact_jusqu_au"))
    assert contact_ids(house.get(f"/acteurs/{ACTOR}").text) == []


def test_a_contact_without_a_name_a_number_or_an_address_is_refused(house: TestClient) -> None:
    blank = dict.fromkeys(TYPED, "") | {"contact_source": "x"}
    answer = house.post(f"/acteurs/{ACTOR}/contacts", data=blank)
    assert answer.status_code == 422
    assert "Donnez au moins un nom" in answer.text


def test_a_new_contact_is_kept_for_three_years_unless_said_otherwise(doors: Doors, house: TestClient) -> None:
    house.post(f"/acteurs/{ACTOR}/contacts", data=TYPED)
    (contact_id,) = contact_ids(house.get(f"/acteurs/{ACTOR}").text)
    with reading(doors.engine) as session:
        stored = session.get_one(Contact, contact_id)
        assert stored.retained_until == today_in_france() + timedelta(days=1095)
        assert stored.email == "roche@example.org"
    house.post(f"/contacts/{contact_id}", data={"acte": "supprimer"})


def test_the_contacts_of_a_buyer_are_shown_with_its_other_openings_and_those_of_a_case_are_not(
    doors: Doors, house: TestClient
) -> None:
    siret = synthetic_siret(77)
    ids = []
    for number, kind in (("1", "market"), ("2", "market"), ("3", "takeover")):
        need = {"source_id": f"acheteur-{number}", "title": f"Besoin {number}", "kind": kind, "buyer_siret": siret}
        need |= {"takeover": {"cause": "retirement"}} if kind == "takeover" else {}
        made = doors.facilitator.post("/api/opportunities", json=need)
        assert made.status_code == 201, made.text
        ids.append(made.json()["id"])
        house.post(f"/opportunites/{ids[-1]}/contacts", data=TYPED | {"contact_nom": f"Personne {number}"})
    page = house.get(f"/opportunites/{ids[0]}").text
    assert "Personne 1" in page
    assert "Personne 2" in page
    assert "Personne 3" not in page
    case_page = house.get(f"/opportunites/{ids[2]}").text
    assert "Contacts du cédant" in case_page
    assert "Personne 3" in case_page
    assert "Personne 1" not in case_page


def test_the_contacts_of_a_duplicate_that_was_left_out_are_shown_with_the_row_that_stays(
    doors: Doors, house: TestClient
) -> None:
    rows = [
        doors.facilitator.post("/api/actors", json={"source_id": f"double-{n}", "name": "Les Doubles", "kind": "scop"})
        for n in (1, 2)
    ]
    kept, left_out = (row.json()["id"] for row in rows)
    house.post(f"/acteurs/{left_out}/contacts", data=TYPED | {"contact_nom": "Du double"})
    first, second = sorted((kept, left_out))
    with writing(doors.engine) as session:
        proposal = DuplicateProposal(
            id="d", kind="actors", first_id=first, second_id=second, similarity=1, status="same", hidden_id=left_out
        )
        session.add(proposal)
    assert "Du double" in house.get(f"/acteurs/{kept}").text
    with writing(doors.engine) as session:
        session.delete(session.get_one(DuplicateProposal, "d"))
    assert "Du double" not in house.get(f"/acteurs/{kept}").text


@pytest.mark.parametrize("forgotten", [True, False])
def test_what_was_noted_of_exchanges_goes_with_a_contact_only_where_the_person_asks_for_it(
    doors: Doors, house: TestClient, forgotten: bool
) -> None:
    house.post(f"/acteurs/{ACTOR}/contacts", data=TYPED)
    (contact_id,) = contact_ids(house.get(f"/acteurs/{ACTOR}").text)
    note = {"page": "acteur", "acteur": ACTOR, "geste": "call", "note": "Rappeler mardi", "contact": contact_id}
    assert house.post("/echanges", data=note).status_code == 303
    house.post(f"/contacts/{contact_id}", data={"acte": "supprimer"} | ({"oublier": "oui"} if forgotten else {}))
    with reading(doors.engine) as session:
        texts = {one.text for one in session.exec(select(Interaction).where(Interaction.actor_id == ACTOR))}
    assert ("Rappeler mardi" in texts) is not forgotten


def test_whoever_reads_the_contact_of_a_confidential_case_is_noted_as_its_reader(
    doors: Doors, house: TestClient
) -> None:
    house.post(f"/opportunites/{CASE}/contacts", data=TYPED)
    (contact_id,) = contact_ids(house.get(f"/opportunites/{CASE}").text)
    house.get(f"/contacts/{contact_id}")
    newest = read_once(doors.engine, journal_page, limit=1)[0]
    assert (newest.action, newest.object_id) == ("opportunity.seen", CASE)
    house.post(f"/contacts/{contact_id}", data={"acte": "supprimer"})


def first_ranked(page: str) -> tuple[str, str]:
    """Return the id of the first actor of a ranked list, and its line."""
    line = page.partition('rang-1"')[2].partition("</details>")[0]
    return re.findall(r'href="/acteurs/([\w-]+)"', line)[0], line


def test_whom_to_call_stands_beside_each_ranked_actor_and_the_call_is_noted_with_the_person(
    doors: Doors, house: TestClient
) -> None:
    pasted = house.post("/recherche", data={"texte": "Entretien des espaces verts à Crest, 45 000 euros"})
    pages = (f"/opportunites/{OPENING}", pasted.headers["location"])
    for actor_id in {first_ranked(house.get(page).text)[0] for page in pages}:
        with writing(doors.tables) as session:
            for name, phone in (("Ada Sans-Ligne", ""), ("Zoé Essai", "+33465710009")):
                session.add(
                    Contact(
                        id=f"{name[:3]}{actor_id[:8]}", actor_id=actor_id, name=name, phone=phone,
                        email="essai@example.org", source="essai", lawful_basis="legitimate_interest",
                        retained_until=today_in_france() + timedelta(days=9),
                    )
                )  # fmt: skip
    for page in pages:
        actor_id, line = first_ranked(house.get(page).text)
        assert "Zoé Essai" in line
        assert 'href="tel:+33465710009"' in line
        assert "Ada Sans-Ligne" not in line
        assert (f'name="contact" value="Zoé{actor_id[:8]}"' in line) == (page == pages[0])


def test_what_a_colleague_changed_meanwhile_is_shown_and_not_overwritten(house: TestClient) -> None:
    added = house.post(f"/acteurs/{ACTOR}/contacts", data=TYPED)
    contact_id = contact_ids(house.get(added.headers["location"]).text)[-1]
    address = f"/contacts/{contact_id}"
    mine, theirs = (PageForm(house.get(address).text, address) for _ in range(2))
    assert house.post(address, data=theirs.with_(contact_telephone="04 65 71 00 09")).status_code == 303
    refused = house.post(address, data=mine.with_(contact_fonction="Présidente"))
    assert refused.status_code == 409
    assert "04\N{NO-BREAK SPACE}65\N{NO-BREAK SPACE}71\N{NO-BREAK SPACE}00\N{NO-BREAK SPACE}09" in refused.text
    again = PageForm(refused.text, address)
    assert again.values["contact_fonction"] == ["Présidente"]
    assert house.post(address, data=again.with_(contact_telephone="04 65 71 00 09")).status_code == 303
    page = house.get(address).text
    assert "Présidente" in page
    assert "00\N{NO-BREAK SPACE}09" in page
    house.post(address, data={"acte": "supprimer"})
