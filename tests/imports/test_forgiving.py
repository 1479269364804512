"""Files as offices keep them: titles above, units in headers, notes in cells. What can be read is, the rest is told."""

import csv
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from api.imports.csv_records import csv_records
from api.imports.importing import ingest
from api.imports.report import ImportReport
from api.imports.trades import LONGEST_TRADE, trades
from models.database import open_database, reading, writing
from models.tables import Actor, Commune, FormerCommune, Opportunity, metadata
from tests.support import stored
from tests.support.proof_share import examples

pytestmark = pytest.mark.slow

SIRETS = ("00000000000000", "19070916200019")
COMMUNES = (
    ("26362", "Valence", ["26000"]), ("26108", "Crest", ["26400"]), ("26324", "Saint-Paul-Trois-Châteaux", ["26130"]),
    ("69123", "Lyon", ["69003", "69005"]), ("07186", "Privas", ["07000"]), ("07011", "Vallées-du-Test", ["07530"]),
    ("26001", "Saint-Jean", ["26190"]), ("07001", "Saint-Jean", ["07300"]),
)  # fmt: skip


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    engine = open_database(f"sqlite:///{tmp_path}/test.db")
    metadata.create_all(engine)
    with writing(engine) as session:
        for code, name, postcodes in COMMUNES:
            point: dict[str, Any] = {"lat": 44.9, "lon": 4.9, "point_source": "test"}
            session.add(Commune(code=code, name=name, department=code[:2], postcodes=postcodes, **point))
        session.flush()
        session.add(FormerCommune(code="07012", name="Vieux-Bourg", department="07", current_code="07011"))
    return engine


def bring_in(engine: Engine, path: Path, text: str, kind: Any = "actors") -> ImportReport:
    path.write_text(text, "utf-8")
    return ingest(engine, path, kind)


def workbook(path: Path, sheets: dict[str, list[list[Any]]], merged: tuple[str, ...] = ()) -> Path:
    book = openpyxl.Workbook()
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        for place in merged:
            sheet.merge_cells(place)
    del book["Sheet"]
    book.save(path)
    return path


def actors(engine: Engine) -> dict[str, Actor]:
    with reading(engine) as session:
        return {actor.name: actor for actor in stored.all_actors(session)}


def opportunities(engine: Engine) -> dict[str, Opportunity]:
    with reading(engine) as session:
        return {row.source_id: row for row in stored.all_opportunities(session)}


def test_the_header_is_found_below_titles_on_any_sheet_and_a_total_is_refused_alone(
    engine: Engine, tmp_path: Path
) -> None:
    header = ["Nom de la structure", "Type", "SIRET", "Commune", "CA 2025 (k€)", "Effectif (ETP)"]
    path = workbook(
        tmp_path / "annuaire.xlsx",
        {
            "À lire": [["Annuaire de test, novembre 2026"], ["Mis à jour chaque mois"]],
            "Annuaire": [
                ["Structures de test – Drôme et Ardèche"], [], ["Source : le test"], header,
                ["Atelier d’essai", "ACI", SIRETS[0], "Crest", 950, 12.5],
                ["Régie d’essai", "EI – Entreprise d’insertion", "", "Privas", "1 200 k€", "NC"],
                ["TOTAL", "", "", "", 2150, 12.5],
            ],
        },
    )  # fmt: skip
    report = ingest(engine, path, "actors")
    assert [(error.row, error.reason) for error in report.errors] == [(7, "ligne de total")]
    assert (report.created, report.refused) == (2, 1)
    atelier, regie = actors(engine)["Atelier d’essai"], actors(engine)["Régie d’essai"]
    assert (atelier.turnover_eur, atelier.headcount, atelier.commune_code) == (950_000, 13, "26108")
    assert (regie.kind, regie.turnover_eur, regie.headcount) == ("ei", 1_200_000, None)
    assert report.notes[:2] == [
        "Feuille lue : « Annuaire ». Non lues : « À lire ».",
        "Titres des colonnes lus à la ligne 4 ; ce qui est au-dessus n’est pas lu.",
    ]


def test_the_separator_that_excel_declares_is_no_header(engine: Engine, tmp_path: Path) -> None:
    report = bring_in(engine, tmp_path / "f.csv", "sep=;\nid;nom;type\n1;Ferme, verger, école;SCOP\n")
    assert (report.created, set(actors(engine))) == (1, {"Ferme, verger, école"})


def test_each_lot_of_a_merged_cell_is_a_lot(engine: Engine, tmp_path: Path) -> None:
    rows = [
        ["Id", "Objet", "Commune", "Lot", "Titre du lot"], ["M7", "École de test", "Crest", 1, "Gros œuvre"],
        ["", "", "", 2, "Charpente"], ["", "", "", 3, "Peinture"], ["M8", "Autre", "Privas", 1, "Seul"],
    ]  # fmt: skip
    path = workbook(tmp_path / "m.xlsx", {"a": rows}, ("A2:A4", "B2:B4", "C2:C4"))
    assert ingest(engine, path, "opportunities").refused == 0
    with reading(engine) as session:
        lots = stored.all_lots(session)
    whole = opportunities(engine)["M7"].id
    assert {lot.number for lot in lots if lot.opportunity_id == whole} == {"1", "2", "3"}


def test_a_formula_without_value_clears_nothing_and_is_told(engine: Engine, tmp_path: Path) -> None:
    header = ["id", "nom", "type", "effectif"]
    ingest(engine, workbook(tmp_path / "f.xlsx", {"a": [header, ["1", "N", "SCOP", 7]]}), "actors")
    report = ingest(engine, workbook(tmp_path / "f.xlsx", {"a": [header, ["1", "N bis", "SCOP", "=3+4"]]}), "actors")
    assert actors(engine)["N bis"].headcount == 7
    assert report.warnings[0].startswith("Ligne 2, effectif : formule en erreur, ou sans valeur enregistrée")


def test_an_unclosed_quotation_mark_takes_one_row(engine: Engine, tmp_path: Path) -> None:
    marks = {4: '"', 9: '"'}
    rows = [f"t{number};{marks.get(number, '')}Régie {number};ACI;26400" for number in range(1, 13)]
    report = bring_in(engine, tmp_path / "f.csv", "\n".join(["id;nom;type;code postal", *rows]))
    assert (report.created, report.refused) == (10, 2)
    assert [(error.row, error.value) for error in report.errors] == [(5, '"Régie 4'), (10, '"Régie 9')]
    assert "guillemet" in report.errors[0].reason
    assert report.refused_path is not None
    [_, first, _] = report.refused_path.read_text("utf-8-sig").splitlines()
    assert first.startswith('t4;"""Régie 4";ACI;26400;')


def three_cells(alphabet: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.text(alphabet, max_size=5), min_size=3, max_size=3).map(lambda cells: ["x", *cells])


# Each line of a row whose cells hold line breaks beside its delimiter may look like a row of its own: nobody can tell
# it from a quotation mark that was not closed.
ROW = three_cells("ab \n\"',") | three_cells("ab \"';,")


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(ROW, min_size=1, max_size=5))
def test_a_well_written_file_is_read_as_it_was_written(rows: list[list[str]]) -> None:
    class Lines:
        def __init__(self) -> None:
            self.text = ""

        def write(self, text: str) -> None:
            self.text += text

    lines = Lines()
    csv.writer(lines, delimiter=";", lineterminator="\n").writerows(rows)
    assert list(csv_records(lines.text.splitlines(keepends=True), ";")) == rows


def test_an_odd_optional_cell_loses_itself_and_clears_nothing(engine: Engine, tmp_path: Path) -> None:
    header = "id;nom;type;effectif;site web;code ape;rayon;code postal;agréments\n"
    bring_in(engine, tmp_path / "f.csv", f"{header}1;N;SCOP;5;https://a.example.org;43.32A;30;26400;siae\n")
    report = bring_in(engine, tmp_path / "f.csv", f"{header}1;N;SCOP;beaucoup;pas de site;99X;20km;26-40;siae, é!\n")
    actor = actors(engine)["N"]
    assert (report.changed, report.refused, len(report.warnings)) == (1, 0, 5)
    assert (actor.headcount, actor.website, actor.radius_km, actor.postcode) == (
        5, "https://a.example.org", 20, "26400",
    )  # fmt: skip
    assert [code["code"] for code in actor.naf] == ["43.32A"]
    assert "Ligne 2, effectif « beaucoup » : nombre attendu" in report.warnings[0]


def test_what_people_leave_out_is_understood(engine: Engine, tmp_path: Path) -> None:
    text = (
        "id;nom;type;site web;ape;départements;état\n"
        "1;A;Atelier et chantier d'insertion (ACI);www.exemple.fr;1.13Z;Drôme et Ardèche;A\n"
        "2;B;SCOP (SARL);exemple.org/nous;113Z;Drôme-Ardèche, Isère;en activité\n"
    )
    assert bring_in(engine, tmp_path / "f.csv", text).refused == 0
    first, second = actors(engine)["A"], actors(engine)["B"]
    assert (first.kind, first.website, first.area_departments) == ("aci", "https://www.exemple.fr", ["26", "07"])
    assert (second.kind, second.website) == ("scop", "https://exemple.org/nous")
    assert second.area_departments == ["26", "07", "38"]
    assert [actor.naf[0]["code"] for actor in (first, second)] == ["01.13Z", "01.13Z"]


@pytest.mark.parametrize(
    ("states", "column"),
    [("D S dissoute inactif F radiée liquidation", "état"), ("non False 0", "est active"), ("D", "position")],
)
def test_no_closed_nor_unknown_state_is_an_open_actor(engine: Engine, tmp_path: Path, states: str, column: str) -> None:
    rows = [f"{number};N{number};association;{state}" for number, state in enumerate(["A", *states.split(), "bleu"])]
    report = bring_in(engine, tmp_path / "f.csv", "\n".join([f"id;nom;type;{column}", *rows]).replace("A\n", "oui\n"))
    assert (set(actors(engine)), report.closed) == ({"N0"}, len(states.split()))
    assert [error.reason for error in report.errors] == ["état inconnu : attendu actif ou fermé"]


def test_places_are_read_as_people_write_them(engine: Engine, tmp_path: Path) -> None:
    cases = (
        ("Lyon 3e Arrondissement", "69003", "69123"), ("LYON 05", "69005", "69123"),
        ("VALENCE CEDEX 9", "26026", "26362"),
        ("Valence (26)", "", "26362"), ("St-Paul-3-Châteaux", "26130", "26324"), ("Crest", "", "26108"),
        ("26400 CREST", "", "26108"), ("Vieux Bourg", "07530", "07011"), ("Saint-Jean", "", None),
        ("Saint Jean (Ardèche)", "", "07001"), ("Crest", "07000", None),
    )  # fmt: skip
    rows = [f"{number};Études;{name};{postcode}" for number, (name, postcode, _) in enumerate(cases)]
    bring_in(engine, tmp_path / "f.csv", "\n".join(["id;objet;ville;code postal", *rows]), "opportunities")
    found = opportunities(engine)
    assert [found[str(number)].commune_code for number in range(len(cases))] == [code for *_, code in cases]


def test_amounts_are_those_that_were_meant_or_unknown(engine: Engine, tmp_path: Path) -> None:
    cases = (
        ("12.500 €", 12_500), ("1.500", 1500), ("1 234,50 €", 1234.5), ("1.234.567,89", 1_234_567.89), ("0,01", None),
        ("-500", None), ("12,500", None), ("NC", None), ("80 k€", 80_000),
    )  # fmt: skip
    rows = [f"{number};Tonte;{cell}" for number, (cell, _) in enumerate(cases)]
    report = bring_in(engine, tmp_path / "f.csv", "\n".join(["id;objet;montant", *rows]), "opportunities")
    found = opportunities(engine)
    assert [found[str(number)].amount_eur for number in range(len(cases))] == [euros for _, euros in cases]
    assert [warning.partition(" :")[0] for warning in report.warnings] == [
        "Ligne 7, montant « -500 »", "Ligne 8, montant « 12,500 »",
    ]  # fmt: skip


def test_lots_are_known_by_their_numbers_and_reserved_one_by_one(engine: Engine, tmp_path: Path) -> None:
    text = (
        "id;objet;ville;lot;réservé\n"
        "A;École;Crest;Lot n°1bis : Maçonnerie;\n"
        "A;École;Crest;Lot n° 02 - Charpente bois;\n"
        "A;École;Crest;3 - Peinture;oui\n"
        "B;Ménage;Crest;;Marché réservé (art. L2113-13)\n"
        "C;Ménage;Crest;;oui\n"
    )
    assert bring_in(engine, tmp_path / "f.csv", text, "opportunities").errors == []
    with reading(engine) as session:
        lots = {lot.number: lot for lot in stored.all_lots(session)}
    assert {number: lot.title for number, lot in lots.items()} == {
        "1bis": "Maçonnerie", "02": "Charpente bois", "3": "Peinture",
    }  # fmt: skip
    assert {number: lot.reserved for number, lot in lots.items()} == {"1bis": [], "02": [], "3": ["ea_esat", "siae"]}
    found = opportunities(engine)
    assert [found[one].reserved for one in "ABC"] == [[], ["siae"], ["ea_esat", "siae"]]


def test_contracts_that_were_won_are_never_open(engine: Engine, tmp_path: Path) -> None:
    text = "id;objet;titulaire;date de notification\n1;Tonte;La Régie;2026-02-01\n2;Taille;;\n"
    report = bring_in(engine, tmp_path / "f.csv", text, "opportunities")
    assert {number: row.status for number, row in opportunities(engine).items()} == {"1": "closed", "2": "open"}
    assert any("attribués" in note for note in report.notes)


def test_an_actor_without_siret_is_known_by_its_name_and_place(engine: Engine, tmp_path: Path) -> None:
    head = "siret;nom;type;commune\n"
    bring_in(engine, tmp_path / "a.csv", f"{head}{SIRETS[0]};Les Jardins d’Essai;ACI;Crest\n")
    report = bring_in(
        engine, tmp_path / "b.csv",
        "nom;type;commune;effectif\nLES JARDINS D'ESSAI;ACI;Crest;9\nLes jardins d’essai;ACI;Privas;3\nX;CAE;Crest;1\n",
    )  # fmt: skip
    assert (report.changed, report.created) == (1, 2)
    with reading(engine) as session:
        known = {actor.siret: actor.headcount for actor in stored.all_actors(session) if actor.siret}
    assert known == {SIRETS[0]: 9}
    assert "Sans SIRET, reconnus par leur nom et leur lieu : 1 (lignes 2)." in report.notes


def test_no_name_gives_away_a_confidential_actor(engine: Engine, tmp_path: Path) -> None:
    secret = "siret;nom;type;commune;confidentiel\n"
    bring_in(engine, tmp_path / "a.csv", f"{secret}{SIRETS[0]};Les Jardins d’Essai;ACI;Crest;oui\n")
    report = bring_in(engine, tmp_path / "b.csv", "nom;type;commune\nLes Jardins d’Essai;ACI;Crest\n")
    assert (report.created, report.changed) == (1, 0)


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("maçonnerie, peinture / carrelage", ["maçonnerie", "peinture", "carrelage"]),
        ("Menuiserie - charpente", ["Menuiserie", "charpente"]),
        ("taille, tonte | élagage", ["taille, tonte", "élagage"]),
        ("second œuvre (peinture, sols), tri et/ou collecte", ["second œuvre (peinture, sols)", "tri et/ou collecte"]),
        ("astreinte 24h/24, dépannage", ["astreinte 24h/24", "dépannage"]),
        ("Entretien pour les communes, avec soin", ["Entretien pour les communes, avec soin"]),
    ],
)
def test_trades_are_split_where_they_are_a_list(cell: str, read: list[str]) -> None:
    assert trades(cell) == read


def test_prose_is_split_into_trades_and_what_is_still_too_long_is_cut_and_told(engine: Engine, tmp_path: Path) -> None:
    sentence = "Nous entretenons les espaces verts des communes, des écoles et des entreprises de la vallée. "
    endless = "tonte " * 100
    text = f"id;nom;type;activités\n1;A;ACI;{sentence * 8}\n2;B;ACI;{endless}\n"
    report = bring_in(engine, tmp_path / "f.csv", text)
    first, second = actors(engine)["A"], actors(engine)["B"]
    assert first.activities == [sentence.strip()]
    assert (len(second.activities), second.activities[0][-6:]) == (1, "tonte…")
    assert all(len(trade) <= LONGEST_TRADE for trade in (*first.activities, *second.activities))
    assert [warning.partition(" «")[0] for warning in report.warnings] == ["Ligne 3, activités"]
