"""Old and new code side by side over one PostgreSQL: `python -m tests.support.two_versions REVISION`.

The code of a git revision makes its tables and serves them; this checkout then brings the tables up to date while it
serves, and serves beside it. What one writes the other reads and changes. Prints what was done as JSON, and exits with
1 where an answer was not the one that was expected.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from itertools import permutations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2
from sqlalchemy import NullPool, create_engine, text

from api.core.settings import Settings
from api.demo.postgres_server import create_database, postgres_server
from api.mailing.links import Purpose, open_signer
from bench.served_api import TIMEOUT_S, served
from bench.world import ROOT
from tests.support.page_forms import PageForm

# Run by both versions, each in its own checkout: a way into the desk, and the addresses of the pages that it knows.
WAYS_IN = """
import json, sys
from api.accounts import api_keys
from api.core.settings import settings
from api.web.cookie import Cookie
from bench.page_requests import desk_pages, read_ids, takeover_pages
from bench.signed_in import FACILITATOR_EMAIL, PASSWORD, facilitator_session
from models.database import open_database

engine = open_database(settings().database_url)
ids = read_ids(engine, 1)
pages = [addresses[0] for addresses in (desk_pages(ids) | takeover_pages(ids)).values() if addresses]
print(json.dumps({
    "token": facilitator_session(engine), "cookie": Cookie.of(settings()).name, "pages": pages,
    "key": api_keys.replace_key(engine, sys.argv[1], api_keys.FACILITATOR),
    "account": {"courriel": FACILITATOR_EMAIL, "mot_de_passe": PASSWORD},
}))
"""


NEW_ACTOR = {
    "name": "Chantier des deux versions",
    "kind": "aci",
    "activities": ["tonte et débroussaillage"],
    "commune_code": "26108",
    "seeks": ["markets"],
}
NEW_OPENING = {"title": "Tonte et débroussaillage du parc", "commune_code": "26108"}


@dataclass
class Seen:
    """What was done: revisions of the tables, pages by version, writes; failures: answers that were not expected."""

    code: str
    tables: list[str] = field(default_factory=list)
    pages: dict[str, int] = field(default_factory=dict)
    writes: int = 0
    failures: list[str] = field(default_factory=list)

    def expect(self, what: str, seen: object, expected: object) -> None:
        if seen != expected:
            self.failures.append(f"{what}: {seen}, not {expected}")


@dataclass(frozen=True)
class Ways:
    """What both versions share: the database, the keys of links, an account's address and password."""

    url: str
    link_keys: str
    account: Mapping[str, str]

    def rating(self, suggestion: str) -> str:
        """Return the link by which a partner of the invented world rates a suggestion."""
        signer = open_signer(Settings(_env_file=None, link_keys=self.link_keys))
        return f"/avis/{signer.sign(Purpose.ANSWER, p=self._one('SELECT min(id) FROM partners'), s=suggestion)}"

    def wait_for(self, suggestion: str) -> None:
        """Wait until a suggestion is written. Raises TimeoutError."""
        until = time.monotonic() + TIMEOUT_S
        while not self._one("SELECT count(*) FROM suggestions WHERE id = :id", id=suggestion):
            if time.monotonic() > until:
                raise TimeoutError(suggestion)
            time.sleep(0.05)

    def revision(self) -> str:
        """Return the revision of the tables."""
        return str(self._one("SELECT version_num FROM alembic_version"))

    def _one(self, question: str, **values: str) -> Any:
        engine = create_engine(self.url, poolclass=NullPool)
        with engine.connect() as connection:
            return connection.execute(text(question), values).scalar_one()


class Version:
    """One version as it is served: a browser that is signed in, and a program with a facilitator's key."""

    def __init__(self, name: str, address: str, way_in: Mapping[str, Any], seen: Seen) -> None:
        self.name, self._seen = name, seen
        self._browser = httpx2.Client(base_url=address, timeout=TIMEOUT_S, headers={"Sec-Fetch-Site": "same-origin"})
        self._browser.cookies.set(way_in["cookie"], way_in["token"])
        self._program = httpx2.Client(base_url=address, timeout=TIMEOUT_S, headers={"X-API-Key": way_in["key"]})

    def close(self) -> None:
        self._browser.close()
        self._program.close()

    def status(self, page: str) -> int:
        return self._browser.get(page).status_code

    def page(self, address: str) -> str:
        return self._browser.get(address).text

    def send(self, address: str, data: Mapping[str, Any]) -> httpx2.Response:
        """Send a form as a browser does. A redirection is what is expected."""
        answer = self._browser.post(address, data=data)
        self._seen.expect(f"{self.name}: POST {address[:20]}", answer.status_code, 303)
        self._seen.writes += 1
        return answer

    def sign_in(self, account: Mapping[str, str], other: "Version") -> int:
        """Open a session, and return what the other version answers to who has it."""
        self._browser.cookies.clear()
        self.send("/connexion", account)
        other._browser.cookies = self._browser.cookies
        return other.status("/acteurs")

    def call(self, method: str, address: str, body: Mapping[str, Any] | None = None) -> Any:
        """Call the API, and return what it answers. Raises httpx2.HTTPStatusError."""
        answer = self._program.request(method, address, json=body).raise_for_status()
        self._seen.writes += method != "GET"
        return answer.json()


def run(revision: str, folder: Path) -> Seen:
    """Serve the code of a revision and this one over one database, and work with both."""
    seen, roots = Seen(revision), {"old": take_out(revision, folder / "old"), "new": ROOT}
    logs = {name: folder / f"{name}.log" for name in roots}
    shared = {
        "POLESUD_LINK_KEYS": str(folder / "link_keys"),
        "POLESUD_LEDGER": str(folder / "revocations"),
        "POLESUD_IMPORTS": str(folder / "imports"),
    }
    with ExitStack() as stack:
        url = create_database(stack.enter_context(postgres_server(folder / "data")), "two_versions")
        environment = os.environ | {"POLESUD_DATABASE_URL": url} | shared

        def begin(name: str) -> tuple[str, dict[str, Any]]:
            """Make a way into a version's desk, and serve it."""
            way_in = json.loads(run_in(roots[name], ["-c", WAYS_IN, name], environment))
            log, encoder = stack.enter_context(logs[name].open("w")), {"POLESUD_ENCODER": "var/encoder"}
            return stack.enter_context(served(url, log, roots[name], **shared, **encoder))[0], way_in

        run_in(roots["old"], ["-m", "api.cli", "demo"], environment)
        address, of_old = begin("old")
        with opened("old", address, of_old, seen) as old:
            before = {page: old.status(page) for page in of_old["pages"]}
        ways = Ways(url, shared["POLESUD_LINK_KEYS"], of_old["account"])
        seen.tables.append(ways.revision())
        # Beside the one that serves.
        run_in(ROOT, ["-m", "api.cli", "migrate"], environment)
        seen.tables.append(ways.revision())
        newer, of_new = begin("new")
        # Each is entered by the session and the key that the other version made.
        with opened("old", address, of_new, seen) as old, opened("new", newer, of_old, seen) as new:
            for page, status in before.items():
                seen.expect(f"old: GET {page}", old.status(page), status)
            for page in of_new["pages"]:
                seen.expect(f"new: GET {page}", new.status(page), before.get(page, 200))
            seen.pages = {"old": len(before), "new": len(of_new["pages"])}
            for writer, reader in permutations((old, new)):
                work(writer, reader, ways, seen)
        # What both wrote is one chain. (A command of the earlier code refuses newer tables.)
        run_in(ROOT, ["-m", "api.cli", "audit-verify"], environment)
        for name, log in logs.items():
            seen.expect(f"{name}: errors that nobody caught", log.read_text().count("Traceback"), 0)
    return seen


def work(writer: Version, reader: Version, ways: Ways, seen: Seen) -> None:
    """Write records, a rating, a case and a session through one version; read and change them through the other."""
    pair = f"{writer.name}, then {reader.name}"
    actor = writer.call("POST", "/api/actors", NEW_ACTOR | {"source_id": f"by-{writer.name}"})["id"]
    reader.call("PATCH", f"/api/actors/{actor}", {"headcount": 12})
    seen.expect(f"{pair}: a field", writer.call("GET", f"/api/actors/{actor}")["headcount"], 12)
    opening = writer.call("POST", "/api/opportunities", NEW_OPENING | {"source_id": f"by-{writer.name}"})["id"]
    ranking = reader.call("POST", "/api/matches", {"opportunity_id": opening, "k": 50})["rankings"][0]
    suggestions = {one["candidate"]["id"]: one["id"] for one in ranking["suggestions"]}
    seen.expect(f"{pair}: the new actor is ranked", actor in suggestions, True)
    # What a list showed is written aside, and earlier code does not wait for what another process writes.
    shown = next(iter(suggestions.values()))
    ways.wait_for(shown)
    comment = f"par l’un, lu par l’autre ({writer.name})"
    writer.send(ways.rating(shown), {"interet": "2", "commentaire": comment})
    ratings = reader.call("GET", f"/api/ratings?suggestion_id={shown}")["ratings"]
    seen.expect(f"{pair}: comments", [one["comment"] for one in ratings], [comment])
    case = writer.send("/dossiers", {"suggestion": shown}).headers.get("Location", "/dossiers/none")
    seen.expect(f"{pair}: the case", reader.status(case), 200)
    address = f"/opportunites/{opening}/corriger"
    form, title = PageForm(reader.page(address), address), f"Tonte du parc, corrigée par {writer.name}"
    writer.send(address, form.with_(title=title))
    seen.expect(f"{pair}: the title", title in reader.page(f"/opportunites/{opening}"), True)
    seen.expect(f"{pair}: a session", writer.sign_in(ways.account, reader), 200)


def take_out(revision: str, folder: Path) -> Path:
    """Take the files of a revision out of git, and build its encoder, as its own code reads it; return the folder."""
    folder.mkdir()
    archive = subprocess.run(["git", "archive", revision], cwd=ROOT, capture_output=True, check=True).stdout
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive, check=True)
    run_in(folder, ["-m", "api.build.encoder", str(ROOT / "var/wheels"), "var/encoder"], os.environ)
    return folder


def run_in(root: Path, arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """Run Python in a checkout, and return what it prints. Raises CalledProcessError."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=root, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


@contextmanager
def opened(name: str, address: str, way_in: Mapping[str, Any], seen: Seen) -> Iterator[Version]:
    version = Version(name, address, way_in, seen)
    yield version
    version.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("revision", help="of git, whose code also runs on PostgreSQL: the release before, for instance")
    told = parser.parse_args()
    with TemporaryDirectory(prefix="pole-sud-versions-") as folder:
        seen = run(told.revision, Path(folder))
    print(json.dumps(asdict(seen), ensure_ascii=False, indent=1))
    return 1 if seen.failures else 0


if __name__ == "__main__":
    sys.exit(main())
