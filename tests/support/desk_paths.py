"""Addresses of every door that shows something, each with something behind it, and those who may open them."""

import re
from datetime import UTC, datetime, timedelta

from fastapi.testclient import TestClient
from sqlalchemy import update
from sqlmodel import col, select

from api.accounts import api_keys, sessions
from api.catalogue.card_corrections import waiting_corrections
from api.confidentiality.agreements import agreements_about
from api.confidentiality.documents import list_documents
from api.contacts.queries import contacts_of
from api.core.clock import today_in_france
from api.imports.history import recent_imports
from models.accounts import ApiKey, SavedView
from models.alerts import Night
from models.base import utc_now
from models.database import reading, writing
from models.interactions import MailTemplate
from models.opportunities import Opportunity
from models.stated_needs import StatedNeed
from tests.support.options import OPTIONS
from tests.support.page_forms import PageForm
from tests.support.signed_in import PASSWORD, browser, open_account, open_partner
from tests.support.world import Doors, demo_actor, demo_opportunity

OPENING, CASE = demo_opportunity("m001"), demo_opportunity("r001")
KEY = "une mairie"
CONTACT = {
    "contact_nom": "Camille Roche",
    "contact_fonction": "Gérante",
    "contact_telephone": "04 65 71 00 01",
    "contact_courriel": "roche@exemple.invalid",
    "contact_source": "Donné par la personne",
}
FINANCING = {
    "objet": "fonds",
    "emploi_price": "180 000",
    "ressource_own_money": "50 000",
    "ressource_honour_loan": "10 000",
    "ressource_honour_loan_taux": "0",
    "ressource_honour_loan_duree": "5 ans",
    "ressource_bank_loan": "120 000",
    "ressource_bank_loan_mots": "Banque du Vercors",
    "ressource_bank_loan_taux": "3,9",
    "ressource_bank_loan_duree": "7 ans",
    "ca": "400 000",
    "marge": "60",
    "ebe": "60 000",
    "impot": "6 000",
    "entretien": "4 000",
    "emplois_gardes": "6",
    "commentaire": "Le bail est signé pour neuf ans.",
}
GARDENERS = demo_actor("a001", "00017926700026")
EMAILS = {
    "administrator": "administration@exemple.invalid",
    "partner": "partenaire@exemple.invalid",
}


def open_visitors(doors: Doors) -> dict[str, TestClient]:
    """Return a browser of an administrator and one of a partner, by role."""
    open_account(doors, "administrator", EMAILS["administrator"])
    open_partner(doors.engine, EMAILS["partner"], GARDENERS)
    return {
        role: browser(
            doors,
            sessions.sign_in(doors.engine, email, PASSWORD, client_address="192.0.2.1", now=utc_now(), options=OPTIONS),
        )
        for role, email in EMAILS.items()
    }


def fill_paths(doors: Doors, visitors: dict[str, TestClient]) -> dict[str, str]:
    """Return what stands for each variable of an address; each leads to something that is there."""
    suggestion = doors.ask({"opportunity_id": OPENING, "k": 3})[0]["suggestions"][0]["id"]
    api_keys.create_key(doors.engine, KEY, api_keys.CLIENT)
    with writing(doors.engine) as session:
        session.add(Night(day=today_in_france(), started_at=utc_now()))
        session.execute(update(Opportunity).where(col(Opportunity.id) == CASE).values(teaser="Une affaire à reprendre"))
    desk, partner = visitors["administrator"], visitors["partner"]
    case = desk.post("/dossiers", data={"suggestion": suggestion}).headers["location"].rpartition("/")[2]
    desk.post(f"/opportunites/{CASE}/confidentialite/documents", files={"fichier": ("bilan.pdf", b"%PDF-1.7\n%%EOF\n")})
    desk.post(f"/opportunites/{CASE}/reprise/financement", data=FINANCING)
    protocol = (today_in_france() + timedelta(days=40)).isoformat()
    dated = {"acte": "date", "version": "0", "genre": "protocol", "jour": protocol, "dit_par": "Me Roche"}
    desk.post(f"/opportunites/{CASE}/reprise/etapes", data=dated | {"precision": ""})
    sheet = f"/opportunites/{CASE}/reprise/fiche"
    desk.post(sheet, data={"acte": "enregistrer", "vue": "0", "points_forts": "Une équipe formée"})
    agreed = {"acte": "approuver", "vue": "1", "par": "owner", "moyen": "mail", "le": today_in_france().isoformat()}
    desk.post(sheet, data=agreed)
    with reading(doors.engine) as session:
        documents = list_documents(session, CASE)
    document = documents[0].id
    paper = {"acteur": GARDENERS, "nom": "Camille Roche", "date": today_in_france().isoformat(), "version": "1"}
    # It opens the case to nobody: the owner has not agreed.
    desk.post(f"/opportunites/{CASE}/reprise/engagement", data=paper)
    with reading(doors.engine) as session:
        agreement = agreements_about(session, CASE)[0].id
    staged = desk.post(
        "/importer",
        data={"contenu": "actors"},
        files={"fichier": ("acteurs.csv", b"id;nom;type\nx1;Les Essais;scop\n")},
    )
    token = staged.headers["location"].rpartition("/")[2]
    bulk_form = {"acte": "archiver", "acteur": demo_actor("a024", "00000063800015")}
    together = PageForm(desk.post("/acteurs/ensemble", data=bulk_form).text, "/acteurs/ensemble")
    act = desk.post("/acteurs/ensemble", data=together.with_(confirme="oui")).headers["location"].rpartition("/")[2]
    draft = desk.post("/recherche", data={"texte": "Tonte du parc à Crest"}).headers["location"]
    search = desk.post("/trouver", data={"mots": "tonte à Crest"}).headers["location"]
    mark = re.findall(r"/espace/propositions/([\w-]+)", partner.get("/espace").text)[0]
    actor_mark = re.findall(r"/espace/acteurs/([\w-]+)", partner.get("/espace/acteurs").text)[0]
    desk.post(f"/acteurs/{GARDENERS}/contacts", data=CONTACT)
    desk.post("/modeles", data={"acte": "exemples"})
    own_form = f"/espace/acteurs/{actor_mark}/corriger"
    partner.post(own_form, data=PageForm(partner.get(own_form).text, own_form).with_(note="Nous avons déménagé."))
    desk.post("/vues", data={"liste": "opportunites", "filtres": "type=market", "nom": "Débouchés"})
    partner.post("/espace/besoins/nouveau", data={"title": "Tonte du parking", "place": "Crest"})
    with reading(doors.engine) as session:
        need = session.exec(select(StatedNeed)).all()[0].id
        view = session.exec(select(SavedView)).all()[0].id
        correction = waiting_corrections(session)[0].correction.id
        template = session.exec(select(MailTemplate)).all()[0].id
        contact = contacts_of(session, actor_ids=[GARDENERS])[GARDENERS][0].id
        (imported,) = recent_imports(session, datetime.min.replace(tzinfo=UTC), 1)
        key = session.exec(select(ApiKey).where(ApiKey.name == KEY)).one().id
    written = desk.post("/courriers", data={"contact": contact, "sujet": "Bonjour", "texte": "Bonjour"})
    return {
        "mailing_id": written.headers["location"].rpartition("/")[2].partition("?")[0],
        "act_id": act,
        "template_id": template,
        "actor_id": GARDENERS,
        "contact_id": contact,
        "opportunity_id": OPENING,
        "suggestion_id": suggestion,
        "case_id": case,
        "document_id": document,
        "agreement_id": agreement,
        "token": token,
        "draft_token": draft.rpartition("/")[2],
        "search_token": search.rpartition("/")[2],
        "import_id": imported.id,
        "correction_id": correction,
        "need_id": need,
        "key_id": key,
        "mark": mark,
        "actor_mark": actor_mark,
        "day": today_in_france().isoformat(),
        "file_format": "csv",
        "view_id": view,
    }


def visitor_of(doors: Doors, visitors: dict[str, TestClient], door: str) -> TestClient:
    """Return who may open a door, which is a method and a path."""
    path = door.partition(" ")[2]
    if path.startswith("/api/"):
        return doors.facilitator
    return visitors["partner" if path.startswith("/espace") else "administrator"]


def address(door: str, paths: dict[str, str]) -> str:
    """Return the address of a door, its variables filled."""
    path = door.partition(" ")[2]
    known = paths | ({"opportunity_id": CASE} if "/confidentialite" in path or "/reprise" in path else {})
    return re.sub(r"{(\w+)}", lambda name: known[name[1]], path)
