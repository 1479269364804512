"""Two who write and wait for each other: one is told to come back, and the other's work stands whole."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import Engine, text
from sqlmodel import select

from models.database import LockedError, reading, writing
from models.interactions import MailTemplate
from tests.models.test_text_order import template


@pytest.mark.postgres_only("SQLite has one writer at a time: nobody waits while he writes")
def test_of_two_who_wait_for_each_other_one_is_told_to_come_back(engine: Engine) -> None:
    both_hold_one = Barrier(2)
    with writing(engine) as session:
        session.add_all(template(name) for name in ("one", "two"))

    change = text("UPDATE mail_templates SET body = body || '!' WHERE name = :name")

    def move(first: str, second: str) -> str:
        try:
            with writing(engine) as session:
                session.execute(change, {"name": first})
                both_hold_one.wait(30)
                session.execute(change, {"name": second})
        except LockedError:
            return "told to come back"
        return "done"

    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(move, ("one", "two"), ("two", "one")))
    assert Counter(told) == {"done": 1, "told to come back": 1}
    with reading(engine) as session:
        assert session.exec(select(MailTemplate.body)).all() == ["!", "!"]
