"""Mails to several actors through the door: a template, four clicks on boxes, one sending, and who answered."""

from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete, update
from sqlmodel import col, select

from api.core.clock import today_in_france
from api.interactions.letters import TIME_TO_TAKE_BACK
from api.mailing.delivery import deliver
from api.mailing.transport import Transport
from api.night.departure import departure_gate
from models.base import utc_now
from models.database import reading, writing
from models.tables import Actor, Contact, Interaction, Mailing, MailTemplate, Opportunity, OutboxMessage, Partner
from tests.support.accounts import account, signed_in
from tests.support.night_world import SIGNER
from tests.support.outbox import mail_settings
from tests.support.outline import Outline
from tests.support.smtp_server import post
from tests.support.world import ABSENT, Doors, demo_opportunity
from tests.web.desk.test_desk_pages import HOSTILE, read

pytestmark = pytest.mark.slow

OPENING, CASE = demo_opportunity("m001"), demo_opportunity("r001")
BODY = "Bonjour {contact},\n\n{acteur} pourrait répondre à {opportunite}.\n\n{animateur}"


@pytest.fixture(scope="module")
def desk(doors: Doors) -> Iterator[TestClient]:
    with signed_in(doors, account(doors.engine, "camille@exemple.invalid")) as client:
        yield client


@pytest.fixture
def actors(doors: Doors) -> list[str]:
    """Four public actors with a contact each, and nothing sent yet."""
    with writing(doors.engine) as session:
        for table in (OutboxMessage, Interaction, Mailing, MailTemplate, Contact, Partner):
            session.execute(delete(table))
        question = select(Actor.id).where(~col(Actor.confidential)).order_by(Actor.name).limit(4)
        ids = list(session.exec(question).all())
        for number, actor_id in enumerate(ids):
            session.add(
                Contact(
                    id=f"c{number}", actor_id=actor_id, name=f"Personne {number}", email=f"p{number}@exemple.invalid",
                    source="essai", lawful_basis="legitimate_interest", retained_until=today_in_france(),
                )
            )  # fmt: skip
    return ids


def sent(desk: TestClient, **form: object) -> Outline:
    """Send a mail from the form of the page that writes it, and return the page on which the visitor lands."""
    return Outline(desk.post("/courriers", data=form, follow_redirects=True).text)


def form_of(desk: TestClient, path: str) -> dict[str, object]:
    """Return what the form of a page would send as it stands."""
    page = read(desk.get(path))
    hidden = {
        str(one["name"]): str(one["value"]) for one in page.all("input", type="hidden") if one["name"] != "acteur"
    }
    return hidden | {"acteur": [str(one["value"]) for one in page.all("input", type="hidden", name="acteur")]}


def template_id(doors: Doors) -> str:
    with reading(doors.engine) as session:
        return session.exec(select(MailTemplate.id)).one()


def stored(doors: Doors) -> tuple[list[OutboxMessage], list[Interaction]]:
    with reading(doors.engine) as session:
        messages = list(session.exec(select(OutboxMessage).order_by(OutboxMessage.subject)).all())
        return messages, list(session.exec(select(Interaction).where(Interaction.kind == "mail")).all())


def deliver_all(doors: Doors, folder: Path) -> list[str]:
    """Let what waits leave to a real server, and return the mails as they are read."""
    with post(folder / "log") as server:
        options, desk = mail_settings(server.port), doors.app.state.desk
        gate = departure_gate(doors.engine, lambda: desk, SIGNER, options)
        with Transport.of(options) as transport:
            deliver(doors.engine, transport, gate=gate, now=lambda: utc_now() + TIME_TO_TAKE_BACK, options=options)
        mails = [message_from_bytes(one.content, policy=default) for one in server.accepted()]
    return [
        "\n".join([*(f"{name}: {value}" for name, value in mail.items()), mail.get_body(("plain",)).get_content()])
        for mail in mails
    ]


def test_four_actors_of_a_list_get_the_same_template_and_who_answers_is_followed(
    desk: TestClient, doors: Doors, actors: list[str], tmp_path: Path
) -> None:
    saved = desk.post("/modeles", data={"nom": "Contact", "sujet": "Pour {acteur}", "texte": BODY})
    assert "Le modèle est enregistré" in read(saved).words
    page = read(desk.get(f"/opportunites/{OPENING}"))
    (offered,) = [one for one in page.all("option") if one["value"] == template_id(doors)]
    assert len(page.all("input", type="checkbox", form="ecrire")) >= 4
    path = "/courriers/nouveau?" + "&".join(f"acteur={one}" for one in actors)
    path += f"&modele={offered['value']}&opportunite={OPENING}"
    written = read(desk.get(path))
    assert "Bonjour Personne 0," in written.words
    form = form_of(desk, path) | {"contact": ["c0", "c1", "c2", "c3"], "sujet": "Pour {acteur}", "texte": BODY}
    followed = sent(desk, **form)
    assert "4 mails, 0 réponse" in followed.words
    assert sent(desk, **form).words.count("prêt à partir") == 4, "sent once, however often the button is pressed"

    mails = deliver_all(doors, tmp_path)
    assert len(mails) == 4
    assert all("Reply-To: Camille Exemple <camille@exemple.invalid>" in mail for mail in mails)
    assert {name for name in ("Personne 0", "Personne 3") if any(name in mail for mail in mails)} != set()
    assert not any("{" in mail or "…" in mail.partition("Bonjour")[2] for mail in mails)
    assert sum("Personne 1" in mail for mail in mails) == 1, "nobody reads to whom else it went"

    with reading(doors.engine) as session:
        (mailing,) = session.exec(select(Mailing)).all()
    page = read(desk.get(f"/courriers/{mailing.id}"))
    assert page.words.count("parti le") == 4
    answered = page.all("button", name="mail")
    assert len(answered) == 4
    after = read(desk.post(f"/courriers/{mailing.id}", data={"mail": answered[0]["value"]}))
    assert "4 mails, 1 réponse" in after.words
    assert "1 réponse" in read(desk.get("/courriers")).words
    (reminder,) = [str(one["href"]) for one in after.all("a") if "nouveau?" in str(one["href"])]
    assert len(read(desk.get(reminder)).all("input", type="hidden", name="acteur")) == 3
    assert "Mail – Personne" in read(desk.get(f"/acteurs/{actors[0]}")).words
    assert "Mail – Personne" in read(desk.get(f"/opportunites/{OPENING}")).words


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"sujet": ""}, "Donnez un objet"),
        ({"texte": " "}, "Écrivez le texte"),
        ({"texte": "Bonjour {prenom}"}, "« {prenom} » n’est pas un repère connu"),
        ({"texte": "Au sujet de {opportunite}"}, "ouvrez-la, et écrivez depuis sa page"),
        ({"contact": []}, "Choisissez au moins un destinataire"),
        ({"contact": ["c0", ABSENT]}, "n’a plus d’adresse"),
        ({"opportunite": CASE}, "confidentielle"),
    ],
)
def test_a_mail_with_a_mistake_is_not_sent_and_nothing_typed_is_lost(
    desk: TestClient, doors: Doors, actors: list[str], form: dict[str, object], why: str
) -> None:
    given = {"acteur": actors[:2], "contact": ["c0", "c1"], "sujet": "Un objet", "texte": "Un texte à garder"} | form
    answer = desk.post("/courriers", data=given)
    page = read(answer, 422)
    assert why.lower() in page.words.lower()
    assert str(given["texte"]).strip() in page.text
    assert stored(doors) == ([], [])


def test_a_template_is_sent_from_a_list_at_once_and_taken_back(
    desk: TestClient, doors: Doors, actors: list[str], tmp_path: Path
) -> None:
    desk.post("/modeles", data={"nom": "Contact", "sujet": "Pour {acteur}", "texte": "Bonjour {contact}"})
    page = read(desk.get("/acteurs"))
    given = {"jeton": page.all("input", name="jeton")[0]["value"], "modele": template_id(doors), "acteur": actors}
    followed = sent(desk, **given, acte="direct")
    assert "4 mails, 0 réponse" in followed.words
    (mailing,) = {str(one["action"]) for one in followed.all("form") if "/courriers/" in str(one["action"])}
    assert "aucun de ces mails n’est parti" in read(desk.post(mailing, data={"acte": "annuler"})).words
    read(desk.get(mailing), 404)
    assert deliver_all(doors, tmp_path) == []
    messages, interactions = stored(doors)
    assert ({(one.status, one.text) for one in messages}, interactions) == ({("cancelled", "")}, [])


def test_nothing_is_sent_at_once_while_somebody_has_no_address(
    desk: TestClient, doors: Doors, actors: list[str]
) -> None:
    desk.post("/modeles", data={"nom": "Contact", "sujet": "Pour {acteur}", "texte": "Bonjour {contact}"})
    with writing(doors.engine) as session:
        session.execute(delete(Contact).where(col(Contact.id) == "c1"))
    answer = desk.post("/courriers", data={"modele": template_id(doors), "acteur": actors, "acte": "direct"})
    assert "Rien n’est encore parti" in read(answer, 422).words
    assert len(read(answer, 422).all("select", name="contact")) == 3
    assert stored(doors) == ([], [])


def test_what_became_confidential_does_not_leave(
    desk: TestClient, doors: Doors, actors: list[str], tmp_path: Path
) -> None:
    form = {"acteur": actors, "contact": ["c0", "c1"], "sujet": "Objet", "texte": "{opportunite}"}
    sent(desk, **form, opportunite=OPENING)
    assert len(stored(doors)[0]) == 2
    hidden = update(Opportunity).where(col(Opportunity.id) == OPENING)
    with writing(doors.engine) as session:
        session.execute(hidden.values(confidential=True))
    try:
        assert deliver_all(doors, tmp_path) == []
        messages, _ = stored(doors)
        assert {(one.status, one.text, one.subject) for one in messages} == {("cancelled", "", "")}
    finally:
        with writing(doors.engine) as session:
            session.execute(hidden.values(confidential=False))


def test_a_letter_about_another_need_does_not_leave_to_whom_a_confidential_one_names(
    desk: TestClient, doors: Doors, actors: list[str], tmp_path: Path
) -> None:
    assert actors
    other = demo_opportunity("m002")
    with writing(doors.engine) as session:
        session.add(
            Contact(
                id="b2", opportunity_id=other, name="Acheteur", email="b2@exemple.invalid", source="essai",
                lawful_basis="legitimate_interest", retained_until=today_in_france(),
            )
        )  # fmt: skip
    sent(desk, contact=["b2"], sujet="Objet", texte="{opportunite}", opportunite=OPENING)
    assert len(stored(doors)[0]) == 1
    hidden = update(Opportunity).where(col(Opportunity.id) == other)
    with writing(doors.engine) as session:
        session.execute(hidden.values(confidential=True))
    try:
        assert deliver_all(doors, tmp_path) == []
    finally:
        with writing(doors.engine) as session:
            session.execute(hidden.values(confidential=False))


def test_nothing_is_written_to_whom_does_not_want_or_is_confidential(
    desk: TestClient, doors: Doors, actors: list[str]
) -> None:
    with writing(doors.engine) as session:
        session.add(Partner(id="p", email="p0@exemple.invalid", status="unsubscribed"))
        session.execute(update(Actor).where(col(Actor.id) == actors[1]).values(confidential=True))
    try:
        page = read(desk.get("/courriers/nouveau?" + "&".join(f"acteur={one}" for one in actors[:2])))
        assert "s’est désinscrit" in page.words
        assert "rien n’en part par mail" in page.words
        assert not page.all("select", name="contact")
        for contact in ("c0", "c1"):
            given = {"contact": [contact], "sujet": "Objet", "texte": "Texte"}
            read(desk.post("/courriers", data=given), 422)
        assert stored(doors) == ([], [])
    finally:
        with writing(doors.engine) as session:
            session.execute(update(Actor).where(col(Actor.id) == actors[1]).values(confidential=False))


def test_an_actor_without_an_address_is_said_and_the_others_get_theirs(
    desk: TestClient, doors: Doors, actors: list[str]
) -> None:
    with writing(doors.engine) as session:
        session.execute(delete(Contact).where(col(Contact.id) == "c1"))
    page = read(desk.get("/courriers/nouveau?" + "&".join(f"acteur={one}" for one in actors[:2])))
    assert "aucune adresse de mail" in page.words
    assert len(page.all("select", name="contact")) == 1


def test_a_buyer_is_written_to_about_its_own_need(desk: TestClient, doors: Doors, actors: list[str]) -> None:  # noqa: ARG001
    with writing(doors.engine) as session:
        session.add(
            Contact(
                id="b1", opportunity_id=OPENING, name="Acheteuse", email="mairie@exemple.invalid", source="essai",
                lawful_basis="legitimate_interest", retained_until=today_in_france(),
            )
        )  # fmt: skip
    assert read(desk.get("/courriers/nouveau?contact=b1")).all("select", name="contact")
    sent(desk, contact=["b1"], sujet="Votre besoin", texte="Au sujet de {opportunite}")
    (_, (interaction,)) = stored(doors)
    assert (interaction.actor_id, interaction.opportunity_id) == (None, OPENING)
    assert "espaces verts communaux" in interaction.text
    assert "Mail – Acheteuse" in read(desk.get(f"/opportunites/{OPENING}")).words


def test_a_hostile_mail_is_text(desk: TestClient, doors: Doors, actors: list[str]) -> None:
    followed = sent(desk, contact=["c0"], acteur=actors[:1], sujet=HOSTILE, texte=HOSTILE)
    assert not followed.all("script")
    assert HOSTILE in followed.words
    ((message,), _) = stored(doors)
    assert "<script>" not in message.html


def test_lists_offer_first_the_templates_that_suit_them(desk: TestClient) -> None:
    """What names an opportunity comes last in a list of actors, and first beside a ranking."""
    desk.post("/modeles", data={"nom": "Avis", "sujet": "{opportunite}", "texte": "Bonjour {contact}"})
    desk.post("/modeles", data={"nom": "Visite", "sujet": "Pour {acteur}", "texte": "Bonjour {contact}"})
    for path, names in (("/acteurs", ["Visite", "Avis"]), (f"/opportunites/{OPENING}", ["Avis", "Visite"])):
        page = desk.get(path).text
        assert sorted(names, key=lambda name: page.index(f">{name}</option>")) == names
