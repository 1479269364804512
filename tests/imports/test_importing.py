"""A file becomes actors and opportunities: all that is valid, nothing twice, and a reason for all the rest."""

import csv
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, insert
from sqlmodel import select

from api.catalogue import queries
from api.core.errors import SourceError
from api.core.french import number, plural
from api.imports.importing import ingest
from api.imports.report import ImportReport
from models.base import identifier
from models.database import open_database, reading, writing
from models.suggestions import Suggestion
from models.tables import Actor, Commune, FormerCommune
from tests.support import stored
from tests.support.contracts import contract
from tests.support.databases import copy_database, remove_database

pytestmark = pytest.mark.slow

LOCAL = Path(__file__).parents[3] / "shared" / "local"
SIRET = "00000000000000"


@pytest.fixture
def database(bare_database: Path, tmp_path: Path) -> Iterator[Path]:
    """A test's own database, without a place: each test says which there are."""
    yield (own := copy_database(bare_database, tmp_path / "own.db"))
    remove_database(own)


@pytest.fixture
def places(engine: Engine) -> None:
    with writing(engine) as session:
        for code, name, department, postcode in (
            ("26362", "Valence", "26", "26000"),
            ("07316", "Silhac", "07", "07240"),
            ("26001", "Saint-Jean", "26", "26190"),
            ("07001", "Saint-Jean", "07", "07300"),
        ):
            place: dict[str, Any] = {"postcodes": [postcode], "lat": 44.9, "lon": 4.9, "point_source": "test"}
            session.add(Commune(code=code, name=name, department=department, **place))
        session.flush()
        session.add(FormerCommune(code="26999", name="Vieux-Bourg", department="26", current_code="26362"))


def write(path: Path, text: str) -> Path:
    path.write_text(textwrap.dedent(text).lstrip(), "utf-8")
    return path


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.created, report.changed, report.unchanged, report.refused


def actors(engine: Engine) -> dict[str, Actor]:
    with reading(engine) as session:
        return {actor.name: actor for actor in stored.all_actors(session)}


def lots(engine: Engine) -> dict[str, tuple[str, float | None]]:
    with reading(engine) as session:
        return {lot.number: (lot.title, lot.amount_eur) for lot in stored.all_lots(session)}


def members(engine: Engine) -> set[tuple[str, str]]:
    with reading(engine) as session:
        names = {actor.id: actor.name for actor in stored.all_actors(session)}
        return {(names[one.carrier_id], names[one.member_id]) for one in stored.all_memberships(session)}


ACTORS = """
    id,nom,type,siret,activites,naf,commune_insee,commune,rayon_km,departements,effectif,chiffre_affaires,agrements,recherche,membre_de,esus,maj
    a1,Les Jardins,ACI,,maraîchage | tonte,01.13Z,26362,Valence,30,26 | 07,12,"250 000,50 €",siae,débouchés | reprises,,oui,2026-03-01
    a2,Coop Métal,SCOP,,,25.62B 2561Z,,,,,,,,,,non,
    a3,Paul,entrepreneur,,,,,,,,,,,,a4,,
    a4,La Couveuse,CAE,,,,,,,,,,,,,,
"""  # noqa: E501


def test_the_columns_of_actors_are_read_in_french(engine: Engine, tmp_path: Path) -> None:
    report = ingest(engine, write(tmp_path / "f.csv", ACTORS), "actors", source="demo")
    assert counts(report) == (4, 0, 0, 0)
    assert (report.notes, report.warnings, report.errors) == ([], [], [])
    jardins, metal = actors(engine)["Les Jardins"], actors(engine)["Coop Métal"]
    assert (jardins.source, jardins.source_id, jardins.kind) == ("demo", "a1", "aci")
    assert (jardins.activities, jardins.area_departments) == (["maraîchage", "tonte"], ["26", "07"])
    assert (jardins.turnover_eur, jardins.headcount, jardins.radius_km) == (250000.5, 12, 30)
    assert (jardins.approvals, jardins.seeks, jardins.esus) == (["siae"], ["markets", "acquisitions"], True)
    assert (jardins.information_date, jardins.department) == (date(2026, 3, 1), "26")
    assert [activity["code"] for activity in metal.naf] == ["25.62B", "25.61Z"]
    assert (metal.esus, metal.headcount, metal.confidential) == (False, None, False)
    assert members(engine) == {("La Couveuse", "Paul")}


def test_the_same_file_twice_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "f.csv", ACTORS)
    ingest(engine, path, "actors")
    before = actors(engine)
    assert counts(ingest(engine, path, "actors")) == (0, 0, 4, 0)
    assert [one.updated_at for one in actors(engine).values()] == [one.updated_at for one in before.values()]


def test_an_absent_column_keeps_what_is_stored_and_an_empty_cell_clears_it(engine: Engine, tmp_path: Path) -> None:
    ingest(engine, write(tmp_path / "f.csv", "id,nom,type,effectif,rayon_km\n1,N,SCOP,12,30\n"), "actors")
    first = actors(engine)["N"]
    report = ingest(engine, write(tmp_path / "f.csv", "id,nom,type,effectif\n1,N,SCOP,\n"), "actors")
    found = actors(engine)["N"]
    assert counts(report) == (0, 1, 0, 0)
    assert (found.headcount, found.radius_km, found.id) == (None, 30, first.id)
    assert found.updated_at > first.updated_at
    assert found.created_at == first.created_at


def test_all_the_errors_of_a_row_are_told_by_row_column_value_and_reason(engine: Engine, tmp_path: Path) -> None:
    path = write(
        tmp_path / "f.csv",
        """
        N° SIRET;Raison sociale;Type;Effectif (ETP);Latitude;Longitude;MAJ
        123;A;licorne;douze;45;;31/02/2026
        ;;SCOP;-1;45;;
        00000000000000;Bonne;SCOP;3;;;
        """,
    )
    report = ingest(engine, path, "actors")
    found = {(error.row, error.column, error.value): error.reason for error in report.errors}
    assert found == {
        (2, "N° SIRET", "123"): "SIRET invalide : 14 chiffres attendus",
        (2, "Type", "licorne"): found[2, "Type", "licorne"],
        (2, "Effectif (ETP)", "douze"): "nombre attendu, par exemple 12",
        (2, "MAJ", "31/02/2026"): "date attendue, par exemple 24/11/2026 ou 2026-11-24",
        (2, "Latitude", "45"): "latitude et longitude vont ensemble : l’une manque",
        (3, "Raison sociale", ""): "obligatoire : la valeur manque",
        # The rule over two columns is told beside the error of a third.
        (3, "", ""): "il faut un SIRET ou un identifiant de la source",
        # What alone would not refuse a row is told with what does.
        (3, "Effectif (ETP)", "-1"): "hors des bornes : 0 au moins",
        (3, "Latitude", "45"): "latitude et longitude vont ensemble : l’une manque",
    }
    assert found[2, "Type", "licorne"].startswith("valeur inconnue : attendu scop")
    assert counts(report) == (1, 0, 0, 2)


def test_refused_rows_are_written_beside_as_they_were_and_come_back_once_corrected(
    engine: Engine, tmp_path: Path
) -> None:
    path = write(tmp_path / "f.csv", 'id;nom;type;note\n1;A;SCOP;x\n2;B;licorne;"y\nz"\n')
    report = ingest(engine, path, "actors")
    assert report.refused_path == tmp_path / "f.refuses.csv"
    text = report.refused_path.read_text("utf-8-sig")
    (header, row) = csv.reader(text.splitlines(keepends=True), delimiter=";")
    assert header == ["id", "nom", "type", "note", "motif"]
    assert row[:4] == ["2", "B", "licorne", "y\nz"]
    assert row[4].startswith("type : valeur inconnue")
    report.refused_path.write_text(text.replace("licorne", "SCIC"), "utf-8-sig")
    assert counts(ingest(engine, report.refused_path, "actors")) == (1, 0, 0, 0)
    assert sorted(name.name for name in tmp_path.iterdir() if name.suffix == ".csv") == ["f.csv", "f.refuses.csv"]


def test_refused_rows_run_in_no_spreadsheet_and_come_back_as_they_were(engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "f.csv", 'id;nom;type\n1;"=CMD();-Léa,@x ""=1""";licorne\n')
    refused = ingest(engine, path, "actors").refused_path
    assert refused is not None
    text = refused.read_text("utf-8-sig")
    assert """"'=CMD();'-Léa,'@x ""=1\"""" in text
    refused.write_text(text.replace("licorne", "SCIC"), "utf-8-sig")
    assert counts(ingest(engine, refused, "actors")) == (1, 0, 0, 0)
    assert set(actors(engine)) == {'=CMD();-Léa,@x "=1"'}


def test_a_cell_too_long_is_left_out_by_the_name_of_its_column_before_it_is_parsed(
    engine: Engine, tmp_path: Path
) -> None:
    path = write(tmp_path / "f.csv", f'id;nom;type;activites\n1;A;SCOP;"a{";" * 40_000}b"\n2;B;SCOP;bois\n')
    report = ingest(engine, path, "actors")
    assert counts(report) == (2, 0, 0, 0)
    [warning] = report.warnings
    assert warning.startswith("Ligne 2, activites « a;;;")
    told = f"cellule trop longue : {plural(40_002, 'caractère')}, {number(32_767)} au plus."
    assert warning.endswith(f"{told} Le reste de la ligne est gardé.")


def test_a_row_of_many_faults_gives_some_of_its_reasons(engine: Engine, tmp_path: Path) -> None:
    """Thousands of reasons a row would fill the memory that the file itself could not."""
    codes = ";".join(str(number) for number in range(900))
    report = ingest(engine, write(tmp_path / "f.csv", f'id;nom;type;naf\n1;A;licorne;"{codes}"\n'), "actors")
    assert counts(report) == (0, 0, 0, 1)
    assert 50 <= len(report.errors) < 60


def test_a_second_row_of_the_same_actor_is_refused_naming_the_first(engine: Engine, tmp_path: Path) -> None:
    report = ingest(engine, write(tmp_path / "f.csv", "id,nom,type\n1,A,SCOP\n2,B,SCOP\n1,C,SCOP\n"), "actors")
    assert report.errors == [(4, "", "", "doublon de la ligne 2, qui est gardée")]
    assert set(actors(engine)) == {"A", "B"}


def test_unknown_columns_are_told_once_and_refuse_nothing(engine: Engine, tmp_path: Path) -> None:
    report = ingest(engine, write(tmp_path / "f.csv", "id,nom,type,couleur\n1,A,SCOP,bleu\n2,B,SCOP,vert\n"), "actors")
    assert report.notes == ["Colonnes inconnues, non lues : « couleur »."]
    assert counts(report) == (2, 0, 0, 0)


@pytest.mark.parametrize(
    ("kind", "header", "missing"),
    [("actors", "id,ville,type", "nom"), ("actors", "nom,siret", "type"), ("opportunities", "id,montant", "titre")],
)
def test_a_missing_mandatory_column_is_named_with_what_was_found(
    engine: Engine, tmp_path: Path, kind: Any, header: str, missing: str
) -> None:
    with pytest.raises(SourceError) as caught:
        ingest(engine, write(tmp_path / "f.csv", f"{header}\n1,2,3\n"), kind)
    assert missing in caught.value.detail
    assert all(f"« {name} »" in caught.value.detail for name in header.split(","))


def test_a_row_with_too_many_cells_is_refused_and_one_cut_short_is_read(engine: Engine, tmp_path: Path) -> None:
    report = ingest(engine, write(tmp_path / "f.csv", "id,nom,type,effectif\n1,A,B,SCOP,3\n2,C,SCOP\n"), "actors")
    assert set(actors(engine)) == {"C"}
    assert "séparateur" in report.errors[0].reason


def test_a_mapping_file_names_columns_and_constants(engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "f.csv", "Qui,Quoi,nom\n7,Ferme du Bas,pas celui-ci\n")
    mapping = write(
        tmp_path / "m.toml",
        """
        [columns]
        "Qui" = "source_id"
        "Quoi" = "name"
        [constants]
        source = "annuaire"
        kind = "SCOP"
        """,
    )
    report = ingest(engine, path, "actors", mapping=mapping)
    found = actors(engine)["Ferme du Bas"]
    assert (found.source, found.source_id, found.kind) == ("annuaire", "7", "scop")
    assert report.notes == ["Colonne « nom » non lue : « Quoi » donne déjà le même renseignement."]
    with pytest.raises(SourceError, match="Absente"):
        ingest(engine, path, "actors", mapping=write(tmp_path / "m.toml", '[columns]\n"Absente" = "name"\n'))
    with pytest.raises(SourceError, match="champ inconnu"):
        ingest(engine, path, "actors", mapping=write(tmp_path / "m.toml", '[columns]\n"Qui" = "couleur"\n'))


def test_a_kind_told_by_the_legal_category_never_changes_a_declared_one(engine: Engine, tmp_path: Path) -> None:
    legal = write(tmp_path / "l.csv", f"siret,nom,categorie_juridique\n{SIRET},A,9220\n")
    ingest(engine, legal, "actors")
    assert actors(engine)["A"].kind == "association"
    ingest(engine, write(tmp_path / "k.csv", f"siret,nom,type\n{SIRET},A,ACI\n"), "actors")
    assert counts(ingest(engine, legal, "actors")) == (0, 0, 1, 0)
    assert actors(engine)["A"].kind == "aci"


def test_closed_establishments_are_left_aside_and_told(engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "f.csv", "id,nom,type,etatAdministratifEtablissement\n1,A,SCOP,A\n2,B,SCOP,F\n")
    report = ingest(engine, path, "actors")
    assert (set(actors(engine)), report.closed) == ({"A"}, 1)
    assert report.notes == ["Établissements fermés, laissés de côté : 1 (lignes 3)."]


def test_who_carries_whom_is_found_by_identifier_or_siret_and_told_when_it_is_not(
    engine: Engine, tmp_path: Path
) -> None:
    head = "id,nom,type,siret,membre_de\n"
    carriers = write(tmp_path / "a.csv", f"{head}r,Réseau,réseau,,\nc,CAE,CAE,{SIRET},\n")
    ingest(engine, carriers, "actors", source="annuaire")
    path = write(tmp_path / "b.csv", f"{head}m,Membre,société,,r | {SIRET} | nulle-part\n")
    report = ingest(engine, path, "actors", source="annuaire")
    assert members(engine) == {("Réseau", "Membre"), ("CAE", "Membre")}
    assert report.warnings == ["Ligne 2 : membre de « nulle-part », introuvable ; l’acteur est gardé, sans ce lien."]
    assert counts(ingest(engine, path, "actors", source="annuaire")) == (0, 0, 1, 0)
    # A link that goes is a change: whoever watches the actors must see it.
    path = write(tmp_path / "b.csv", f"{head}m,Membre,société,,r\n")
    assert counts(ingest(engine, path, "actors", source="annuaire")) == (0, 1, 0, 0)
    assert members(engine) == {("Réseau", "Membre")}


@pytest.mark.usefixtures("places")
def test_places_are_checked_and_completed(engine: Engine, tmp_path: Path) -> None:
    path = write(
        tmp_path / "f.csv",
        """
        id,nom,type,commune_insee,commune,code_postal,departement
        1,Ok,SCOP,26362,,,
        2,Ancienne,SCOP,26999,,,
        3,Ailleurs,SCOP,75056,,,
        4,Nom,SCOP,,VALENCE CEDEX 9,26009,
        5,Homonyme,SCOP,,St Jean,,07
        6,Vague,SCOP,,Saint-Jean,,
        7,Fausse,SCOP,26998,,,
        8,Mauvais dept,SCOP,26362,,,07
        9,Large,SCOP,,Ardèche,,07
        """,
    )
    report = ingest(engine, path, "actors")
    found = {name: (one.commune_code, one.department) for name, one in actors(engine).items()}
    assert found == {
        "Ok": ("26362", "26"), "Ancienne": ("26362", "26"), "Ailleurs": ("75056", "75"), "Nom": ("26362", "26"),
        "Homonyme": ("07001", "07"), "Vague": (None, None), "Large": (None, "07"),
        # What is wrong is left out, and told.
        "Fausse": (None, None), "Mauvais dept": ("26362", "26"),
    }  # fmt: skip
    assert [warning.partition(" : ")[0] for warning in report.warnings] == [
        "Ligne 8, commune_insee « 26998 »",
        "Ligne 9, departement « 07 »",
    ]


def test_without_a_table_of_places_codes_are_taken_as_they_are(engine: Engine, tmp_path: Path) -> None:
    ingest(engine, write(tmp_path / "f.csv", "id,nom,type,commune_insee\n1,A,SCOP,7186\n"), "actors")
    assert (actors(engine)["A"].commune_code, actors(engine)["A"].department) == ("07186", "07")


LOTS = """
    id,titre,acheteur,cpv,montant,date_limite,reserve,clause_sociale,origine,lot_numero,lot_titre,lot_cpv,lot_montant,lot_reserve
    m1,Entretien,Ville,77310000-6,90000,15/12/2026,,oui,appel d'offres,1,Tonte,77311000,40 k€,
    m2,Bois,Ville,,,2026-12-20,EA/ESAT | SIAE,non,sous-traitance,,,,,
    m1,Entretien,Ville,77310000-6,90000,15/12/2026,,oui,appel d'offres,2,Élagage,,50000,SIAE
"""


def test_rows_of_one_opportunity_are_its_lots_even_apart(engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "f.csv", LOTS)
    assert counts(ingest(engine, path, "opportunities", shift_days=1)) == (2, 0, 0, 0)
    assert lots(engine) == {"1": ("Tonte", 40_000), "2": ("Élagage", 50_000)}
    with reading(engine) as session:
        by_title = {one.title: one for one in stored.all_opportunities(session)}
    assert by_title["Entretien"].deadline == date(2026, 12, 16)
    assert (by_title["Bois"].reserved, by_title["Bois"].origin) == (["ea_esat", "siae"], "subcontract")
    assert counts(ingest(engine, path, "opportunities", shift_days=1)) == (0, 0, 2, 0)


def test_lots_without_their_columns_are_kept_and_without_their_rows_go(engine: Engine, tmp_path: Path) -> None:
    ingest(engine, write(tmp_path / "f.csv", LOTS), "opportunities")
    report = ingest(engine, write(tmp_path / "f.csv", "id,titre\nm1,Entretien bis\n"), "opportunities")
    assert counts(report) == (0, 1, 0, 0)
    assert set(lots(engine)) == {"1", "2"}
    with writing(engine) as session:
        ingest_actor = Actor(id="a", natural_key="k", content_hash="", source="s", name="A", kind="scop")
        session.add(ingest_actor)
        session.flush()
        lot = next(lot for lot in stored.all_lots(session) if lot.number == "2")
        own = {"opportunity_id": lot.opportunity_id, "lot_id": lot.id}
        session.execute(insert(Suggestion), [{"id": "s", "actor_id": "a", "subject": f"lot:{lot.id}", **own}])
    path = write(tmp_path / "f.csv", "id,titre,lot_numero,lot_titre\nm1,Entretien bis,1,Tonte\n")
    assert counts(ingest(engine, path, "opportunities")) == (0, 1, 0, 0)
    # The lot's amount has no column here: it stays.
    assert lots(engine) == {"1": ("Tonte", 40_000)}
    with reading(engine) as session:
        assert session.exec(select(Suggestion)).one().lot_id is None


def test_a_refused_lot_refuses_its_whole_opportunity(engine: Engine, tmp_path: Path) -> None:
    """With a lot less it would be another tender; and the refused file can be corrected and sent back as it is."""
    path = write(
        tmp_path / "f.csv",
        """
        id,titre,lot_numero,lot_titre,lot_reserve
        m1,T,1,Un,licorne
        m1,T,2,Deux,
        m2,U,1,Un,
        m2,U,1,Encore,
        m3,V,1,,
        """,
    )
    report = ingest(engine, path, "opportunities")
    assert counts(report) == (0, 0, 0, 5)
    told = {(error.row, error.column): error.reason for error in report.errors}
    assert told[2, "lot_reserve"].startswith("valeur inconnue : attendu ea/esat")
    assert told[3, ""] == "une autre ligne de la même opportunité est refusée (ligne 2)"
    assert told[5, "lot_numero"] == "lot en double : déjà donné à la ligne 4"
    assert told[6, "lot_titre"] == "obligatoire : la valeur manque"


TAKEOVERS = """
    id,titre,teaser,cause,effectif,chiffre_affaires,prix_min,prix_max,date_cession,confidentiel,cedant_siren
    r1,Menuiserie Bois Clair,Menuiserie de 6 salariés,retraite,6,430 k€,100000,150000,2027-06-30,,
    r2,Garage,Garage rural,défaillance,3,,200,100,,non,
    r3,Imprimerie,Imprimerie,autre,4,,,,,non,
"""


def test_takeover_cases_are_known_by_their_columns_and_confidential_unless_said(engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "f.csv", TAKEOVERS)
    report = ingest(engine, path, "opportunities")
    assert counts(report) == (2, 0, 0, 1)
    assert report.errors == [(3, "", "", "le prix minimal dépasse le prix maximal")]
    with reading(engine) as session:
        found = {one.title: one for one in stored.all_opportunities(session)}
        case = queries.takeover_case_of(session, found["Menuiserie Bois Clair"].id)
    assert case is not None
    assert (case.cause, case.headcount, case.turnover_eur) == ("retirement", 6, 430_000)
    assert (case.price_max_eur, case.transfer_on) == (150_000, date(2027, 6, 30))
    assert {title: (one.kind, one.confidential) for title, one in found.items()} == {
        "Menuiserie Bois Clair": ("takeover", True),
        "Imprimerie": ("takeover", False),
    }
    assert counts(ingest(engine, path, "opportunities")) == (0, 0, 2, 1)


def test_a_market_that_becomes_a_takeover_case_becomes_confidential(engine: Engine, tmp_path: Path) -> None:
    ingest(engine, write(tmp_path / "f.csv", "id,titre,type\n1,T,débouché\n"), "opportunities")
    ingest(engine, write(tmp_path / "f.csv", "id,titre,type\n1,T,reprise\n"), "opportunities")
    with reading(engine) as session:
        assert stored.all_opportunities(session)[0].confidential
        assert len(stored.all_takeover_cases(session)) == 1


def test_opportunities_without_an_identifier_get_one_that_lasts(engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "f.csv", "objet,acheteur,date limite\nTonte,Ville,2026-12-01\nTaille,Ville,2026-12-01\n")
    report = ingest(engine, path, "opportunities")
    assert "identifiant" in report.notes[0]
    later = write(tmp_path / "f.csv", "objet,acheteur,date limite\nTonte,Ville,2026-12-09\nTaille,Ville,2026-12-01\n")
    assert counts(ingest(engine, later, "opportunities")) == (0, 1, 1, 0)


def test_a_dry_run_tells_everything_and_keeps_nothing(engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "f.csv", ACTORS)
    report = ingest(engine, path, "actors", dry_run=True)
    assert (counts(report), report.dry_run) == ((4, 0, 0, 0), True)
    assert actors(engine) == {}


def test_a_dry_run_tells_what_the_import_then_does_and_waits_for_no_writer(engine: Engine, tmp_path: Path) -> None:
    ingest(engine, write(tmp_path / "m.csv", LOTS), "opportunities")
    changed = write(tmp_path / "m (2).csv", LOTS.replace("40 k€", "41 k€") + "    m9,Neuf,,,,,,,,,,,,\n")
    with writing(engine):
        announced = counts(ingest(open_database(str(engine.url)), changed, "opportunities", dry_run=True))
    assert announced == counts(ingest(engine, changed, "opportunities")) == (1, 1, 1, 0)


def test_an_interruption_leaves_nothing(engine: Engine, tmp_path: Path) -> None:
    def interrupt(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("INSERT INTO memberships"):
            raise KeyboardInterrupt

    # The actors are inserted by then.
    event.listen(engine, "before_cursor_execute", interrupt)
    with pytest.raises(KeyboardInterrupt):
        ingest(engine, write(tmp_path / "f.csv", ACTORS), "actors")
    assert actors(engine) == {}


def test_a_process_killed_in_the_middle_leaves_nothing(engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "f.csv", ACTORS + "    a5,Mauvais,licorne,,,,,,,,,,,,,,\n")
    program = f"""
        import os, signal
        from pathlib import Path
        from sqlalchemy import event
        from api.imports.importing import ingest
        from models.database import open_database
        def kill(_connection, _cursor, statement, *_rest):
            if statement.startswith("INSERT INTO memberships"):
                os.kill(os.getpid(), signal.SIGKILL)
        engine = open_database("{engine.url}")
        event.listen(engine, "before_cursor_execute", kill)
        ingest(engine, Path("{path}"), "actors")
    """
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], cwd=root, env={**os.environ, "PYTHONPATH": "."}, check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert actors(engine) == {}
    assert not (tmp_path / "f.refuses.csv").exists()
    assert counts(ingest(engine, path, "actors")) == (4, 0, 0, 1)


def test_progress_is_told_to_the_end(engine: Engine, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    ingest(engine, write(tmp_path / "f.csv", ACTORS), "actors", progress=lambda done, all: told.append((done, all)))
    assert told[-1] == (4, 4)


def test_identifiers_are_those_of_the_numbers(engine: Engine, tmp_path: Path) -> None:
    ingest(engine, write(tmp_path / "f.csv", "id,nom,type\n1,A,SCOP\n"), "actors", source="demo")
    assert actors(engine)["A"].id == identifier("actors", "demo:1")


@pytest.mark.skipif(not LOCAL.is_dir(), reason="the local files are not beside the project")
@pytest.mark.parametrize(
    ("name", "kind", "created", "refused", "source"),
    [
        ("sirene_26_07.csv", "actors", 211, 0, "sirene"),
        ("siae_26_07.csv", "actors", 48, 0, "siae"),
        ("marches_2018_2020_26_07.csv", "opportunities", 154, 0, "decp"),
        ("marches_2022_2026_26_07.csv", "opportunities", 106, 1, "marches_publics"),
    ],
)
def test_local_files_are_read_as_they_are(
    engine: Engine, tmp_path: Path, name: str, kind: Any, created: int, refused: int, source: str
) -> None:
    path = LOCAL / name
    report = ingest(engine, path, kind, refused_path=tmp_path / "refused.csv")
    assert counts(report) == (created, 0, 0, refused)
    with reading(engine) as session:
        rows = stored.all_actors(session) if kind == "actors" else stored.all_opportunities(session)
    assert {row.source for row in rows} == {source}
    assert counts(ingest(engine, path, kind, refused_path=tmp_path / "refused.csv")) == (0, 0, created, refused)


def test_refusals_that_cannot_be_written_do_not_undo_what_is_in(engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "f.csv", "id,nom,type\n1,A,SCOP\n2,B,licorne\n")
    report = ingest(engine, path, "actors", refused_path=tmp_path / "absent" / "r.csv")
    assert (set(actors(engine)), report.refused_path) == ({"A"}, None)
    assert "n’ont pas pu être écrites" in report.notes[-1]


FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.mark.skipif(not (FIXTURES / "actors.csv").exists(), reason="the invented world is not there")
def test_the_invented_world_is_read_whole(engine: Engine) -> None:
    for name, kind in (("actors", "actors"), ("openings", "opportunities"), ("takeovers", "opportunities")):
        report = ingest(engine, FIXTURES / f"{name}.csv", kind, source="demo")  # type: ignore[arg-type]
        assert (report.refused, report.errors, report.warnings) == (0, [], [])
        assert report.created > 20


def test_an_opportunity_of_too_many_lots_is_refused_in_clear_words(engine: Engine, tmp_path: Path) -> None:
    """All its rows are, and the others of the file are taken."""
    rows = [f"m1;Entretien;{number};Lot {number}" for number in range(1, 202)] + ["m2;Tonte;1;Un seul lot"]
    path = write(tmp_path / "lots.csv", "\n".join(["id;titre;lot;intitulé du lot", *rows]))
    report = ingest(engine, path, "opportunities")
    assert (report.created, report.refused) == (1, 201)
    assert "trop de lots pour une opportunité : liste trop longue : 200 au plus" in report.errors[0].reason


def test_a_published_table_of_contracts_won_is_refused_whole_whatever_a_mapping_says(
    engine: Engine, tmp_path: Path
) -> None:
    """They are no opportunities that are open; the message says by which way they come in."""
    table = contract(considerationsSociales="", type="")
    path, mapping = tmp_path / "decp.csv", tmp_path / "map.toml"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(table))
        writer.writeheader()
        writer.writerow(table)
    mapping.write_text('[columns]\nconsiderationsSociales = ""\n', "utf-8")
    for chosen in (None, mapping):
        with pytest.raises(SourceError, match=r"marchés attribués.*sync decp"):
            ingest(engine, path, "opportunities", mapping=chosen)
