"""Take the pictures of the README: `make demo SERVE=0`, then `.venv/bin/python -m docs.pictures.take`.

It needs Debian's chromium. The demonstration's accounts get new passwords.
"""

import re
import shutil
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from api.accounts.audience import Audience
from api.catalogue import records
from api.core.settings import settings
from api.demo.logins import demo_logins
from bench.served_api import served
from models.database import open_database

FOLDER = Path(__file__).parent
DATABASE = "sqlite:///var/demo.db"
EVERYTHING = Audience(confidential=True)
SIZE = (960, 600)


def main() -> None:
    """Write bureau.png, opportunite.png and espace.png beside this file."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("chromium is not installed: apt-get install chromium")
    engine = open_database(DATABASE)
    own = [records.find(engine, "actors", reference, EVERYTHING) for reference in ("a001", "a026")]
    opening = records.find(engine, "opportunities", "m001", EVERYTHING)
    logins = demo_logins(engine, own, settings())
    facilitator, _administrator, partner = [(email, password) for _, email, password in logins]
    engine.dispose()
    with served(DATABASE) as (address, _process, _ready_s), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = _signed_in(browser, address, *facilitator)
        page.goto(f"{address}/", wait_until="networkidle")
        _take(page, "bureau")
        page.goto(f"{address}/opportunites/{opening}", wait_until="networkidle")
        page.locator("h2").first.evaluate("heading => heading.scrollIntoView()")
        _take(page, "opportunite")
        page = _signed_in(browser, address, *partner)
        page.goto(f"{address}/espace")
        proposal = re.findall(r'href="(/espace/propositions/[^"]+)"', page.content())[0]
        page.goto(f"{address}{proposal}", wait_until="networkidle")
        page.set_viewport_size({"width": SIZE[0], "height": 900})
        _take(page, "espace")
        browser.close()


def _signed_in(browser: Browser, address: str, email: str, password: str) -> Page:
    page = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]}, color_scheme="light", locale="fr-FR")
    page.goto(f"{address}/connexion")
    page.fill("input[type=email]", email)
    page.fill("input[type=password]", password)
    page.click("main button")
    page.wait_for_url(lambda url: "/connexion" not in url)
    return page


def _take(page: Page, name: str) -> None:
    page.screenshot(path=FOLDER / f"{name}.png")


if __name__ == "__main__":
    main()
