"""The journal as a page: who did what, in words; that it holds, or where it was touched; page after page."""

import re
from datetime import date
from pathlib import Path

import pytest

from api.accounts.accounts import find_account
from api.audit import log
from api.night.journal import check_journal
from api.web.components.journal import ACTIONS, FAMILIES, detail_in_words
from models.database import reading, writing
from models.tables import Night, Opportunity
from tests.support.databases import by_hand
from tests.support.journal import unguarded
from tests.support.outline import Outline
from tests.support.signed_in import signed_in
from tests.support.world import Doors, demo_opportunity

pytestmark = pytest.mark.slow


def test_the_journal_tells_who_saw_a_confidential_case_and_then_that_it_was_touched(doors: Doors) -> None:
    boss = signed_in(doors, "administrator", "boss@exemple.invalid")
    case = demo_opportunity("r001")
    assert signed_in(doors, "facilitator").get(f"/opportunites/{case}").status_code == 200
    assert doors.app.state.background.drain(60)
    words = Outline(boss.get("/journal").text).words
    with reading(doors.engine) as session:
        title = session.get_one(Opportunity, case).title
    assert f"facilitator opportunité confidentielle lue {title}" in words
    assert "qui se suivent toutes" in words
    assert "boss@exemple.invalid" not in words
    for number in range(101):
        log.note_alone(doors.engine, by="cli", action="tried", kind="thing", of=f"t{number}")
    newest = Outline(boss.get("/journal").text)
    (older,) = [one["href"] for one in newest.all("a") if (one["href"] or "").startswith("/journal?avant=")]
    assert "opportunité confidentielle lue" not in newest.words
    assert f"confidentielle lue {title}" in Outline(boss.get(older or "").text).words
    assert f'href="/opportunites/{case}"' in boss.get(older or "").text
    unguarded(doors.engine)
    with by_hand(doors.engine.url) as connection:
        connection.exec_driver_sql("DELETE FROM audit WHERE seq = 5")
    # The page checks the entries that it shows; the night checks them all.
    assert not Outline(boss.get("/journal").text).all("div", role="alert")
    touched = Outline(boss.get(older or "").text)
    assert touched.all("div", role="alert")
    assert "Le journal a été touché, entrée 5" in touched.words
    with writing(doors.engine) as session:
        session.add(Night(day=date(2026, 11, 24), stages={"journal": check_journal(doors.engine)}))
    assert "Le journal a été touché, entrée 5" in Outline(boss.get("/journal").text).words


def test_the_journal_is_narrowed_to_somebody_or_to_a_family_of_acts_and_shows_no_bare_id(doors: Doors) -> None:
    boss = signed_in(doors, "administrator", "filtre@exemple.invalid")
    case = demo_opportunity("r001")
    boss.get(f"/opportunites/{case}")
    assert doors.app.state.background.drain(60)
    mine = find_account(doors.engine, "filtre@exemple.invalid").id
    page = boss.get(f"/journal?qui=account:{mine}&quoi=opportunity")
    words = Outline(page.text).words
    assert "opportunité confidentielle lue" in words
    assert "s’est connecté" not in words
    assert "Rien de tel n’est noté" in Outline(boss.get(f"/journal?qui=account:{mine}&quoi=weights").text).words
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", Outline(boss.get("/journal").text).words)


def test_every_act_that_is_noted_has_words() -> None:
    folder = Path(log.__file__).parents[1]
    families = "|".join({one.partition(".")[0] for one in ACTIONS})
    code = "".join(path.read_text("utf-8") for path in folder.rglob("*.py") if path.name != "journal.py")
    noted = set(re.findall(rf'"((?:{families})\.(?!html|csv|xlsx)[a-z_]+)"', code))
    of_both = set(re.findall(r'f"{subject}\.([a-z_]+)"', code))
    assert noted | {f"{subject}.{act}" for subject in ("actor", "opportunity") for act in of_both} == set(ACTIONS)
    assert {action.partition(".")[0] for action in ACTIONS} - {"database", "register", "identity"} <= set(FAMILIES)


@pytest.mark.parametrize(
    ("detail_json", "words"),
    [
        ('{"from": "proposed", "to": "won"}', "de : proposée, à : gagnée"),
        ('{"as": "proposed"}', "décision : à revoir"),
        ('{"fields": ["confidential", "amount_eur"]}', "champs : confidentialité, montant"),
        ('{"fields": [], "note": ""}', ""),
        ('{"fields": ["siret", "turnover_eur"]}', "champs : SIRET, chiffre d’affaires"),
    ],
)
def test_a_detail_is_told_in_the_words_of_the_desk(detail_json: str, words: str) -> None:
    assert detail_in_words(detail_json).replace("\N{NO-BREAK SPACE}", " ") == words
