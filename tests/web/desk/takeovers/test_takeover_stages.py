"""« Étapes » of a takeover case: moved by forms alone, nothing typed is lost, nothing of it is seen outside."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from api.accounts.accounts import find_account
from api.core.clock import today_in_france
from api.takeovers.calendar.date_kinds import DateKind
from api.takeovers.case_file.changes import FileChange, GivenDay, change_file
from models.base import utc_now
from tests.support.options import OPTIONS
from tests.support.outline import Outline
from tests.support.signed_in import signed_in
from tests.support.world import Doors, demo_opportunity

pytestmark = pytest.mark.slow

CASE, NEED = demo_opportunity("r001"), demo_opportunity("m001")
BASE = f"/opportunites/{CASE}/reprise/etapes"
EMAIL = "etapes@exemple.invalid"


@pytest.fixture(scope="module")
def desk(doors: Doors) -> Iterator[TestClient]:
    return signed_in(doors, "facilitator", EMAIL)  # type: ignore[return-value]


def words_of(desk: TestClient, address: str = BASE) -> str:
    return Outline(desk.get(address).text).words


def version_of(desk: TestClient) -> str:
    return desk.get(BASE).text.partition('name="version" value="')[2].partition('"')[0]


def test_a_case_is_moved_and_dated_by_forms_alone(desk: TestClient) -> None:
    today = today_in_france()
    assert "premier contact" in words_of(desk)
    assert "Ce qui peut être dit" in words_of(desk, f"{BASE}?vers=forward.mandate")
    typed = {
        "acte": "etape", "version": version_of(desk), "vers": "forward.mandate", "genre": "agreement",
        "jour": today.isoformat(), "dit_par": "la gérante, par téléphone", "precision": "",
        "note": "Elle rappelle lundi.",
    }  # fmt: skip
    # What is missing is said, and what was typed stays in its fields.
    refused = desk.post(BASE, data=typed)
    assert refused.status_code == 409
    assert "ce qui peut être dit" in Outline(refused.text).words
    for text in ("la gérante, par téléphone", "Elle rappelle lundi.", today.isoformat()):
        assert text in refused.text
    moved = desk.post(BASE, data=typed | {"precision": "le métier et le canton"})
    assert moved.status_code == 303
    page = words_of(desk, moved.headers["location"])
    assert "L’étape est enregistrée." in page
    assert "premier contact → accord du cédant" in page

    # A planned protocol makes the day by which employees are informed.
    protocol = today + timedelta(days=45)
    stale = {"acte": "date", "version": "0", "genre": "protocol", "jour": protocol.isoformat(), "dit_par": "Me Roche"}
    assert desk.post(BASE, data=stale | {"precision": ""}).status_code == 409
    dated = desk.post(BASE, data=stale | {"version": version_of(desk), "precision": ""})
    assert dated.status_code == 303
    page = words_of(desk)
    assert "informer les salariés, au plus tard" in page
    assert "à confirmer par votre conseil" in page
    assert "délai non vérifié à la source" in page
    for wrong in ({"jour": "hier"}, {"genre": "autre"}, {"jour": ""}, {"acte": "autre"}):
        answer = desk.post(BASE, data=stale | {"version": version_of(desk), "precision": ""} | wrong)
        assert answer.status_code == 422, wrong
    gone = desk.post(BASE, data={"acte": "retirer", "version": version_of(desk), "genre": "protocol", "jour": "",
                                 "dit_par": "", "precision": ""})  # fmt: skip
    assert gone.status_code == 303
    assert "plus de date" in words_of(desk)


def test_every_move_has_a_form_and_an_impossible_one_has_none(desk: TestClient) -> None:
    base = f"/opportunites/{demo_opportunity('r003')}/reprise/etapes"
    agreed = {
        "acte": "etape", "version": "0", "vers": "forward.mandate", "genre": "agreement",
        "jour": today_in_france().isoformat(), "dit_par": "la gérante", "precision": "le métier", "note": "",
    }  # fmt: skip
    assert desk.post(base, data=agreed).status_code == 303
    page = desk.get(base).text
    moves = {part.partition('"')[0].partition("#")[0] for part in page.split(f'href="{base}?vers=')[1:]}
    assert {"forward.blind_sheet", "out.lost", "out.withdrawn", "switch.judgment", "correction.first_contact"} <= moves
    for move in moves:
        assert f'name="vers" value="{move}"' in desk.get(f"{base}?vers={move}").text
    for other in ("forward.done", "up.lost", "forward", "…"):
        assert 'name="vers"' not in desk.get(f"{base}?vers={other}").text


def test_only_a_takeover_case_has_stages(desk: TestClient) -> None:
    for method in (desk.get, desk.post):
        assert method(f"/opportunites/{NEED}/reprise/etapes").status_code in (404, 422)
    assert desk.get(f"/opportunites/{NEED}/reprise/etapes").status_code == 404
    assert desk.get(f"/opportunites/{NEED}/reprise/calendrier.ics").status_code == 404


def test_its_days_are_on_the_day_of_who_follows_it_and_in_an_agenda_that_names_nothing(
    doors: Doors, desk: TestClient
) -> None:
    case = demo_opportunity("r002")
    mine = find_account(doors.engine, EMAIL).id
    meeting = GivenDay(DateKind.MEETING, today_in_france() + timedelta(days=5), "le cédant")
    change = FileChange(facilitator_id=mine, days=[meeting], note="Je la suis.")
    change_file(doors.engine, case, change, seen=0, by=f"account:{mine}", now=utc_now(), options=OPTIONS)
    other = signed_in(doors, "facilitator", "autre.etapes@exemple.invalid")
    assert "rencontre du cédant et du candidat : " in words_of(desk, "/").replace("\N{NO-BREAK SPACE}", " ")
    assert "rencontre du cédant" not in words_of(other, "/")
    title = Outline(desk.get(f"/opportunites/{case}").text).words
    agenda = desk.get(f"/opportunites/{case}/reprise/calendrier.ics")
    assert agenda.headers["content-type"].startswith("text/calendar")
    text = agenda.text.replace("\r\n ", "")
    assert "SUMMARY:Reprise" in text
    assert f"DTSTART;VALUE=DATE:{meeting.day:%Y%m%d}" in text
    assert case not in text
    assert desk.get(f"/opportunites/{case}").text.partition("<h1>")[2].partition("<")[0].strip()[:20] not in text
    assert title
    assert all(len(line.encode()) <= 75 for line in agenda.text.split("\r\n"))
