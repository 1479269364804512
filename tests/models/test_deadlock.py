"""When a unit of work and somebody's own SQL wait for each other, it is told to come back, and changes nothing."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from models.database import LockedError, reading, writing
from models.interactions import MailTemplate
from tests.models.test_text_order import template
from tests.support.databases import by_hand


@pytest.mark.postgres_only("SQLite has one writer at a time: nobody waits while he writes")
def test_of_two_who_wait_for_each_other_a_unit_of_work_is_told_to_come_back(engine: Engine) -> None:
    change = "UPDATE mail_templates SET body = body || '!' WHERE name = '{}'"
    both_hold_one = Barrier(2)
    with writing(engine) as session:
        session.add_all(template(name) for name in ("one", "two"))

    def somebody() -> None:
        with by_hand(engine.url) as connection:
            # It waits longer than whoever looks for a deadlock first, and is ended by it.
            connection.exec_driver_sql("SET LOCAL deadlock_timeout = '60s'")
            connection.exec_driver_sql(change.format("two"))
            both_hold_one.wait(30)
            connection.exec_driver_sql(change.format("one"))

    def unit() -> None:
        with writing(engine) as session:
            session.connection().exec_driver_sql(change.format("one"))
            both_hold_one.wait(30)
            session.connection().exec_driver_sql(change.format("two"))

    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(somebody)
        with pytest.raises(LockedError):
            unit()
        other.result(30)
    with reading(engine) as session:
        assert session.exec(select(MailTemplate.body)).all() == ["!", "!"]
