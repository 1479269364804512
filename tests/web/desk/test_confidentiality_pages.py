"""Each level of disclosure of a confidential case opens to the right actor, at the right time, and is journaled."""

import json
import logging
import re

import pytest
from sqlmodel import col, select

from api.alerts.composing import compose_alerts
from api.audit import log
from api.catalogue import record_changes
from api.confidentiality import disclosure, documents
from api.confidentiality.disclosure import DisclosureLevel
from api.core.clock import today_in_france
from api.privacy import personal_data
from models.base import utc_now
from models.database import reading, writing
from models.tables import AuditEntry, Consent, OutboxMessage, Partner, Subscription, TakeoverCase
from tests.support.disclosing import CASE, EMAIL, PDF, PLUMBING, READER, Disclosure, nothing_agreed, open_disclosure
from tests.support.night_world import OPTIONS, SIGNER
from tests.support.outline import Outline
from tests.support.publishing import make_public
from tests.support.reads import read_once
from tests.support.signed_in import PASSWORD, browser
from tests.support.small_files import words_of
from tests.support.world import ABSENT, Doors

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def whole(doors: Doors) -> Disclosure:
    return open_disclosure(doors)


@pytest.fixture
def case(whole: Disclosure) -> Disclosure:
    return nothing_agreed(whole)


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
    case.withdraw()
    assert not case.shows()
    case.note_paper()
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
    assert answer.status_code == 200
    (words,) = words_of(answer.content)
    assert "Canaridossier" in words
    assert re.search(rf"remis à {READER} \(Les Charpentes Réunies\), \S+@\S+, le ", words)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert re.fullmatch(r'attachment; filename="document-[0-9a-f]{8}\.pdf"', answer.headers["content-disposition"])
    case.agree("holder", "retrait")
    assert refused()
    # A document of one case is none of another.
    assert case.house.get(f"/opportunites/{PLUMBING}/confidentialite/documents/{case.document()}").status_code == 404
    assert case.house.get(f"{case.desk}/documents/{case.document()}").content == PDF
    for unknown_act in ({}, {"acte": "efface"}):
        assert case.house.post(f"{case.desk}/documents/{case.document()}", data=unknown_act).status_code == 422
    removal = {"acte": "retirer"}
    assert case.house.post(f"{case.desk}/documents/{case.document()}", data=removal).status_code == 303
    assert read_once(case.doors.engine, documents.list_documents, CASE) == []


def test_a_document_seen_before_is_gone_with_the_teaser(case: Disclosure) -> None:
    """The address that a page gave earlier opens nothing once the case is told of no more, whatever was agreed."""
    assert case.add_document() == 303
    path = f"{case.path}/documents/{case.document()}"
    case.agree("documents")
    case.agree("holder")
    case.undertake()
    assert case.partner.get(path).status_code == 200
    assert case.house.post(case.desk, data={"acte": "retire"}).status_code == 303
    try:
        assert case.partner.get(path).status_code == 404
    finally:
        assert case.house.post(case.desk, data={"acte": "diffuse", "mots": "menuiserie bois"}).status_code == 303
        case.house.post(f"{case.desk}/documents/{case.document()}", data={"acte": "retirer"})


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
        record_changes.change_opportunity(case.doors.engine, CASE, {"confidential": True})


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
