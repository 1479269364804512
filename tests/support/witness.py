"""A browser page that records what goes wrong."""

from dataclasses import dataclass, field
from pathlib import Path

from fastapi import FastAPI
from playwright.sync_api import Page

from tests.support.accounts import PASSWORD


@dataclass
class Served:
    """The application behind a port, and who may sign in."""

    url: str
    email: str
    folder: Path
    app: FastAPI


@dataclass
class Witness:
    """A page of the browser, and all that went wrong or left for elsewhere."""

    page: Page
    served: Served
    troubles: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        answer = self.page.goto(self.served.url + path)
        assert answer is not None
        assert answer.ok, f"{path}: {answer.status}"

    def sign_in(self) -> None:
        self.go("/connexion")
        self.page.fill("[name=courriel]", self.served.email)
        self.page.fill("[name=mot_de_passe]", PASSWORD)
        self.page.click("main button")
        self.page.wait_for_url(self.served.url + "/")
