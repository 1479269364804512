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
