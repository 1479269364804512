"""Whichever comes first, the register or a spreadsheet, the same pairs are proposed."""

from collections.abc import Callable, Iterator
from itertools import permutations
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from api.demo import recorded
from api.demo.fake_services import Served, served
from api.imports.importing import ingest
from api.open_data.duplicate_search import normalize_name
from models.database import reading
from models.open_data import DuplicateProposal
from models.tables import Actor
from tests.support.notices import read

# One actor of the register, with neither SIRET nor the register's spelling.
SPELLINGS = (
    "CAE Les Tisseurs, coopérative d’activité et d’emplois",
    "Coopérative d’activités et d’emploi Les Tisseurs (CAE Les Tisseurs)",
)
OTHER = "CAE Les Potiers"


@pytest.fixture
def service() -> Iterator[Served]:
    with served({"recherche_entreprises": recorded.own()["recherche_entreprises"]}) as running:
        yield running


def write(path: Path, names: tuple[str, ...]) -> Path:
    rows = "".join(f"l{number};{name};CAE;26100;Romans-sur-Isère\n" for number, name in enumerate(names))
    path.write_text("id;nom;type;code postal;commune\n" + rows, "utf-8")
    return path


def proposed_names(engine: Engine) -> set[frozenset[str]]:
    with reading(engine) as session:
        names = dict(session.exec(select(Actor.id, Actor.name)).all())
        pairs = session.exec(select(DuplicateProposal).order_by(col(DuplicateProposal.id))).all()
    return {frozenset((names[pair.first_id], names[pair.second_id])) for pair in pairs}


@pytest.mark.slow
@pytest.mark.parametrize("order", list(permutations(("register", "one", "other"))))
def test_the_same_pairs_are_proposed_in_every_order(
    engine: Engine, service: Served, tmp_path: Path, order: tuple[str, ...]
) -> None:
    (weavers,) = [
        record for record in service.records["recherche_entreprises"] if "LES TISSEURS" in str(record["nom_complet"])
    ]
    steps: dict[str, Callable[[], object]] = {
        "register": lambda: read(engine, service, "recherche_entreprises"),
        "one": lambda: ingest(engine, write(tmp_path / "un.csv", (SPELLINGS[0], OTHER)), "actors"),
        "other": lambda: ingest(engine, write(tmp_path / "deux.csv", (SPELLINGS[1],)), "actors"),
    }
    for step in order:
        steps[step]()
    read(engine, service, "recherche_entreprises")
    three = (*SPELLINGS, weavers["nom_raison_sociale"])
    assert proposed_names(engine) == {frozenset(pair) for pair in permutations(three, 2)}


@pytest.mark.slow
def test_two_rows_of_one_spreadsheet_are_proposed_as_one(engine: Engine, tmp_path: Path) -> None:
    report = ingest(engine, write(tmp_path / "reseau.csv", (*SPELLINGS, OTHER)), "actors")
    assert report.proposed == 1
    assert proposed_names(engine) == {frozenset(SPELLINGS)}
    # The same file again proposes nothing new.
    assert ingest(engine, tmp_path / "reseau.csv", "actors").proposed == 0


@pytest.mark.parametrize(
    ("name", "other"),
    [
        SPELLINGS,
        ("SCIC Les Trois Vallées", "Société coopérative d’intérêt collectif Les Trois Vallées"),
        ("Scop Bois Debout", "Société coopérative ouvrière de production Bois debout"),
        ("Scop Bois Debout", "SOCIETE COOPERATIVE ET PARTICIPATIVE BOIS DEBOUT"),
        ("Les Jardins partagés", "Jardin Partagé"),
    ],
)
def test_a_kind_in_full_or_by_its_initials_and_a_plural_are_no_difference(name: str, other: str) -> None:
    assert normalize_name(name) == normalize_name(other)
