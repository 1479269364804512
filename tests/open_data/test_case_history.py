"""How a case ended, and its notices, in French."""

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from sqlalchemy import Engine

from api.demo.fake_services import Served, served
from api.open_data.case_history import OUTCOMES, STEPS, CaseHistory, case_history
from api.open_data.case_state import ENDED_STATUS
from api.open_data.sources.contract import Step
from models.database import reading
from tests.support.case_notices import bodacc_notice
from tests.support.notices import read


@pytest.fixture(scope="module")
def service() -> Iterator[Served]:
    with served() as running:
        yield running


def history(engine: Engine, service: Served, *notices: dict[str, Any]) -> CaseHistory:
    service.records["bodacc"] = list(notices)
    read(engine, service, "bodacc")
    with reading(engine) as session:
        return case_history(session, "bodacc", "siren:000400010")


def test_every_step_and_every_end_has_its_words() -> None:
    assert STEPS.keys() == {*get_args(Step), None}
    assert OUTCOMES.keys() == ENDED_STATUS.keys() == set(get_args(Step)) - {"opening", "conversion"}


def test_a_closing_without_assets_is_not_said_to_be_a_sale(engine: Engine, service: Served) -> None:
    opening, closing = bodacc_notice(1), bodacc_notice(5, "insufficient_assets")
    assert history(engine, service, opening).outcome == ""
    found = history(engine, service, opening, closing)
    assert found.outcome == (
        "procédure close pour insuffisance d’actif, sans cession publiée (annonce du 5 novembre 2026)"
    )
    assert [(one.words, one.gone) for one in found.notices] == [
        ("Ouverture d’une procédure collective", ""),
        ("Clôture pour insuffisance d’actif", ""),
    ]
    assert found.notices[0].url.endswith("id:1")


def test_what_was_annulled_or_replaced_is_said_to_be(engine: Engine, service: Served) -> None:
    found = history(
        engine,
        service,
        bodacc_notice(1),
        bodacc_notice(3, kind="rectificatif", amends=1),
        bodacc_notice(5, "sold"),
        bodacc_notice(9, "sold", kind="annulation", amends=5),
    )
    assert found.outcome == ""
    assert [(one.published_on.day, one.words, one.gone) for one in found.notices] == [
        (1, "Ouverture d’une procédure collective", "remplacée"),
        (3, "Rectification : ouverture d’une procédure collective", ""),
        (5, "Plan de cession de l’entreprise", "annulée"),
        (9, "Annulation d’une annonce : plan de cession de l’entreprise", ""),
    ]


def test_a_thing_without_notices_has_no_history(engine: Engine) -> None:
    with reading(engine) as session:
        assert case_history(session, "reprises", "1") == CaseHistory("", [])
