"""How precise teasers are, with a register of establishments and without: a generated one, read as INSEE's file is."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from rich.console import Console
from sqlmodel import col, select

from api.catalogue.places.loading import load_places
from api.confidentiality import precision, queries
from api.confidentiality.facts import Facts
from api.confidentiality.register import COLUMNS, NOMENCLATURE, read_extract, store_extract
from api.confidentiality.teaser import Teasers
from api.core.settings import HOME_DEPARTMENTS
from api.evaluation.invented_world import FIXTURES, FIXTURES_TODAY
from api.imports.importing import ingest
from bench.results import Result
from matcher.nomenclature import naf_classes
from models.base import utc_now
from models.database import open_database, reading
from models.revisions import migrate
from models.tables import Commune

# About the order of two small départements; the trades' and communes' shares are assumptions, not INSEE's.
EMPLOYERS = 26_000
BANDS = {"01": 40, "02": 22, "03": 16, "11": 11, "12": 8, "21": 2, "22": 1}
# A desk that knows many more actors than the invented world: each an establishment of the register.
LARGE_DESK = 2_000
HEADER = ("siren", "nic", "siret", *COLUMNS)


@dataclass(frozen=True)
class Row:
    """A public actor of the large desk, as far as it counts."""

    id: str
    naf: list[dict[str, str]]
    department: str | None
    commune_code: str | None
    headcount: int | None
    siret: str | None = None
    headcount_band: str | None = None


def measure(_console: Console) -> list[Result]:
    """Generate a register, load it beside the invented world, and compare the lines of its establishments."""
    rng = Random(26)
    with TemporaryDirectory() as name:
        folder = Path(name)
        engine = open_database(f"sqlite:///{folder / 'teasers.db'}")
        migrate(engine)
        load_places(engine)
        ingest(engine, FIXTURES / "actors.csv", "actors", source="demo")
        with reading(engine) as session:
            home = col(Commune.department).in_(HOME_DEPARTMENTS)
            communes = session.exec(select(Commune).where(home).order_by(Commune.code)).all()
        write_register(folder / "stock.csv", rng, {row.code: row.population or 1 for row in communes})
        extract = read_extract(folder / "stock.csv", HOME_DEPARTMENTS)
        store_extract(engine, extract, HOME_DEPARTMENTS, day=FIXTURES_TODAY, now=utc_now())
        with reading(engine) as session:
            establishments, register = queries.public_establishments(session), queries.register_groups(session)
        engine.dispose()
    cases = precision.sample_of(register, rng)
    large_desk = [_row(number, facts) for number, facts in enumerate(precision.sample_of(register, rng, LARGE_DESK))]
    crowds = {
        f"bureau de {len(establishments)} acteurs": Teasers(establishments, HOME_DEPARTMENTS),
        f"bureau de {LARGE_DESK} acteurs": Teasers(large_desk, HOME_DEPARTMENTS),
        f"registre de {EMPLOYERS} employeurs": Teasers(establishments, HOME_DEPARTMENTS, register),
    }
    return [
        Result("teasers", f"{crowd}, la fiche dit {level}", 100 * share, "%")
        for crowd, teasers in crowds.items()
        for level, share in precision.shares(teasers, cases).items()
    ]


def write_register(path: Path, rng: Random, population: Mapping[str, int]) -> None:
    """Write a file of generated establishments: trades by a law of Zipf, communes by their inhabitants."""
    trades = sorted(naf_classes())
    rng.shuffle(trades)
    shares = [1 / rank for rank in range(1, len(trades) + 1)]
    drawn_trades = rng.choices(trades, shares, k=EMPLOYERS)
    drawn_communes = _drawn(rng, population, EMPLOYERS)
    drawn_bands = _drawn(rng, BANDS, EMPLOYERS)
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(HEADER)
        for number, (naf, commune, band) in enumerate(zip(drawn_trades, drawn_communes, drawn_bands, strict=True)):
            siren = f"{number:09}"
            table.writerow([siren, "00001", f"{siren}00001", "A", "O", commune, naf, NOMENCLATURE, band])


def _drawn(rng: Random, shares: Mapping[str, int], count: int) -> Sequence[str]:
    return rng.choices(list(shares), list(shares.values()), k=count)


def _row(number: int, facts: Facts) -> Row:
    return Row(str(number), [{"code": facts.naf or ""}], facts.department, facts.commune, facts.headcount)
