"""What a partner is shown is what they may see today, as words and nothing else."""

import pytest

from api.mailing.links import Purpose
from models.database import reading, writing
from models.tables import Actor, Suggestion
from tests.support.outline import Outline
from tests.support.partner_visit import CASE, OPENING, Visit


def test_of_a_confidential_case_only_the_teaser_is_shown(visit: Visit) -> None:
    """No title, place, deadline, amount, distance, reason, level, holder: not in any page."""
    case = visit.opportunity(CASE)
    assert case.confidential
    assert case.teaser
    for purpose in (Purpose.ANSWER, Purpose.VIEW, Purpose.FOLLOW_UP):
        page = visit.get(visit.path(purpose, s=visit.confidential))
        assert page.status_code == 200
        outline = Outline(page.text)
        assert "Entreprise à reprendre : " in outline.words
        assert case.teaser not in outline.text
        assert "Ce cas est confidentiel" in outline.words
        assert [tag for tag in outline.tags if tag[0] == "dt"] == [("dt", {})]  # for whom, and nothing else
        for secret in (case.title, case.commune_name, case.description, " km", "k€", "Notre avis", "Date limite"):
            assert not secret or secret not in outline.words
    thanks = visit.post(visit.path(Purpose.ANSWER, s=visit.confidential), {"interet": "3"}, follow=True)
    assert case.title not in thanks.text
    assert len(visit.ratings()) == 1


def test_today_s_state_decides_what_is_confidential(visit: Visit) -> None:
    """Not the flag that was stored with the suggestion; without a teaser there is no page."""
    title = visit.opportunity().title
    try:
        # Only takeovers have a teaser: it says « Entreprise à reprendre ».
        visit.change(confidential=True, teaser="Un besoin discret")
        for purpose in (Purpose.ANSWER, Purpose.VIEW, Purpose.FOLLOW_UP):
            assert visit.get(visit.path(purpose)).status_code == 404
        visit.change(kind="takeover")
        # There is a page once a line is recorded.
        visit.doors.settle()
        page = visit.get(visit.path(Purpose.VIEW)).text
        assert title not in page
        assert "Un besoin discret" not in page
        assert "Entreprise à reprendre" in page
        visit.change(teaser=None)
        for purpose in (Purpose.ANSWER, Purpose.VIEW, Purpose.FOLLOW_UP):
            assert visit.get(visit.path(purpose)).status_code == 404
    finally:
        visit.change(confidential=False, teaser=None, kind="market")
    case = visit.opportunity(CASE)
    try:
        visit.change(CASE, confidential=False)
        assert case.title in visit.get(visit.path(Purpose.VIEW, s=visit.confidential)).text.replace("&#39;", "'")
    finally:
        visit.change(CASE, confidential=True)


def test_what_a_search_found_is_for_no_actor(visit: Visit) -> None:
    with writing(visit.doors.engine) as session:
        found = Suggestion(
            id="by-search",
            actor_id=None,
            subscription_id=visit.subscription,
            subject=f"opportunity:{OPENING}",
            opportunity_id=OPENING,
        )
        session.merge(found)
    outline = Outline(visit.get(visit.path(Purpose.VIEW, s="by-search")).text)
    assert visit.opportunity().title in outline.words
    assert "Pour" not in outline.words.split()
    assert visit.post(visit.path(Purpose.ANSWER, s="by-search"), {"interet": "2"}).status_code == 303
    assert visit.ratings()[0].suggestion_id == "by-search"


def test_an_actor_that_became_confidential_has_no_page(visit: Visit) -> None:
    with reading(visit.doors.engine) as session:
        actor_id = session.get_one(Suggestion, visit.suggestion).actor_id
    for confidential, status in ((True, 404), (False, 200)):
        with writing(visit.doors.engine) as session:
            actor = session.get_one(Actor, actor_id)
            actor.confidential = confidential
            session.add(actor)
        assert visit.get(visit.path(Purpose.VIEW)).status_code == status


@pytest.mark.parametrize(("status", "words"), [("cancelled", "a été annulée"), ("closed", "est close")])
def test_what_was_cancelled_or_closed_since_is_said_as_such(visit: Visit, status: str, words: str) -> None:
    try:
        visit.change(status=status)
        assert words in Outline(visit.get(visit.path(Purpose.VIEW)).text).words
    finally:
        visit.change(status="open")


def test_hostile_words_stay_words(visit: Visit) -> None:
    hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7*7 }}"
    former = visit.opportunity().title
    try:
        visit.change(title=hostile, url='https://exemple.invalid/?a="><script>')
        visit.post(visit.path(Purpose.ANSWER), {"interet": "2", "commentaire": "</textarea>" + hostile})
        for path in (visit.path(Purpose.ANSWER), visit.path(Purpose.VIEW), visit.path(Purpose.ANSWER) + "?envoye=oui"):
            page = visit.get(path)
            assert page.status_code == 200
            outline = Outline(page.text)
            assert not outline.all("script")
            assert not outline.all("img")
            assert hostile in outline.text
    finally:
        visit.change(title=former, url=None)


HIDDEN = {"confidential": True, "teaser": None}
ANSWERS = ((Purpose.ANSWER, {"interet": "2", "commentaire": "oui"}), (Purpose.FOLLOW_UP, {"repondu": "oui"}))


@pytest.mark.parametrize(("purpose", "form"), ANSWERS)
def test_no_answer_is_recorded_through_an_old_link_about_what_became_hidden(
    visit: Visit, purpose: Purpose, form: dict[str, str]
) -> None:
    """A GET shows nothing of it, and a POST is refused alike; once it may be told again, the same link records."""
    path = visit.path(purpose)
    try:
        visit.change(**HIDDEN)
        assert visit.get(path).status_code == 404
        refused = visit.post(path, form)
        assert refused.status_code == 404
        assert visit.opportunity().title not in refused.text
        assert visit.ratings() == []
    finally:
        visit.change(confidential=False)
    assert visit.post(path, form).status_code == 303
    assert len(visit.ratings()) == 1


@pytest.mark.parametrize(("purpose", "form"), ANSWERS)
def test_no_answer_is_recorded_for_an_actor_that_became_confidential(
    visit: Visit, purpose: Purpose, form: dict[str, str]
) -> None:
    with reading(visit.doors.engine) as session:
        actor_id = session.get_one(Suggestion, visit.suggestion).actor_id
    for confidential, status, count in ((True, 404, 0), (False, 303, 1)):
        with writing(visit.doors.engine) as session:
            actor = session.get_one(Actor, actor_id)
            actor.confidential = confidential
            session.add(actor)
        assert visit.post(visit.path(purpose), form).status_code == status
        assert len(visit.ratings()) == count


def test_a_case_whose_teaser_was_withdrawn_takes_no_answer(visit: Visit) -> None:
    teaser = visit.opportunity(CASE).teaser
    path = visit.path(Purpose.ANSWER, s=visit.confidential)
    try:
        visit.change(CASE, teaser=None)
        assert visit.post(path, {"interet": "3"}).status_code == 404
        assert visit.ratings() == []
    finally:
        visit.change(CASE, teaser=teaser)
    assert visit.post(path, {"interet": "3"}).status_code == 303
