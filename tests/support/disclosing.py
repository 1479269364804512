"""A confidential case and the two who disclose it: a partner who speaks for an actor, and a facilitator."""

import re
from dataclasses import dataclass

from fastapi.testclient import TestClient
from sqlmodel import select

from api.accounts import accounts
from api.confidentiality import disclosure, documents
from api.confidentiality.disclosure import ConsentSide
from api.partner_view.marks import Marks, Pair
from models.base import utc_now
from models.database import reading, writing
from models.tables import AuditEntry, Opportunity
from tests.support.night_world import OPTIONS
from tests.support.outline import Outline
from tests.support.page_forms import PageForm
from tests.support.reads import read_once
from tests.support.signed_in import PASSWORD, browser, open_partner, sessions, signed_in
from tests.support.small_files import a_pdf
from tests.support.world import Doors, demo_opportunity

# A carpenter, and a carpenter's workshop that is to be taken over.
CASE, PLUMBING = demo_opportunity("r001"), demo_opportunity("r010")
EMAIL = "canari.repreneur@exemple.invalid"
PDF = a_pdf("Canaridossier")
READER = "Canaricamille"
MARK = re.compile(r"/espace/propositions/([\w-]+)")


@dataclass(frozen=True)
class Disclosure:
    """Both sides of a case: a partner who speaks for an actor to which it is proposed, and a facilitator."""

    doors: Doors
    partner: TestClient
    house: TestClient
    actor: str
    mark: str
    title: str

    @property
    def path(self) -> str:
        return f"/espace/dossiers/{self.mark}"

    @property
    def desk(self) -> str:
        return f"/opportunites/{CASE}/confidentialite"

    def page(self) -> str:
        answer = self.partner.get(self.path)
        assert answer.status_code == 200
        return answer.text

    def shows(self) -> bool:
        return self.title in Outline(self.page()).text

    @property
    def agreements(self) -> str:
        return f"/opportunites/{CASE}/reprise/engagement"

    def agree(self, side: str, acte: str = "accord") -> None:
        answer = self.house.post(self.desk, data={"acte": acte, "cote": side, "acteur": self.actor})
        assert answer.status_code == 303, answer.text

    def note_paper(self) -> None:
        paper = {"acteur": self.actor, "nom": READER, "date": "2026-11-02", "version": "1"}
        assert self.house.post(self.agreements, data=paper).status_code == 303

    def undertake(self) -> None:
        form = PageForm(self.page(), self.path).with_(acte="accord", engagement="oui")
        assert self.partner.post(self.path, data=form).status_code == 303

    def withdraw(self) -> None:
        assert self.partner.post(self.path, data={"acte": "retrait"}).status_code == 303

    def add_document(self, name: str = "Canaridossier.pdf", content: bytes = PDF, folder: str = "documents") -> int:
        files = {"fichier": (name, content, "application/pdf")}
        return self.house.post(f"{self.desk}/documents", files=files, data={"dossier": folder}).status_code

    def document(self) -> str:
        return read_once(self.doors.engine, documents.list_documents, CASE)[-1].id

    def acts(self, *actions: str) -> list[str]:
        with reading(self.doors.engine) as session:
            rows = session.exec(select(AuditEntry).where(AuditEntry.object_id == CASE).order_by(AuditEntry.seq)).all()
        return [one.action for one in rows if one.action in actions]


def open_disclosure(doors: Doors) -> Disclosure:
    """Return a case of carpentry, an actor that would take over anything there, and who speaks for it."""
    with writing(doors.engine) as session:
        case = session.get_one(Opportunity, CASE)
        title = case.title
        case.deadline = None
        session.add(case)
    body = {
        "source_id": "repreneur",
        "name": "Les Charpentes Réunies",
        "kind": "scop",
        "activities": ["bâtiment et travaux publics", "menuiserie bois"],
        "seeks": ["acquisitions"],
        "headcount": 40,
        "turnover_eur": 4_000_000,
    }
    actor = doors.facilitator.post("/api/actors", json=body).json()["id"]
    account = open_partner(doors.engine, EMAIL, actor, name=READER)
    visitor = browser(
        doors,
        sessions.sign_in(doors.engine, EMAIL, PASSWORD, client_address="192.0.2.1", now=utc_now(), options=OPTIONS),
    )
    house = signed_in(doors, accounts.FACILITATOR)
    visitor.get("/espace")
    mark = Marks.of(doors.app.state.signers.newest(), account).make(Pair(actor, CASE))
    return Disclosure(doors, visitor, house, actor, mark, title)


def nothing_agreed(whole: Disclosure) -> Disclosure:
    """Return the case with no consent and no document."""
    for side in ConsentSide:
        disclosure.revoke_consent(whole.doors.engine, CASE, whole.actor, side, account_id="x", now=utc_now())
    for line in read_once(whole.doors.engine, documents.list_documents, CASE):
        documents.remove_document(whole.doors.engine, CASE, line.id, account_id="x", now=utc_now())
    return whole
