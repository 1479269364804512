"""Every page that the table of doors names reads well by ear, by keyboard, in the dark, on a phone and on paper."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, BrowserContext, Page

from api.accounts import accounts, invitations
from api.mailing.links import Purpose
from matcher.embedding import Encoder
from models.base import utc_now
from models.database import open_database, reading, writing
from models.tables import Account, Partner, Subscription
from tests.browser.test_desk import SHOTS, check_page
from tests.browser.test_policy import breaches
from tests.support.databases import url_of
from tests.support.desk_paths import address, fill_paths, open_visitors
from tests.support.options import OPTIONS
from tests.support.partner_visit import ADDRESS, PARTNER, Visit
from tests.support.real_browser import listening
from tests.support.world import CLIENT_BASE, Doors, demo_actor, demo_opportunity, doors_of
from tests.web.test_doors import DOORS, PARTNERS

pytestmark = pytest.mark.slow

# Answers to programs, files, the documentation of the API (another's page), and what only a mounted folder answers.
NO_PAGES = re.compile(
    r"^/(api|static|static-offline-docs|openapi|metrics|health|ready|docs|encodage)|\.(csv|ics|json|xlsx|\{file_format\})$|/(documents|engagement)/"
)
# Between the password and the code (`test_account`).
ELSEWHERE = {"/connexion/code"}
PAGES = sorted(
    path
    for method, path in (door.split(" ", 1) for door in DOORS)
    if method == "GET" and not NO_PAGES.search(path) and path not in ELSEWHERE
)
CASE, OPENING = demo_opportunity("r001"), demo_opportunity("m010")
GARDENERS, ESAT = demo_actor("a001", "00017926700026"), demo_actor("a002", "00025845900031")
# What a page also looks like: nothing found, another year, what is closed, what cannot be read.
STATES = (
    "/opportunites?texte=introuvable",
    "/opportunites?lieu=Nulleparville&montant_min=beaucoup&du=demain&tri=-montant",
    f"/opportunites/{CASE}?closes=oui",
    f"/opportunites/{OPENING}/groupement?closes=oui",
    "/acteurs?texte=introuvable",
    "/acteurs?lieu=nulle-part",
    "/acteurs?metier=menuiserie&lieu=Crest&rayon=30",
    "/dossiers?responsable=tous",
    "/rapport?annee=2015",
    f"/opportunites/{CASE}/reprise/etapes?vers=forward.mandate&date=hearing",
    "/archives?quoi=opportunites",
    f"/acteurs/comparer?acteur={GARDENERS}&acteur={ESAT}",
    f"/acteurs/feuille?acteur={GARDENERS}&acteur={ESAT}",
    f"/opportunites/{CASE}/feuille",
    "/acteurs/introuvable",
)
# Forms that say what is missing: their button.
FORMS = {
    "/acteurs/nouveau": "Enregistrer",
    "/opportunites/nouvelle": "Enregistrer",
    "/reprises/nouvelle": "Enregistrer",
    "/acteurs/{actor_id}/corriger": "Enregistrer",
    "/modeles": "Enregistrer",
    "/importer": "Regarder",
    "/espace/besoins/nouveau": "Envoyer",
    "/deposer/besoin": "Envoyer",
    "/deposer/cession": "Envoyer",
}
EMPTY = """
document.querySelectorAll("main form[method=post]").forEach(form => {
  form.noValidate = true
  form.querySelectorAll("input.text, textarea").forEach(field => { field.value = "" })
})
"""
BARE = re.compile(r"^/(deposer|connexion|mot-de-passe-oublie|invitation|nouveau-mot-de-passe)")
LINKS = {f"/{purpose}/{{token}}": purpose for purpose in Purpose}


@dataclass(frozen=True)
class Walk:
    """The served application with something behind each address, and a page of whoever may open it."""

    url: str
    paths: dict[str, str]
    links: dict[str, str]
    pages: dict[str, Page]
    breaches: list[list[str]]  # of the pages' policies, a list a page

    def open(self, path: str) -> Page:
        """Open a page of the table of doors, or an address; a page that is refused is a page too."""
        is_link = path in self.links
        who = "partner" if path.startswith("/espace") else "nobody" if is_link or BARE.match(path) else "house"
        filled = self.links[path] if is_link else address(f"GET {path}", self.paths)
        page = self.pages[who]
        # Whatever an earlier page left it in.
        page.emulate_media(media="screen", color_scheme="light")
        page.set_viewport_size({"width": 1280, "height": 900})
        answer = page.goto(self.url + filled)
        assert answer is not None
        assert answer.status < 500
        return page


@pytest.fixture(scope="module")
def walk(
    browser: Browser, world_database: Path, encoder: Encoder, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Walk]:
    folder = tmp_path_factory.mktemp("walked")
    with listening(world_database, encoder, folder, rate_per_account=0, rate_per_key=0, needs_page=True) as served:
        engine = open_database(url_of(folder / "world.db"))
        doors = doors_of(served.app, TestClient(served.app, base_url=CLIENT_BASE), engine)
        visitors = open_visitors(doors)
        paths = fill_paths(doors, visitors)
        contexts = {
            who: _context(browser, served.url, visitors.get(role))
            for who, role in (("house", "administrator"), ("partner", "partner"), ("nobody", ""))
        }
        pages = {who: context.new_page() for who, context in contexts.items()}
        yield Walk(served.url, paths, _links(doors, paths), pages, [breaches(page) for page in pages.values()])
        for context in contexts.values():
            context.close()
        engine.dispose()


def _context(browser: Browser, url: str, visitor: TestClient | None) -> BrowserContext:
    """Return a context that holds the session of a visitor."""
    context = browser.new_context(locale="fr-FR", viewport={"width": 1280, "height": 900})
    for cookie in visitor.cookies.jar if visitor else ():
        context.add_cookies([{"name": cookie.name, "value": cookie.value or "", "url": url}])
    return context


def _links(doors: Doors, paths: dict[str, str]) -> dict[str, str]:
    """Return a good link for each page that is opened by one."""
    visit = Visit(doors, paths["suggestion_id"], "", "99999999-2222-4333-8444-555555555555")
    with writing(doors.engine) as session:
        session.add(Partner(id=PARTNER, email=ADDRESS, status="active"))
        session.flush()
        session.add(
            Subscription(
                id=visit.subscription, partner_id=PARTNER, actor_id=paths["actor_id"], frequency="weekly", weekday=1
            )
        )
    now = utc_now()
    invitation = invitations.invite(
        doors.engine, "nouvelle@exemple.invalid", accounts.FACILITATOR, by="cli", now=now, options=OPTIONS
    )
    with reading(doors.engine) as session:
        house = session.get_one(Account, accounts.find_account(doors.engine, "administration@exemple.invalid").id)
    forgotten = {"account": house.id, "mark": house.link_mark or "", "until": (now.replace(year=2099)).isoformat()}
    own = (Purpose.PASSWORD, Purpose.NEED)
    signed = {path: visit.path(purpose) for path, purpose in LINKS.items() if purpose not in own}
    return signed | {
        "/invitation/{token}": "/invitation/" + invitation.rpartition("/")[2],
        "/nouveau-mot-de-passe/{token}": visit.path(Purpose.PASSWORD, **forgotten),
        "/besoin/{token}": f"/besoin/{visit.signer.sign(Purpose.NEED, need=paths['need_id'])}",
    }


def test_every_page_of_the_table_of_doors_is_walked() -> None:
    assert len(PAGES) >= 70
    assert {"/a-valider", "/acteurs/{actor_id}/corriger", "/espace/acteurs/{actor_mark}/corriger", "/aide"} <= set(
        PAGES
    )
    assert PARTNERS in {DOORS[f"GET {path}"] for path in PAGES}


@pytest.mark.parametrize("path", [*PAGES, *STATES])
def test_a_page_reads_well_in_each_way_and_keeps_its_policy(walk: Walk, path: str) -> None:
    page = walk.open(path)
    check_keyboard(page)
    unfold(page)
    assert page.locator("h1").count() == 1
    check_page(page)
    check_paper(page)
    assert not any(walk.breaches)
    if SHOTS:
        page.emulate_media(media="screen")
        page.set_viewport_size({"width": 1280, "height": 900})
        page.screenshot(
            path=Path(SHOTS) / f"{re.sub(r'[^a-z0-9]+', '-', path).strip('-') or 'accueil'}.png", full_page=True
        )


@pytest.mark.parametrize("path", FORMS)
def test_a_form_that_was_sent_empty_reads_well_too(walk: Walk, path: str) -> None:
    page = walk.open(path)
    unfold(page)
    page.evaluate(EMPTY)
    with page.expect_navigation():
        page.locator(f"main form[method=post] button:not([aria-hidden]):text-matches('{FORMS[path]}')").first.click()
    assert page.locator("main [role=alert], main .error").count(), "nothing is said"
    check_page(page)


def unfold(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(element => { element.open = true })")


def check_keyboard(page: Page) -> None:
    """Tab goes through the page in its order, to the skip link first where there is one, and is seen where it is.

    Each form has a button of its own, so that it needs no script.
    """
    assert page.evaluate("[...document.forms].every(form => [...form.elements].some(one => one.type === 'submit'))")
    assert page.evaluate("[...document.querySelectorAll('[tabindex]')].every(element => element.tabIndex <= 0)")
    for place in range(2):
        page.keyboard.press("Tab")
        focus = page.evaluate(
            "[document.activeElement.className, document.activeElement.tagName,"
            " getComputedStyle(document.activeElement).outlineStyle]"
        )
        if place == 0 and page.locator("a.skip").count():
            assert focus[0] == "skip"
        assert focus[1] == "BODY" or focus[2] == "solid", focus


def check_paper(page: Page) -> None:
    """On paper there is no menu, no button, and nothing wider than the sheet."""
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 690, "height": 990})
    assert page.evaluate("document.documentElement.scrollWidth") <= 690
    shown = page.evaluate(
        "[...document.querySelectorAll('nav, button, .skip')].filter(element => element.checkVisibility())"
        ".map(element => element.outerHTML)"
    )
    assert shown == []
