"""Late sources: not read for days, or read whole without anything new of one département."""

from datetime import date, timedelta

from sqlalchemy import Engine

from api.demo.fake_services import Served
from api.night.wording import stage_lines
from api.open_data.freshness import SilentDepartment, SourceState, source_states
from api.open_data.refresh import refresh
from models.database import reading
from tests.support.notices import NOW, TODAY, notice, options, read


def state(engine: Engine, service: Served, **changes: object) -> SourceState:
    with reading(engine) as session:
        (found,) = source_states(session, options(service, **changes), NOW)
    return found


def test_a_departement_of_which_nothing_new_came_for_14_days_is_late(engine: Engine, service: Served) -> None:
    service.records["boamp"] = [notice(1, day=9, code_departement=["7"]), notice(2, day=20)]
    read(engine, service)
    found = state(engine, service)
    assert found.late
    assert found.silent == [SilentDepartment("07", date(2026, 11, 9))]
    assert not state(engine, service, open_data_silent_days=15).late


def test_a_departement_of_which_nothing_ever_came_is_late(engine: Engine, service: Served) -> None:
    """So a wrong question shows, when the other département answers."""
    service.records["boamp"] = [notice(1, day=20)]
    read(engine, service)
    assert state(engine, service).silent == [SilentDepartment("07", None)]


def test_nothing_is_late_of_which_enough_was_heard_or_too_little_was_asked(engine: Engine, service: Served) -> None:
    service.records["boamp"] = [notice(1, day=20)]
    read(engine, service, since=TODAY - timedelta(days=13))
    assert not state(engine, service).late
    service.records["boamp"].append(notice(2, day=10, code_departement=["7"]))
    read(engine, service)
    assert not state(engine, service).late


def test_a_source_that_publishes_seldom_is_not_late_for_its_silence(engine: Engine, service: Served) -> None:
    read(engine, service, "decp")
    assert not state(engine, service).late


def test_the_night_says_which_departement_is_silent(engine: Engine, service: Served) -> None:
    service.records["boamp"] = [notice(1, day=20)]
    told = refresh(engine, today=TODAY, now=lambda: NOW, options=options(service, open_data_sources="boamp"))
    assert told["silent"] == {"boamp": {"07": None}}
    line = stage_lines({"stages": {"refresh": told | {"seconds": 1.0}}})[0][1]
    assert "en retard : BOAMP (Ardèche (07) : rien n’a encore été reçu)" in line.replace("\N{NO-BREAK SPACE}", " ")
    assert stage_lines(
        {"stages": {"refresh": {name: told[name] for name in told if name != "silent"} | {"seconds": 1.0}}}
    )
