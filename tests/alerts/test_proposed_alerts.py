"""What a facilitator proposes is in the next mail once, whatever its score; a line reaches ten actors by itself."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from api.alerts.composing import compose_alerts
from api.alerts.line_reach import reached_actors
from api.partner_view.building import DeskView
from api.takeovers.reach.line_reach import MOST_REACHED
from api.takeovers.reach.proposals import propose, withdraw
from models.alerts import OutboxMessage
from models.database import writing
from tests.support.leaving import Server, compose, leave, mail_server
from tests.support.night_world import (
    NIGHT,
    OPTIONS,
    SIGNER,
    TIES,
    TRADES,
    add_actor,
    add_case,
    add_need,
    announcements,
    follow,
    mails,
    moment,
    open_desk,
    small,
)
from tests.support.outbox import statuses

pytestmark = pytest.mark.slow

CAMILLE = "camille@exemple.invalid"
TEASER, FLAG = "Entreprise à reprendre", "PROPOSÉ PAR L’ÉQUIPE"


@pytest.fixture
def engine(engine: Engine) -> Engine:
    return small(engine)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with mail_server(tmp_path) as running:
        yield running


def night(engine: Engine, number: int) -> None:
    """Compose the mails of a night, after those of earlier nights have left."""
    with writing(engine) as session:
        session.execute(update(OutboxMessage).values(status="sent"))
    on = NIGHT + timedelta(days=number)
    compose_alerts(open_desk(engine), SIGNER, night=on, now=moment(on), options=OPTIONS)


@pytest.fixture
def caterer(engine: Engine) -> str:
    """An actor that is proposed no takeover by its score, for it wants none; its partner hears of good leads alone."""
    actor = add_actor(engine, 1, TRADES[3], seeks=["markets"])
    follow(engine, CAMILLE, actor_id=actor, least="good_lead", most=1)
    return actor


def test_what_is_proposed_is_in_the_next_mail_once_without_a_score(engine: Engine, caterer: str) -> None:
    case = add_case(engine, 1, "Un fournil")
    night(engine, 0)
    assert mails(engine) == []
    propose(engine, case, caterer, account_id="f", now=moment(NIGHT), options=OPTIONS)
    night(engine, 1)
    (mail,) = mails(engine)
    assert FLAG in mail.text
    assert TEASER in mail.text
    assert [one.event for one in announcements(engine)] == ["proposed"]
    night(engine, 2)
    assert len(mails(engine)) == 1


def test_what_is_proposed_takes_the_place_of_nothing(engine: Engine, caterer: str) -> None:
    """A mail of one suggestion has it too."""
    add_need(engine, 1, "Traiteur pour les repas du centre de loisirs")
    propose(engine, add_case(engine, 1, "Un fournil"), caterer, account_id="f", now=moment(NIGHT), options=OPTIONS)
    compose(engine)
    assert sorted(one.event for one in announcements(engine)) == ["new", "proposed"]


def test_what_is_taken_back_while_the_mail_waits_is_not_told(engine: Engine, caterer: str, server: Server) -> None:
    case = add_case(engine, 1, "Un fournil")
    propose(engine, case, caterer, account_id="f", now=moment(NIGHT), options=OPTIONS)
    compose(engine)
    withdraw(engine, case, caterer, account_id="f", now=moment(NIGHT))
    leave(engine, server)
    assert TEASER not in server.everything()
    assert statuses(engine).get("cancelled") == 1


def test_a_line_reaches_the_ten_actors_that_it_fits_best_whatever_is_confidential(engine: Engine) -> None:
    for number in range(MOST_REACHED + 3):
        add_actor(engine, number, TRADES[number % 2], headcount=number + 1)
    add_case(engine, 1, "Des espaces verts")

    def reach() -> dict[str, list[str]]:
        desk = open_desk(engine)
        snapshot = desk.snapshot()
        return reached_actors(snapshot, DeskView.of(desk, snapshot, NIGHT, TIES).public, desk.vectors.rows)

    before = reach()
    ((line, reached),) = before.items()
    assert line.startswith(TEASER)
    assert len(set(reached)) == MOST_REACHED
    for number in range(20, 24):
        add_actor(engine, number, confidential=True)
    add_case(engine, 2, "Une menuiserie", title="Autre", takeover={"headcount": 60, "cause": "insolvency"})
    assert reach() == before


def test_a_partner_who_hears_of_what_is_to_study_hears_of_a_line_that_reaches_its_actor(engine: Engine) -> None:
    studied, good = add_actor(engine, 1, TRADES[3]), add_actor(engine, 2, TRADES[3])
    follow(engine, CAMILLE, actor_id=studied, least="to_study")
    follow(engine, "alex@exemple.invalid", actor_id=good, least="good_lead")
    add_case(engine, 1, "Un fournil")
    compose(engine)
    assert [one.actor_id for one in announcements(engine)] == [studied]
