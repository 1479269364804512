"""A subscription is confirmed, stopped and taken up again from the links in mails, by a POST and nothing else."""

from datetime import UTC, datetime

import pytest

from api.mailing.links import Purpose
from api.subscriptions.confirming import confirm
from models.database import reading, writing
from models.tables import Actor, Partner, Subscription
from tests.support.outline import Outline
from tests.support.partner_visit import GARDENERS, PARTNER, Visit

NOW = datetime(2026, 11, 25, tzinfo=UTC)
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def confirmed(visit: Visit) -> bool:
    with reading(visit.doors.engine) as session:
        return session.get_one(Subscription, visit.subscription).confirmed_at is not None


def buttons(html: str) -> list[str | None]:
    return [one.get("value") for one in Outline(html).all("button")]


def test_a_subscription_is_confirmed_by_one_button(visit: Visit) -> None:
    path = visit.path(Purpose.CONFIRM)
    with reading(visit.doors.engine) as session:
        name = session.get_one(Actor, GARDENERS).name
    outline = Outline(visit.get(path).text)
    assert name in outline.words
    assert "chaque mardi" in outline.words
    assert len(outline.all("button")) == 1
    assert not confirmed(visit)
    answer = visit.post(path)
    assert answer.status_code == 303
    assert confirmed(visit)
    outline = Outline(visit.get(answer.headers["location"]).text)
    assert "est confirmé" in outline.words
    assert not outline.all("button")
    assert visit.post(path).status_code == 303


def test_the_lowest_section_is_chosen_when_confirming(visit: Visit) -> None:
    path = visit.path(Purpose.CONFIRM)
    radios = [one for one in Outline(visit.get(path).text).all("input") if one.get("name") == "au_moins"]
    if not radios:
        # Another test of this world has confirmed it already: the choice was offered then.
        visit.post(visit.path(Purpose.UNSUBSCRIBE, u=visit.subscription))
        radios = [one for one in Outline(visit.get(path).text).all("input") if one.get("name") == "au_moins"]
    assert [one.get("value") for one in radios] == ["call_first", "good_lead", "to_study"]
    assert visit.post(path, {"au_moins": "good_lead"}).status_code == 303
    with reading(visit.doors.engine) as session:
        assert session.get_one(Subscription, visit.subscription).least == "good_lead"
    assert "bonnes pistes" in visit.get(path).text
    assert visit.post(path, {"au_moins": "unlikely"}).status_code == 422
    # Without a choice, what was chosen stays.
    assert visit.post(path).status_code == 303
    with reading(visit.doors.engine) as session:
        assert session.get_one(Subscription, visit.subscription).least == "good_lead"


def test_a_confidential_actor_is_not_named(visit: Visit) -> None:
    with writing(visit.doors.engine) as session:
        actor = session.get_one(Actor, GARDENERS)
        actor.confidential = True
        session.add(actor)
    try:
        for path in (visit.path(Purpose.CONFIRM), visit.path(Purpose.UNSUBSCRIBE, u=visit.subscription)):
            page = visit.get(path)
            assert page.status_code == 200
            assert actor.name not in page.text
    finally:
        with writing(visit.doors.engine) as session:
            actor = session.get_one(Actor, GARDENERS)
            actor.confidential = False
            session.add(actor)


def test_one_button_stops_all_mail_and_one_brings_it_back(visit: Visit) -> None:
    confirm(visit.doors.engine, visit.subscription, now=NOW)
    path = visit.path(Purpose.UNSUBSCRIBE)
    assert buttons(visit.get(path).text) == ["tout"]
    page = visit.post(path, {"choix": "tout"}, follow=True)
    assert visit.partner().status == "unsubscribed"
    assert "Vous ne recevrez plus" in Outline(page.text).words
    assert buttons(page.text) == ["retour"]
    page = visit.post(path, {"choix": "retour"}, follow=True)
    assert visit.partner().status == "active"
    assert buttons(page.text) == ["tout"]
    assert confirmed(visit)


def test_one_subscription_is_stopped_alone_and_so_is_the_rest(visit: Visit) -> None:
    confirm(visit.doors.engine, visit.subscription, now=NOW)
    path = visit.path(Purpose.UNSUBSCRIBE, u=visit.subscription)
    assert buttons(visit.get(path).text) == ["ceci", "tout"]
    page = visit.post(path, {"choix": "ceci"}, follow=True)
    assert not confirmed(visit)
    assert visit.partner().status == "active"
    assert buttons(page.text) == ["tout", "retour"]
    visit.post(path, {"choix": "retour"})
    assert confirmed(visit)
    visit.post(path, {"choix": "tout"})
    assert visit.partner().status == "unsubscribed"


@pytest.mark.parametrize("multipart", [False, True])
def test_a_mail_program_unsubscribes_with_one_post_and_is_not_redirected(visit: Visit, multipart: bool) -> None:
    """RFC 8058: the body is List-Unsubscribe=One-Click, in either encoding of forms; no cookie, no key, no Origin."""
    path = visit.path(Purpose.UNSUBSCRIBE)
    for _ in range(2):
        if multipart:
            parts = {name: (None, value) for name, value in ONE_CLICK.items()}
            answer = visit.doors.anonymous.post(path, files=parts, follow_redirects=False)
        else:
            answer = visit.post(path, ONE_CLICK)
        assert answer.status_code == 200
        assert "Vous ne recevrez plus" in Outline(answer.text).words
        assert visit.partner().status == "unsubscribed"


def test_one_click_on_one_subscription_leaves_the_others(visit: Visit) -> None:
    confirm(visit.doors.engine, visit.subscription, now=NOW)
    assert visit.post(visit.path(Purpose.UNSUBSCRIBE, u=visit.subscription), ONE_CLICK).status_code == 200
    assert not confirmed(visit)
    assert visit.partner().status == "active"


def test_a_subscription_that_is_gone_can_still_be_left(visit: Visit) -> None:
    path = visit.path(Purpose.UNSUBSCRIBE, u="gone")
    assert visit.post(path, ONE_CLICK).status_code == 200
    assert buttons(visit.get(path).text) == ["tout"]
    visit.post(path, {"choix": "tout"})
    assert visit.partner().status == "unsubscribed"
    assert visit.post(path, {"choix": "retour"}).status_code == 404


def test_a_partner_who_was_erased_meets_the_page_of_what_is_gone(visit: Visit) -> None:
    paths = [visit.path(purpose) for purpose in Purpose]
    with writing(visit.doors.engine) as session:
        session.delete(session.get_one(Subscription, visit.subscription))
        session.flush()
        session.delete(session.get_one(Partner, PARTNER))
    for path in paths:
        assert visit.get(path).status_code == 404, path
        if not path.startswith("/voir/"):
            assert visit.post(path, {"interet": "3", "repondu": "oui"}).status_code == 404, path
