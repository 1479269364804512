"""Job 9: the phone book as the office keeps it is imported, every row having been seen as it will be kept."""

from io import BytesIO

import openpyxl
import pytest
from playwright.sync_api import expect

from tests.jobs.conftest import CountedJob

pytestmark = pytest.mark.slow
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def phone_book() -> bytes:
    """Return a workbook with a title, units in its header, a total, and one cell that cannot be read."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["Annuaire du bureau, novembre 2026"],
        [],
        ["Structure", "Type", "Métiers", "Ville", "CA (k€)", "Effectif", "Téléphone"],
        ["Les Établis du Test", "SCOP", "menuiserie, agencement", "Crest", 950, 12, "04 65 71 20 01"],
        ["Ressourcerie du Test", "Association", "collecte / réemploi", "Privas", 180, "une dizaine", "04 65 71 20 02"],
        ["Jardins du Test", "ACI", "maraîchage", "Die", "1 250", 21, "06 39 98 20 03"],
        ["TOTAL", None, None, None, 2380, 33, None],
    ):
        sheet.append(row)
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def test_the_office_phone_book_is_imported_with_every_row_seen_beforehand(counted_job: CountedJob) -> None:
    with counted_job(9) as hands:
        main = hands.page.locator("main")
        hands.click("nav >> text=Importer")
        hands.check(main.get_by_label("des acteurs"))
        hands.upload("[name=fichier]", {"name": "annuaire.xlsx", "mimeType": WORKBOOK, "buffer": phone_book()})
        hands.click("text=Regarder avant d’importer")
        rows = main.get_by_role("region", name="Lignes du fichier").locator("tbody tr")
        expect(rows).to_have_count(4)
        expect(rows.nth(0)).to_contain_text("950 000 €")
        expect(rows.nth(0)).to_contain_text("04 65 71 20 01")
        expect(rows.nth(1).locator("s")).to_have_text("une dizaine")
        expect(rows.nth(1)).to_contain_text("nombre attendu")
        expect(rows.nth(2)).to_contain_text("Jardins du Test")
        expect(rows.nth(3)).to_contain_text("ligne de total")
        hands.show(main.get_by_role("region", name="Lignes du fichier"))
        hands.click("text=Importer 3 fiches")
        expect(main.locator("h1")).to_have_text("Import terminé")
        expect(main).to_contain_text("3 contacts nouveaux")
