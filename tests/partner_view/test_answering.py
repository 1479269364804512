"""An answer is recorded only while what it is about may be read: decided in the unit of work that records it."""

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from api.alerts.composing import compose_alerts
from api.catalogue import record_changes
from api.core.errors import NotFoundError
from api.partner_view.answering import answering_work
from models.database import reading, writing
from models.ratings import Rating
from tests.support.night_world import (
    NIGHT,
    OPTIONS,
    SIGNER,
    add_actor,
    add_need,
    announcements,
    follow,
    moment,
    open_desk,
    small,
)
from tests.support.publishing import make_public


@pytest.mark.parametrize("from_space", [False, True])
def test_what_became_hidden_between_reading_and_answering_takes_no_answer(engine: Engine, from_space: bool) -> None:
    """From the link of a mail and from the partner's space alike."""
    small(engine)
    actor, need = add_actor(engine, 1), add_need(engine, 1)
    partner = follow(engine, "camille@exemple.invalid", actor_id=actor, least="unlikely").partner_id
    compose_alerts(open_desk(engine), SIGNER, night=NIGHT, now=moment(NIGHT), options=OPTIONS)
    (announcement,) = announcements(engine)
    work = answering_work(
        partner,
        announcement.suggestion_id,
        interest=2,
        now=moment(NIGHT),
        own_opportunity_id=need if from_space else None,
    )
    record_changes.change_opportunity(engine, need, {"confidential": True})
    with pytest.raises(NotFoundError), writing(engine) as session:
        work(session)
    with reading(engine) as session:
        assert session.exec(select(Rating)).all() == []
    make_public(engine, "opportunities", need)
    with writing(engine) as session:
        assert work(session).interest == 2
