"""« Mon matin »: the house chooses whether its day is mailed; a partner has no such choice."""

from tests.support.outline import Outline
from tests.support.signed_in import open_partner, signed_in
from tests.support.world import Doors, demo_actor


def test_the_choice_is_kept_and_confirmed_and_may_be_taken_back(doors: Doors) -> None:
    desk = signed_in(doors, "facilitator")
    assert not Outline(desk.get("/compte").text).all("input", name="matin", checked="")
    for data, done, is_chosen in (({"matin": "oui"}, "matin", True), ({}, "sans-matin", False)):
        answer = desk.post("/compte/matin", data=data)
        assert answer.headers["location"] == f"/compte?fait={done}"
        page = Outline(desk.get(answer.headers["location"]).text)
        assert "Ma journée" in page.words
        assert bool(page.all("input", name="matin", checked="")) == is_chosen


def test_a_partner_is_not_asked(doors: Doors) -> None:
    open_partner(doors.engine, "partner@exemple.invalid", demo_actor("a001", "00017926700026"))
    assert "Mon matin" not in signed_in(doors, "partner").get("/compte").text
