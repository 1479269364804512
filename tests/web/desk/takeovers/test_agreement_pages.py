"""Agreements are signed, noted and kept; documents leave by rung, as copies that bear their reader's name."""

import io
from dataclasses import replace

import pytest
from docx import Document

from api.confidentiality import documents
from api.partner_view.marks import Marks, Pair
from api.privacy import personal_data
from models.base import utc_now
from tests.support.disclosing import (
    CASE,
    READER,
    Disclosure,
    nothing_agreed,
    open_disclosure,
)
from tests.support.night_world import OPTIONS
from tests.support.outline import Outline
from tests.support.page_forms import PageForm
from tests.support.reads import read_once
from tests.support.signed_in import PASSWORD, browser, open_partner, sessions
from tests.support.small_files import a_pdf, a_picture, words_of
from tests.support.world import Doors

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def whole(doors: Doors) -> Disclosure:
    return open_disclosure(doors)


@pytest.fixture
def case(whole: Disclosure) -> Disclosure:
    return nothing_agreed(whole)


def test_a_partner_signs_under_its_name_and_keeps_a_copy(case: Disclosure) -> None:
    """The form holds the account's name; what is refused is said beside it, and what was typed stays."""
    form = PageForm(case.page(), case.path)
    assert form.values["nom"] == [READER]
    unnamed = case.partner.post(case.path, data=form.with_(acte="accord", engagement="oui", nom=" "))
    assert (unnamed.status_code, "Écrivez le nom" in unnamed.text) == (422, True)
    assert PageForm(unnamed.text, case.path).values["engagement"] == ["oui"]
    assert case.partner.get(f"{case.path}/engagement").status_code == 404
    assert case.partner.post(case.path, data=form.with_(acte="accord", engagement="oui", nom="Noé")).status_code == 303
    copy = case.partner.get(f"{case.path}/engagement")
    words = " ".join(words_of(copy.content))
    assert "Nom : Noé" in words
    assert case.title not in words
    assert "sous le nom de Noé" in Outline(case.page()).words
    desk = Outline(case.house.get(case.agreements).text)
    assert "Noé" in desk.words
    link = next(one["href"] for one in desk.all("a") if "download" in one)
    assert link
    assert case.house.get(link).content == copy.content
    case.withdraw()
    assert case.partner.get(f"{case.path}/engagement").status_code == 404


def test_a_text_that_changed_meanwhile_is_read_again_before_it_is_signed(case: Disclosure) -> None:
    address = "/engagement-de-confidentialite"
    form = PageForm(case.page(), case.path)
    text = PageForm(case.house.get(address).text, address)
    changed = text.values["texte"][0] + "\n\n9. Et rien d’autre."
    assert case.house.post(address, data=text.with_(texte=changed)).status_code == 303
    stale = case.partner.post(case.path, data=form.with_(acte="accord", engagement="oui", nom="Noé"))
    assert (stale.status_code, "Le texte a changé" in stale.text) == (409, True)
    again = PageForm(stale.text, case.path)
    assert (again.values["nom"], "engagement" in again.values) == (["Noé"], False)
    assert "Et rien d’autre" in Outline(stale.text).words
    twice = case.house.post(address, data=text.with_(texte=changed + " Encore."))
    assert (twice.status_code, "Encore." in twice.text) == (409, True)
    assert "livré avec l’outil" in Outline(case.house.get(f"{address}?version=1").text).words


def test_a_colleague_of_the_signer_signs_too_before_it_reads(case: Disclosure) -> None:
    email = "canari.collegue@exemple.invalid"
    account = open_partner(case.doors.engine, email, case.actor, name="Noé")
    token = sessions.sign_in(
        case.doors.engine, email, PASSWORD, client_address="192.0.2.1", now=utc_now(), options=OPTIONS
    )
    colleague = browser(case.doors, token)
    mark = Marks.of(case.doors.app.state.signers.newest(), account).make(Pair(case.actor, CASE))
    case.agree("holder")
    case.undertake()
    assert case.title not in colleague.get(f"/espace/dossiers/{mark}").text
    theirs = replace(case, partner=colleague, mark=mark)
    theirs.undertake()
    assert theirs.shows()


def test_each_folder_opens_at_its_rung_and_that_of_the_house_never(case: Disclosure) -> None:
    for folder in ("house", "presentation", "documents"):
        assert case.add_document(f"{folder}.pdf", folder=folder) == 303
    lines = {line.folder: line.id for line in read_once(case.doors.engine, documents.list_documents, CASE)}

    def opened() -> list[str]:
        found = [name for name, row in lines.items() if case.partner.get(f"{case.path}/documents/{row}").is_success]
        page = case.page()
        assert found == [name for name in lines if f"{name}.pdf" in page]
        return found

    assert opened() == []
    case.agree("documents")
    case.undertake()
    assert opened() == []
    case.agree("documents", "retrait")
    case.agree("holder")
    assert opened() == ["presentation"]
    case.agree("documents")
    assert opened() == ["presentation", "documents"]
    moved = {"acte": "ranger", "dossier": "house"}
    assert case.house.post(f"{case.desk}/documents/{lines['presentation']}", data=moved).status_code == 303
    assert opened() == ["documents"]


def test_what_cannot_bear_a_name_leaves_the_house_in_no_way(case: Disclosure) -> None:
    archive = io.BytesIO()
    Document().save(archive)
    files = {"fichier": ("note.docx", archive.getvalue(), "application/zip")}
    refused = case.house.post(f"{case.desk}/documents", files=files, data={"dossier": "documents"})
    assert (refused.status_code, "seuls un PDF ou une image sortent" in refused.text) == (422, True)
    assert PageForm(refused.text, f"{case.desk}/documents").values["dossier"] == ["documents"]
    assert case.house.post(f"{case.desk}/documents", files=files).status_code == 303
    moved = case.house.post(
        f"{case.desk}/documents/{case.document()}", data={"acte": "ranger", "dossier": "presentation"}
    )
    assert (moved.status_code, "Ce document reste où il est" in moved.text) == (422, True)
    assert case.add_document("ferme.pdf", a_pdf("x", password="secret")) == 422


def test_a_paper_is_noted_with_all_that_was_typed_kept_until_it_is_right(case: Disclosure) -> None:
    typed = {"acteur": case.actor, "nom": "Noé Faure", "date": "hier", "version": "autre"}
    refused = case.house.post(case.agreements, data=typed)
    assert refused.status_code == 422
    kept = PageForm(refused.text, case.agreements).values
    assert (kept["nom"], kept["date"], kept["version"]) == (["Noé Faure"], ["hier"], ["autre"])
    assert all(f'id="{name}-erreur"' in refused.text for name in ("date", "version"))
    scan = {"fichier": ("signé.png", a_picture("PNG"), "image/png")}
    assert case.house.post(case.agreements, data=typed | {"date": "02/11/2026"}, files=scan).status_code == 303
    case.agree("holder")
    assert case.shows()
    plain = case.house.post(case.desk, data={"acte": "accord", "cote": "actor", "acteur": case.actor})
    assert (plain.status_code, "Noter un engagement signé" in plain.text) == (422, True)


def test_what_was_signed_outlives_the_account_under_its_name(case: Disclosure) -> None:
    """Until its last day: the house may have to prove it."""
    email = "canari.parti@exemple.invalid"
    account = open_partner(case.doors.engine, email, case.actor, name="Parti")
    token = sessions.sign_in(
        case.doors.engine, email, PASSWORD, client_address="192.0.2.1", now=utc_now(), options=OPTIONS
    )
    mark = Marks.of(case.doors.app.state.signers.newest(), account).make(Pair(case.actor, CASE))
    theirs = replace(case, partner=browser(case.doors, token), mark=mark)
    theirs.undertake()
    exported = personal_data.export_person(
        case.doors.engine, case.doors.app.state.signers.newest(), email, by="cli", now=utc_now()
    )
    (agreement,) = exported["account"]["agreements"]
    assert (agreement["signer"], "content" in agreement) == ("Parti", False)
    personal_data.erase_person(case.doors.engine, email, by="cli", now=utc_now())
    assert "Parti" in Outline(case.house.get(case.agreements).text).words
