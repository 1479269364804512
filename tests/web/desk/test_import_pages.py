"""Import: looked at before anything is written, then brought in once; kept aside for its owner, for an hour."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func
from sqlmodel import col, select

from models.base import utc_now
from models.database import reading
from models.tables import Actor, FileImport, Opportunity
from tests.support.accounts import account, signed_in
from tests.support.outline import Outline
from tests.support.world import Doors

ROWS = "id;nom;type;siret;commune\nx1;Les Essais;scop;;Crest\nx2;=CMD();inconnue;;Crest\nx3;-5;scop;123;Crest\n"


@pytest.fixture
def folder(doors: Doors, tmp_path: Path) -> Path:
    doors.app.state.settings.imports = str(tmp_path / "imports")
    doors.app.state.settings.import_megabytes = 1
    return tmp_path / "imports"


@pytest.fixture(scope="module")
def desk(doors: Doors) -> Iterator[TestClient]:
    with signed_in(doors, account(doors.engine, "une@exemple.invalid")) as client:
        yield client


@pytest.fixture(scope="module")
def another(doors: Doors) -> Iterator[TestClient]:
    with signed_in(doors, account(doors.engine, "autre@exemple.invalid")) as client:
        yield client


def drop(client: TestClient, content: bytes, name: str = "acteurs.csv", kind: str = "actors") -> httpx2.Response:
    form = {"contenu": kind} if kind else {}
    return client.post("/importer", data=form, files={"fichier": (name, content)}, follow_redirects=False)


def actors(doors: Doors) -> int:
    with reading(doors.engine) as session:
        return session.exec(select(func.count()).select_from(Actor)).one()


def test_a_file_is_looked_at_then_imported_and_its_refused_rows_are_harmless(
    desk: TestClient, doors: Doors, folder: Path
) -> None:
    before = actors(doors)
    where = drop(desk, ROWS.encode()).headers["location"]
    looked = Outline(desk.get(where).text)
    assert "Rien n’est encore écrit" in looked.words
    assert "Importer 1 fiche" in looked.words
    assert "SIRET invalide" in looked.words
    assert actors(doors) == before
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir())

    done = desk.post(where, follow_redirects=False)
    assert done.status_code == 303
    assert actors(doors) == before + 1
    assert not list(folder.glob("*.csv"))
    report = Outline(desk.get(done.headers["location"]).text)
    assert "Import terminé" in report.words
    rows = desk.get(where + "/refuses.csv")
    assert rows.headers["content-disposition"].startswith("attachment")
    assert "x2;'=CMD();" in rows.text
    assert "x3;-5;" in rows.text
    assert desk.post(where).status_code == 404
    assert actors(doors) == before + 1


def test_what_one_dropped_another_cannot_see(desk: TestClient, another: TestClient, folder: Path) -> None:
    where = drop(desk, ROWS.encode()).headers["location"]
    assert another.get(where).status_code == another.post(where).status_code == 404
    assert desk.get(where).status_code == 200
    assert folder.exists()


def test_what_waits_for_an_hour_is_gone(desk: TestClient, folder: Path) -> None:
    where = drop(desk, ROWS.encode()).headers["location"]
    old = (utc_now() - timedelta(minutes=61)).timestamp()
    for path in folder.iterdir():
        os.utime(path, (old, old))
    assert desk.get(where).status_code == 404
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("token", ["../world", "..%2Fworld", "a" * 32, "%00", "x"])
def test_a_token_that_is_none_leads_nowhere(desk: TestClient, folder: Path, token: str) -> None:
    for path in (f"/importer/{token}", f"/importer/{token}/rapport", f"/importer/{token}/refuses.csv"):
        assert desk.get(path).status_code == 404
    assert not folder.exists() or not list(folder.iterdir())


@pytest.mark.parametrize(
    ("content", "name", "kind", "status", "why"),
    [
        (b"x" * 2_000_000, "gros.csv", "actors", 413, "dépasse 1 Mo"),
        (b"x" * 1_050_000, "gros.csv", "actors", 422, "dépasse 1 Mo"),
        (b"", "vide.csv", "actors", 422, "est vide"),
        (b"a", "image.png", "actors", 422, "choisissez un tableau".capitalize()),
        (b"a;b\n1;2\n", "a.csv", "", 422, "Dites ce que contient"),
    ],
)
def test_what_cannot_be_taken_is_said_and_leaves_nothing(
    desk: TestClient, folder: Path, content: bytes, name: str, kind: str, status: int, why: str
) -> None:
    answer = drop(desk, content, name, kind)
    assert answer.status_code == status
    assert why in Outline(answer.text).words
    assert not folder.exists() or not list(folder.iterdir())


def test_a_file_whose_columns_are_not_known_is_read_as_a_person_says(
    desk: TestClient, doors: Doors, folder: Path
) -> None:
    content = "Qui;Boulot;Où\nLes Essais du Haut;taille, tonte;Crest\nLes Essais du Bas;bois;Die\n".encode()
    where = drop(desk, content, "annuaire maison.csv").headers["location"]
    answer = desk.get(where)
    looked = Outline(answer.text)
    assert answer.status_code == 422
    assert "Il manque le nom (nom) ; le type" in looked.words
    assert "Les Essais du Haut ; Les Essais du Bas" in looked.words
    assert "Importer 2 fiches" not in looked.words
    assert desk.post(where, follow_redirects=False).status_code == 422
    said = {"colonne": ["0", "1", "2"], "champ": ["name", "activities", "commune_name"], "type_de_tous": "aci"}
    assert desk.post(f"{where}/colonnes", data=said, follow_redirects=False).headers["location"] == f"{where}#lignes"
    words = Outline(desk.get(where).text).words
    assert "Importer 2 fiches" in words
    assert "taille, tonte" in words
    assert desk.post(where, follow_redirects=False).status_code == 303
    with reading(doors.engine) as session:
        rows = session.exec(select(Actor).where(col(Actor.name).startswith("Les Essais du "))).all()
    assert {(row.name, row.kind, tuple(row.activities), row.commune_code) for row in rows} == {
        ("Les Essais du Haut", "aci", ("taille", "tonte"), "26108"),
        ("Les Essais du Bas", "aci", ("bois",), "26113"),
    }
    assert not list(folder.glob("*.colonnes"))


OF_OPPORTUNITIES = "Objet;Acheteur;Commune;Date limite\nTonte au stade;Mairie;Crest;2027-03-01\n"


@pytest.mark.parametrize(
    ("content", "dropped_as", "other", "name"),
    [
        (OF_OPPORTUNITIES, "actors", "opportunities", "opportunités"),
        ("Nom;Type;Effectif;Objet social\nLes Essais du Milieu;SCOP;4;Bois\n", "opportunities", "actors", "acteurs"),
        # It can be read as it was dropped, badly.
        (
            "Titre;Nom;Type;Activités;Agréments\nBois;Les Essais du Bout;SCOP;bois;\n",
            "opportunities",
            "actors",
            "acteurs",
        ),
    ],
)
@pytest.mark.usefixtures("folder")
def test_a_file_dropped_as_the_other_kind_is_read_rightly_in_one_click(
    desk: TestClient, another: TestClient, content: str, dropped_as: str, other: str, name: str
) -> None:
    where = drop(desk, content.encode(), "liste.csv", dropped_as).headers["location"]
    looked = desk.get(where).text
    assert f"celles d’une liste d’{name}." in Outline(looked).words
    assert f"Le lire comme des {name}" in Outline(looked).words
    said = {"contenu": other}
    assert another.post(f"{where}/contenu", data=said, follow_redirects=False).status_code == 404
    assert desk.post(f"{where}/contenu", data=said, follow_redirects=False).headers["location"] == where
    answer = desk.get(where)
    words = Outline(answer.text).words
    assert answer.status_code == 200
    assert f"lu comme des {name}" in words
    assert "Importer 1 fiche" in words
    assert "Le lire comme" not in words


@pytest.mark.usefixtures("folder")
def test_who_says_what_columns_hold_is_not_asked_whether_it_is_the_other_kind(desk: TestClient) -> None:
    where = drop(desk, OF_OPPORTUNITIES.encode(), "liste.csv", "actors").headers["location"]
    said = {"colonne": ["0"], "champ": ["name"], "type_de_tous": "aci"}
    assert desk.post(f"{where}/colonnes", data=said, follow_redirects=False).status_code == 303
    assert "Le lire comme" not in Outline(desk.get(where).text).words


@pytest.mark.usefixtures("folder")
def test_every_row_is_seen_as_it_will_be_kept(desk: TestClient) -> None:
    rows = "".join(f"v{number};Structure {number};SCOP;{number};12.500 €\n" for number in range(1, 60))
    content = f"id;nom;type;effectif;CA\n{rows}v60;Structure 60;licorne;beaucoup;\nv61;Structure 61;SCOP;peu;\n"
    where = drop(desk, content.encode()).headers["location"]
    first = Outline(desk.get(where).text).words
    assert "lignes 2 à 51 du fichier, sur 61 lignes" in first
    assert "12 500 €" in first.replace("\u202f", " ").replace("\xa0", " ")
    second = desk.get(where, params={"page": 2}).text
    assert "<s>beaucoup</s>" in second
    assert "<s>peu</s>" in second
    assert "Refusée" in Outline(second).words
    assert "Lignes précédentes" in Outline(second).words


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("siret", ["００００００００００００００", "0000000000000²", "①" * 14])
def test_digits_of_any_script_break_no_page(desk: TestClient, siret: str) -> None:
    content = f"siret;nom;type;code postal\n{siret};Les Essais;scop;26４00\n{siret};Encore;scop;2640²\n"
    assert desk.get(drop(desk, content.encode()).headers["location"]).status_code == 200
    assert desk.get("/acteurs", params={"texte": siret}).status_code == 200


@pytest.mark.usefixtures("folder")
def test_a_choice_of_columns_names_known_fields_only(desk: TestClient, another: TestClient) -> None:
    where = drop(desk, ROWS.encode()).headers["location"]
    said = {"colonne": ["0", "1", "2"], "champ": ["source_id", "mot_de_passe", ""], "type_de_tous": "licorne"}
    assert another.post(f"{where}/colonnes", data=said).status_code == 404
    assert desk.post(f"{where}/colonnes", data=said, follow_redirects=False).status_code == 303
    assert "Il manque le type" in Outline(desk.get(where).text).words


CASES = "id;titre;cause\n1;Menuiserie Zibeline;retraite\n2;Forge Zibeline;retraite\n"
MARKETS = "id;titre\n1;Tonte des abords Zibeline\n2;Taille de haies Zibeline\n"


def import_now(client: TestClient, content: str, name: str, **choice: str) -> httpx2.Response:
    where = drop(client, content.encode(), name, "opportunities").headers["location"]
    return client.post(where, data=choice, follow_redirects=False)


def test_a_file_whose_numbers_others_bear_asks_where_it_comes_from(
    desk: TestClient, doors: Doors, folder: Path
) -> None:
    assert import_now(desk, CASES, "reprises zibeline.csv").status_code == 303
    where = drop(desk, MARKETS.encode(), "marches zibeline.csv", "opportunities").headers["location"]
    looked = Outline(desk.get(where).text)
    assert "D’où viennent ces fiches" in looked.words
    assert "la suite de « reprises_zibeline »" in looked.words
    assert "Importer 2 fiches" not in looked.words
    unanswered = desk.post(where, follow_redirects=False)
    assert unanswered.status_code == 422
    assert "Dites d’abord d’où viennent ces fiches" in Outline(unanswered.text).words
    chosen = Outline(desk.get(where, params={"source": "marches_zibeline"}).text)
    assert "Importer 2 fiches" in chosen.words
    assert desk.get(where, params={"autre": "?"}).status_code == 422
    assert desk.post(where, data={"source": "marches_zibeline"}, follow_redirects=False).status_code == 303
    assert folder.exists()
    with reading(doors.engine) as session:
        rows = session.exec(select(Opportunity).where(col(Opportunity.title).contains("Zibeline"))).all()
    assert {(row.title, row.kind, row.confidential, row.source) for row in rows} == {
        ("Menuiserie Zibeline", "takeover", True, "reprises_zibeline"),
        ("Forge Zibeline", "takeover", True, "reprises_zibeline"),
        ("Tonte des abords Zibeline", "market", False, "marches_zibeline"),
        ("Taille de haies Zibeline", "market", False, "marches_zibeline"),
    }
    again = drop(desk, MARKETS.encode(), "tout autre nom.csv", "opportunities").headers["location"]
    words = Outline(desk.get(again).text).words
    assert "Rien à importer" in words
    assert "2 fiches déjà au bureau" in words


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("rows", "said"),
    [("", "ce fichier n’a aucune ligne"), ("y2;Le Zanni;scop;fermé\n", "toutes les lignes sont laissées de côté")],
    ids=["header alone", "closed"],
)
def test_a_file_that_brings_nothing_says_why(desk: TestClient, rows: str, said: str) -> None:
    content = f"id;nom;type;état\n{rows}".encode()
    words = Outline(desk.get(drop(desk, content, "rien.csv").headers["location"]).text).words
    assert said in words
    assert "tout est déjà là" not in words


def test_an_import_is_undone_from_its_page(desk: TestClient, doors: Doors, folder: Path) -> None:
    before = actors(doors)
    where = drop(desk, b"id;nom;type\ny1;Le Zingari;scop\n", "zingari.csv").headers["location"]
    desk.post(where)
    assert actors(doors) == before + 1
    recent = Outline(desk.get("/importer").text)
    assert "zingari.csv" in recent.words
    with reading(doors.engine) as session:
        import_id = session.exec(select(FileImport.id).where(FileImport.name == "zingari.csv")).one()
    asked = Outline(desk.get(f"/importer/imports/{import_id}").text)
    assert "Fiches nouvelles supprimées" in asked.words
    assert desk.post(f"/importer/imports/{import_id}", follow_redirects=False).status_code == 303
    assert actors(doors) == before
    assert "annulé : 1 fiche supprimée" in Outline(desk.get("/importer").text).words
    assert desk.get(f"/importer/imports/{import_id}").status_code == 409
    assert folder.exists()


def test_a_person_makes_a_confidential_row_public_and_says_why(desk: TestClient, doors: Doors) -> None:
    with reading(doors.engine) as session:
        case = session.exec(select(Opportunity).where(col(Opportunity.confidential))).first()
    assert case is not None
    address = f"/opportunites/{case.id}/diffusion"
    form = {"diffusion": "publique", "type": "takeover", "motif": ""}
    assert "confidentielle" in Outline(desk.get(address).text).words
    refused = desk.post(address, data=form, follow_redirects=False)
    assert refused.status_code == 422
    assert "Dites pourquoi" in Outline(refused.text).words
    assert 'value="publique" checked' in refused.text, "the choice is still made when the reason is asked"
    patched = doors.facilitator.patch(f"/api/opportunities/{case.id}", json={"confidential": False})
    assert patched.status_code == 409
    assert "Diffusion" in patched.json()["detail"]
    form["motif"] = "Les deux parties ont annoncé la cession"
    assert desk.post(address, data=form, follow_redirects=False).status_code == 303
    with reading(doors.engine) as session:
        assert not session.get_one(Opportunity, case.id).confidential
    words = Outline(desk.get(address).text).words
    assert "confidentielle → publique" in words
    assert form["motif"] in words
    form = {"diffusion": "confidentielle", "type": "takeover", "motif": ""}
    assert desk.post(address, data=form, follow_redirects=False).status_code == 303


@pytest.mark.usefixtures("folder")
def test_what_is_long_is_cut_and_its_rest_counted(desk: TestClient) -> None:
    rows = "\n".join(f"w{row};Les Essais {row};scop;Crest;absent" for row in range(103))
    where = drop(desk, f"id;nom;type;commune;membre_de\n{rows}\n".encode()).headers["location"]
    words = Outline(desk.get(where).text).words
    assert words.count("l’acteur est gardé, sans ce lien") == 100
    assert "Et 3 autres." in words


@pytest.mark.usefixtures("folder")
def test_refused_rows_beside_known_ones_do_not_say_that_nothing_can_be_imported(desk: TestClient) -> None:
    desk.post(drop(desk, b"id;nom;type;commune\ny1;Les Connus;scop;Crest\n", "y.csv").headers["location"])
    content = b"id;nom;type;commune\ny1;Les Connus;scop;Crest\ny2;Les Autres;licorne;Crest\n"
    words = Outline(desk.get(drop(desk, content, "y.csv").headers["location"]).text).words
    assert "Aucune ligne ne peut être importée" not in words
    assert "les lignes qui ne sont pas refusées sont déjà là" in words


@pytest.mark.usefixtures("folder")
def test_a_refused_code_is_explained_in_words_that_a_cell_may_hold(desk: TestClient) -> None:
    content = "id;titre;cause;commune\nz1;Atelier Zorn;santé;Crest\n".encode()
    words = Outline(desk.get(drop(desk, content, "z.csv", "opportunities").headers["location"]).text).words
    assert "valeur inconnue : attendu retraite, défaillance, délocalisation ou autre" in words
    for word in ("retraite", "défaillance", "délocalisation", "autre"):
        again = drop(desk, content.replace("santé".encode(), word.encode()), "z.csv", "opportunities")
        assert "valeur inconnue" not in Outline(desk.get(again.headers["location"]).text).words
