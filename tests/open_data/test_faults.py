"""Services that misbehave: what is tried again, what is given up, what it says, and that nothing is lost or doubled."""

from collections import deque
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from api.demo.fake_services import Fault, Served, served
from tests.open_data.test_sync import openings
from tests.support.notices import NOW, TODAY, notice, read

pytestmark = pytest.mark.slow


@pytest.fixture
def service() -> Iterator[Served]:
    with served({"boamp": [notice(number) for number in range(150)]}) as running:
        yield running


def http_date(seconds: int) -> str:
    return (NOW + timedelta(seconds=seconds)).strftime("%a, %d %b %Y %H:%M:%S GMT")


PASSING = {
    "429 in seconds": (Fault(status=429, headers={"Retry-After": "7"}), 7.0),
    "429 until a date": (Fault(status=429, headers={"Retry-After": http_date(30)}), 30.0),
    "429 without a word": (Fault(status=429), 1.0),
    "a nonsense Retry-After": (Fault(status=503, headers={"Retry-After": "demain"}), 1.0),
    "500": (Fault(status=500), 1.0),
    "a cut body": (Fault("cut"), 1.0),
    "no answer": (Fault("drop"), 1.0),
    "no JSON": (Fault("garbage"), 1.0),
    "a slow drip": (Fault("drip", pause=0.02), 1.0),
}


@pytest.mark.parametrize("name", PASSING)
def test_what_passes_is_waited_for_and_costs_nothing(name: str, engine: Engine, service: Served) -> None:
    fault, wait = PASSING[name]
    service.faults = deque([None, fault])
    waits: list[float] = []
    found = read(engine, service, waits=waits, open_data_answer_s=0.3)["boamp"]
    assert found.complete, found.error
    assert waits == [pytest.approx(wait)]
    assert len(openings(engine)) == found.counts["created"] == 150


GIVEN_UP = {
    "always 500": ([Fault(status=500)] * 3, "BOAMP : la source répond 500, 3 fois de suite."),
    "always cut": ([Fault("cut")] * 3, "est injoignable, ou coupe ses réponses, 3 fois de suite"),
    "asks for an hour": ([Fault(status=429, headers={"Retry-After": "3600"})], "demande d’attendre 3600 s"),
    "404": ([Fault(status=404)], "refuse la demande (réponse 404)"),
    "another envelope": ([Fault("schema")], "results"),
    "elsewhere": (
        [Fault(status=302, headers={"Location": "http://ailleurs.invalid/"})],
        "redirige vers un autre site (ailleurs.invalid)",
    ),
    "an unpacked flood": ([Fault("endless")], "envoie plus de 50 Mo"),
}


@pytest.mark.parametrize("name", GIVEN_UP)
def test_what_does_not_pass_stops_the_source_says_why_and_goes_on_from_there(
    name: str, engine: Engine, service: Served
) -> None:
    faults, words = GIVEN_UP[name]
    service.faults = deque([None, *faults])
    found = read(engine, service, open_data_tries=3)["boamp"]
    assert not found.complete
    assert words in found.error
    assert len(openings(engine)) == 100
    asked = len(service.asked)
    found = read(engine, service, open_data_tries=3)["boamp"]
    assert found.complete
    assert found.resumed
    assert [params["offset"] for _, params, _ in service.asked[asked:]] == ["100"]
    assert len(openings(engine)) == found.counts["created"] == 150


def test_a_source_that_fails_harms_no_other(engine: Engine, service: Served) -> None:
    service.records["communes"] = [
        {
            "code": "26362",
            "nom": "Valence",
            "codesPostaux": ["26000"],
            "population": 64_000,
            "centre": {"type": "Point", "coordinates": [4.89, 44.93]},
        }
    ]
    service.faults = deque([Fault(status=404)])
    found = read(engine, service, "communes,boamp")
    assert [(name, one.complete) for name, one in found.items()] == [("communes", False), ("boamp", True)]


def test_a_page_that_is_served_twice_changes_nothing(engine: Engine, service: Served) -> None:
    service.records["boamp"] = [notice(number) for number in range(300)]
    service.faults = deque([None, Fault("repeat")])
    found = read(engine, service)["boamp"]
    # What stood on the page that was not shown is met by the next reading.
    assert found.complete
    assert found.counts["unchanged"] == 100
    read(engine, service)
    assert len(openings(engine)) == 300


def test_each_service_is_told_who_asks_and_asked_no_faster_than_agreed(engine: Engine, service: Served) -> None:
    waits: list[float] = []
    read(engine, service, waits=waits, open_data_per_second=2.0)
    assert all(headers["user-agent"] == "pole-sud/0.1 (+essai@exemple.invalid)" for _, _, headers in service.asked)
    assert len(waits) == len(service.asked) - 1
    assert all(0 < wait <= 0.5 * number for number, wait in enumerate(waits, 1))


def test_a_run_that_stopped_long_ago_begins_anew(engine: Engine, service: Served) -> None:
    service.faults = deque([None, Fault(status=404)])
    read(engine, service)
    asked = len(service.asked)
    assert read(engine, service, today=TODAY + timedelta(days=2))["boamp"].complete
    assert service.asked[asked][1]["offset"] == "0"
