"""Whatever the sender and the house do, in any order: words taken back are gone, and a need is decided once."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session

from api.core.errors import ConflictError
from api.stated_needs import stating
from api.stated_needs.kinds import OPEN, StatedStatus
from api.stated_needs.queries import waiting_needs
from models.base import utc_now
from models.database import writing
from models.opportunities import Opportunity
from models.stated_needs import StatedNeed
from tests.support.night_world import add_need
from tests.support.proof_share import examples

BY = "account:camille"
NOW = utc_now()


def acts(opportunity: Opportunity) -> dict[str, Callable[[Session, str], None]]:
    return {
        "confirm": lambda session, need_id: stating.confirm_need(session, need_id, now=NOW),
        "withdraw": lambda session, need_id: stating.withdraw_need(session, need_id, now=NOW),
        "take": lambda session, need_id: stating.take_need(session, need_id, by=BY, now=NOW),
        "close": lambda session, need_id: stating.close_need(session, need_id, "Zzword", by=BY, now=NOW),
        "publish": lambda session, need_id: stating.publish_need(session, need_id, opportunity, by=BY, now=NOW),
        "note": lambda session, need_id: stating.note_withdrawal(session, need_id, by=BY, now=NOW),
    }


@pytest.fixture
def opportunity_id(engine: Engine) -> str:
    return add_need(engine, 1)


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(st.sampled_from(("confirm", "withdraw", "take", "close", "publish", "note")), max_size=8),
    is_partner=st.booleans(),
)
def test_in_any_order_of_acts_what_is_taken_back_is_gone_and_a_need_is_decided_once(
    engine: Engine, opportunity_id: str, names: list[str], is_partner: bool
) -> None:
    with writing(engine) as session:
        sender = stating.Sender(name="Zzword", email="zzword@exemple.invalid", phone="+33639980012")
        need = stating.state_need(session, "need", {"title": "Zzword"}, sender, now=NOW)
        if is_partner:
            need.status, need.confirmed_at = StatedStatus.WAITING, NOW
        opportunity = session.get_one(Opportunity, opportunity_id)
        is_confirmed, is_withdrawn, decisions = is_partner, False, 0
        for name in names:
            with suppress(ConflictError):
                acts(opportunity)[name](session, need.id)
                decisions += name in ("close", "publish")
            is_withdrawn |= name == "withdraw"
            is_confirmed |= name == "confirm" and not is_withdrawn
            count, waiting = waiting_needs(session, 10, confidential=False)
            assert count == len(waiting)
            seen = need in waiting
            if is_withdrawn:
                assert need.status == StatedStatus.WITHDRAWN
                assert "zzword" not in str(need.model_dump()).lower()
                assert seen == (need.opportunity_id is not None and need.decided_at is None)
            else:
                assert need.typed == {"title": "Zzword"}
                assert seen == (need.status in OPEN)
                assert is_confirmed or not seen
        assert decisions <= 1
        session.delete(session.get_one(StatedNeed, need.id))
