"""The pages of one takeover in a real browser, as a facilitator goes through them."""

from datetime import date

from playwright.sync_api import Page, expect

from tests.browser.test_desk import shoot
from tests.support.witness import Witness


class PlayedFile:
    """The pages of one takeover, as a facilitator goes through them."""

    def __init__(self, witness: Witness, case: str) -> None:
        self.witness, self.page, self.base = witness, witness.page, f"/opportunites/{case}/reprise"
        self.main = self.page.locator("main")
        self.name = case[:4]
        self.shot = 0

    def tab(self, words: str) -> None:
        """Open another page of the case by its name in the tabs."""
        self.page.get_by_role("navigation", name="Cette reprise").get_by_role("link", name=words, exact=True).click()

    def look(self, name: str) -> None:
        self.shot += 1
        shoot(self.witness, f"{self.name}-{self.shot:02}-{name}")

    def move(self, words: str, *days: tuple[str, date, str, str]) -> None:
        """Take the next step; days: what of, when, who said it, and what is noted beside it."""
        self.open_move(words)
        for day in days:
            self.give(*day)
        self.save()

    def open_move(self, words: str) -> None:
        self.main.locator("#suite ~ .halves").get_by_role("link", name=words, exact=True).click()

    def give(self, what: str, day: date, said_by: str = "", note: str = "") -> None:
        field = self.main.locator("fieldset", has=self.page.locator("legend", has_text=what))
        field.locator("[name=jour]").fill(day.isoformat())
        field.locator("[name=dit_par]").fill(said_by)
        field.locator("[name=precision]").fill(note)

    def save(self) -> None:
        self.main.get_by_role("button", name="Enregistrer", exact=True).first.click()
        expect(self.page.locator("[role=status]")).to_contain_text("L’étape est enregistrée")


def see(partner: Page, file: PlayedFile, name: str) -> None:
    """Shoot the partner's page, as `PlayedFile.look` does the house's."""
    file.shot += 1
    shoot(Witness(partner, file.witness.served), f"{file.name}-{file.shot:02}-{name}")
