"""Two takeovers played through the pages, from the first contact to the company that goes on."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from api.core.clock import day_in_france
from models.base import utc_now
from models.database import open_database
from tests.support.databases import url_of
from tests.support.played_takeover import PlayedFile, see
from tests.support.signed_in import PASSWORD, open_partner
from tests.support.small_files import a_pdf, words_of
from tests.support.witness import Served, Witness
from tests.support.world import demo_actor, demo_opportunity

pytestmark = pytest.mark.slow

SELLER, COMPANY = demo_opportunity("r010"), "Charpente Couverture Hautenef"
KITCHEN, KITCHEN_NAME = demo_opportunity("r012"), "Cuisine centrale Midirhône"
BUYER, BUYER_NAME = demo_actor("a125", "00099882300033"), "Charpentes du Haut Velay"
EMAIL, PARTNER = "camille@example.org", "Camille Repreneuse"
YEARS = (("1 180 000", "62 000", "118 000"), ("1 230 000", "70 000", "126 000"), ("1 250 000", "74 000", "131 000"))
PLAN = {
    "emploi_price": "230 000",
    "emploi_fees": "14 000",
    "emploi_cash": "26 000",
    "ressource_own_money": "50 000",
    "ressource_honour_loan": "40 000",
    "ressource_bank_loan": "170 000",
    "ressource_bank_loan_taux": "4",
    "ressource_bank_loan_duree": "7 ans",
    "emplois_gardes": "11",
}
TODAY = day_in_france(utc_now())


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


@pytest.fixture
def partner(browser: Browser, served: Served) -> Iterator[Page]:
    """A carpenter's own browser, signed in."""
    engine = open_database(url_of(served.folder / "world.db"))
    open_partner(engine, EMAIL, BUYER, name=PARTNER)
    engine.dispose()
    context = browser.new_context(locale="fr-FR", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{served.url}/connexion")
    page.fill("[name=courriel]", EMAIL)
    page.fill("[name=mot_de_passe]", PASSWORD)
    page.click("main button")
    yield page
    context.close()


def test_a_retirement_from_the_first_contact_to_the_handover(witness: Witness, served: Served, partner: Page) -> None:
    """The owner agrees, the sheet is approved, a partner reads, signs, reads a document; then letter to handover."""
    page, file = witness.page, PlayedFile(witness, SELLER)
    outside = partner.locator("main")
    witness.sign_in()
    page.fill("#trouver", "charpente hautenef")
    page.keyboard.press("Enter")
    page.locator(f"a[href='{file.base}']").first.click()
    file.look("cas")
    page.click("text=Prendre en charge")
    expect(file.main).to_contain_text("Vous vous chargez de ce cas")

    # The owner says what may be said; what the company is worth.
    file.tab("Étapes")
    file.look("etapes")
    file.open_move("Accord du cédant")
    file.look("accord")
    file.give("Accord du cédant", ago(70), "le cédant, à son bureau", "métier et canton ; pas le nom")
    file.save()
    file.look("accord-note")
    file.tab("Informations")
    file.look("informations")
    for year, (turnover, result, margin) in enumerate(YEARS, TODAY.year - len(YEARS)):
        page.fill(f"[name=turnover_eur_{year}]", turnover)
        page.fill(f"[name=result_eur_{year}]", result)
        page.fill(f"[name=ebitda_eur_{year}]", margin)
    page.fill("[name=reason]", "Retraite à la fin de l’année")
    page.select_option("[name=premises]", index=1)
    page.fill("[name=key_roles]", "chef d’atelier\nconductrice de travaux")
    file.main.get_by_role("button", name="Enregistrer").click()
    file.look("cas-note")

    # The blind sheet, and whom it is shown to.
    file.tab("Fiche aveugle")
    file.look("fiche-vide")
    for box in file.main.locator("[name=dire]").all():
        box.check()
    page.fill("#points_forts", "Carnet de commandes plein\nAtelier équipé")
    file.main.get_by_role("button", name="Enregistrer la fiche").click()
    file.look("fiche-ecrite")
    page.select_option("#par", index=1)
    page.select_option("#moyen", index=1)
    page.fill("#le", TODAY.isoformat())
    file.main.get_by_role("button", name="Noter l’accord sur la version").click()
    file.look("fiche-approuvee")
    file.tab("Étapes")
    file.move("Fiche aveugle")
    file.open_move("Candidats approchés")
    file.look("approches")
    file.save()
    file.tab("Proposer")
    file.look("proposer")
    page.get_by_role("button", name=f"Proposer à {BUYER_NAME}").first.click()
    file.look("propose")

    # The partner reads the sheet and signs; the owner agrees; it reads who it is, and a document that bears its name.
    partner.reload()
    see(partner, file, "espace")
    expect(outside).not_to_contain_text(COMPANY)
    outside.get_by_role("link", name="Entreprise à reprendre").first.click()
    see(partner, file, "espace-proposition")
    outside.get_by_role("link", name="Voir son dossier").click()
    expect(outside).to_contain_text("Carnet de commandes plein")
    see(partner, file, "espace-dossier")
    partner.fill("#nom", PARTNER)
    partner.check("#engagement")
    outside.get_by_role("button", name="Signer l’engagement").click()
    expect(partner.get_by_role("status")).to_be_visible()
    see(partner, file, "espace-signe")
    expect(outside).not_to_contain_text(COMPANY)

    file.tab("Engagements")
    expect(file.main).to_contain_text(PARTNER)
    file.look("engagements")
    file.main.get_by_role("link", name="Confidentialité").first.click()
    file.look("confidentialite")
    file.main.get_by_role("button", name="Le cédant est d’accord").first.click()
    page.set_input_files("#fichier", {"name": "Bilan.pdf", "mimeType": "application/pdf", "buffer": a_pdf("Bilan")})
    page.select_option("#dossier", "documents")
    file.main.get_by_role("button", name="Ajouter", exact=True).click()
    file.main.get_by_role("button", name="Ouvrir les documents").click()
    file.look("confidentialite-ouverte")
    partner.reload()
    expect(outside).to_contain_text(COMPANY)
    with partner.expect_download() as download:
        outside.get_by_role("link", name="Bilan.pdf").click()
    (words,) = words_of(Path(download.value.path()).read_bytes())
    assert "Bilan" in words
    assert PARTNER in words
    see(partner, file, "espace-documents")

    # From the agreement to the letter of intent, the audits, the protocol.
    page.goto(served.url + file.base)
    file.look("cas-engage")
    file.tab("Étapes")
    file.move("Engagement de confidentialité signé")
    file.move("Rencontre faite", ("Rencontre", TODAY, "le cédant"))
    file.open_move("Lettre d’intention signée")
    file.look("intention")
    file.give("Lettre d’intention signée", TODAY, "le cédant")
    file.give("Fin de l’exclusivité", TODAY + timedelta(days=45), "la lettre")
    file.save()
    file.look("intention-signee")
    file.tab("Proposer")
    file.look("proposer-exclusivite")
    file.tab("Étapes")
    file.move("Audits en cours")
    file.open_move("Protocole signé")
    file.look("protocole")
    file.give("Signature du protocole", TODAY, "Me Roche")
    file.give("Levée des conditions", TODAY + timedelta(days=60), "Me Roche")
    file.save()

    # The plan balances to the euro.
    file.tab("Financement")
    file.look("financement-vide")
    for name, text in PLAN.items():
        page.fill(f"[name={name}]", text)
    file.main.get_by_role("button", name="Calculer sans enregistrer").click()
    file.look("financement-calcule")
    page.fill("[name=ressource_bank_loan]", "180 000")
    file.main.get_by_role("button", name="Enregistrer", exact=True).last.click()
    expect(page.locator("[role=status]")).to_contain_text("Le plan est enregistré")
    file.look("financement")
    file.main.get_by_role("link", name="Note pour un comité").click()
    file.look("note")
    page.go_back()
    file.tab("Étapes")
    file.move("Financement obtenu", ("Financement accordé", TODAY, "la banque"))

    # The closing: employees who were not informed are a warning first.
    file.open_move("Cession signée")
    file.look("cession")
    file.give("Signature de la cession", TODAY, "Me Roche")
    file.main.get_by_role("button", name="Enregistrer", exact=True).first.click()
    expect(page.get_by_role("alert")).to_contain_text("salariés")
    file.look("cession-avertie")
    file.give("Dernier salarié informé", ago(40), "le cédant", "remise contre signature")
    file.save()
    file.look("cession-signee")
    file.move("Accompagnement en cours")
    file.open_move("Reprise accomplie")
    page.fill("#emplois", "11")
    file.look("accomplie")
    file.save()
    file.look("fin")
    file.tab("Le cas")
    file.look("cas-fin")
    file.tab("Qui a vu quoi")
    file.look("vu")
    witness.go("/rapport?departement=07")
    file.look("rapport")
    expect(file.main).to_contain_text("11 emplois maintenus")
    forget_refusals(witness)


def test_an_insolvency_from_the_judgment_to_the_handover(witness: Witness) -> None:
    """Court and administrator, deadline for offers, the heads of the offer, hearing, plan, possession, closing."""
    page, file = witness.page, PlayedFile(witness, KITCHEN)
    witness.sign_in()
    page.fill("#trouver", "cuisine midirhone")
    page.keyboard.press("Enter")
    page.locator(f"a[href='{file.base}']").first.click()
    page.click("text=Prendre en charge")
    file.look("cas")
    file.tab("Étapes")
    file.look("etapes")
    page.select_option("#procedure", label="redressement judiciaire")
    file.main.get_by_role("button", name="Enregistrer", exact=True).click()
    page.select_option("#genre", label="Jugement d’ouverture")
    file.main.get_by_role("button", name="Choisir").click()
    file.give("Jugement d’ouverture", ago(40), "le greffe", "tribunal de commerce de Romans")
    file.main.get_by_role("button", name="Enregistrer la date").click()
    expect(file.main).to_contain_text("tribunal de commerce de Romans")
    expect(file.main).to_contain_text("fin de la période d’observation")
    file.look("etapes-jugement")
    file.move("Administrateur ou liquidateur joint")
    file.open_move("Offres appelées, date limite connue")
    file.look("offres-appelees")
    file.give("Date limite de dépôt des offres", TODAY + timedelta(days=2), "Me Sernin, administratrice", "à 12 h")
    file.save()
    file.look("offres-notees")
    witness.go("/")
    expect(file.main.locator("section, div", has_text=KITCHEN_NAME).first).to_contain_text("date limite")
    file.look("ma-journee")

    # Who makes the offer, with whom.
    witness.go(f"{file.base}/roles")
    file.look("roles")
    file.main.get_by_role("button", name="Ouvrir les dossiers").first.click()
    expect(page.locator("[role=status]")).to_contain_text("dossier")
    file.tab("Le cas")
    file.look("cas-candidats")
    file.tab("Étapes")
    file.move("Offre en préparation")
    file.open_move("Offre déposée")
    file.give("Offre déposée", TODAY, "le greffe")
    file.give("Audience", TODAY, "le greffe", "tribunal de commerce de Romans, 14 h")
    file.main.get_by_role("button", name="Enregistrer", exact=True).first.click()
    expect(page.get_by_role("alert")).to_contain_text("Cochez chacun des points")
    file.look("offre")
    for head in file.main.locator("[name=point]").all():
        head.check()
    file.save()
    file.look("offre-deposee")
    file.move("Audience tenue, délibéré")
    file.look("audience")
    file.move("Plan arrêté pour un candidat suivi", ("Jugement arrêtant le plan", TODAY, "le greffe"))
    file.look("plan")
    file.move("Entrée en jouissance", ("Entrée en jouissance", TODAY, "Me Sernin"))
    file.open_move("Cession signée")
    file.look("cession")
    file.give("Signature de la cession", TODAY, "Me Sernin")
    file.save()
    file.move("Accompagnement en cours")
    file.open_move("Reprise accomplie")
    page.fill("#emplois", "20")
    file.save()
    file.tab("Le cas")
    file.look("cas-fin")
    witness.go("/rapport?departement=26")
    expect(file.main).to_contain_text("20 emplois maintenus")
    forget_refusals(witness)


def forget_refusals(witness: Witness) -> None:
    """Leave aside what the browser says of a page that was refused on purpose."""
    witness.troubles[:] = [words for words in witness.troubles if "409 (Conflict)" not in words]
