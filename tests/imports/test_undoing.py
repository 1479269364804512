"""An import is undone whole; what somebody did since stays, and is named."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update
from sqlmodel import col

from api.audit import log
from api.catalogue import record_changes
from api.catalogue.confidentiality_acts import acts_about
from api.core.errors import ConflictError, InvalidError, NotFoundError
from api.imports.history import KEPT, recent_imports
from api.imports.importing import ingest
from api.imports.undoing import CHANGED_SINCE, IN_USE, WOULD_PUBLISH, Undoing, undo_import
from api.interactions.acting import Act, note_act
from api.interactions.kinds import InteractionKind
from models.base import table_of, utc_now
from models.database import reading, writing
from models.tables import (
    Actor,
    DuplicateProposal,
    FileImport,
    ImportedRow,
    Lot,
    Opportunity,
    Partner,
    Rating,
    Suggestion,
    TakeoverFile,
)
from tests.support.file_worlds import catalogue

HEAD = "id,titre,description,confidentiel\n"
REASON = "Importé par erreur dans le mauvais fichier"


def bring_in(engine: Engine, path: Path, text: str, kind: str = "opportunities") -> str:
    """Import a text; return the id of the import."""
    path.write_text(text, "utf-8")
    ingest(engine, path, kind)  # type: ignore[arg-type]
    with reading(engine) as session:
        return recent_imports(session, utc_now() - KEPT, 1)[0].id


def undo(engine: Engine, import_id: str, reason: str = "") -> Undoing:
    with writing(engine) as session:
        return undo_import(session, import_id, reason=reason, by="test", now=utc_now())


def ids(engine: Engine) -> dict[str, str]:
    with reading(engine) as session:
        table = table_of(Opportunity)
        return {row.title: row.id for row in session.execute(select(table.c.title, table.c.id))}


def test_lots_and_what_was_suggested_of_them_come_back(engine: Engine, tmp_path: Path) -> None:
    head = "id,titre,lot_numero,lot_titre\n"
    bring_in(engine, tmp_path / "m.csv", f"{head}1,Entretien,1,Tonte\n1,Entretien,2,Élagage\n")
    with writing(engine) as session:
        lot = session.execute(select(table_of(Lot)).where(col(Lot.number) == "2")).one()
        whole = {"id": "s", "subject": f"lot:{lot.id}", "opportunity_id": lot.opportunity_id, "lot_id": lot.id}
        session.add(Suggestion(**whole))
    before = catalogue(engine)
    second = bring_in(engine, tmp_path / "m.csv", f"{head}1,Autre,1,Bois\n1,Autre,3,Feuilles\n")
    assert catalogue(engine) != before
    assert undo(engine, second).counts() == {"restored": 1}
    assert catalogue(engine) == before
    with reading(engine) as session:
        assert session.get_one(Suggestion, "s").lot_id == lot.id


def test_what_somebody_changed_since_is_left_and_named(engine: Engine, tmp_path: Path) -> None:
    bring_in(engine, tmp_path / "m.csv", f"{HEAD}1,Un,,\n2,Deux,,\n")
    second = bring_in(engine, tmp_path / "m.csv", f"{HEAD}1,Un,a,\n2,Deux,b,\n3,Trois,,\n4,Quatre,,\n")
    rows = ids(engine)
    record_changes.change_opportunity(engine, rows["Deux"], {"amount_eur": 5})
    record_changes.change_opportunity(engine, rows["Quatre"], {"confidential": True})
    result = undo(engine, second)
    assert (result.restored, result.deleted) == (1, 1)
    assert {(row.name, row.why) for row in result.left} == {("Deux", CHANGED_SINCE), ("Quatre", CHANGED_SINCE)}
    assert set(ids(engine)) == {"Un", "Deux", "Quatre"}
    with pytest.raises(ConflictError):
        undo(engine, second)


def test_a_new_row_that_was_rated_stays_cancelled(engine: Engine, tmp_path: Path) -> None:
    """Whoever undoes an import wants its rows off the desk; what partners said about one is not lost."""
    first = bring_in(engine, tmp_path / "m.csv", f"{HEAD}1,Un,,\n2,Deux,,\n3,Trois,,\n")
    rows = ids(engine)
    with writing(engine) as session:
        session.add(Partner(id="p", email="p@exemple.invalid"))
        for title in ("Un", "Deux"):
            session.add(Suggestion(id=title, subject=f"opportunity:{rows[title]}", opportunity_id=rows[title]))
        session.flush()
        session.add(Rating(id="r", partner_id="p", suggestion_id="Un", interest=3))
    result = undo(engine, first)
    assert ([(row.name, row.why) for row in result.left], result.deleted) == ([("Un", IN_USE)], 2)
    with reading(engine) as session:
        assert session.get_one(Opportunity, rows["Un"]).status == "cancelled"
        assert session.execute(select(table_of(Suggestion).c.id)).scalars().all() == ["Un"]


def test_a_new_row_that_somebody_called_about_stays_cancelled(engine: Engine, tmp_path: Path) -> None:
    first = bring_in(engine, tmp_path / "m.csv", f"{HEAD}1,Un,,\n2,Deux,,\n")
    note_act(engine, Act(InteractionKind.CALL, opportunity_id=ids(engine)["Un"]), by="test", now=utc_now())
    result = undo(engine, first)
    assert ([(row.name, row.why) for row in result.left], result.deleted) == ([("Un", IN_USE)], 1)


def test_a_new_case_whose_takeover_was_moved_on_stays(engine: Engine, tmp_path: Path) -> None:
    first = bring_in(engine, tmp_path / "r.csv", "id,titre,type\n1,Un,reprise\n2,Deux,reprise\n")
    with writing(engine) as session:
        session.add(TakeoverFile(opportunity_id=ids(engine)["Un"], stage="mandate", version=1))
    result = undo(engine, first)
    assert ([(row.name, row.why) for row in result.left], result.deleted) == ([("Un", IN_USE)], 1)


def test_what_an_import_made_confidential_is_public_again_only_with_a_reason(engine: Engine, tmp_path: Path) -> None:
    bring_in(engine, tmp_path / "m.csv", f"{HEAD}1,Un,,\n")
    raised = bring_in(engine, tmp_path / "m.csv", f"{HEAD}1,Un,,oui\n")
    row_id = ids(engine)["Un"]
    result = undo(engine, raised)
    assert [(row.name, row.why) for row in result.left] == [("Un", WOULD_PUBLISH)]
    with reading(engine) as session:
        assert session.get_one(Opportunity, row_id).confidential
        assert acts_about(session, row_id) == []

    again = bring_in(engine, tmp_path / "n.csv", f"{HEAD}9,Neuf,,\n")
    second = bring_in(engine, tmp_path / "n.csv", f"{HEAD}9,Neuf,,oui\n")
    assert again != second
    with pytest.raises(InvalidError, match="pourquoi"):
        undo(engine, second, "court")
    assert undo(engine, second, REASON).counts() == {"restored": 1}
    with reading(engine) as session:
        (act,) = acts_about(session, ids(engine)["Neuf"])
        noted = [entry.action for entry in log.journal_page(session)]
        told = " ".join(entry.detail for entry in log.journal_page(session))
    assert (act.reason, act.decided_by, act.before["confidential"]) == (REASON, "test", True)
    assert {"file.undone", "confidentiality.lowered"} <= set(noted)
    assert REASON not in told


def test_members_come_back_and_carriers_that_the_import_made_go(engine: Engine, tmp_path: Path) -> None:
    head = "id,nom,type,membre_de\n"
    bring_in(engine, tmp_path / "a.csv", f"{head}m,Membre,scop,\n", "actors")
    before = catalogue(engine)
    second = bring_in(engine, tmp_path / "a.csv", f"{head}m,Membre,scop,r\nr,Réseau,réseau,\n", "actors")
    assert undo(engine, second).counts() == {"restored": 1, "deleted": 1}
    assert catalogue(engine) == before


def test_a_carrier_stays_where_its_member_does(engine: Engine, tmp_path: Path) -> None:
    head = "id,nom,type,membre_de\n"
    first = bring_in(engine, tmp_path / "a.csv", f"{head}m,Membre,scop,r\nr,Réseau,réseau,\n", "actors")
    with writing(engine) as session:
        session.execute(update(table_of(Actor)).where(col(Actor.name) == "Membre").values(content_hash="x"))
    result = undo(engine, first)
    assert {(row.name, row.why) for row in result.left} == {("Membre", CHANGED_SINCE), ("Réseau", IN_USE)}


def test_proposed_duplicates_of_rows_that_go_go_with_them(engine: Engine, tmp_path: Path) -> None:
    bring_in(engine, tmp_path / "a.csv", f"{HEAD}1,Tonte des abords,,\n")
    second = bring_in(engine, tmp_path / "b.csv", f"{HEAD}1,Tonte des abords,changée,\n")
    with reading(engine) as session:
        assert len(session.execute(select(table_of(DuplicateProposal))).all()) == 1
    undo(engine, second)
    with reading(engine) as session:
        assert session.execute(select(table_of(DuplicateProposal))).all() == []


def test_what_rows_were_is_forgotten_after_a_season(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"{HEAD}1,Un,,\n", "utf-8")
    ingest(engine, tmp_path / "a.csv", "opportunities", now=lambda: utc_now() - KEPT)
    with reading(engine) as session:
        (old,) = recent_imports(session, utc_now() - 2 * KEPT, 9)
    bring_in(engine, tmp_path / "b.csv", f"{HEAD}7,Sept,,\n")
    with pytest.raises(NotFoundError):
        undo(engine, old.id)
    with reading(engine) as session:
        assert len(session.execute(select(table_of(ImportedRow))).all()) == 1


def test_a_case_that_the_import_told_of_no_more_is_told_of_again_for_a_reason_alone(
    engine: Engine, tmp_path: Path
) -> None:
    head = "id,titre,accroche,cause\n"
    bring_in(engine, tmp_path / "r.csv", f"{head}1,Atelier,Menuiserie,retraite\n")
    [row_id] = ids(engine).values()

    def teaser() -> str | None:
        with reading(engine) as session:
            return session.get_one(Opportunity, row_id).teaser

    second = bring_in(engine, tmp_path / "r.csv", f"{head}1,Atelier,,retraite\n")
    with pytest.raises(InvalidError):
        undo(engine, second, "court")
    result = undo(engine, second)
    assert ([row.why for row in result.left], teaser()) == ([WOULD_PUBLISH], None)
    with writing(engine) as session:
        session.execute(update(table_of(FileImport)).values(undone_at=None))
    undo(engine, second, REASON)
    assert teaser() == "Menuiserie"
    with reading(engine) as session:
        [act] = acts_about(session, row_id)
    assert (act.before["teaser"], act.after["teaser"], act.reason) == (False, True, REASON)
