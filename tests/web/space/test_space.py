"""A partner sees its own actors, what is proposed to them and what it said; nothing of anybody else's."""

import json
import re

import pytest
from fastapi.testclient import TestClient
from sqlmodel import col, select

from api.accounts import accounts, invitations, partner_accounts
from api.core.errors import ConflictError
from models.base import utc_now
from models.database import reading
from models.tables import Actor, Opportunity, Partner, Rating
from tests.support.options import OPTIONS
from tests.support.outline import Outline
from tests.support.publishing import make_public
from tests.support.signed_in import PASSWORD, browser, open_partner, sessions, signed_in
from tests.support.world import ABSENT, Doors, demo_actor

pytestmark = pytest.mark.slow

GARDENERS, ESAT = demo_actor("a001", "00017926700026"), demo_actor("a002", "00025845900031")
MARK = re.compile(r"/espace/propositions/([\w-]+)")
EMAIL, OTHER = "partenaire@exemple.invalid", "autre@exemple.invalid"


def sign_in(doors: Doors, email: str) -> TestClient:
    return browser(
        doors,
        sessions.sign_in(doors.engine, email, PASSWORD, client_address="192.0.2.1", now=utc_now(), options=OPTIONS),
    )


@pytest.fixture(scope="module")
def partner(doors: Doors) -> TestClient:
    open_partner(doors.engine, EMAIL, GARDENERS, name="Camille Partenaire")
    return sign_in(doors, EMAIL)


@pytest.fixture(scope="module")
def other(doors: Doors) -> TestClient:
    open_partner(doors.engine, OTHER, ESAT)
    return sign_in(doors, OTHER)


def own_page(visitor: TestClient) -> str:
    """Return the address of the page of its first own actor."""
    found = re.search(r"/espace/acteurs/[\w-]+", visitor.get("/espace/acteurs").text)
    assert found
    return found[0]


def marks(visitor: TestClient) -> list[str]:
    return list(dict.fromkeys(MARK.findall(visitor.get("/espace").text)))


def test_a_partner_is_shown_what_is_likely_for_its_own_actors(partner: TestClient) -> None:
    outline = Outline(partner.get("/espace").text)
    assert "Pour Les Sécateurs du Val" in outline.words
    assert "Entretien des espaces verts communaux" in outline.words
    assert "peu probable" not in outline.words
    assert [one["href"] for one in outline.all("a") if (one["href"] or "").startswith(("/acteurs", "/opport"))] == []
    for mark in marks(partner):
        assert partner.get(f"/espace/propositions/{mark}").status_code == 200


def test_signing_in_leads_a_partner_to_its_space(partner: TestClient) -> None:
    answer = partner.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/espace")


def test_an_answer_is_recorded_changed_and_shown_again(doors: Doors, partner: TestClient) -> None:
    mark = marks(partner)[0]
    path = f"/espace/propositions/{mark}"
    sent = partner.post(path, data={"interet": "0", "raison": ["too_far"], "commentaire": "Trop loin d’ici"})
    assert (sent.status_code, sent.headers["location"]) == (303, f"{path}?envoye=oui")
    assert "Merci" in partner.get(f"{path}?envoye=oui").text
    assert "Pas pour nous (trop loin)" in Outline(partner.get("/espace").text).words
    assert partner.post(path, data={"interet": "3"}).status_code == 303
    assert "Rappelez-moi vite" in Outline(partner.get("/espace/acteurs").text).words
    with reading(doors.engine) as session:
        person = session.exec(select(Partner).where(Partner.email == EMAIL)).one()
        said = session.exec(select(Rating).where(Rating.partner_id == person.id).order_by(col(Rating.created_at))).all()
    assert [one.interest for one in said] == [0, 3]
    # Nothing is written to who follows nothing.
    assert person.status == "pending"


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({}, "Choisissez l’une des quatre réponses"),
        ({"interet": "7"}, "Choisissez l’une des quatre réponses"),
        ({"interet": "2", "raison": ["too_far"]}, "n’accompagnent que la réponse"),
        ({"interet": "0", "commentaire": "x" * 2001}, "trop long"),
    ],
)
def test_what_is_missing_is_said_beside_it(partner: TestClient, form: dict[str, str], words: str) -> None:
    answer = partner.post(f"/espace/propositions/{marks(partner)[0]}", data=form)
    assert answer.status_code == 422
    assert words in answer.text


def test_what_is_another_s_is_as_absent_as_what_does_not_exist(partner: TestClient, other: TestClient) -> None:
    """Same bytes for another's actor, its suggestion, an unknown one; also for acts."""
    theirs = marks(other)[0]
    pairs = [(one, f"/espace/acteurs/{ABSENT}") for one in (own_page(other), f"/espace/acteurs/{ESAT}")]
    pairs += [(f"/espace/{kind}/{theirs}", f"/espace/{kind}/aucune") for kind in ("propositions", "dossiers")]
    pairs += [(f"/espace/dossiers/{theirs}/documents/{ABSENT}", f"/espace/dossiers/aucune/documents/{ABSENT}")]
    for mine, unknown in pairs:
        answers = [partner.get(one) for one in (mine, unknown)]
        assert answers[0].status_code == 404
        assert (answers[0].content, answers[0].headers) == (answers[1].content, answers[1].headers)
    for kind, form in (("propositions", {"interet": "3"}), ("dossiers", {"acte": "accord", "engagement": "oui"})):
        answers = [partner.post(f"/espace/{kind}/{one}", data=form) for one in (theirs, "aucune")]
        assert [one.status_code for one in answers] == [404, 404]
        assert answers[0].content == answers[1].content


def test_a_mark_says_nothing_of_what_it_stands_for(doors: Doors, partner: TestClient, other: TestClient) -> None:
    """Two accounts of one actor are given different marks, and neither an id nor a title is in any address."""
    assert (
        partner_accounts.invite_partner(doors.engine, OTHER, GARDENERS, by="cli", now=utc_now(), options=OPTIONS)
        is None
    )
    try:
        assert len(marks(other)) > len(set(marks(other)) & set(marks(partner))) == 0
        with reading(doors.engine) as session:
            known = [*session.exec(select(Opportunity.id)).all(), *session.exec(select(Opportunity.title)).all()]
        page = partner.get("/espace").text
        assert not [one for one in known for link in Outline(page).all("a") if one in (link["href"] or "")]
    finally:
        account = accounts.find_account(doors.engine, OTHER)
        partner_accounts.take_actor(doors.engine, account.id, GARDENERS, by="cli", now=utc_now())


def test_an_actor_that_is_taken_is_gone_at_the_next_request(doors: Doors) -> None:
    account = open_partner(doors.engine, "passage@exemple.invalid", GARDENERS)
    visitor = sign_in(doors, "passage@exemple.invalid")
    mark, page = marks(visitor)[0], own_page(visitor)
    partner_accounts.take_actor(doors.engine, account, GARDENERS, by="cli", now=utc_now())
    assert visitor.get(f"/espace/propositions/{mark}").status_code == 404
    assert visitor.get(page).status_code == 404
    assert "ne parle encore pour aucun acteur" in Outline(visitor.get("/espace").text).words


def test_of_others_confidential_cases_a_partner_is_told_a_teaser(doors: Doors, partner: TestClient) -> None:
    with reading(doors.engine) as session:
        hidden = session.exec(select(Opportunity).where(col(Opportunity.confidential))).all()
    assert len(hidden) > 10
    pages = [partner.get(path).text for path in ("/espace", "/espace/acteurs", own_page(partner))]
    pages += [partner.get(f"/espace/propositions/{mark}").text for mark in marks(partner)]
    told = Outline("".join(pages)).text
    for one in hidden:
        assert one.title not in told
        assert one.teaser not in told
        assert one.id not in "".join(pages)


def test_its_own_actor_is_no_secret_to_it(doors: Doors) -> None:
    """A group of employees is confidential; who speaks for it sees it, and what suits it."""
    with reading(doors.engine) as session:
        group = session.exec(select(Actor).where(col(Actor.confidential)).order_by(Actor.id)).first()
    assert group
    open_partner(doors.engine, "groupe@exemple.invalid", group.id)
    visitor = sign_in(doors, "groupe@exemple.invalid")
    assert group.name in Outline(visitor.get(own_page(visitor)).text).text
    assert f"Pour {group.name}" in Outline(visitor.get("/espace").text).words


def test_a_partner_is_given_all_that_is_kept_about_it(partner: TestClient) -> None:
    answer = partner.post("/espace/donnees")
    assert answer.headers["content-disposition"] == 'attachment; filename="mes-donnees.json"'
    kept = json.loads(answer.text)
    assert kept["email"] == EMAIL
    assert [f"/espace/acteurs/{one['actor_id']}" for one in kept["account"]["actors"]] == [own_page(partner)]
    assert not {"seq", "hash", "previous_hash"} & {name for entry in kept["journal"] for name in entry}
    assert "argon2" not in answer.text


def test_a_facilitator_invites_a_partner_from_the_actor_s_page(doors: Doors) -> None:
    house = signed_in(doors, accounts.FACILITATOR)
    path = f"/acteurs/{ESAT}/partenaires"
    assert path in house.get(f"/acteurs/{ESAT}").text
    new = house.post(path, data={"acte": "inviter", "courriel": "nouveau@exemple.invalid", "nom": "Sacha"})
    link = re.search(r"/invitation/([\w-]+)", new.text)
    assert link
    invitations.accept(doors.engine, link[1], PASSWORD, now=utc_now())
    assert "Pour ESAT du Clos Mûrier" in Outline(sign_in(doors, "nouveau@exemple.invalid").get("/espace").text).words
    again = house.post(path, data={"acte": "inviter", "courriel": EMAIL})
    assert again.headers["location"] == f"{path}?fait=lie"
    found = accounts.find_account(doors.engine, EMAIL)
    house.post(path, data={"acte": "retirer", "compte": found.id})
    assert EMAIL not in house.get(path).text
    wrong = house.post(path, data={"acte": "inviter", "courriel": "pas une adresse"})
    assert (wrong.status_code, "n’est pas valide" in wrong.text) == (422, True)
    staff = house.post(path, data={"acte": "inviter", "courriel": f"{accounts.FACILITATOR}@exemple.invalid"})
    assert (staff.status_code, "de l’équipe" in staff.text) == (409, True)


def test_a_partner_never_becomes_one_of_the_house(doors: Doors, partner: TestClient) -> None:
    account = accounts.find_account(doors.engine, EMAIL)
    with pytest.raises(ConflictError):
        accounts.change_role(doors.engine, account.id, accounts.ADMINISTRATOR, by="cli", now=utc_now())
    assert partner.get("/comptes").status_code == 403
    assert "partenaire" in signed_in(doors, accounts.ADMINISTRATOR).get("/comptes").text


def test_a_confidential_member_is_not_named_to_who_speaks_for_its_network(doors: Doors) -> None:
    actor = {"source_id": "membre-discret", "name": "Canarigris", "kind": "scop", "member_of": ["a095"]}
    answer = doors.facilitator.post("/api/actors", json=actor | {"source": "demo", "confidential": True})
    assert answer.status_code == 201, answer.text
    with reading(doors.engine) as session:
        network = session.exec(select(Actor).where(Actor.source_id == "a095")).one().id
    open_partner(doors.engine, "reseau@exemple.invalid", network)
    visitor = sign_in(doors, "reseau@exemple.invalid")
    for path in ("/espace", own_page(visitor)):
        assert "Canarigris" not in visitor.get(path).text
    make_public(doors.engine, "actors", answer.json()["id"])
    doors.settle()
    assert "Canarigris" in visitor.get(own_page(visitor)).text
