"""Time the import of a large file, half of whose rows are wrong: `python -m bench.ingest [rows]` prints JSON."""

import csv
import json
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from api.imports.importing import ingest
from bench.results import Result, ratio
from models.database import open_database
from models.revisions import migrate

HEADER = (
    *("siret", "nom", "type", "activités", "naf", "commune_insee", "commune", "code postal", "rayon_km"),
    *("departements", "effectif", "chiffre_affaires", "agrements", "recherche", "esus", "maj"),
)
KINDS = ("SCOP", "association", "entreprise d'insertion", "société", "ESAT", "réseau")
# The tables that an import fills.
WRITTEN = ("file_imports", "actors", "imported_rows", "row_edits")
# Column number → cells that the import refuses.
WRONG_CELLS = {
    0: ("123", "12345678901234", "ABC", ""),
    1: ("",),
    2: ("licorne", ""),
    4: ("99", "81.30Z | ?"),
    5: ("2636", "ABCDE", "26 362 bis"),
    8: ("loin", "-5"),
    10: ("douze", "-1", "3,5"),
    11: ("beaucoup", "1 2 x"),
    13: ("la lune",),
    14: ("peut-être",),
    15: ("31/02/2026", "hier"),
}


def peak_mb() -> int:
    """Return the peak resident memory of this process; `getrusage` would include its parent's, from before the fork."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


def luhn(digits: str) -> str:
    """Return `digits` completed by the digit that Luhn's sum asks for."""
    total = sum(sum(divmod(int(d) * (2 if i % 2 == 0 else 1), 10)) for i, d in enumerate(reversed(digits)))
    return digits + str(-total % 10)


def write(path: Path, rows: int) -> None:
    """Write `rows` actors, every second one with one to three wrong cells."""
    rng = random.Random(0)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(HEADER)
        for index in range(rows):
            cells = [
                luhn(luhn(f"{10_000_000 + index}") + "0001"),
                f"Structure n° {index} de l’Ardèche et de la Drôme",
                rng.choice(KINDS),
                "élagage et abattage | entretien d’espaces verts | bois de chauffage",
                rng.choice(("81.30Z", "8130Z", "43.32A | 16.23Z", "")),
                rng.choice(("26362", "26281", "7186", "07010")),
                "Valence",
                rng.choice(("26000", "7000")),
                str(rng.randrange(5, 80)),
                "26 | 07",
                str(rng.randrange(0, 300)),
                f"{rng.randrange(20, 3000)} 000,50 €",
                "RGE | qualibat",
                "débouchés | reprises",
                rng.choice(("oui", "non", "")),
                f"{rng.randrange(1, 28):02}/{rng.randrange(1, 12):02}/2026",
            ]
            if index % 2:
                for column in rng.sample(sorted(WRONG_CELLS), rng.randrange(1, 4)):
                    cells[column] = rng.choice(WRONG_CELLS[column])
            writer.writerow(cells)


def measure(rows: int = 100_000) -> list[Result]:
    """Import two files, each in a process of its own, so that the peak memory is the import's alone."""
    tenth, *_ = _imported_twice(rows // 10)
    first, again, bare = _imported_twice(rows)
    return [
        Result("import", f"{rows} lignes, la moitié fausses", first["seconds"], "s", 10),
        Result("import", "le même fichier encore", again["seconds"], "s", 10),
        Result("import", "mémoire, au plus haut", again["peak_mb"], "Mo", 500),
        ratio(
            "import",
            "processeur ÷ lire et écrire nûment les mêmes lignes",
            first["cpu_seconds"],
            bare["cpu_seconds"],
            3,
        ),
        ratio("import", "le même fichier encore ÷ la première fois", again["cpu_seconds"], first["cpu_seconds"], 1.1),
        ratio("import", f"{rows} lignes ÷ dix fois {rows // 10}", first["cpu_seconds"], 10 * tenth["cpu_seconds"], 1.5),
    ]


def _imported_twice(rows: int) -> list[dict[str, float]]:
    command = [sys.executable, "-m", "bench.ingest", str(rows)]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return [json.loads(line) for line in lines]


def bare_seconds(path: Path, imported: Path, empty: Path) -> float:
    """Return the seconds of processor time to read the file, and to write what its import wrote, with the bare drivers.

    empty: a database whose tables, indexes and triggers are those of `imported`.
    """
    with sqlite3.connect(imported) as source:
        written = {name: source.execute(f"SELECT * FROM {name}").fetchall() for name in WRITTEN}  # noqa: S608 (names of ours)
    start = time.process_time()
    with path.open(encoding="utf-8", newline="") as file:
        for _ in csv.reader(file, delimiter=";"):
            pass
    with sqlite3.connect(empty) as target:
        for name, rows in written.items():
            places = ", ".join("?" * len(rows[0]))
            target.executemany(f"INSERT INTO {name} VALUES ({places})", rows)  # noqa: S608 (names of ours)
    return time.process_time() - start


def main() -> None:
    """Import the same file twice, then write the same rows barely; print one JSON object each time."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "actors.csv"
        write(path, rows)
        engine = open_database(f"sqlite:///{folder}/bench.db")
        migrate(engine)
        for _turn in ("first", "again"):
            start, start_cpu = time.perf_counter(), time.process_time()
            report = ingest(engine, path, "actors")
            counts = {
                "seconds": round(time.perf_counter() - start, 2),
                "cpu_seconds": round(time.process_time() - start_cpu, 2),
                "peak_mb": peak_mb(),
                "created": report.created,
                "changed": report.changed,
                "unchanged": report.unchanged,
                "refused": report.refused,
                "reasons": len(report.errors),
            }
            print(json.dumps(counts), flush=True)
        engine.dispose()
        empty = open_database(f"sqlite:///{folder}/bare.db")
        migrate(empty)
        empty.dispose()
        seconds = bare_seconds(path, Path(folder, "bench.db"), Path(folder, "bare.db"))
        print(json.dumps({"cpu_seconds": round(seconds, 2)}))


if __name__ == "__main__":
    main()
