"""Weights change in one step and can be changed back; the desk follows by itself."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text

from api.core.errors import ConflictError, NotFoundError
from api.core.settings import HOME_DEPARTMENTS
from api.learning import weights
from api.learning.weights import active_weights, read_deviations, read_weights, stored_weights
from api.matching.desk import Desk
from matcher.embedding import Encoder
from matcher.priors import PRIORS
from matcher.scoring import PRIOR, Calibration
from matcher.types import Form, OpportunityKind, Role, roles_of
from models.database import writing
from models.revisions import MIGRATIONS
from models.weights import WeightsVersion
from tests.support.reads import read_once

FIRST = datetime(2026, 1, 5, 3, tzinfo=UTC)


def store(engine: Engine, name: str, bias: float, day: int = 0) -> str:
    """Store a candidate and return its id; `day` says when it was made."""
    values = {"bias": bias, "values": dict(PRIOR.values), "neutral": dict(PRIOR.neutral)}
    made = FIRST + timedelta(days=day)
    with writing(engine) as session:
        session.add(WeightsVersion(id=name, status="candidate", values=values, note=f"nuit {day}", created_at=made))
    return name


def statuses(engine: Engine) -> dict[str, str]:
    return {version.id: version.status for version in read_once(engine, weights.list_weights)}


def test_the_list_of_a_new_database_is_the_prior_which_is_active(engine: Engine) -> None:
    (version,) = read_once(engine, weights.list_weights)
    assert (version.status, version.note, version.id) == ("active", "prior", active_weights(engine)[0])


def test_the_list_has_the_newest_first(engine: Engine) -> None:
    prior = active_weights(engine)[0]  # made now, later than these
    store(engine, "late", 0.0, 2)
    store(engine, "early", 0.0, 1)
    assert [version.id for version in read_once(engine, weights.list_weights)] == [prior, "late", "early"]


def test_activating_retires_the_active_one_and_only_it(engine: Engine) -> None:
    store(engine, "learned", -1.0)
    store(engine, "waiting", -2.0)
    prior = active_weights(engine)[0]
    assert weights.activate(engine, "learned").status == "active"
    assert statuses(engine) == {prior: "retired", "learned": "active", "waiting": "candidate"}
    assert active_weights(engine)[0] == "learned"


def test_the_prior_can_be_gone_back_to_though_it_was_never_stored(engine: Engine) -> None:
    store(engine, "learned", -1.0)
    weights.activate(engine, "learned")
    assert weights.rollback(engine).note == "prior"
    assert active_weights(engine)[1] == PRIORS


def test_activating_the_active_one_changes_nothing_and_leaves_nothing_to_go_back_to(engine: Engine) -> None:
    prior = active_weights(engine)[0]
    weights.activate(engine, prior)
    assert statuses(engine) == {prior: "active"}
    with pytest.raises(ConflictError):
        weights.rollback(engine)


def test_an_unknown_id_is_not_found_and_what_was_active_stays_so(engine: Engine) -> None:
    prior = active_weights(engine)[0]
    with pytest.raises(NotFoundError):
        weights.activate(engine, "unknown")
    assert statuses(engine) == {prior: "active"}


def test_a_rollback_with_nothing_retired_is_a_conflict(engine: Engine) -> None:
    store(engine, "candidate", -1.0)
    before = statuses(engine)
    with pytest.raises(ConflictError):
        weights.rollback(engine)
    assert statuses(engine) == before


def test_a_rollback_goes_to_the_one_retired_last_not_to_the_one_made_last(engine: Engine) -> None:
    prior = active_weights(engine)[0]
    for name, day in (("new", 9), ("old", 1)):
        store(engine, name, -1.0, day)
    for name in ("new", "old", "new"):
        weights.activate(engine, name)
    # Retired in this order: the prior, which was made last of all, (new,) old.
    assert weights.rollback(engine).id == "old"
    assert statuses(engine) == {prior: "retired", "new": "retired", "old": "active"}


def test_a_second_rollback_undoes_the_first(engine: Engine) -> None:
    prior = active_weights(engine)[0]
    store(engine, "learned", -1.0)
    weights.activate(engine, "learned")
    assert [weights.rollback(engine).id for _ in range(3)] == [prior, "learned", prior]


REFUSE_LEARNED = {
    "sqlite": (
        "CREATE TRIGGER refuse BEFORE UPDATE ON weights WHEN new.id = 'learned' BEGIN SELECT raise(ABORT, 'full'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'full'; END $$",
        "CREATE TRIGGER refuse BEFORE UPDATE ON weights FOR EACH ROW WHEN (new.id = 'learned')"
        " EXECUTE FUNCTION refuse()",
    ),
}


def test_nothing_changes_when_the_change_cannot_be_finished(engine: Engine) -> None:
    """One transaction: the active one is not retired without another to take its place."""
    prior = active_weights(engine)[0]
    store(engine, "learned", -1.0)
    with engine.connect() as connection:
        for statement in REFUSE_LEARNED[engine.dialect.name]:
            connection.execute(text(statement))
        connection.commit()
    with pytest.raises(Exception, match="full"):
        weights.activate(engine, "learned")
    assert statuses(engine) == {prior: "active", "learned": "candidate"}


def test_the_desk_follows_an_activation_and_a_rollback(engine: Engine, encoder: Encoder) -> None:
    desk = Desk(engine, encoder, HOME_DEPARTMENTS)
    prior = desk.snapshot().weights_id
    store(engine, "learned", PRIOR.bias - 1)
    still = desk.snapshot()
    assert still is desk.snapshot()
    weights.activate(engine, "learned")
    learned = desk.snapshot()
    assert learned.weights_id == "learned"
    leading = {roles_of(kind)[0] for kind in OpportunityKind}
    assert {learned.matcher.weights[role].bias for role in leading} == {PRIOR.bias - 1}
    weights.rollback(engine)
    assert (desk.snapshot().weights_id, desk.snapshot().matcher.weights) == (prior, PRIORS)


def test_the_migration_goes_up_and_down_under_lists_that_point_to_weights(engine: Engine) -> None:
    prior = active_weights(engine)[0]
    with engine.connect() as connection:
        connection.execute(
            text(
                "INSERT INTO ranked_lists (id, direction, subject, weights_id, encoder_revision, created_at) "
                "VALUES ('l', 'actors_for_text', '', :weights, 'e', '2026-01-05 03:00:00')"
            ),
            {"weights": prior},
        )
        connection.commit()
    migrate_down_and_up(engine)
    assert statuses(engine) == {prior: "active"}
    with engine.connect() as connection:
        assert connection.execute(text("SELECT weights_id FROM ranked_lists")).scalar() == prior


def migrate_down_and_up(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
        command.upgrade(config, "head")
        connection.commit()


def test_weights_of_each_role_are_stored_and_read_and_so_are_the_forms_of_before() -> None:
    learned = replace(PRIOR, bias=-1.0, calibration={**PRIOR.calibration, Form.PASTED: Calibration(2.0, -0.5)})
    own = {**PRIORS, Role.TAKE_OVER: learned}
    assert set(stored_weights(own)) == {role.value for role in Role}
    assert read_weights(json.loads(json.dumps(stored_weights(own)))) == own
    single = {"bias": PRIOR.bias, "values": dict(PRIOR.values), "neutral": dict(PRIOR.neutral)}
    # What was stored before calibrations is shown by the prior's, as every score is.
    former = replace(PRIOR, calibration=PRIORS[Role.TAKE_OVER].calibration)
    assert read_weights(single) == {**PRIORS, Role.TAKE_OVER: former}
    assert read_weights(stored_weights(dict.fromkeys(Role, PRIOR))) == dict.fromkeys(Role, PRIOR)
    by_kind = {"market": {**single, "bias": -2.0}, "takeover": {**single, "bias": -3.0}}
    read = read_weights(by_kind)
    assert (read[Role.SUPPLY].bias, read[Role.TAKE_OVER].bias, read[Role.FINANCE]) == (-2.0, -3.0, PRIORS[Role.FINANCE])
    deviations = read_deviations({**by_kind, "deviations": {"market": {"words": 1.0}, "takeover": {"words": 2.0}}})
    assert (deviations[Role.SUPPLY]["words"], deviations[Role.TAKE_OVER]["words"]) == (1.0, 2.0)
    assert learned.revision != replace(PRIOR, bias=-1.0).revision
