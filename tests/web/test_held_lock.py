"""While another process holds the tables: who reads is answered as ever, who writes is told to come back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import col, select

from api.accounts import sessions
from api.audit.log import journal_page
from api.catalogue.row_history import last_edit
from matcher.embedding import Encoder
from models.base import utc_now
from models.database import reading, writing
from models.interactions import Interaction
from models.open_data import DuplicateProposal
from models.tables import metadata
from tests.support.databases import copy_database
from tests.support.desk_paths import (
    CASE,
    CONTACT,
    EMAILS,
    GARDENERS,
    OPENING,
    address,
    fill_paths,
    open_visitors,
    visitor_of,
)
from tests.support.lock_holder import held_lock
from tests.support.options import OPTIONS
from tests.support.outline import Outline
from tests.support.page_forms import PageForm
from tests.support.signed_in import PASSWORD, browser
from tests.support.world import Doors, demo_opportunity, opened_doors
from tests.web.test_doors import DOORS
from tests.web.test_units_of_work import ABSENT_TODAY, GETS, forget_last_use

pytestmark = pytest.mark.slow

# What left the house is in the journal before the answer leaves: without the one, not the other.
JOURNALED_FIRST = {"GET /opportunites/{opportunity_id}/confidentialite/documents/{document_id}"}
NEW_PASSWORD = "quatre mots tout neufs ici"
CSV = b"id;nom;type\nx1;Les Essais;scop\n"
# What each door is sent so that it would write; `None`: it only reads, keeps a file, or has nothing to write.
# page: what is changed in the form of its page.
FORMS: dict[str, dict[str, Any] | None] = {
    "POST /api/matches": None,
    "POST /api/coalitions": None,
    "POST /recherche": None,
    "POST /recherche/fichier": None,
    "POST /recherche/{draft_token}": {"data": {"objet": "Tonte", "acte": "garder"}},
    "POST /importer": None,
    "POST /api/actors": {"json": {"source_id": "n", "name": "N", "kind": "scop"}},
    "PATCH /api/actors/{actor_id}": {"json": {"headcount": 77}},
    "POST /api/opportunities": {"json": {"source_id": "n", "title": "N"}},
    "PATCH /api/opportunities/{opportunity_id}": {"json": {"title": "N"}},
    "POST /api/subscriptions": {"json": {"email": "n@exemple.invalid", "search": "tonte"}},
    "PATCH /api/subscriptions/{subscription_id}": {"json": {"most": 3}},
    "DELETE /api/subscriptions/{subscription_id}": {},
    "POST /api/ratings": {"json": {"partner_id": "{partner_id}", "suggestion_id": "{suggestion_id}", "interest": 3}},
    "POST /connexion": {"data": {"courriel": EMAILS["administrator"], "mot_de_passe": PASSWORD}},
    "POST /deconnexion": {},
    "POST /opportunites/{opportunity_id}/confidentialite": {"data": {"acte": "diffuse", "mots": "Un atelier"}},
    "POST /opportunites/{opportunity_id}/confidentialite/documents": {"files": {"fichier": ("n.pdf", b"%PDF-1.7\n")}},
    "POST /opportunites/{opportunity_id}/confidentialite/documents/{document_id}": {"data": {"acte": "retirer"}},
    "POST /opportunites/{opportunity_id}/reprise/engagement": {
        "data": {"acteur": "{actor_id}", "nom": "Camille Roche", "date": "2026-11-02", "version": "1"},
    },
    "POST /engagement-de-confidentialite": {"page": {"texte": "Je garde le secret. " * 20}},
    "POST /opportunites/{opportunity_id}/reprise/fiche": {"data": {"acte": "enregistrer", "vue": "0"}},
    "POST /opportunites/{opportunity_id}/reprise/etapes": {"data": {"acte": "cadre", "version": "1", "vend": "shares"}},
    "POST /opportunites/{opportunity_id}/reprise/proposer": {"data": {"acte": "proposer", "acteur": "{actor_id}"}},
    "POST /opportunites/{opportunity_id}/axe": {"data": {"axe": "2"}},
    "POST /opportunites/{opportunity_id}/reprise/financement": {"page": {"emploi_price": "1 000"}},
    "POST /vues": {"data": {"liste": "opportunites", "filtres": "type=market", "nom": "N"}},
    "POST /vues/{view_id}": {"data": {"acte": "renommer", "nom": "N"}},
    "POST /opportunites/{opportunity_id}/dossiers/ajouter": {"data": {"acteur": "{actor_id}"}},
    "POST /opportunites/{opportunity_id}/issue": {"data": {"devenir": "closed", "gagnee": "{case_id}.1"}},
    "POST /opportunites/{opportunity_id}/reprise/roles": {"data": {"reprendre": "{actor_id}"}},
    "POST /dossiers": {"data": {"suggestion": "{other_suggestion}"}},
    "POST /opportunites/{opportunity_id}/dossiers": {"data": {"acteur": "{second_actor}"}},
    "POST /dossiers/{case_id}": {"data": {"version": "1", "note": "N"}},
    "POST /acteurs/{actor_id}/partenaires": {"data": {"courriel": "n@exemple.invalid", "nom": "N"}},
    "POST /importer/{token}": {},
    "POST /importer/imports/{import_id}": {"data": {"motif": "Le mauvais fichier"}},
    "POST /opportunites/{opportunity_id}/diffusion": {"data": {"diffusion": "publique", "motif": "Annoncé"}},
    "POST /acteurs/{actor_id}/listes": {"data": {"choix": "garder"}},
    "POST /acteurs/{actor_id}/diffusion": {"data": {"diffusion": "confidentielle", "motif": "À sa demande"}},
    "POST /acteurs/nouveau": {"page": {"name": "Les Essais", "kind": "scop"}},
    "POST /acteurs/ressemblances": None,
    "POST /acteurs/{actor_id}/corriger": {"page": {"headcount": "77"}},
    "POST /acteurs/{actor_id}/abonnements": {"data": {"courriel": "n@exemple.invalid"}},
    "POST /acteurs/{actor_id}/archives": {"data": {"choix": "archiver"}},
    "POST /acteurs/{actor_id}/contacts": {"data": CONTACT | {"contact_nom": "Noé Faure"}},
    "POST /acteurs/{actor_id}/financements": {"page": {"name": "Prêt", "most_eur": "15 000"}},
    "POST /acteurs/{actor_id}/historique": {"data": {"modification": "{actor_edit}"}},
    "POST /acteurs/ensemble": {
        "data": {"acte": "archiver", "coche": "{actor_id}", "empreinte": "x", "confirme": "oui"},
    },
    "POST /opportunites/ensemble": {
        "data": {
            "acte": "axe",
            "coche": "{opportunity_id}",
            "axe": "3",
            "empreinte": "x",
            "confirme": "oui",
        },
    },
    "POST /actes/{act_id}": {},
    "POST /opportunites/nouvelle": {"page": {"title": "Tonte du stade", "kind": "market"}},
    "POST /opportunites/ressemblances": None,
    "POST /opportunites/{opportunity_id}/corriger": {"page": {"title": "Un autre intitulé"}},
    "POST /opportunites/{opportunity_id}/archives": {"data": {"choix": "archiver"}},
    "POST /opportunites/{opportunity_id}/contacts": {"data": CONTACT},
    "POST /opportunites/{opportunity_id}/historique": {"data": {"modification": "{opportunity_edit}"}},
    "POST /opportunites/{opportunity_id}/reprise/responsable": {"data": {"version": "0"}},
    "POST /opportunites/{opportunity_id}/reprise/informations": {"page": {"reason": "Départ en retraite"}},
    "POST /reprises/nouvelle": {"page": {"title": "Reprise d’un fournil"}},
    "POST /reprises/ressemblances": None,
    "POST /contacts/{contact_id}": {"data": CONTACT | {"contact_fonction": "Directrice"}},
    "POST /a-valider/{correction_id}": {"data": {"acte": "refuser", "reponse": "Nous gardons la fiche."}},
    "POST /a-valider/besoins/{need_id}": {"data": {"acte": "prendre"}},
    "POST /espace/besoins/nouveau": {"page": {"title": "Tonte du parking"}},
    "POST /espace/besoins/{need_id}": {},
    "POST /deposer/besoin": {"data": {"title": "Tonte", "contact_courriel": "n@exemple.invalid"}},
    "POST /deposer/cession": {"data": {"title": "Menuiserie", "contact_courriel": "n@exemple.invalid"}},
    "POST /espace/acteurs/{actor_mark}/corriger": {"page": {"note": "Encore un mot."}},
    "POST /echanges": {"data": {"geste": "call", "page": "acteur", "acteur": "{actor_id}"}},
    "POST /echanges/{interaction_id}/retirer": {"data": {"page": "acteur", "acteur": "{actor_id}"}},
    "POST /courriers": {"data": {"contact": "{contact_id}", "sujet": "Bonjour", "texte": "Bonjour encore"}},
    "POST /courriers/{mailing_id}": {"data": {"mail": "{letter_id}", "note": "Oui"}},
    "POST /modeles": {"data": {"nom": "Relance", "sujet": "Bonjour", "texte": "Bonjour"}},
    "POST /modeles/{template_id}": {"data": {"nom": "Relance", "sujet": "Bonjour", "texte": "Bonjour"}},
    "POST /compte/matin": {"data": {"matin": "oui"}},
    "POST /trouver": None,
    "POST /envoi-en-attente": None,
    "POST /importer/{token}/colonnes": None,
    "POST /importer/{token}/contenu": None,
    "POST /cles": {"data": {"nom": "Une autre mairie", "role": "client"}},
    "POST /cles/{key_id}": {"data": {"acte": "revoquer"}},
    "POST /compte/sessions": {"data": {"acte": "autres"}},
    "POST /compte/nom": {"data": {"nom": "N"}},
    "POST /mot-de-passe-oublie": {"data": {"courriel": EMAILS["partner"]}},
    "POST /compte/mot-de-passe": {
        "data": {"actuel": PASSWORD, "mot_de_passe": NEW_PASSWORD, "encore": NEW_PASSWORD},
    },
    "POST /compte/second-facteur": {"data": {"acte": "commencer"}},
    "POST /poids/retour": {},
    "POST /poids/{weights_id}/activer": {},
    "POST /sources/doublons/{proposal_id}": {"data": {"decision": "differents"}},
    "POST /personnes": {"data": {"acte": "exporter", "courriel": EMAILS["partner"]}},
    "POST /comptes": {"data": {"courriel": "n@exemple.invalid", "role": "facilitator"}},
    "POST /comptes/{account_id}": {"data": {"acte": "lien"}},
    "POST /espace/donnees": {},
    "POST /espace/propositions/{mark}": {"data": {"interet": "3"}},
}
# Links of mails have their own test below; a case opened to a partner is written as the desk's page is, and a code as a
# password.
ELSEWHERE = {"POST /espace/dossiers/{mark}", "POST /connexion/code"}


@pytest.fixture(scope="module")
def database(world_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_database(world_database, tmp_path_factory.mktemp("held") / "world.db")


@pytest.fixture(scope="module")
def doors(database: Path, encoder: Encoder) -> Iterator[Doors]:
    with opened_doors(database, encoder, write_wait_s=0.1) as opened:
        yield opened


@pytest.fixture(scope="module")
def visitors(doors: Doors) -> dict[str, TestClient]:
    return open_visitors(doors)


@pytest.fixture(scope="module")
def paths(doors: Doors, visitors: dict[str, TestClient]) -> dict[str, str]:
    known = fill_paths(doors, visitors)
    shown = doors.ask({"opportunity_id": demo_opportunity("m002"), "k": 2})[0]["suggestions"]
    ranked = doors.ask({"opportunity_id": OPENING, "k": 2})[0]["suggestions"]
    asked = doors.facilitator.post("/api/subscriptions", json={"email": "p@exemple.invalid", "search": "tonte"}).json()
    now = utc_now()
    with writing(doors.engine) as session:
        session.add(
            DuplicateProposal(
                id="p1", kind="opportunities", first_id=OPENING, second_id=demo_opportunity("m003"),
                status="proposed", similarity=1.0, why={}, proposed_at=now, decided_by="",
            )
        )  # fmt: skip
    account = sessions.sign_in(
        doors.engine, EMAILS["partner"], PASSWORD, client_address="192.0.2.1", now=now, options=OPTIONS
    )
    with reading(doors.engine) as session:
        signed_in = sessions.who(session, account, now=now, options=OPTIONS)
    assert signed_in
    weights = visitors["administrator"].get("/poids").text
    assert weights
    visitors["administrator"].post("/echanges", data={"geste": "note", "page": "acteur", "acteur": GARDENERS})
    with reading(doors.engine) as session:
        acts = session.exec(select(Interaction).order_by(col(Interaction.noted_at))).all()
        edits = {
            f"{name}_edit": str(edit.number)
            for name, kind in (("actor", "actors"), ("opportunity", "opportunities"))
            if (edit := last_edit(session, kind, known[f"{name}_id"]))
        }
    return (
        known
        | edits
        | {
            "interaction_id": acts[-1].id,
            "letter_id": next(act.id for act in acts if act.mailing_id == known["mailing_id"]),
            "other_suggestion": shown[1]["id"],
            "second_actor": ranked[1]["candidate"]["id"],
            "subscription_id": asked["id"],
            "partner_id": asked["partner_id"],
            "account_id": signed_in.account_id,
            "proposal_id": "p1",
            "weights_id": "prior",
        }
    )


def content(doors: Doors) -> dict[str, list[Any]]:
    """All that is kept, but for what nobody waits for, and for the places, which no door writes."""
    places = {"communes", "former_communes"}
    aside = places | {"impressions", "ranked_lists", "suggestions", "account_sessions", "sessions", "text_vectors"}
    with reading(doors.engine) as session:
        return {
            table.name: sorted(map(repr, session.connection().exec_driver_sql(f'SELECT * FROM "{table.name}"')))
            for table in metadata.sorted_tables
            if table.name not in aside and not table.name.startswith(("audit", "change"))
        }


@pytest.mark.parametrize("door", GETS)
def test_who_reads_waits_for_no_writer(
    doors: Doors, database: Path, visitors: dict[str, TestClient], paths: dict[str, str], door: str
) -> None:
    visitor, path = visitor_of(doors, visitors, door), address(door, paths)
    path += f"?suggestion_id={paths['suggestion_id']}" if door == "GET /api/ratings" else ""
    forget_last_use(doors)
    expected = (503,) if door in JOURNALED_FIRST else (404,) if door in ABSENT_TODAY else (200, 303)
    with held_lock(database):
        answer = visitor.get(path)
    assert answer.status_code in expected, answer.text[:500]
    assert visitor.get(path).status_code in ((404,) if door in ABSENT_TODAY else (200, 303))


@pytest.mark.parametrize("question", [{"opportunity_id": OPENING}, {"text": "tonte de pelouse à Valence"}])
def test_a_question_to_the_api_waits_for_no_writer(doors: Doors, database: Path, question: dict[str, Any]) -> None:
    with held_lock(database):
        doors.ask(question)


def test_a_search_waits_for_no_writer(database: Path, visitors: dict[str, TestClient]) -> None:
    with held_lock(database):
        need = {"texte": "tonte de pelouse"}
        assert visitors["administrator"].post("/recherche", data=need, follow_redirects=True).status_code == 200


def test_what_was_shown_meanwhile_is_written_afterwards(
    doors: Doors, database: Path, visitors: dict[str, TestClient]
) -> None:
    path = f"/opportunites/{demo_opportunity('r002')}"
    with held_lock(database):
        assert visitors["administrator"].get(path).status_code == 200
        assert doors.app.state.background.waiting > 0
    entries = [entry for entry in _journal(doors) if entry.action == "opportunity.seen"]
    assert entries[0].object_id == demo_opportunity("r002")
    assert not any(doors.app.state.background.lost.values())


def _journal(doors: Doors) -> Any:
    with reading(doors.engine) as session:
        return journal_page(session, limit=20)


def test_every_door_that_writes_is_tried() -> None:
    tokens = {door for door in DOORS if "{token}" in door and "importer" not in door}
    written = {door for door in DOORS if not door.startswith("GET ")} - tokens - ELSEWHERE
    assert set(FORMS) == written


@pytest.mark.parametrize("door", [door for door, form in FORMS.items() if form is not None])
def test_who_writes_is_told_to_come_back_and_nothing_is_half_done(
    doors: Doors, database: Path, visitors: dict[str, TestClient], paths: dict[str, str], door: str
) -> None:
    form, method = FORMS[door] or {}, door.partition(" ")[0]
    filled = {
        part: {
            name: paths.get(value[1:-1], value) if isinstance(value, str) and value.startswith("{") else value
            for name, value in fields.items()
        }
        for part, fields in form.items()
    }
    visitor = browser(doors) if door == "POST /connexion" else visitor_of(doors, visitors, door)
    if changes := filled.pop("page", None):
        path = address(door, paths)
        filled["data"] = PageForm(visitor.get(path).text, path).with_(**changes)
    # What earlier requests left to be written soon is no part of this one.
    assert doors.app.state.background.drain(60)
    before = content(doors)
    with held_lock(database):
        answer = visitor.request(method, address(door, paths), **filled)
    assert answer.status_code == 503, (answer.status_code, answer.text[:500])
    assert int(answer.headers["Retry-After"]) > 0
    if "/api/" in door:
        assert answer.headers["content-type"] == "application/problem+json"
        assert "rien n’a été enregistré" in answer.json()["detail"]
    else:
        assert "Le service est occupé" in Outline(answer.text).words
    assert content(doors) == before


def test_what_waits_and_what_is_lost_is_a_figure(doors: Doors, database: Path, visitors: dict[str, TestClient]) -> None:
    def figures() -> str:
        return doors.facilitator.get("/metrics").text

    assert doors.app.state.background.drain(60)
    assert 'polesud_writes_lost{reason="no_room"} 0.0' in figures()
    with held_lock(database):
        visitors["administrator"].get(f"/acteurs/{GARDENERS}?x")
        visitors["administrator"].get(f"/opportunites/{CASE}")
        assert "polesud_writes_waiting 0.0" not in figures()
    assert doors.app.state.background.drain(60)
    assert "polesud_writes_waiting 0.0" in figures()
