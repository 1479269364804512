"""Job 1: a pasted notice → the actors to call for each lot, and it is kept as an opportunity with its lots."""

import pytest
from playwright.sync_api import expect

from tests.jobs.conftest import CountedJob

pytestmark = pytest.mark.slow
NOTICE = """Acheteur : Commune de Crest, 26400 Crest
Objet du marché : Entretien des espaces verts et nettoyage des locaux communaux
Estimation : 85 000 € HT
Date limite de remise des offres : 18/12/2099 à 12h00
Lot 1 – Entretien des espaces verts : 45 000 €
Lot 2 – Nettoyage des locaux : 40 000 € (lot réservé EA/ESAT, art. L2113-12)
Critères : prix 40 %, valeur technique 60 %
Dossier : https://marches.example.org/dce/12"""


def test_a_pasted_notice_gives_whom_to_call_for_each_lot_and_is_kept(counted_job: CountedJob) -> None:
    with counted_job(1) as hands:
        hands.fill("[name=texte]", NOTICE)
        hands.click("text=Chercher des acteurs")
        main = hands.page.locator("main")
        for number, trade in ((1, "Entretien des espaces verts"), (2, "Nettoyage des locaux")):
            expect(main.get_by_role("heading", name=f"Lot {number} : {trade}")).to_be_visible()
            expect(main.locator(f"#lot-{number}-rang-1")).to_be_visible()
        hands.click("text=Garder comme opportunité")
        expect(main.get_by_role("status")).to_have_text("La fiche est ajoutée.")
        hands.show(main.get_by_role("navigation", name="Lots"))
        expect(main.get_by_role("navigation", name="Lots").get_by_role("link")).to_have_count(2)
        expect(main.locator("dl.facts")).to_contain_text("Crest (26)")
