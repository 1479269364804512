"""A phone book’s contacts arrive with its rows, once; what a person wrote stays; an undoing takes them away."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from api.contacts.records import change_contact
from api.contacts.schemas import ContactIn
from api.imports.history import KEPT, recent_imports
from api.imports.importing import ingest
from api.imports.report import ImportReport
from api.imports.undoing import Undoing, undo_import
from models.base import utc_now
from models.database import reading, writing
from models.tables import Actor, Contact, Opportunity

HEAD = "id;nom;type;Contact;Fonction;Téléphone;Portable;Courriel\n"
ROCHE = "1;Les Toits;scop;Anne Roche;gérante;04 65 71 00 01;06 39 98 00 01;Roche@Example.org\n"
SERRE = "2;Les Haies;scop;;;465710002;;à demander\n"


def bring_in(engine: Engine, path: Path, text: str, kind: str = "actors", *, dry_run: bool = False) -> ImportReport:
    path.write_text(text, "utf-8")
    return ingest(engine, path, kind, dry_run=dry_run)  # type: ignore[arg-type]


def stored(engine: Engine) -> list[tuple[str, ...]]:
    with reading(engine) as session:
        question = select(Actor.name, Contact).join(Contact, col(Contact.actor_id) == Actor.id)
        return sorted((name, one.name, one.role, one.phone, one.email) for name, one in session.exec(question).all())


def undo_last(engine: Engine) -> Undoing:
    with writing(engine) as session:
        newest = recent_imports(session, utc_now() - KEPT, 1)[0]
        return undo_import(session, newest.id, reason="", by="test", now=utc_now())


BOTH = [
    ("Les Haies", "", "", "+33465710002", ""),
    ("Les Toits", "Anne Roche", "gérante", "+33465710001", "roche@example.org"),
    ("Les Toits", "Anne Roche", "gérante", "+33639980001", ""),
]


def test_the_contacts_of_a_phone_book_arrive_with_its_rows_and_a_cell_that_holds_none_is_said(
    engine: Engine, tmp_path: Path
) -> None:
    planned = bring_in(engine, tmp_path / "annuaire.csv", HEAD + ROCHE + SERRE, dry_run=True)
    assert stored(engine) == []
    report = bring_in(engine, tmp_path / "annuaire.csv", HEAD + ROCHE + SERRE)
    assert stored(engine) == BOTH
    assert planned.contacts == report.contacts == 3
    assert (report.created, report.refused) == (2, 0)
    assert [warning for warning in report.warnings if "Ligne 3" in warning and "Courriel" in warning]
    with reading(engine) as session:
        contact = session.exec(select(Contact)).first()
        assert contact
        assert "annuaire.csv" in contact.source
        assert contact.lawful_basis == "legitimate_interest"


def test_the_same_file_again_changes_nothing_and_a_corrected_one_corrects(engine: Engine, tmp_path: Path) -> None:
    bring_in(engine, tmp_path / "a.csv", HEAD + ROCHE + SERRE)
    assert bring_in(engine, tmp_path / "a.csv", HEAD + ROCHE + SERRE).contacts == 0
    assert stored(engine) == BOTH
    corrected = ROCHE.replace("Roche@Example.org", "anne@example.org").replace("gérante", "présidente")
    assert bring_in(engine, tmp_path / "a.csv", HEAD + corrected + SERRE).contacts == 2
    assert stored(engine)[1:] == [
        ("Les Toits", "Anne Roche", "présidente", "+33465710001", "anne@example.org"),
        ("Les Toits", "Anne Roche", "présidente", "+33639980001", ""),
    ]


def test_what_a_person_corrected_no_file_overwrites_nor_doubles(engine: Engine, tmp_path: Path) -> None:
    row = "1;Les Toits;scop;Anne Roche;gérante;04 65 71 00 01;;\n"
    bring_in(engine, tmp_path / "a.csv", HEAD + row)
    with writing(engine) as session:
        contact = session.exec(select(Contact)).one()
        mine = ContactIn(
            name="Anne Roche", phone="04 65 71 00 99", source="un appel", retained_until=contact.retained_until
        )
        change_contact(session, contact.id, mine, by="test", now=utc_now())
    bring_in(engine, tmp_path / "a.csv", HEAD + row.replace(";;\n", ";;roche@example.org\n"))
    # Its blanks alone are filled.
    assert stored(engine) == [("Les Toits", "Anne Roche", "gérante", "+33465710099", "roche@example.org")]


def test_an_undone_import_takes_its_contacts_and_leaves_those_that_a_person_wrote(
    engine: Engine, tmp_path: Path
) -> None:
    bring_in(engine, tmp_path / "a.csv", HEAD + ROCHE + SERRE)
    with writing(engine) as session:
        contact = session.exec(select(Contact).where(Contact.phone == "+33465710002")).one()
        mine = ContactIn(
            name="M. Serre", phone="04 65 71 00 02", source="un appel", retained_until=contact.retained_until
        )
        change_contact(session, contact.id, mine, by="test", now=utc_now())
    result = undo_last(engine)
    assert (result.deleted, result.contacts, [row.name for row in result.left]) == (1, 2, ["Les Haies"])
    assert stored(engine) == [("Les Haies", "M. Serre", "", "+33465710002", "")]


def test_contacts_alone_are_an_import_that_can_be_undone(engine: Engine, tmp_path: Path) -> None:
    plain = "id;nom;type\n1;Les Toits;scop\n"
    bring_in(engine, tmp_path / "a.csv", plain)
    report = bring_in(engine, tmp_path / "a.csv", "id;nom;type;tél\n1;Les Toits;scop;0465710001\n")
    assert (report.created, report.changed, report.contacts) == (0, 0, 1)
    assert undo_last(engine).contacts == 1
    assert stored(engine) == []


@pytest.mark.parametrize("head", ["Tél.", "TELEPHONE", "N° de téléphone", "Téléphone fixe", "tel", "Phone number"])
def test_a_column_of_numbers_is_known_by_its_usual_names(engine: Engine, tmp_path: Path, head: str) -> None:
    bring_in(engine, tmp_path / "a.csv", f"id;nom;type;{head}\n1;Les Toits;scop;04.65.71.00.01 (Mme Roche)\n")
    assert stored(engine) == [("Les Toits", "", "", "+33465710001", "")]


def test_the_contacts_of_lots_are_those_of_their_opening_once(engine: Engine, tmp_path: Path) -> None:
    text = "id;titre;lot_numero;lot_titre;contact;mail\n"
    text += "".join(f"1;Entretien;{lot};Tonte {lot};Mme Roche;roche@example.org\n" for lot in (1, 2))
    assert bring_in(engine, tmp_path / "m.csv", text, "opportunities").contacts == 1
    with reading(engine) as session:
        contact = session.exec(select(Contact)).one()
        assert contact.opportunity_id == session.exec(select(Opportunity.id)).one()
        assert (contact.name, contact.email) == ("Mme Roche", "roche@example.org")


def test_a_refused_row_brings_no_contact(engine: Engine, tmp_path: Path) -> None:
    report = bring_in(engine, tmp_path / "a.csv", HEAD + ROCHE + "3;;scop;M. Nul;;04 65 71 00 03;;\n")
    assert (report.refused, report.contacts) == (1, 2)
    assert [name for name, *_ in stored(engine)] == ["Les Toits", "Les Toits"]
