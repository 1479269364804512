"""A served copy of the invented world, with people of every role in it: what attacks are tried on."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2
import psutil
from sqlalchemy import Engine

from api.accounts import accounts, api_keys, sessions
from api.accounts.audience import Audience
from api.catalogue import records
from api.catalogue.places.loading import load_places
from api.core.settings import Settings
from api.demo.cases import invent_cases
from api.demo.logins import demo_logins
from api.evaluation.invented_world import FIXTURE_FILES, FIXTURES, FIXTURES_TODAY
from api.imports.importing import ingest
from api.matching.desk import Desk
from api.matching.encoder import open_encoder
from api.privacy.revocations import revocations_of
from api.web.cookie import Cookie
from bench.served_api import served
from bench.world import ENCODER
from models.base import utc_now
from models.database import open_database
from models.revisions import migrate

TIMEOUT_S = 120.0
HOUSE = Audience(confidential=True)
# In the order in which `demo_logins` makes them.
ROLES = (accounts.FACILITATOR, accounts.ADMINISTRATOR, accounts.PARTNER)
PARTNER_ACTORS = ("a001", "a026")


@dataclass(frozen=True)
class Outcome:
    """One attack: whether it was held, what was measured, and what was measured before there was a defence."""

    name: str
    held: bool
    figure: str
    before: str = ""


@dataclass(frozen=True)
class ServedCopy:
    """A desk that is served, and the ways into it.

    settings: those of the served process. passwords: of one account a role, by role. keys: of the API, by role.
    """

    address: str
    process: psutil.Process
    engine: Engine
    folder: Path
    settings: Settings
    passwords: dict[str, tuple[str, str]]
    keys: dict[str, str]

    @contextmanager
    def browser(self, role: str | None = None, *, timeout_s: float = TIMEOUT_S) -> Iterator[httpx2.Client]:
        """Yield a browser that is signed in as an account of a role, or as nobody; redirects are not followed."""
        with httpx2.Client(base_url=self.address, timeout=timeout_s, headers={"Sec-Fetch-Site": "same-origin"}) as tab:
            if role:
                email, password = self.passwords[role]
                token = sessions.sign_in(
                    self.engine, email, password, client_address="192.0.2.1", now=utc_now(), options=self.settings
                )
                tab.cookies.set(Cookie.of(self.settings).name, token)
            yield tab

    @contextmanager
    def program(self, role: str | None, *, timeout_s: float = TIMEOUT_S) -> Iterator[httpx2.Client]:
        """Yield a client of the API with a key of a role (`api_keys.CLIENT`, `api_keys.FACILITATOR`), or with none."""
        headers = {"X-API-Key": self.keys[role]} if role else {}
        with httpx2.Client(base_url=self.address, timeout=timeout_s, headers=headers) as client:
            yield client


@contextmanager
def served_copy(world: Path | None = None, **variables: str) -> Iterator[ServedCopy]:
    """Make a world in an empty folder and serve it; both go in the end. variables: `POLESUD_…`, of the server.

    world: an SQLite database that holds it already, which is copied.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'world.db'}"
        variables = {
            "POLESUD_LINK_KEYS": str(folder / "link_keys"),
            "POLESUD_IMPORTS": str(folder / "imports"),
        } | variables
        fields = {variable.removeprefix("POLESUD_").lower(): value for variable, value in variables.items()}
        options = Settings.model_validate(fields | {"database_url": url, "encoder": str(ENCODER)})
        if world:
            shutil.copy(world, folder / "world.db")
        engine = open_database(url, ledger=revocations_of(options))
        if not world:
            _fill(engine)
        passwords = _open_doors(engine, options)
        keys = {role: api_keys.replace_key(engine, role, role) for role in (api_keys.CLIENT, api_keys.FACILITATOR)}
        with served(url, **variables) as (address, process, _ready_after):
            yield ServedCopy(address, process, engine, folder, options, passwords, keys)
        engine.dispose()


def _fill(engine: Engine) -> None:
    migrate(engine)
    load_places(engine)
    shift_days = (utc_now().date() - FIXTURES_TODAY).days
    for file_name, kind in FIXTURE_FILES:
        ingest(engine, FIXTURES / file_name, kind, source="demo", shift_days=shift_days)


def _open_doors(engine: Engine, options: Settings) -> dict[str, tuple[str, str]]:
    """Make people of every role and cases; return the login and the password of each role."""
    desk = Desk(engine, open_encoder(options), options.departments)
    partner_actors = [records.find(engine, "actors", name, HOUSE) for name in PARTNER_ACTORS]
    logins = demo_logins(engine, partner_actors, options)
    invent_cases(engine, desk, now=utc_now(), options=options)
    return {role: login[1:] for role, login in zip(ROLES, logins, strict=True)}
