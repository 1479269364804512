"""« Qui a vu quoi »: what is asked for is there, however often somebody opened a page since."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from api.audit import log
from api.takeovers.reach.who_learned import MOST_SHOWN, Wanted, who_learned
from models.database import writing
from tests.support.night_world import add_case
from tests.support.reads import read_once

NOW = datetime(2026, 11, 29, 19, 0, tzinfo=UTC)


def test_a_page_opened_again_and_again_does_not_push_out_the_download_before_it(engine: Engine) -> None:
    case_id = add_case(engine, 1, "Une menuiserie")
    acts = ["document.downloaded", *["identity.revealed"] * MOST_SHOWN]
    with writing(engine) as session:
        for minutes, action in enumerate(acts):
            log.note(
                session,
                by="account:guest",
                action=action,
                kind="opportunity",
                of=case_id,
                detail={"actor": "a", "document": "d"} if action == acts[0] else {"actor": "a"},
                now=NOW + timedelta(minutes=minutes),
            )
    assert len(read_once(engine, who_learned, case_id)) == MOST_SHOWN
    wanted = Wanted(act="document.downloaded")
    assert [learned.at for learned in read_once(engine, who_learned, case_id, wanted)] == [NOW]
