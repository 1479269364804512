"""Each level of disclosure of a confidential case opens to the right actor, at the right time, and is journaled."""

import json
import logging
import re
from dataclasses import dataclass

import pytest
from fastapi.testclient import TestClient
from sqlmodel import col, select

from api.accounts import accounts
from api.alerts.composing import compose_alerts
from api.audit import log
from api.catalogue import records
from api.confidentiality import disclosure, documents
from api.confidentiality.disclosure import ConsentSide, DisclosureLevel
from api.core.clock import today_in_france
from api.partner_view.marks import Marks, Pair
from api.privacy import personal_data
from models.base import utc_now
from models.database import reading, writing
from models.tables import AuditEntry, Consent, Opportunity, OutboxMessage, Partner, Subscription, TakeoverCase
from tests.support.night_world import OPTIONS, SIGNER
from tests.support.outline import Outline
from tests.support.publishing import make_public
from tests.support.reads import read_once
from tests.support.signed_in import PASSWORD, browser, open_partner, sessions, signed_in
from tests.support.world import ABSENT, Doors, demo_opportunity

pytestmark = pytest.mark.slow

# A carpenter, and a carpenter's workshop that is to be taken over.
CASE, PLUMBING = demo_opportunity("r001"), demo_opportunity("r010")
EMAIL = "canari.repreneur@exemple.invalid"
PDF = b"%PDF-1.7 Canaridossier"
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

    def agree(self, side: str, acte: str = "accord") -> None:
        answer = self.house.post(self.desk, data={"acte": acte, "cote": side, "acteur": self.actor})
        assert answer.status_code == 303, answer.text

    def undertake(self, acte: str = "accord") -> None:
        assert self.partner.post(self.path, data={"acte": acte, "engagement": "oui"}).status_code == 303

    def add_document(self, name: str = "Canaridossier.pdf", content: bytes = PDF) -> int:
        files = {"fichier": (name, content, "application/pdf")}
        return self.house.post(f"{self.desk}/documents", files=files).status_code

    def document(self) -> str:
        return read_once(self.doors.engine, documents.list_documents, CASE)[-1].id

    def acts(self, *actions: str) -> list[str]:
        with reading(self.doors.engine) as session:
            rows = session.exec(select(AuditEntry).where(AuditEntry.object_id == CASE).order_by(AuditEntry.seq)).all()
        return [one.action for one in rows if one.action in actions]


@pytest.fixture(scope="module")
def whole(doors: Doors) -> Disclosure:
    """An actor that would take over anything in carpentry, and the partner who speaks for it."""
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
    account = open_partner(doors.engine, EMAIL, actor, name="Canaricamille")
    visitor = browser(
        doors,
        sessions.sign_in(doors.engine, EMAIL, PASSWORD, client_address="192.0.2.1", now=utc_now(), options=OPTIONS),
    )
    house = signed_in(doors, accounts.FACILITATOR)
    visitor.get("/espace")
    mark = Marks.of(doors.app.state.signers.newest(), account).make(Pair(actor, CASE))
    return Disclosure(doors, visitor, house, actor, mark, title)


@pytest.fixture
def case(whole: Disclosure) -> Disclosure:
    """The same case with no consent and no document."""
    for side in ConsentSide:
        disclosure.revoke_consent(whole.doors.engine, CASE, whole.actor, side, account_id="x", now=utc_now())
    for line in read_once(whole.doors.engine, documents.list_documents, CASE):
        documents.remove_document(whole.doors.engine, CASE, line.id, account_id="x", now=utc_now())
    return whole


def test_the_case_is_proposed_by_its_teaser(case: Disclosure) -> None:
    page = case.partner.get("/espace").text
    assert f"/espace/propositions/{case.mark}" in page
    assert "Entreprise à reprendre" in page
    assert case.title not in page
    assert case.partner.get(f"/espace/propositions/{case.mark}").status_code == 200


@pytest.mark.parametrize("holder_first", [True, False])
def test_identity_shows_exactly_while_both_sides_agree(case: Disclosure, holder_first: bool) -> None:
    steps = [lambda: case.agree("holder"), case.undertake]
    assert not case.shows()
    for step in steps if holder_first else steps[::-1]:
        assert not case.shows()
        step()
    assert case.shows()
    # Each withdrawal acts at the very next request, whoever withdraws; and agreeing anew opens again.
    case.agree("holder", "retrait")
    assert not case.shows()
    case.agree("holder")
    assert case.shows()
    case.undertake("retrait")
    assert not case.shows()
    case.agree("actor")
    assert case.shows()


def test_no_tick_is_no_agreement(case: Disclosure) -> None:
    answer = case.partner.post(case.path, data={"acte": "accord"})
    assert (answer.status_code, "Cochez la case" in answer.text) == (422, True)
    with reading(case.doors.engine) as session:
        assert disclosure.standing_consents(session, CASE, case.actor).level is DisclosureLevel.TEASER


def test_documents_open_at_the_last_level_only(case: Disclosure) -> None:
    assert case.add_document() == 303
    path = f"{case.path}/documents/{case.document()}"
    unknown = f"{case.path}/documents/{ABSENT}"

    def refused() -> bool:
        answers = [case.partner.get(one) for one in (path, unknown)]
        assert answers[0].content == answers[1].content
        return answers[0].status_code == 404

    assert refused()
    case.agree("documents")
    assert refused()
    case.agree("holder")
    assert refused()
    case.undertake()
    answer = case.partner.get(path)
    assert (answer.status_code, answer.content) == (200, PDF)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert re.fullmatch(r'attachment; filename="document-[0-9a-f]{8}\.pdf"', answer.headers["content-disposition"])
    case.agree("holder", "retrait")
    assert refused()
    # A document of one case is none of another.
    assert case.house.get(f"/opportunites/{PLUMBING}/confidentialite/documents/{case.document()}").status_code == 404
    assert case.house.get(f"{case.desk}/documents/{case.document()}").content == PDF
    assert case.house.post(f"{case.desk}/documents/{case.document()}").status_code == 303
    assert read_once(case.doors.engine, documents.list_documents, CASE) == []


def test_a_document_seen_before_is_gone_with_the_teaser(case: Disclosure) -> None:
    """The address that a page gave earlier opens nothing once the case is told of no more, whatever was agreed."""
    assert case.add_document() == 303
    path = f"{case.path}/documents/{case.document()}"
    case.agree("documents")
    case.agree("holder")
    case.undertake()
    assert case.partner.get(path).content == PDF
    assert case.house.post(case.desk, data={"acte": "retire"}).status_code == 303
    try:
        assert case.partner.get(path).status_code == 404
    finally:
        assert case.house.post(case.desk, data={"acte": "diffuse", "mots": "menuiserie bois"}).status_code == 303
        case.house.post(f"{case.desk}/documents/{case.document()}")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("note.exe", b"MZ", "attendu PDF"),
        ("note.pdf", b"<html>", "ce n’est pas un fichier PDF"),
        ("gros.pdf", b"%PDF-" + b"0" * 10_000_000, "10 Mo au plus"),
    ],
)
def test_what_is_no_document_is_refused_with_why(case: Disclosure, name: str, content: bytes, words: str) -> None:
    files = {"fichier": (name, content, "application/pdf")}
    answer = case.house.post(f"{case.desk}/documents", files=files)
    assert answer.status_code == 422
    assert words in Outline(answer.text).words
    assert read_once(case.doors.engine, documents.list_documents, CASE) == []


def test_a_case_that_is_no_longer_announced_is_gone_whatever_was_agreed(case: Disclosure) -> None:
    case.agree("holder")
    case.undertake()
    words = "menuiserie bois"
    assert case.house.post(case.desk, data={"acte": "retire"}).status_code == 303
    for path in (case.path, f"/espace/propositions/{case.mark}"):
        assert case.partner.get(path).status_code == 404
    assert case.house.post(case.desk, data={"acte": "accord", "cote": "holder", "acteur": ABSENT}).status_code == 409
    assert case.house.post(case.desk, data={"acte": "diffuse", "mots": words}).status_code == 303
    case.doors.settle()
    assert case.shows()
    make_public(case.doors.engine, "opportunities", CASE)
    try:
        # A public case has no levels of disclosure.
        assert case.partner.get(case.path).status_code == 404
        assert case.house.get(case.desk).status_code == 404
    finally:
        records.change_opportunity(case.doors.engine, CASE, {"confidential": True})


def test_who_was_shown_what_is_in_the_journal(case: Disclosure) -> None:
    seen = ("identity.revealed", "document.downloaded", "consent.given", "consent.withdrawn")
    before = len(case.acts(*seen))
    case.add_document()
    case.page()
    case.agree("holder")
    case.undertake()
    case.page()
    case.agree("documents")
    case.partner.get(f"{case.path}/documents/{case.document()}")
    case.agree("holder", "retrait")
    case.page()
    assert case.acts(*seen)[before:] == [
        "consent.given",
        "consent.given",
        "identity.revealed",
        "consent.given",
        "document.downloaded",
        "consent.withdrawn",
    ]
    assert read_once(case.doors.engine, log.verify).problem == ""
    words = Outline(case.house.get(case.desk).text).words
    assert "Canaricamille, identité révélée" in words
    assert "Canaricamille, document téléchargé" in words


def test_agreements_are_kept_whole(case: Disclosure) -> None:
    """Agreeing twice is once; withdrawing leaves the row, with who and when; agreeing again is another row."""

    def rows() -> list[Consent]:
        with reading(case.doors.engine) as session:
            question = select(Consent).where(Consent.actor_id == case.actor, Consent.side == "holder")
            return list(session.exec(question.order_by(col(Consent.given_at))).all())

    before = len(rows())
    case.agree("holder")
    case.agree("holder")
    assert len(rows()) == before + 1
    case.agree("holder", "retrait")
    case.agree("holder")
    ended, current = rows()[before:]
    assert ended.withdrawn_at
    assert ended.withdrawn_by == ended.given_by
    assert current.withdrawn_at is None


def test_what_a_facilitator_s_words_betray_is_said_and_does_not_leave(case: Disclosure) -> None:
    words = "Menuiserie Bessolière, 6 salariés"
    case.house.post(case.desk, data={"acte": "diffuse", "mots": words})
    outline = Outline(case.house.get(case.desk).text)
    assert "Un mot du nom de l’entreprise y est" in outline.words
    assert "Un effectif exact y est" in outline.words
    for path in ("/espace", case.path, f"/espace/propositions/{case.mark}"):
        assert "Bessoli" not in case.partner.get(path).text


def test_no_canary_is_left_in_logs_addresses_subjects_or_metrics(
    case: Disclosure, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """A whole run: sign in, disclose, answer, download, go wrong, be written to at night, be erased."""
    doors, canaries = case.doors, ["canari", "bessoli", "aubenas"]
    with reading(doors.engine) as session:
        takeover = session.get_one(TakeoverCase, CASE)
    canaries += [takeover.holder_siren] if takeover.holder_siren else []
    addresses: list[str] = []
    with caplog.at_level(logging.INFO):
        visitor = browser(doors)
        for one in (visitor, case.partner, case.house):
            one.event_hooks["request"] = [lambda request: addresses.append(str(request.url))]
            one.event_hooks["response"] = [lambda answer: addresses.append(answer.headers.get("location", ""))]
        for password in ("faux", PASSWORD):
            visitor.post("/connexion", data={"courriel": EMAIL, "mot_de_passe": password})
        case.add_document()
        case.agree("holder")
        case.agree("documents")
        case.undertake()
        assert case.shows()
        case.partner.get(f"{case.path}/documents/{case.document()}")
        case.partner.post(f"/espace/propositions/{case.mark}", data={"interet": "3"})
        for path in (f"{case.path}/documents/x", "/espace/dossiers/x", f"/opportunites/{CASE}", "/espace/nulle-part"):
            case.partner.get(path)
            case.house.get(path)
        case.partner.post(case.path, content=b"\xff", headers={"Content-Type": "multipart/form-data"})
        subjects = a_night(doors, case.actor)
        metrics = doors.facilitator.get("/metrics").text
        personal_data.erase_person(doors.engine, EMAIL, by="cli", now=utc_now())
        assert case.partner.get("/espace").status_code == 303
    told = "\n".join([caplog.text, "".join(capfd.readouterr()), *addresses, *subjects, metrics])
    assert len(addresses) > 20
    assert len(subjects) == 1
    found = [one for one in canaries if one in told.lower()]
    assert found == []
    with reading(doors.engine) as session:
        journal = json.dumps([one.model_dump() for one in session.exec(select(AuditEntry)).all()]).lower()
    assert not [one for one in canaries if one in journal]


def a_night(doors: Doors, actor: str) -> list[str]:
    """Let the partner be written to about its actor, and return the subjects."""
    with writing(doors.engine) as session:
        person = session.exec(select(Partner).where(Partner.email == EMAIL)).one()
        person.status = "active"
        session.add(person)
        session.add(
            Subscription(id="nuit", partner_id=person.id, actor_id=actor, least="unlikely", confirmed_at=utc_now())
        )
    desk = doors.app.state.desk
    compose_alerts(desk, SIGNER, night=today_in_france(), now=utc_now(), options=OPTIONS)
    with reading(doors.engine) as session:
        return [one.subject for one in session.exec(select(OutboxMessage)).all()]
