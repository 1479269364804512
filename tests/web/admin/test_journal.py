"""The journal as a page: who did what, in words; that it holds, or where it was touched; page after page."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from api.audit import log
from api.web.components.journal import ACTIONS
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
    assert f"facilitator opportunité confidentielle lue {case}" in words
    assert "qui se suivent toutes" in words
    assert "boss@exemple.invalid" not in words
    for number in range(101):
        log.note_alone(doors.engine, by="cli", action="tried", kind="thing", of=f"t{number}")
    newest = Outline(boss.get("/journal").text)
    (older,) = [one["href"] for one in newest.all("a") if (one["href"] or "").startswith("/journal?avant=")]
    assert "opportunité confidentielle lue" not in newest.words
    assert f"confidentielle lue {case}" in Outline(boss.get(older or "").text).words
    with closing(sqlite3.connect(doors.engine.url.database or "")) as raw:
        raw.execute("DROP TRIGGER audit_no_delete")
        raw.execute("DELETE FROM audit WHERE seq = 5")
        raw.commit()
    touched = Outline(boss.get("/journal").text)
    assert touched.all("div", role="alert")
    assert "Le journal a été touché, entrée 5" in touched.words


def test_every_act_that_is_noted_has_words() -> None:
    folder = Path(log.__file__).parents[1]
    families = "|".join({one.partition(".")[0] for one in ACTIONS})
    code = "".join(path.read_text("utf-8") for path in folder.rglob("*.py") if path.name != "journal.py")
    assert set(re.findall(rf'"((?:{families})\.(?!html)[a-z_]+)"', code)) == set(ACTIONS)
