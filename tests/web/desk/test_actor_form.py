"""Actors added and corrected on screen: one validation, nothing typed lost, nothing stored twice."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import quote_from_bytes, urlencode

import httpx2
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update
from sqlmodel import col, select

from api.accounts.accounts import find_account
from models.accounts import AccountSession
from models.actors import Actor, Membership
from models.audit import AuditEntry
from models.base import utc_now
from models.contacts import Contact
from models.database import reading, writing
from tests.support.outline import Outline
from tests.support.page_forms import PageForm
from tests.support.signed_in import signed_in
from tests.support.world import Doors, demo_actor
from tests.web.test_hostile_fields import FORM, HOSTILE

NEW = "/acteurs/nouveau"
GARDENERS = demo_actor("a001", "00017926700026")
GARDENERS_SIRET = "00017926700026"


@pytest.fixture(scope="module")
def desk(doors: Doors) -> Iterator[TestClient]:
    with signed_in(doors, "facilitator") as client:
        yield client


def read(answer: httpx2.Response, status: int = 200) -> Outline:
    assert answer.status_code == status, answer.text[:500]
    return Outline(answer.text)


def new_form(desk: TestClient) -> PageForm:
    return PageForm(desk.get(NEW).text, NEW)


def stored(doors: Doors, name: str) -> list[Actor]:
    with reading(doors.engine) as session:
        return list(session.exec(select(Actor).where(Actor.name == name)))


def end_sessions(doors: Doors, email: str, **values: datetime) -> None:
    account_id = find_account(doors.engine, email).id
    with writing(doors.engine) as session:
        session.execute(update(AccountSession).values(values).where(col(AccountSession.account_id) == account_id))


def test_an_actor_is_added_from_its_name_type_and_place_and_said_so(desk: TestClient, doors: Doors) -> None:
    sent = new_form(desk).with_(
        acte="enregistrer", name="Atelier des Trois Becs", kind="scop", place="Crest", headcount="12",
        activities="menuiserie\r\npose de fenêtres", seeks=["markets"], approvals="Qualibat RGE", turnover_eur="430 k€",
    )  # fmt: skip
    answer = desk.post(NEW, data=sent)
    assert answer.status_code == 303, Outline(answer.text).words[:1500]
    assert "La fiche est ajoutée." in read(desk.get(answer.headers["location"])).words
    (actor,) = stored(doors, "Atelier des Trois Becs")
    assert (actor.commune_code, actor.commune_name, actor.department) == ("26108", "Crest", "26")
    assert (actor.headcount, actor.turnover_eur, actor.source) == (12, 430_000, "saisie")
    assert actor.activities == ["menuiserie", "pose de fenêtres"]
    assert (actor.approvals, actor.seeks) == (["qualibat_rge"], ["markets"])
    with reading(doors.engine) as session:
        entries = session.exec(select(AuditEntry).where(AuditEntry.action == "actor.created")).all()
    assert entries[-1].actor.startswith("account:")


def test_the_same_form_sent_twice_is_one_actor(desk: TestClient, doors: Doors) -> None:
    sent = new_form(desk).with_(acte="enregistrer", name="Les Ruches du Diois", kind="association", place="Die")
    first, second = desk.post(NEW, data=sent), desk.post(NEW, data=sent)
    assert first.headers["location"] == second.headers["location"]
    assert len(stored(doors, "Les Ruches du Diois")) == 1


def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(desk: TestClient, doors: Doors) -> None:
    """An error in the folded part opens it."""
    sent = new_form(desk).with_(
        acte="enregistrer", siret="123", name="Refusée Partout", kind="", place="Trifouillis", headcount="douze",
        activities="a\r\nb", radius_km="-3", website="ruches.example.org", seeks=["partners"],
    )  # fmt: skip
    answer = desk.post(NEW, data=sent)
    page = read(answer, 422)
    for name in ("siret", "kind", "place", "headcount", "radius_km", "website"):
        (field,) = [attrs for tag, attrs in page.tags if attrs.get("id") == name]
        assert field["aria-invalid"] == "true", name
        assert f"{name}-erreur" in (field["aria-describedby"] or "")
    assert "open" in page.all("details")[-1]
    assert "Nombre attendu" in page.words
    again = PageForm(answer.text, NEW)
    for name in ("siret", "name", "place", "headcount", "radius_km", "website"):
        assert again.values[name] == [sent[name][0]], name
    assert again.values["activities"] == ["a\nb"]
    assert again.values["seeks"] == ["partners"]
    assert again.values["reference"] == sent["reference"]
    assert not stored(doors, "Refusée Partout")


def test_a_known_siret_is_refused_with_a_link_to_the_actor_that_bears_it(desk: TestClient) -> None:
    answer = desk.post(NEW, data=new_form(desk).with_(acte="distinct", siret="000 179 267 00026", name="X", kind="aci"))
    page = read(answer, 422)
    assert {"href": f"/acteurs/{GARDENERS}"} in page.all("a")
    assert "même SIRET" in page.words


def test_a_near_name_in_the_same_place_is_shown_before_anything_is_stored(desk: TestClient, doors: Doors) -> None:
    desk.post(
        NEW, data=new_form(desk).with_(acte="enregistrer", name="Menuiserie Vercors Bois", kind="scop", place="Die")
    )
    sent = new_form(desk).with_(acte="enregistrer", name="SARL Menuiseries du Vercors Bois", kind="scop", place="Die")
    answer = desk.post(NEW, data=sent)
    assert "nom proche, même commune" in read(answer, 409).words
    assert not stored(doors, "SARL Menuiseries du Vercors Bois")
    part = desk.post("/acteurs/ressemblances", data=sent)
    assert "Menuiserie Vercors Bois" in read(part).words
    distinct = PageForm(answer.text, NEW).with_(acte="distinct")
    assert desk.post(NEW, data=distinct).status_code == 303
    assert len(stored(doors, "SARL Menuiseries du Vercors Bois")) == 1


def test_a_siren_fills_what_is_empty_from_the_tables(desk: TestClient) -> None:
    sent = new_form(desk).with_(acte="completer", siret=GARDENERS_SIRET[:9], headcount="7")
    answer = desk.post(NEW, data=sent)
    form = PageForm(answer.text, NEW)
    assert "même entreprise (SIREN)" in read(answer).words
    assert form.values["name"] != [""]
    assert form.values["headcount"] == ["7"]
    assert "neuf" not in read(desk.post(NEW, data=new_form(desk).with_(acte="completer", siret="12")), 422).words


def test_a_member_names_its_network_by_name_or_siret(desk: TestClient, doors: Doors) -> None:
    for name, kind in (("Réseau des Baronnies", "network"), ("Compagnons des Baronnies", "scop")):
        members = "Réseau des baronnies" if kind == "scop" else ""
        sent = new_form(desk).with_(acte="distinct", name=name, kind=kind, place="Nyons", member_of=members)
        assert desk.post(NEW, data=sent).status_code == 303
    (network,), (member,) = stored(doors, "Réseau des Baronnies"), stored(doors, "Compagnons des Baronnies")
    with reading(doors.engine) as session:
        assert session.get(Membership, (network.id, member.id)) is not None
    sent = new_form(desk).with_(acte="enregistrer", name="Seul", kind="scop", member_of="Réseau inconnu")
    assert "ne s’appelle « Réseau inconnu »" in read(desk.post(NEW, data=sent), 422).words


def test_a_correction_changes_what_was_typed_and_keeps_all_else(desk: TestClient, doors: Doors) -> None:
    address = f"/acteurs/{GARDENERS}/corriger"
    with reading(doors.engine) as session:
        before = session.get_one(Actor, GARDENERS).model_dump()
    form = PageForm(desk.get(address).text, address)
    unchanged = desk.post(address, data=form.values)
    assert "Rien n’a changé" in read(desk.get(unchanged.headers["location"])).words
    answer = desk.post(address, data=form.with_(place="26400 Crest", headcount="31"))
    assert answer.status_code == 303, Outline(answer.text).words[:1500]
    assert "La fiche est corrigée." in read(desk.get(answer.headers["location"])).words
    with reading(doors.engine) as session:
        after = session.get_one(Actor, GARDENERS).model_dump()
    changed = {name for name in before if before[name] != after[name]}
    assert after["headcount"] == 31
    assert (after["commune_code"], after["commune_name"], after["department"]) == ("26108", "Crest", "26")
    assert changed <= {
        *("headcount", "commune_code", "commune_name", "postcode", "department", "lat", "lon"),
        *("content_hash", "updated_at"),
    }
    stale = desk.post(address, data=form.with_(headcount="99"))
    assert "a changé depuis que vous l’avez ouverte" in read(stale, 422).words
    assert PageForm(stale.text, address).values["headcount"] == ["99"]
    # What the other person wrote is beside what would replace it, in the fields that this one did not touch too.
    said = re.sub(r"\s", " ", read(stale, 422).words)
    assert "Sur la fiche, maintenant : 31." in said
    assert said.count("Sur la fiche, maintenant") == 1 + (form.values["place"] != ["Crest (26)"])


def test_a_form_sent_after_the_session_expired_returns_after_signing_in(doors: Doors) -> None:
    """On the server, for the same account alone, and never in the address."""
    late = signed_in(doors, "facilitator", "oubli@exemple.invalid")
    form = PageForm(late.get(NEW).text, NEW)
    end_sessions(doors, "oubli@exemple.invalid", expires_at=utc_now() - timedelta(minutes=1))
    answer = late.post(NEW, data=form.with_(acte="enregistrer", name="Écrit pendant la pause", kind="scop"))
    assert answer.headers["location"] == "/connexion?retour=/acteurs/nouveau"
    assert "Écrit pendant la pause" not in signed_in(doors, "facilitator", "autre@exemple.invalid").get(NEW).text
    back = signed_in(doors, "facilitator", "oubli@exemple.invalid")
    page = back.get(NEW)
    assert "Votre session avait expiré" in read(page).words
    restored = PageForm(page.text, NEW)
    assert restored.values["name"] == ["Écrit pendant la pause"]
    assert back.post(NEW, data=restored.with_(acte="enregistrer")).status_code == 303
    assert PageForm(back.get(NEW).text, NEW).values["name"] == [""]
    assert len(stored(doors, "Écrit pendant la pause")) == 1


def test_a_form_that_waited_is_sent_once_where_it_goes_or_given_up(doors: Doors) -> None:
    late, address = signed_in(doors, "facilitator", "deux@exemple.invalid"), f"/acteurs/{GARDENERS}/contacts"
    sent = {"contact_nom": "Notée une fois", "contact_source": "essai"}
    for act in "", "&renoncer=oui":
        end_sessions(doors, "deux@exemple.invalid", expires_at=utc_now() - timedelta(minutes=1))
        late.post(address, data=sent)
        late = signed_in(doors, "facilitator", "deux@exemple.invalid")
        send = f"/envoi-en-attente?{urlencode({'adresse': address})}{act}"
        form = PageForm(late.get("/envoi-en-attente").text, send).values
        for _ in range(2):
            done = late.post(send, data=form, follow_redirects=True)
            assert done.status_code == 200, done.text
        assert late.get("/envoi-en-attente").headers["location"] == "/"
    assert late.post("/envoi-en-attente?adresse=//exemple.invalid").headers["location"] == "/"
    with reading(doors.engine) as session:
        assert len(session.exec(select(Contact).where(Contact.name == "Notée une fois")).all()) == 1


def test_any_other_form_sent_too_late_waits_to_be_sent_again(doors: Doors) -> None:
    late = signed_in(doors, "facilitator", "tard@exemple.invalid")
    address = f"/acteurs/{GARDENERS}/diffusion"
    late.get(address)
    end_sessions(doors, "tard@exemple.invalid", expires_at=utc_now() - timedelta(minutes=1))
    sent = {"diffusion": "confidentielle", "type": "aci", "motif": "le groupe nous l’a demandé hier"}
    assert late.post(address, data=sent).headers["location"] == "/connexion?retour=/envoi-en-attente"
    back = signed_in(doors, "facilitator", "tard@exemple.invalid")
    page = back.get("/envoi-en-attente")
    assert "le groupe nous l’a demandé hier" in read(page).words
    send = f"/envoi-en-attente?{urlencode({'adresse': address})}"
    assert PageForm(page.text, send).values == {name: [text] for name, text in sent.items()}
    assert signed_in(doors, "facilitator", "oubli@exemple.invalid").get("/envoi-en-attente").status_code == 303
    secret = {"mot_de_passe": "a", "actuel": "b"}
    end_sessions(doors, "tard@exemple.invalid", expires_at=utc_now() - timedelta(minutes=1))
    assert back.post("/compte/mot-de-passe", data=secret).headers["location"] == "/connexion"


def test_nobody_but_the_owner_of_an_expired_session_has_a_form_kept(doors: Doors) -> None:
    closed = signed_in(doors, "facilitator", "ferme@exemple.invalid")
    form = PageForm(closed.get(NEW).text, NEW)
    end_sessions(doors, "ferme@exemple.invalid", revoked_at=utc_now())
    answer = closed.post(NEW, data=form.with_(name="Fermée exprès"))
    assert answer.headers["location"] == "/connexion"
    back = signed_in(doors, "facilitator", "ferme@exemple.invalid")
    assert PageForm(back.get(NEW).text, NEW).values["name"] == [""]


@pytest.mark.parametrize("address", [NEW, "/opportunites/nouvelle", "/reprises/nouvelle"])
def test_whatever_is_written_into_every_field_is_answered(desk: TestClient, address: str) -> None:
    form = PageForm(desk.get(address).text, address)
    names = form.values.keys() - {"reference"}
    for value in HOSTILE.values():
        for act in ("distinct", "completer", "ressemblances"):
            body = "&".join(f"{name}={quote_from_bytes(value)}" for name in names) + f"&acte={act}"
            answer = desk.post(address, content=body, headers=FORM)
            assert answer.status_code < 500, (act, value[:20], answer.text[:300])


def test_the_person_met_is_added_with_the_actor_or_nothing_is(desk: TestClient, doors: Doors) -> None:
    sent = new_form(desk).with_(
        acte="enregistrer", name="Toitures de la Gervanne", kind="scop", place="Crest",
        contact_nom="Inès Faure", contact_telephone="04 65 71",
    )  # fmt: skip
    refused = desk.post(NEW, data=sent)
    page = read(refused, 422)
    assert page.all("input", id="contact_telephone")[0]["aria-invalid"] == "true"
    assert PageForm(refused.text, NEW).values["contact_nom"] == ["Inès Faure"]
    assert not stored(doors, "Toitures de la Gervanne")
    answer = desk.post(NEW, data=sent | {"contact_telephone": ["04 65 71 00 12"]})
    assert answer.status_code == 303, Outline(answer.text).words[:1500]
    (actor,) = stored(doors, "Toitures de la Gervanne")
    assert read(desk.get(f"/acteurs/{actor.id}")).all("a", href="tel:+33465710012")
