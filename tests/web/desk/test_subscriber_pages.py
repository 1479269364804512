"""Subscriptions are made, set and removed on the actor's page; the person confirms by mail first."""

import re

from sqlmodel import select

from api.subscriptions.confirming import confirm
from models.base import utc_now
from models.database import reading
from models.tables import OutboxMessage, Partner, Subscription
from tests.support.accounts import account, signed_in
from tests.support.world import Doors, demo_actor

GARDENERS = demo_actor("a001", "00017926700026")
ADDRESS = f"/acteurs/{GARDENERS}/abonnements"
PERSON = "dominique@reseau.example.org"


def stored(doors: Doors) -> list[tuple[str, Subscription]]:
    with reading(doors.engine) as session:
        question = select(Partner.email, Subscription).join(Subscription).where(Subscription.actor_id == GARDENERS)
        return [(email, subscription) for email, subscription in session.exec(question).all()]


def test_somebody_is_subscribed_set_and_removed_on_the_page(doors: Doors) -> None:
    before = len(stored(doors))
    with signed_in(doors, account(doors.engine)) as desk:
        assert f'href="{ADDRESS}"' in desk.get(f"/acteurs/{GARDENERS}").text
        asked = {"courriel": PERSON, "nom": "Dominique", "rythme": "weekly", "jour": "1", "au_plus": "3"}
        page = desk.post(ADDRESS, data=asked | {"acte": "abonner", "au_moins": "good_lead"})
        assert "un courriel part" in page.text
        assert "attend sa confirmation" in page.text
        (own,) = [subscription for email, subscription in stored(doors) if email == PERSON]
        assert (own.frequency, own.weekday, own.least, own.most) == ("weekly", 1, "good_lead", 3)
        assert own.confirmed_at is None
        with reading(doors.engine) as session:
            sent = session.exec(select(OutboxMessage).where(OutboxMessage.about == own.id)).one()
            assert sent.purpose == "confirmation"
        confirm(doors.engine, own.id, now=utc_now())
        settings = {"abonnement": own.id, "rythme": "paused", "jour": "0", "au_moins": "to_study", "au_plus": "7"}
        assert "Les réglages sont enregistrés" in desk.post(ADDRESS, data=settings | {"acte": "regler"}).text
        (own,) = [subscription for email, subscription in stored(doors) if email == PERSON]
        assert (own.frequency, own.most, own.confirmed_at is not None) == ("paused", 7, True)
        # What is refused changes nothing, stands beside its field, and comes back as it was typed.
        refused = desk.post(ADDRESS, data=settings | {"acte": "regler", "au_plus": "٤0"})
        assert refused.status_code == 422
        assert re.search(r'id="au_plus-\d"[^>]*value="٤0"[^>]*aria-describedby', refused.text)
        assert next(one.most for email, one in stored(doors) if email == PERSON) == 7
        # The page of another actor does not reach it.
        elsewhere = f"/acteurs/{demo_actor('a002', '00025845900031')}/abonnements"
        assert desk.post(elsewhere, data={"acte": "retirer", "abonnement": own.id}).status_code == 404
        page = desk.post(ADDRESS, data={"acte": "retirer", "abonnement": own.id})
        assert "L’abonnement est supprimé" in page.text
        assert len(stored(doors)) == before


def test_a_wrong_field_is_named_and_nothing_typed_is_lost(doors: Doors) -> None:
    before = len(stored(doors))
    with signed_in(doors, account(doors.engine, "autre@exemple.invalid")) as desk:
        for field, value in (("courriel", "pas une adresse"), ("jour", "9"), ("rythme", "parfois")):
            page = desk.post(ADDRESS, data={"courriel": PERSON, "nom": "Dominique L.", field: value})
            assert page.status_code == 422
            assert f'aria-describedby="{field}-probleme"' in page.text
            assert 'value="Dominique L."' in page.text
    assert len(stored(doors)) == before
