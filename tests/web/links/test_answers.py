"""A partner answers in one form: what is shown is theirs to see, and only a POST records."""

from datetime import date
from typing import Any

import pytest
from sqlmodel import select

from api.learning.wording import INTERESTS, OBJECTIONS
from api.mailing.links import Purpose
from api.matching.deciding_reasons import deciding_reasons
from api.matching.reasons import sentence
from matcher.learning.observations import Objection
from matcher.types import Reason
from models.database import reading, writing
from models.tables import Announcement as AnnouncementRow
from models.tables import Impression, OutboxMessage, Suggestion
from tests.support.outline import Outline
from tests.support.partner_visit import PARTNER, Visit


def test_the_form_shows_the_suggestion_and_asks_in_words(visit: Visit) -> None:
    page = visit.get(visit.path(Purpose.ANSWER))
    assert page.status_code == 200
    outline = Outline(page.text)
    assert visit.opportunity().title in outline.words
    assert "Date limite" in outline.words
    assert "Pourquoi nous vous la proposons" in outline.words
    for words in (*INTERESTS, *OBJECTIONS.values()):
        assert words in outline.words
    assert len(outline.all("form")) == len(outline.all("button")) == 1
    assert "N’y nommez personne" in outline.words
    assert not outline.all("input", checked="")
    assert {box["value"] for box in outline.all("input", type="checkbox")} == set(Objection)


@pytest.mark.parametrize(("choice", "selected"), [("oui", ["2"]), ("non", ["0"]), ("peut-être", []), ("", [])])
def test_the_link_s_choice_only_preselects(visit: Visit, choice: str, selected: list[str]) -> None:
    outline = Outline(visit.get(f"{visit.path(Purpose.ANSWER)}?choix={choice}").text)
    assert [one["value"] for one in outline.all("input") if "checked" in one] == selected
    assert visit.ratings() == []


def test_an_answer_is_recorded_thanked_for_and_may_be_changed(visit: Visit) -> None:
    path = visit.path(Purpose.ANSWER)
    form = {"interet": "0", "raison": ["too_far", "duplicate"], "commentaire": "Déjà vu\r\nailleurs"}
    answer = visit.post(path, form)
    assert answer.status_code == 303
    thanks = visit.get(answer.headers["location"])
    outline = Outline(thanks.text)
    assert "Merci" in outline.words
    assert "Pas pour nous" in outline.words
    assert [link["href"] for link in outline.all("a")] == [path]
    (rating,) = visit.ratings()
    assert (rating.partner_id, rating.suggestion_id) == (PARTNER, visit.suggestion)
    assert (rating.interest, rating.reasons) == (0, ["duplicate", "too_far"])
    assert rating.impression_id
    again = Outline(visit.get(path).text)
    assert {one["value"] for one in again.all("input") if "checked" in one} == {"0", "duplicate", "too_far"}
    assert "Déjà vu" in again.text
    assert visit.post(path, {"interet": "3"}).status_code == 303
    assert [one.interest for one in visit.ratings()] == [0, 3]
    assert [one.superseded_at is None for one in visit.ratings()] == [False, True]
    # A double click adds nothing.
    visit.post(path, {"interet": "3"})
    assert len(visit.ratings()) == 2


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({}, "Choisissez l’une des quatre réponses."),
        ({"interet": "7"}, "Choisissez l’une des quatre réponses."),
        ({"interet": "2", "raison": ["too_far"]}, "Les raisons n’accompagnent que la réponse"),
        ({"interet": "0", "commentaire": "x" * 2001}, "trop long : 2 000 caractères"),
    ],
)
def test_a_bad_answer_comes_back_as_it_was_typed(visit: Visit, form: dict[str, Any], message: str) -> None:
    form = {"commentaire": "Ce que j’écrivais <b>"} | form
    page = visit.post(visit.path(Purpose.ANSWER), form)
    assert page.status_code == 422
    outline = Outline(page.text)
    assert message in outline.words
    assert form["commentaire"] in outline.text
    checked = {one["value"] for one in outline.all("input") if "checked" in one}
    assert checked == {
        value for value in (form.get("interet"), *form.get("raison", [])) if value in ("0", "2", "too_far")
    }
    # The message leads to the field, which tells it too.
    assert outline.all("div", role="alert")
    (link,) = outline.all("a", **{"href": outline.all("a")[0]["href"] or ""})[:1]
    target = (link["href"] or "").removeprefix("#")
    (field,) = [attrs for _, attrs in outline.tags if attrs.get("id") == target]
    assert f"{target}-erreur" in (field["aria-describedby"] or "")
    assert [one for _, one in outline.tags if one.get("id") == f"{target}-erreur"]
    assert visit.ratings() == []


def test_what_is_not_a_form_is_refused_as_a_page(visit: Visit) -> None:
    answer = visit.doors.anonymous.post(visit.path(Purpose.ANSWER), json={"interet": "3"})
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("text/html")
    upload = visit.doors.anonymous.post(visit.path(Purpose.ANSWER), files={"interet": b"3"})
    assert upload.status_code in (400, 422)
    assert upload.headers["content-type"].startswith("text/html")
    assert visit.ratings() == []


def test_after_the_deadline_the_outcome_is_added_to_what_was_said(visit: Visit) -> None:
    visit.post(visit.path(Purpose.ANSWER), {"interet": "2"})
    path = visit.path(Purpose.FOLLOW_UP)
    outline = Outline(visit.get(path).text)
    assert "Avez-vous répondu ?" in outline.words
    assert "Avez-vous été retenu ?" in outline.words
    assert visit.post(path, {"repondu": "oui", "retenu": ""}).status_code == 303
    thanks = visit.post(path, {"repondu": "oui", "retenu": "non"}, follow=True)
    assert "réponse non retenue" in Outline(thanks.text).words
    last = visit.ratings()[-1]
    assert (last.interest, last.answered, last.retained) == (2, True, False)
    assert len(visit.ratings()) == 3
    checked = [(one["name"], one["value"]) for one in Outline(visit.get(path).text).all("input") if "checked" in one]
    assert checked == [("repondu", "oui"), ("retenu", "non")]


@pytest.mark.parametrize("form", [{}, {"retenu": ""}, {"repondu": "non", "retenu": "oui"}, {"repondu": "peut-être"}])
def test_an_outcome_that_says_nothing_or_contradicts_itself_comes_back(visit: Visit, form: dict[str, str]) -> None:
    page = visit.post(visit.path(Purpose.FOLLOW_UP), form)
    assert page.status_code == 422
    assert Outline(page.text).all("div", role="alert")
    assert visit.ratings() == []


def test_the_page_to_see_has_the_facts_that_decide_and_leads_to_both_answers(visit: Visit) -> None:
    """Those of the list that announced it, in the words for an actor, the strongest first."""
    outline = Outline(visit.get(visit.path(Purpose.VIEW)).text)
    with reading(visit.doors.engine) as session:
        question = select(Impression).where(Impression.suggestion_id == visit.suggestion)
        stored = session.exec(question).first().breakdown["reasons"]  # type: ignore[union-attr]
    facts = [sentence(reason, "actor") for reason in deciding_reasons([Reason(**reason) for reason in stored])]
    chips = [line for line in outline.all("li") if "class" in line]
    assert len(outline.all("li")) - len(chips) == len(facts) > 1
    assert len(chips) >= 2
    places = [outline.words.find(" ".join(fact.split())) for fact in facts]
    assert -1 not in places
    assert places == sorted(places)
    yes, no = (
        link["href"] or ""
        for link in outline.all("a", **{"class": "button"}) + outline.all("a", **{"class": "button second"})
    )
    assert [one["value"] for one in Outline(visit.get(yes).text).all("input") if "checked" in one] == ["2"]
    assert [one["value"] for one in Outline(visit.get(no).text).all("input") if "checked" in one] == ["0"]


def test_reasons_are_those_that_were_announced_to_this_partner(visit: Visit) -> None:
    """Not those of a list that somebody asked for since."""
    with writing(visit.doors.engine) as session:
        question = select(Impression).where(Impression.suggestion_id == visit.suggestion)
        first = session.exec(question).first()
        assert first
        reason = first.breakdown["reasons"][0] | {"code": "words", "figures": {"shared": "canari des mots"}}
        told = Impression(
            id="told",
            list_id=first.list_id,
            suggestion_id=visit.suggestion,
            rank=9_999,
            score=0.5,
            breakdown=first.breakdown | {"reasons": [reason]},
        )
        night = date(2026, 11, 25)
        mail = OutboxMessage(
            id="m", partner_id=PARTNER, night=night, purpose="alert", message_id="<m>", subject="", text="", html=""
        )
        session.add_all([told, mail])
        session.flush()
        session.add(
            AnnouncementRow(
                id="an",
                partner_id=PARTNER,
                suggestion_id=visit.suggestion,
                actor_id=session.get_one(Suggestion, visit.suggestion).actor_id,
                message_id="m",
                impression_id="told",
                event="new",
                night=night,
            )
        )
    assert "canari des mots" in visit.get(visit.path(Purpose.VIEW)).text
    visit.post(visit.path(Purpose.ANSWER), {"interet": "1"})
    assert visit.ratings()[0].impression_id == "told"
    with writing(visit.doors.engine) as session:
        for row in (visit.ratings()[0], session.get(AnnouncementRow, "an"), session.get(Impression, "told")):
            session.delete(session.merge(row))
            session.flush()
