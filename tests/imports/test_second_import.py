"""A second file changes what it speaks of, whatever its numbers are: no other thing, and nobody's confidentiality."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from api.catalogue import record_changes
from api.catalogue.queries import opportunity_by_id
from api.catalogue.schemas import RecordKind
from api.core.errors import ConflictError
from api.imports.importing import ingest
from api.imports.report import ImportReport
from api.imports.source_names import source_of_file
from models.base import table_of
from models.database import open_database, reading
from models.tables import Actor, DuplicateProposal, Membership, Opportunity
from tests.support import stored
from tests.support.databases import copy_database, url_of

HEAD = "id,titre,cause,description\n"
TAKEOVERS = HEAD + "".join(f"{n},Atelier {n},retraite,Note {n}\n" for n in range(1, 6))
MARKETS = "id,titre,type,acheteur\n" + "".join(f"{n},Tonte {n},débouché,Ville\n" for n in range(1, 6))


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.created, report.changed, report.unchanged, report.refused


def opportunities(engine: Engine) -> dict[str, Opportunity]:
    with reading(engine) as session:
        return {row.title: row for row in stored.all_opportunities(session)}


@pytest.mark.parametrize("source", [None, "saisie"])
def test_markets_that_bear_the_numbers_of_takeover_cases_are_other_things(
    engine: Engine, tmp_path: Path, source: str | None
) -> None:
    """Their numbers alone were the keys: the second file deleted the cases and published them."""
    ingest(engine, write(tmp_path / "reprises.csv", TAKEOVERS), "opportunities", source=source)
    before = opportunities(engine)
    report = ingest(engine, write(tmp_path / "marches.csv", MARKETS), "opportunities", source=source)
    after = opportunities(engine)
    assert counts(report) == (5, 0, 0, 0)
    assert {title: after[title].model_dump() for title in before} == {
        title: row.model_dump() for title, row in before.items()
    }
    assert all(after[title].confidential for title in before)
    assert len({row.id for row in after.values()}) == 10
    assert [(one.source, one.count) for one in report.collisions] == [(source or "reprises", 5)]


@pytest.mark.parametrize("name", ["reprises (1).csv", "Reprises - copie.csv", "cédants.csv", "r.csv"])
def test_the_same_rows_under_another_name_change_nothing(engine: Engine, tmp_path: Path, name: str) -> None:
    ingest(engine, write(tmp_path / "reprises.csv", TAKEOVERS), "opportunities")
    before = opportunities(engine)
    report = ingest(engine, write(tmp_path / name, TAKEOVERS), "opportunities")
    assert counts(report) == (0, 0, 5, 0)
    assert {title: row.updated_at for title, row in opportunities(engine).items()} == {
        title: row.updated_at for title, row in before.items()
    }


def test_under_another_name_members_keep_their_carriers(engine: Engine, tmp_path: Path) -> None:
    """The carrier has no SIRET and is known by its number under the first name: its members lost it."""
    text = "id,nom,type,siret,membre_de\nc1,Le Réseau,réseau,,\nm1,Le Membre,scop,00000000000000,c1\n"
    ingest(engine, write(tmp_path / "acteurs.csv", text), "actors")
    report = ingest(engine, write(tmp_path / "acteurs 2027.csv", text), "actors")
    assert (counts(report), report.warnings) == ((0, 0, 2, 0), [])
    with reading(engine) as session:
        assert len(session.exec(select(Membership)).all()) == 1


def test_rows_that_changed_under_another_name_are_proposed_as_duplicates(engine: Engine, tmp_path: Path) -> None:
    ingest(engine, write(tmp_path / "reprises.csv", TAKEOVERS), "opportunities")
    changed = TAKEOVERS.replace("Note 2", "Note bis")
    report = ingest(engine, write(tmp_path / "cedants.csv", changed), "opportunities")
    assert (counts(report), report.present, report.proposed) == ((1, 0, 4, 0), 4, 1)
    with reading(engine) as session:
        proposal = session.exec(select(DuplicateProposal)).one()
        rows = [
            opportunity_by_id(session, row_id, confidential=True) for row_id in (proposal.first_id, proposal.second_id)
        ]
    assert {(row.source, row.source_id, row.title) for row in rows if row} == {
        ("reprises", "2", "Atelier 2"),
        ("cedants", "2", "Atelier 2"),
    }
    again = ingest(engine, write(tmp_path / "cedants.csv", changed), "opportunities")
    assert counts(again) == (0, 0, 5, 0)


@pytest.mark.parametrize("name", ["reprises.csv", "autre.csv"])
@pytest.mark.parametrize(
    ("text", "column"),
    [
        (TAKEOVERS.replace("\n", ",non\n").replace(",description,non", ",description,confidentiel"), "confidentiel"),
        ("id,titre,type\n" + "".join(f"{n},Atelier {n},débouché\n" for n in range(1, 6)), "type"),
    ],
    ids=["said public", "said to be a market"],
)
def test_no_file_publishes_a_confidential_row(
    engine: Engine, tmp_path: Path, name: str, text: str, column: str
) -> None:
    ingest(engine, write(tmp_path / "reprises.csv", TAKEOVERS), "opportunities")
    before = {title: row.model_dump() for title, row in opportunities(engine).items()}
    report = ingest(engine, write(tmp_path / name, text), "opportunities")
    assert counts(report) == (0, 0, 0, 5)
    assert {title: row.model_dump() for title, row in opportunities(engine).items()} == before
    assert {(error.row, error.column) for error in report.errors} >= {(n, column) for n in range(2, 7)}
    assert all("confidentielle" in error.reason for error in report.errors)
    assert report.refused_path is not None
    assert "Atelier 3" in report.refused_path.read_text("utf-8")


def test_rows_of_no_kind_are_those_that_bear_their_number_in_the_same_source(engine: Engine, tmp_path: Path) -> None:
    """A file of names and notes alone would be read as new markets: with the names of the cases."""
    ingest(engine, write(tmp_path / "reprises.csv", TAKEOVERS), "opportunities")
    text = "id,titre,description\n1,Atelier Un,Note\n2,Atelier 2,Note 2\n"
    assert counts(ingest(engine, write(tmp_path / "reprises.csv", text), "opportunities")) == (0, 1, 1, 0)
    row = opportunities(engine)["Atelier Un"]
    assert (row.kind, row.confidential, row.natural_key) == ("takeover", True, "takeover:reprises:1")
    assert counts(ingest(engine, write(tmp_path / "autre.csv", text), "opportunities")) == (0, 0, 2, 0)
    changed = ingest(engine, write(tmp_path / "autre.csv", text.replace("Note\n", "Autre\n")), "opportunities")
    assert counts(changed) == (0, 0, 1, 1)


def test_another_list_taken_for_the_continuation_of_confidential_cases_is_seen_beforehand(
    engine: Engine, tmp_path: Path
) -> None:
    ingest(engine, write(tmp_path / "reprises.csv", TAKEOVERS), "opportunities")
    markets = write(tmp_path / "marches.csv", "id,titre,acheteur\n1,Tonte,Ville\n2,Atelier 2,Ville\n")
    report = ingest(engine, markets, "opportunities", source="reprises", dry_run=True)
    assert report.changed == 2
    assert report.notes[0].startswith("1\N{NO-BREAK SPACE}fiche confidentielle change de titre")


def test_no_edit_by_hand_publishes_a_confidential_row(engine: Engine, tmp_path: Path) -> None:
    ingest(engine, write(tmp_path / "reprises.csv", TAKEOVERS), "opportunities")
    row = opportunities(engine)["Atelier 1"]
    for changes in ({"confidential": False}, {"kind": "market"}, {"kind": "market", "confidential": True}):
        with pytest.raises(ConflictError, match="confidentielle"):
            record_changes.change_opportunity(engine, row.id, dict(changes))
    assert opportunities(engine)["Atelier 1"].model_dump() == row.model_dump()


def test_raising_is_free_and_changes_the_key_but_not_the_id(engine: Engine, tmp_path: Path) -> None:
    ingest(engine, write(tmp_path / "marches.csv", MARKETS), "opportunities")
    row = opportunities(engine)["Tonte 1"]
    record_changes.change_opportunity(engine, row.id, {"kind": "takeover"})
    raised = opportunities(engine)["Tonte 1"]
    assert (raised.id, raised.confidential, raised.natural_key) == (row.id, True, "takeover:marches:1")
    # The file still calls it a market: that is refused, and a new market may have its number.
    report = ingest(engine, write(tmp_path / "marches.csv", MARKETS), "opportunities")
    assert counts(report) == (0, 0, 4, 1)
    other = ingest(engine, write(tmp_path / "marches.csv", MARKETS.replace("Tonte 1", "Élagage")), "opportunities")
    assert counts(other) == (1, 0, 4, 0)
    assert opportunities(engine)["Élagage"].id != row.id


def test_a_confidential_actor_stays_so(engine: Engine, tmp_path: Path) -> None:
    """By whatever name its file has, and whatever it becomes."""
    ingest(engine, write(tmp_path / "groupes.csv", "id,nom,type\n1,Les Repreneurs,groupe de salariés\n"), "actors")
    with reading(engine) as session:
        (group,) = stored.all_actors(session)
    assert group.confidential
    scop = "id,nom,type\n1,Les Repreneurs,SCOP\n"
    for name in ("groupes.csv", "acteurs.csv"):
        assert counts(ingest(engine, write(tmp_path / name, scop), "actors")) == (0, 0, 0, 1)
    other = ingest(engine, write(tmp_path / "acteurs.csv", "id,nom,type\n1,Les Jardins,SCOP\n"), "actors")
    assert counts(other) == (1, 0, 0, 0)
    for changes in ({"kind": "scop"}, {"confidential": False}, {"kind": "scop", "confidential": True}):
        with pytest.raises(ConflictError, match="confidentielle"):
            record_changes.change_actor(engine, group.id, dict(changes))


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("reprises.csv", "reprises"),
        ("/dossier/Reprises (1).xlsx", "reprises"),
        ("C:\\Bureau\\reprises - copie (2).ods", "reprises"),
        ("reprises_v2.csv", "reprises"),
        ("reprises.refuses.csv", "reprises"),
        ("Marchés 2026.csv", "marches_2026"),
        ("1.csv", "fichier_1"),
        ("saisie.csv", "fichier_saisie"),
        ("boamp.csv", "fichier_boamp"),
        (".csv", "csv"),
        ("x" * 500 + ".csv", "x" * 60),
    ],
)
def test_the_source_is_the_files_name_without_what_is_added_to_it(name: str, source: str) -> None:
    assert source_of_file(name) == source


TOLD = "id,titre,accroche,cause,description\n1,Atelier 1,Menuiserie,retraite,Note\n"


def told(engine: Engine) -> list[tuple[str, str | None]]:
    return sorted((row.title, row.teaser) for row in opportunities(engine).values())


@pytest.mark.parametrize("name", ["reprises.csv", "autres.csv"])
def test_no_file_tells_again_of_a_case_whose_teaser_was_withdrawn(engine: Engine, tmp_path: Path, name: str) -> None:
    """What was agreed about it would count again too: its name would be open to whoever had seen it."""
    ingest(engine, write(tmp_path / "reprises.csv", TOLD), "opportunities")
    [row] = opportunities(engine).values()
    record_changes.change_opportunity(engine, row.id, {"teaser": None})
    report = ingest(engine, write(tmp_path / name, TOLD), "opportunities")
    assert told(engine) == [("Atelier 1", None)]
    assert counts(report) == (0, 0, 0, 1)
    record_changes.change_opportunity(engine, row.id, {"teaser": "Menuiserie"})
    assert told(engine) == [("Atelier 1", "Menuiserie")]


@pytest.mark.parametrize("kind", ["opportunities", "actors"])
def test_no_public_id_tells_that_a_secret_row_bears_the_number(
    engine: Engine, tmp_path: Path, empty_database: Path, kind: RecordKind
) -> None:
    """Who reads a public row's source, number and id must not see from the id that the number was taken."""
    files = {
        "opportunities": (TAKEOVERS, MARKETS),
        "actors": ("id,nom,type\n1,Salariés,groupe de salariés\n", "id,nom,type\n1,Asso,association\n"),
    }
    secret, public = (write(tmp_path / f"{n}.csv", text) for n, text in enumerate(files[kind]))
    other = open_database(url_of(copy_database(empty_database, tmp_path / "other.db")))
    ingest(engine, secret, kind, source="saisie")
    for database in (engine, other):
        ingest(database, public, kind, source="saisie")
    table = table_of(Actor if kind == "actors" else Opportunity)
    ids = []
    for database in (engine, other):
        with reading(database) as session:
            ids.append(set(session.execute(select(table.c.id).where(~table.c.confidential)).scalars()))
    other.dispose()
    assert ids[0] == ids[1]
