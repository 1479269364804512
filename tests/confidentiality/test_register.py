"""A register is counted whole, without names; in what it covers, teasers are drawn among its establishments alone."""

import csv
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

import api.cli
from api.confidentiality import queries
from api.confidentiality.facts import Facts
from api.confidentiality.queries import RegisterGroup
from api.confidentiality.register import COLUMNS, Group, read_extract, store_extract
from api.confidentiality.teaser import Teasers
from api.core.errors import InvalidError
from api.core.settings import settings
from models.base import utc_now
from models.database import reading
from tests.support.databases import url_of
from tests.support.night_world import add_case, open_desk, small
from tests.support.told_over_time import HOME, NAMES, row

JOINER = dict(zip(COLUMNS, ("A", "O", "26362", "43.32A", "NAFRev2", "02"), strict=True))
PRINTER = JOINER | {"codeCommuneEtablissement": "07010", "activitePrincipaleEtablissement": "18.12Z"}


def write(path: Path, rows: Sequence[Mapping[str, str]], header: Sequence[str] = ("siret", *COLUMNS)) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, header, restval="", extrasaction="ignore")
        table.writeheader()
        table.writerows(rows)
    return path


def test_only_active_public_employers_of_the_desk_s_departements_count(tmp_path: Path) -> None:
    left_out = [
        JOINER | {column: value}
        for column, value in (
            ("etatAdministratifEtablissement", "F"),
            ("statutDiffusionEtablissement", "P"),
            ("codeCommuneEtablissement", "38185"),
            ("codeCommuneEtablissement", ""),
            ("activitePrincipaleEtablissement", ""),
            ("nomenclatureActivitePrincipaleEtablissement", "NAF25"),
            ("trancheEffectifsEtablissement", "NN"),
            ("trancheEffectifsEtablissement", "00"),
            ("trancheEffectifsEtablissement", ""),
        )
    ]
    extract = read_extract(write(tmp_path / "stock.csv", [JOINER, JOINER, PRINTER, *left_out]), HOME)
    assert extract.lines == 3 + len(left_out)
    assert extract.groups == {Group("26", "26362", "43.32A", "02"): 2, Group("07", "07010", "18.12Z", "02"): 1}


def test_a_zip_is_read_as_the_table_in_it(tmp_path: Path) -> None:
    table = write(tmp_path / "stock.csv", [JOINER, PRINTER])
    with zipfile.ZipFile(tmp_path / "stock.zip", "w") as archive:
        archive.write(table, "StockEtablissement_utf8.csv")
    assert read_extract(tmp_path / "stock.zip", HOME) == read_extract(table, HOME)


def test_a_file_that_is_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "stock.csv"
    for content in (b"", b"PAR1\x00\xff\xfe", "siret;Nom\n1;É\n".encode("latin-1")):
        path.write_bytes(content)
        with pytest.raises(InvalidError):
            read_extract(path, HOME)
    with pytest.raises(InvalidError, match="trancheEffectifsEtablissement"):
        read_extract(write(path, [JOINER], COLUMNS[:-1]), HOME)
    with pytest.raises(InvalidError, match="département 07"):
        read_extract(write(path, [JOINER]), HOME)
    path.write_text(write(path, [JOINER, PRINTER]).read_text("utf-8") + "cut,o", "utf-8")
    with pytest.raises(InvalidError, match="ligne 4"):
        read_extract(path, HOME)


def test_an_establishment_of_the_desk_is_not_counted_beside_the_register() -> None:
    facts = Facts("43.32A", "26362", "26", 4)
    register = [RegisterGroup("26", "26362", "43.32A", "02", 9)]
    desk = [row(number, facts) for number in range(30)]
    assert not Teasers(desk, HOME, register).of(facts, NAMES).sure
    assert Teasers(desk, HOME, [register[0]._replace(department="38", commune_code="38185")]).of(facts, NAMES).sure


def test_a_desk_tells_more_once_a_register_is_loaded_and_stays_within_what_it_told(
    engine: Engine, tmp_path: Path
) -> None:
    case = add_case(small(engine), 1, "Menuiserie", naf=[{"code": "43.32A"}], commune_code="26362")
    desk = open_desk(engine)
    first = desk.snapshot().teaser_texts[case]
    assert first.endswith("activité non précisée, Drôme")
    groups = [("26362", "43.32A", 40), ("26362", "10.71C", 30), ("26113", "43.32A", 20), ("07010", "81.30Z", 30)]
    extract = read_extract(
        write(
            tmp_path / "register.csv",
            [
                JOINER | {"codeCommuneEtablissement": commune, "activitePrincipaleEtablissement": naf}
                for commune, naf, count in groups
                for _ in range(count)
            ],
        ),
        HOME,
    )
    store_extract(engine, extract, HOME, day=date(2026, 11, 1), now=utc_now())
    then = desk.snapshot().teaser_texts[case]
    assert then.endswith("bâtiment et travaux publics, Valence")
    assert open_desk(engine).snapshot().teaser_texts[case] == then


def test_the_command_counts_a_file_and_says_how_precise_lines_are(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLESUD_DATABASE_URL", url_of(database))
    settings.cache_clear()
    table = write(tmp_path / "stock.csv", [JOINER] * 30 + [PRINTER] * 12)
    result = CliRunner().invoke(api.cli.command_line(), ["register", str(table), "--day", "2026-11-01"])
    settings.cache_clear()
    assert result.exit_code == 0, result.output
    assert "26 : 30" in result.output
    assert "07 : 12" in result.output
    assert "un métier" in result.output


def test_no_number_of_an_establishment_is_kept(engine: Engine, tmp_path: Path) -> None:
    rows = [JOINER | {"siret": "73282932000074"}, PRINTER | {"siret": "73282932000082"}]
    extract = read_extract(write(tmp_path / "stock.csv", rows), HOME)
    for _ in range(2):
        store_extract(engine, extract, HOME, day=date(2026, 11, 1), now=utc_now())
    with reading(engine) as session:
        assert [tuple(group) for group in queries.register_groups(session)] == [
            ("07", "07010", "18.12Z", "02", 1),
            ("26", "26362", "43.32A", "02", 1),
        ]
