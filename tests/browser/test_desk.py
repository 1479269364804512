"""The facilitator's day in a real browser; every page reads well by keyboard, by ear, in the dark and on a phone."""

import json
import os
import re
from pathlib import Path
from zlib import crc32

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.support.proof_share import in_turn
from tests.support.witness import Served, Witness
from tests.support.world import demo_actor, demo_opportunity

pytestmark = pytest.mark.slow

OPENING, CASE = demo_opportunity("m001"), demo_opportunity("r001")
GARDENERS = demo_actor("a001", "00017926700026")
TAKEOVER = f"/opportunites/{CASE}?closes=oui"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "RGAAv4", "best-practice"]
# In the dark the page is the same in other colours.
COLOURS = ["color-contrast", "link-in-text-block"]
RULES = {"light": {"type": "tag", "values": TAGS}, "dark": {"type": "rule", "values": COLOURS}}
# Screenshots for whoever looks: POLESUD_SHOTS=/some/folder.
SHOTS = os.environ.get("POLESUD_SHOTS")
NOTICE = """Commune de Crest
Objet du marché : Entretien des espaces verts et nettoyage des locaux
Lieu d’exécution : à Crest, 26400
Estimation : 85 000 € HT
Date limite de remise des offres : 18/12/2099 à 12h00
Lot 1 – Entretien des espaces verts : 45 000 €
Lot 2 – Nettoyage des locaux : 40 000 € (lot réservé EA/ESAT, art. L2113-12)
Critères : prix 40 %, valeur technique 60 %
Dossier : https://marches.exemple.invalid/dce/12"""
BAD_ROWS = (
    "id;nom;type;siret;commune;effectif\n"
    "n1;Les Essais du Vercors;scop;;Crest;12\n"
    "n2;=1+1;chose inconnue;;Crest;4\n"
    "n3;Trop court;scic;123;Crest;4\n"
)


def shoot(witness: Witness, name: str) -> None:
    if SHOTS:
        witness.page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def check(witness: Witness) -> None:
    """No violation of WCAG 2.2 AA, in light and in the dark; nothing to scroll sideways on the narrowest screen."""
    check_page(witness.page)


def check_page(page: Page) -> None:
    """By colours, in light and in the dark, and by what reads the style sheets anew, one page in three; the rest, each.

    All pages are of the same colours and the same style sheet, and colours take longest; `make proofs` looks at all.
    """
    # A click waits for the next page, not for its style sheet: without it, links are smaller than a finger.
    page.wait_for_load_state("load")
    axe = Axe()
    whole = in_turn(crc32(page.title().encode()), 3)
    for scheme, rules in RULES.items() if whole else [("light", RULES["light"])]:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        options = {"runOnly": rules, "resultTypes": ["violations"], "preload": whole}
        if not whole:
            options["rules"] = {name: {"enabled": False} for name in COLOURS}
        found = axe.run(page, options=options)
        axe = Axe("0")  # It is in the page already.
        assert found.violations_count == 0, found.generate_report()
    page.emulate_media(color_scheme="light")
    size = page.viewport_size
    page.set_viewport_size({"width": 320, "height": 640})
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 320, f"{width} px wide"
    assert size is not None
    page.set_viewport_size(size)


def test_the_facilitator_s_day(witness: Witness) -> None:
    """Sign in, look at the desk, open what is urgent, search a text, look at an actor, import a file with errors."""
    page = witness.page
    witness.sign_in()
    page.click("nav >> text=Opportunités")
    page.locator("tbody a").first.click()
    expect(page.locator("h2", has_text="Acteurs pour")).to_be_visible()
    check(witness)
    page.locator("details.unlikely").evaluate_all("folded => folded.forEach(section => { section.open = true })")
    for box in page.locator(".ranked .tick input").all()[:3]:
        box.check()
    page.click("button >> text=Comparer")
    expect(page.locator("h1")).to_have_text("Comparer des acteurs")
    check(witness)
    shoot(witness, "comparer-trois")

    witness.go("/")
    page.fill("#besoin", "Tonte et débroussaillage du parc communal à Crest <script>alert(1)</script>")
    page.click("text=Chercher des acteurs")
    assert page.url.startswith(witness.served.url + "/recherche/")
    expect(page.locator("main")).to_contain_text("Crest (26)")
    check(witness)
    shoot(witness, "recherche-trouve")
    page.locator(".candidate h4 a").first.click()
    expect(page.locator("h1")).not_to_be_empty()
    assert "/acteurs/" in page.url

    page.click("nav >> text=Importer")
    page.check("[value=actors]")
    page.set_input_files("#fichier", {"name": "acteurs.csv", "mimeType": "text/csv", "buffer": BAD_ROWS.encode()})
    page.click("text=Regarder avant d’importer")
    expect(page.locator("main")).to_contain_text("Rien n’est encore écrit")
    expect(page.locator("#refusees + table")).to_contain_text("SIRET")
    check(witness)
    shoot(witness, "apercu")
    page.click("text=Importer 1 fiche")
    expect(page.locator("h1")).to_have_text("Import terminé")
    check(witness)
    shoot(witness, "importe")
    with page.expect_download() as download:
        page.click("text=Télécharger les lignes refusées")
    rows = Path(download.value.path()).read_text("utf-8-sig")
    assert "'=1+1" in rows
    assert "Les Essais" not in rows
    witness.go("/acteurs?texte=essais")
    expect(page.locator("table")).to_contain_text("Les Essais du Vercors")


def test_the_keyboard_alone_is_enough(witness: Witness) -> None:
    """From the skip link to a list of actors for a need, without a mouse, the focus always seen."""
    page = witness.page
    witness.sign_in()
    witness.go("/recherche")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Aller au contenu"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "besoin"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.type("Nettoyage de bureaux à Valence")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("Valence (26)")
    page.locator(".candidate summary").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".bars").first).to_be_visible()


def test_the_map_shows_the_list_s_places_and_says_who_is_there(witness: Witness) -> None:
    page = witness.page
    witness.sign_in()
    witness.go(TAKEOVER)
    expect(page.locator("#carte path.land")).to_have_count(2)
    expect(page.locator("#carte .aim")).to_be_visible()
    expect(page.locator("#carte .river-name", has_text="Rhône")).to_have_count(1)
    pin = page.locator("#carte .pin").first
    pin.focus()
    page.keyboard.press("Enter")
    popup = page.locator("#carte .leaflet-popup-content")
    expect(popup.locator("a").first).to_be_visible()
    assert page.locator(".candidate h4 a").nth(0).inner_text() in page.locator("figure.map table").text_content()
    check(witness)
    shoot(witness, "carte")


def test_each_place_of_the_map_has_its_own_dot_and_list_and_map_point_at_each_other(witness: Witness) -> None:
    page = witness.page
    witness.sign_in()
    witness.go(TAKEOVER)
    places = json.loads(page.locator("#carte-lieux").text_content() or "")["pins"]
    expect(page.locator("#carte path.spot")).to_have_count(len(places))  # even where labels are drawn together
    actor = places[0]["actors"][0]
    line = page.locator(f"#rang-{actor['rank']}")
    line.get_by_role("button", name="Voir sur la carte").click()
    popup = page.locator("#carte .leaflet-popup-content")
    expect(popup.get_by_role("link", name=actor["name"])).to_have_attribute("href", actor["address"])
    popup.get_by_role("link", name=f"{actor['rank']}.", exact=True).click()
    expect(page).to_have_url(re.compile(rf"#rang-{actor['rank']}$"))
    line.hover()
    expect(page.locator("#carte .pin.lit")).to_have_count(1)


def test_without_scripts_the_table_stands_for_the_map(browser: Browser, served: Served) -> None:
    context = browser.new_context(java_script_enabled=False, locale="fr-FR")
    try:
        witness = Witness(context.new_page(), served)
        witness.sign_in()
        witness.go(TAKEOVER)
        expect(witness.page.locator("#carte")).to_be_hidden()
        witness.page.locator("figure.map summary").click()
        expect(witness.page.locator("figure.map table")).to_contain_text("Aubenas (07)")
        witness.go("/")
        witness.page.fill("#besoin", "Nettoyage de bureaux à Valence")
        witness.page.click("text=Chercher des acteurs")
        expect(witness.page.locator(".candidate").first).to_be_visible()
    finally:
        context.close()


def test_similar_actors_are_named_while_somebody_types(witness: Witness) -> None:
    witness.sign_in()
    witness.go("/acteurs/nouveau")
    witness.page.fill("[name=siret]", "000 179 267")
    expect(witness.page.locator(f'#similar a[href="/acteurs/{GARDENERS}"]')).to_be_visible()


def test_a_notice_is_pasted_ranked_by_lot_and_kept_in_three_acts(witness: Witness) -> None:
    """Job 1 of a facilitator, from the home page: a text, two clicks; Back finds the need again."""
    page = witness.page
    witness.sign_in()
    page.fill("#besoin", NOTICE)
    page.click("text=Chercher des acteurs")
    expect(page.locator("h1")).to_have_text("Ce qui a été compris")
    expect(page.locator("main")).to_contain_text("Lot 1 : Entretien des espaces verts")
    expect(page.locator("main")).to_contain_text("Lot 2 : Nettoyage des locaux")
    assert page.locator("h2").all_inner_texts() == [
        "Lot 1\N{NO-BREAK SPACE}: Entretien des espaces verts",
        "Lot 2\N{NO-BREAK SPACE}: Nettoyage des locaux",
    ]
    for closed in page.locator("details").all():
        closed.evaluate("element => { element.open = true }")
    check(witness)
    shoot(witness, "besoin")
    page.click("text=Garder comme opportunité")
    expect(page.locator("h1")).to_have_text("Entretien des espaces verts et nettoyage des locaux")
    expect(page.locator("nav.tabs li")).to_have_count(2)
    shoot(witness, "besoin-garde")
    page.go_back()
    expect(page.locator("h1")).to_have_text("Ce qui a été compris")
    page.fill("#objet", "Fauche des talus")
    page.click("text=Relancer le classement")
    expect(page.locator("#objet")).to_have_value("Fauche des talus")
    page.go_back()
    expect(page.locator("#objet")).to_have_value("Entretien des espaces verts et nettoyage des locaux")
