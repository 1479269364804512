"""A real browser before the served application, for tests/browser and tests/jobs: what goes wrong in it is kept."""

import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from api.app import create_app
from api.core.settings import Settings
from matcher.embedding import Encoder
from models.database import open_database
from tests.support.accounts import account
from tests.support.databases import copy_database, url_of
from tests.support.witness import Served, Witness

ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# The same engine without the windows, tabs and menus of a browser, which cost a fifth; else the whole browser.
PROGRAMS = ("chromium-headless-shell", "chromium")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if chromium is None:
        pytest.skip("Debian's chromium is not installed: apt-get install chromium-headless-shell")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=ARGS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def served(world_database: Path, encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The application over a module's own copy of the invented world, on a port of its own."""
    with listening(world_database, encoder, tmp_path_factory.mktemp("served")) as opened:
        yield opened


@contextmanager
def listening(world_database: Path, encoder: Encoder, folder: Path, **changes: Any) -> Iterator[Served]:
    """Serve the application over a copy of a world, which is `world.db` in the folder. changes: of its settings."""
    database = copy_database(world_database, folder / "world.db")
    engine = open_database(url_of(database))
    email = account(engine, role="administrator")
    engine.dispose()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    own = {
        "database_url": url_of(database),
        "link_keys": str(folder / "keys"),
        "imports": str(folder / "imports"),
        "public_url": url,
    }
    options = Settings.model_validate(own | changes)
    app = create_app(options, encoder=encoder)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    for _ in range(600):
        if server.started and getattr(app.state, "desk", None):
            break
        sleep(0.05)
    assert app.state.desk
    yield Served(url, email, folder, app)
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(locale="fr-FR", viewport={"width": 1280, "height": 900})
    yield opened
    opened.close()


@pytest.fixture
def witness(context: BrowserContext, served: Served) -> Iterator[Witness]:
    """A page that must end without a console error, a breach of its policy, or a request to anywhere else."""
    page = context.new_page()
    seen = Witness(page, served)

    def request(url: str) -> None:
        if not url.startswith(served.url + "/"):
            seen.troubles.append(f"request to {url}")

    page.on("console", lambda one: seen.troubles.append(one.text) if one.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: seen.troubles.append(str(error)))
    page.on("request", lambda one: request(one.url))
    yield seen
    assert seen.troubles == []
