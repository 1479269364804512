"""Job 8: a buyer gets one clean sheet of the three actors to call first, printed and as a workbook."""

from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest
from playwright.sync_api import expect

from api.core.clock import today_in_france
from models.base import identifier, utc_now
from models.database import open_database, writing
from models.opportunities import Opportunity
from tests.browser.test_desk import check
from tests.jobs.conftest import CountedJob
from tests.support.databases import url_of
from tests.support.witness import Served, Witness

pytestmark = pytest.mark.slow
TITLE = "Tonte et entretien des espaces verts de la commune"


def test_a_buyer_gets_one_clean_sheet_of_three_actors(
    counted_job: CountedJob, served: Served, witness: Witness
) -> None:
    engine = open_database(url_of(served.folder / "world.db"))
    with writing(engine) as session:
        session.add(
            Opportunity(
                id=identifier("opportunities", TITLE), natural_key=TITLE, content_hash="", source="test",
                source_id=TITLE, kind="market", title=TITLE, buyer_name="Commune d’Essai", department="26",
                deadline=today_in_france() + timedelta(days=3), created_at=utc_now(),
            )
        )  # fmt: skip
    engine.dispose()
    page = witness.page
    with counted_job(8) as hands:
        hands.click(page.locator("main").get_by_role("link", name=TITLE).first)
        hands.click("button >> text='Feuille pour l’acheteur'")
        rows = page.locator(".sheet tbody tr")
        expect(rows).to_have_count(3)
        hands.show(page.locator("main"))
        file = hands.download("text=Télécharger en XLSX")
        page.evaluate("addEventListener('beforeprint', () => { document.body.dataset.printed = 'oui' })")
        hands.click("text=Imprimer")
    expect(page.locator("body")).to_have_attribute("data-printed", "oui")
    shown = [row.locator("th, td").all_inner_texts() for row in rows.all()]
    heading = page.locator(".sheet thead th").all_inner_texts()
    book = openpyxl.load_workbook(BytesIO(file.path().read_bytes()))
    written = [[str(cell or "") for cell in row] for row in book.worksheets[0].iter_rows(values_only=True)]
    assert [[cell.replace("\xa0", " ") for cell in row] for row in [heading, *shown]] == [
        [cell.replace("\xa0", " ") for cell in row] for row in written
    ]
    check(witness)
    page.emulate_media(media="print")
    printed = page.inner_text("body")
    assert TITLE in printed
    for words in ("score", "Pôle Sud", "Refaire la feuille", "Ma journée", "Imprimer"):
        assert words not in printed
    page.emulate_media(media="screen")
