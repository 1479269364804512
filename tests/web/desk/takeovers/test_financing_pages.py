"""The financing plan of a case on the desk: saved as a draft or balanced, kept in versions, printed for a committee."""

from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from api.audit.log import journal_page
from api.core.french import NBSP, number
from api.takeovers.company.company_facts import CompanyFacts, YearFigures
from api.takeovers.company.saving import save_facts
from api.takeovers.financing.records import summary
from models.base import utc_now
from models.database import reading, writing
from models.tables import FinanceProduct, FinancingPlan
from tests.support.outline import Outline
from tests.support.page_forms import PageForm
from tests.support.reads import read_once
from tests.support.signed_in import signed_in
from tests.support.world import Doors, demo_actor, demo_opportunity
from tests.web.desk.test_actor_form import end_sessions

OPENING = demo_opportunity("m001")
TYPED = {
    "objet": "fonds",
    "emploi_price": "180 000",
    "emploi_fees": "15 k€",
    "ressource_own_money": "60 000",
    "ressource_bank_loan": "126 000",
    "ressource_bank_loan_mots": "Banque du Vercors",
    "ressource_bank_loan_taux": "3,9",
    "ressource_bank_loan_duree": "7 ans",
    "ebe": "48 000",
    "emplois_gardes": "6",
}


def address(case: str) -> str:
    return f"/opportunites/{demo_opportunity(case)}/reprise/financement"


@pytest.fixture(scope="module")
def house(doors: Doors) -> TestClient:
    return signed_in(doors, "facilitator")


def words(text: str) -> str:
    return Outline(text).words.replace(NBSP, " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


def send(house: TestClient, page: str, **changes: str) -> str:
    """Change the form of the page, send it, and return what is shown then."""
    form = PageForm(house.get(page).text, page).with_(**changes)
    return house.post(page, data=form, follow_redirects=True).text


def versions(doors: Doors, case: str) -> list[FinancingPlan]:
    with reading(doors.engine) as session:
        question = select(FinancingPlan).where(FinancingPlan.opportunity_id == demo_opportunity(case))
        return list(session.exec(question.order_by(FinancingPlan.number)))


def test_a_draft_says_by_how_much_it_does_not_balance_and_is_balanced_in_a_second_version(
    doors: Doors, house: TestClient
) -> None:
    page = address("r001")
    assert house.get(f"{page}/note").headers["location"] == page
    shown = words(send(house, page, **TYPED))
    assert "Le brouillon est enregistré (version 1). Il manque 9 000 € de ressources." in shown
    assert "environ 4 710 €" in shown
    shown = words(send(house, page, acte="droits"))
    assert "Calculé, sans rien enregistrer." in shown
    assert len(versions(doors, "r001")) == 1
    shown = words(send(house, page, emploi_duties="4 710", ressource_own_money="73 710"))
    assert "Le plan est enregistré (version 2). Le plan est équilibré." in shown
    assert words(send(house, page)).count("Rien n’a changé") == 1
    assert [row.number for row in versions(doors, "r001")] == [1, 2]
    with reading(doors.engine) as session:
        known = summary(session, demo_opportunity("r001"))
    assert known
    assert (known.number, known.gap, known.is_balanced, known.jobs_kept) == (2, 0, True, 6)
    entries = [one for one in read_once(doors.engine, journal_page, limit=40) if one.action == "financing.saved"]
    assert len(entries) == 2
    assert "180" not in "".join(one.detail for one in entries)


def test_what_is_refused_is_said_beside_its_field_and_nothing_typed_is_lost(doors: Doors, house: TestClient) -> None:
    page = address("r002")
    typed = TYPED | {"emploi_price": "beaucoup", "ressource_bank_loan_taux": "trente", "commentaire": "À garder"}
    answer = house.post(page, data=typed)
    assert answer.status_code == 422
    for name, text in typed.items():
        assert text in answer.text, name
    assert 'id="emploi_price-erreur"' in answer.text
    assert 'href="#ressource_bank_loan_taux"' in answer.text
    assert versions(doors, "r002") == []
    assert house.post(page, data={}).status_code == 422


def test_of_two_who_save_at_once_the_second_reads_what_the_first_stored(doors: Doors, house: TestClient) -> None:
    page = address("r003")
    first = PageForm(house.get(page).text, page)
    assert house.post(page, data=first.with_(emploi_price="100000", objet="fonds", immobilier="oui")).status_code == 303
    late = house.post(page, data=first.with_(emploi_price="120000", commentaire="Le mien"))
    assert late.status_code == 409
    assert "Le mien" in late.text
    told = words(late.text)
    assert "Depuis : version 1, le " in told
    for field, stored in (
        ("Ce qui est vendu", "le fonds"),
        ("Surtout de l’immobilier", "oui"),
        ("Prix des titres ou du fonds", "100 000"),
        ("Commentaire", "rien"),
    ):
        assert f"{field} : enregistré entre-temps par quelqu’un d’autre : {stored}" in told
    for name in ("objet", "immobilier", "emploi_price", "commentaire"):
        assert f'id="{name}-erreur"' in late.text
    again = PageForm(late.text, page)
    assert house.post(page, data=again.with_()).status_code == 303
    assert [row.content["uses"]["price"]["amount"] for row in versions(doors, "r003")] == [100_000, 120_000]


def test_the_note_and_the_file_say_what_the_plan_says_version_by_version(house: TestClient) -> None:
    page = address("r004")
    send(house, page, **TYPED)
    send(house, page, emploi_fees="6 000")
    note = words(house.get(f"{page}/note").text)
    assert "Le plan est équilibré." in note
    assert "Banque du Vercors" in note
    assert "1 716,48 € par mois" in note
    assert "brouillon" in words(house.get(f"{page}/note?version=1").text)
    assert house.get(f"{page}/note?version=9").status_code == 404
    answer = house.get(f"{page}.xlsx")
    (sheet,) = openpyxl.load_workbook(BytesIO(answer.content)).worksheets
    rows = {(row[0], row[1]): row[3] for row in sheet.iter_rows(values_only=True)}
    assert rows["Emplois (€)", "Total des emplois"] == rows["Ressources (€)", "Total des ressources"] == 186_000
    assert rows["Ratios", "Banque sur prix (%)"] == 70


def test_an_opening_has_no_financing_plan(house: TestClient) -> None:
    page = f"/opportunites/{OPENING}/reprise/financement"
    assert [house.get(page).status_code, house.post(page, data=TYPED).status_code] == [404, 404]


def test_a_plan_is_calculated_without_being_saved(doors: Doors, house: TestClient) -> None:
    page = address("r005")
    shown = words(send(house, page, acte="calculer", **TYPED))
    assert "30,8 %" in shown
    assert "à compléter : le résultat net" in shown
    assert versions(doors, "r005") == []


def test_the_last_year_and_the_products_that_fit_stand_in_the_first_form(doors: Doors, house: TestClient) -> None:
    case, lender = demo_opportunity("r006"), demo_actor("a001", "00017926700026")
    with writing(doors.engine) as session:
        for name, most, departments in (("Prêt qui va", 900_000.0, []), ("Prêt d’ailleurs", None, ["75"])):
            session.add(
                FinanceProduct(
                    id=name, actor_id=lender, name=name, form="loan", most_eur=most, departments=departments,
                    audience="anyone", source="sa page", grade="secondary",
                )
            )  # fmt: skip
    facts = CompanyFacts(years=[YearFigures(2025, 310_000, 12_000, 31_000)])
    save_facts(doors.engine, case, facts, seen=0, by="cli", now=utc_now())
    page = address("r006")
    text = house.get(page).text
    assert [PageForm(text, page).values[name][0] for name in ("ca", "ebe", "resultat")] == [
        number(310_000), number(31_000), number(12_000),
    ]  # fmt: skip
    assert "Prêt qui va" in text
    assert "non vérifié à la source" in text
    assert "Prêt d’ailleurs" not in text


def test_a_plan_sent_after_the_session_expired_returns_after_signing_in(doors: Doors) -> None:
    late, page = signed_in(doors, "facilitator", "plan@exemple.invalid"), address("r007")
    form = PageForm(late.get(page).text, page).with_(**TYPED)
    end_sessions(doors, "plan@exemple.invalid", expires_at=utc_now() - timedelta(minutes=1))
    assert late.post(page, data=form).headers["location"] == f"/connexion?retour={page}"
    restored = PageForm(signed_in(doors, "facilitator", "plan@exemple.invalid").get(page).text, page)
    assert restored.values["ressource_bank_loan_mots"] == ["Banque du Vercors"]
    assert versions(doors, "r007") == []
