"""A desk of realistic size: the invented world of `fixtures/`, its words shuffled into thousands of records."""

import csv
import hashlib
import io
import random
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy import Engine

from api.catalogue.places.loading import load_places
from api.core.settings import HOME_DEPARTMENTS
from api.demo.postgres_server import create_database, postgres_server
from api.evaluation.invented_world import FIXTURES, FIXTURES_TODAY
from api.imports.importing import ingest
from api.matching.desk import Desk
from bench.ingest import luhn
from matcher.embedding import Encoder, open_encoder
from models.database import open_database
from models.revisions import MIGRATIONS, migrate

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "var/bench"
ENCODER = ROOT / "var/encoder"
Row = dict[str, str]


@dataclass(frozen=True)
class Size:
    """How many records a world has."""

    actors: int
    openings: int
    takeovers: int

    @property
    def opportunities(self) -> int:
        return self.openings + self.takeovers


FULL = Size(actors=10_000, openings=900, takeovers=100)


def prepare(
    console: Console, size: Size = FULL, *, encoder: Encoder | None = None, kind: str = ""
) -> tuple[Engine, str]:
    """Return a database and its URL, all its texts encoded; a world that an earlier run made is used again.

    encoder: another than the served one; kind: then names the worlds that it makes. A world of today that is whole is
    not looked through again: of 200,000 actors that takes minutes.
    """
    files = _files(size)
    name = hashlib.sha256("".join(files.values()).encode()).hexdigest()[:12]
    FOLDER.mkdir(parents=True, exist_ok=True)
    url = f"sqlite:///{FOLDER / f'world-{kind}{name}.db'}"
    engine = open_database(url)
    made_on = FOLDER / f"world-{kind}{name}.made-on"
    if made_on.exists() and made_on.read_text("utf-8") == _made_of():
        return engine, url
    _fill(engine, console, files, encoder)
    made_on.write_text(_made_of(), "utf-8")
    return engine, url


def _files(size: Size) -> dict[str, str]:
    rng = random.Random(0)
    return {
        "actors": as_csv(actors(rng, size.actors)),
        "openings": as_csv(openings(rng, size.openings)),
        "takeovers": as_csv(takeovers(rng, size.takeovers)),
    }


def _fill(engine: Engine, console: Console, files: Mapping[str, str], encoder: Encoder | None) -> None:
    """Make the tables, read the files into them, and encode what they say."""
    migrate(engine)
    load_places(engine)
    for part, content in files.items():
        path = FOLDER / f"{part}.csv"
        path.write_text(content, "utf-8")
        report = ingest(
            engine,
            path,
            "actors" if part == "actors" else "opportunities",
            source="bench",
            shift_days=(date.today() - FIXTURES_TODAY).days,
        )
        if report.refused:
            raise ValueError(f"{path}: {report.errors[0]}")
    columns = (TextColumn("Encodage des textes"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        Desk(
            engine,
            encoder or open_encoder(str(ENCODER)),
            HOME_DEPARTMENTS,
            lambda done, n: bar.update(task, completed=done, total=n),
        ).snapshot()


def _made_of() -> str:
    """Return the day, on which deadlines depend, and the newest tables."""
    migrations = sorted(path.name for path in MIGRATIONS.glob("versions/*.py"))
    return f"{date.today().isoformat()} {migrations[-1]}"


@contextmanager
def copied(
    console: Console, size: Size = FULL, *, encoder: Encoder | None = None, kind: str = ""
) -> Iterator[tuple[Engine, str]]:
    """Yield the database and the URL of a copy of a world, which may be changed; it is deleted afterwards.

    Its file of columns comes with it, where there is one.
    """
    engine, url = prepare(console, size, encoder=encoder, kind=kind)
    engine.dispose()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "world.db"
        shutil.copyfile(url.removeprefix("sqlite:///"), path)
        columns = Path(f"{url.removeprefix('sqlite:///')}.columns")
        if columns.exists():
            shutil.copy2(columns, f"{path}.columns")
        opened = open_database(f"sqlite:///{path}")
        yield opened, f"sqlite:///{path}"
        opened.dispose()


@contextmanager
def on_postgresql(console: Console, size: Size, *, encoder: Encoder) -> Iterator[tuple[Engine, str]]:
    """Yield the database and the URL of a world, made anew on a PostgreSQL server that ends with it."""
    with TemporaryDirectory() as folder, postgres_server(Path(folder) / "data") as server_url:
        url = create_database(server_url, "world")
        engine = open_database(url)
        FOLDER.mkdir(parents=True, exist_ok=True)
        _fill(engine, console, _files(size), encoder)
        yield engine, url
        engine.dispose()


def actors(rng: random.Random, count: int) -> Iterable[Row]:
    """Yield actors: the trade of one, a word of a second's trade, and a name made of the words of several names."""
    originals = [row for row in _rows("actors.csv") if row["siret"]]
    names = _words(row["nom"] for row in originals)
    trades = [part.strip() for row in originals for part in row["activites"].split("|") if part.strip()]
    trade_words = _words(trades)
    places = [(row["commune_insee"], row["commune"]) for row in originals if row["commune_insee"]]
    for index in range(count):
        row = dict(rng.choice(originals))
        row["id"] = f"b{index:05}"
        row["siret"] = luhn(luhn(f"{10_000_000 + index}") + "0001")
        row["nom"] = " ".join(rng.sample(names, 3))
        row["activites"] = " | ".join(_varied(rng, rng.choice(trades), trade_words) for _ in range(rng.randint(1, 4)))
        row["commune_insee"], row["commune"] = rng.choice(places)
        yield row


def openings(rng: random.Random, count: int) -> Iterable[Row]:
    """Yield market openings without lots."""
    originals = [row for row in _rows("openings.csv") if not row["lot_numero"]]
    return _opportunities(rng, originals, count, "m", ("titre", "description"))


def takeovers(rng: random.Random, count: int) -> Iterable[Row]:
    """Yield takeover cases."""
    return _opportunities(rng, _rows("takeovers.csv"), count, "r", ("titre", "teaser", "description"))


def _opportunities(
    rng: random.Random, originals: list[Row], count: int, prefix: str, columns: tuple[str, ...]
) -> Iterable[Row]:
    words = {column: _words(row[column] for row in originals) for column in columns}
    for index in range(count):
        row = dict(rng.choice(originals))
        row["id"] = f"{prefix}{index:04}"
        for column in columns:
            row[column] = _varied(rng, row[column], words[column])
        yield row


def _varied(rng: random.Random, text: str, words: list[str]) -> str:
    """Replace one long word of a text."""
    parts = text.split()
    long = [position for position, part in enumerate(parts) if len(part) > 4]
    if long:
        parts[rng.choice(long)] = rng.choice(words)
    return " ".join(parts)


def _words(texts: Iterable[str]) -> list[str]:
    return sorted({word.strip(",.;:()") for text in texts for word in text.split() if len(word) > 4})


def _rows(name: str) -> list[Row]:
    with (FIXTURES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def as_csv(rows: Iterable[Mapping[str, str]]) -> str:
    """Return rows as a CSV file."""
    listed = list(rows)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(listed[0]))
    writer.writeheader()
    writer.writerows(listed)
    return out.getvalue()
