"""A partner learns nothing of a confidential case but its teaser, and of one without a teaser not even that it is."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from api.alerts.composing import compose_alerts
from api.catalogue import record_changes
from api.catalogue.schemas import TakeoverIn
from api.partner_view.building import DeskView
from models.database import open_database, writing
from models.tables import OutboxMessage, Partner
from tests.support.databases import copy_database, url_of
from tests.support.night_world import (
    NIGHT,
    OPTIONS,
    SIGNER,
    TIES,
    TITLES,
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
from tests.support.opaque import Names
from tests.support.publishing import make_public
from tests.support.world import synthetic_siret

CAMILLE, SEARCHER = "camille@exemple.invalid", "alex@exemple.invalid"
# What a facilitator writes says that it may be told; what is told is made from the case.
WORDS = "Entretien d’espaces verts, petite équipe"
ACTIVITY = "services aux entreprises"
TEASER = f"Entreprise à reprendre\N{NO-BREAK SPACE}: {ACTIVITY}, Drôme ou Ardèche"
HOLDER = synthetic_siret(7)
CANARIES = ("Canaribleu", "Canarivert", "07186", "Privas", "petite équipe", "777777", "778", "999", HOLDER[:9])


@pytest.fixture
def engine(engine: Engine) -> Engine:
    return small(engine)


def add_secret(engine: Engine, teaser: str | None, **fields: object) -> str:
    """Store a case that betrays itself wherever more than its teaser is read."""
    known = {
        "title": "Canaribleu Paysages",
        "description": "Canarivert, entretien d’espaces verts à Privas",
        "commune_code": "07186",
        "naf": [{"code": "81.30Z"}],
        "deadline": NIGHT + timedelta(days=9),
        "published_on": NIGHT,
        "takeover": TakeoverIn(
            headcount=999, turnover_eur=777_777, price_min_eur=778_000, price_max_eur=778_001, holder_siren=HOLDER[:9]
        ),
    }
    return add_case(engine, 1, teaser, **(known | fields))


def night(engine: Engine, number: int = 0) -> None:
    day = NIGHT + timedelta(days=number)
    compose_alerts(open_desk(engine), SIGNER, night=day, now=moment(day), options=OPTIONS)
    with writing(engine) as session:
        session.execute(update(OutboxMessage).values(status="sent"))


def a_desk(engine: Engine) -> str:
    """Fill a desk on which a gardener is followed, and what it does is searched for; ids do not depend on chance."""
    actor = add_actor(engine, 1)
    for number in range(3):
        add_need(engine, number)
    add_need(engine, 4, TITLES[1])
    # Ten that the teaser fits, in no one commune, and ten of which nothing is known.
    for number in range(10):
        commune = ("07010", "07186")[number % 2]
        add_actor(engine, 100 + number, naf=[{"code": "81.30Z"}], commune_code=commune)
        add_actor(engine, 200 + number)
    with writing(engine) as session:
        for number, email in enumerate((CAMILLE, SEARCHER)):
            session.add(Partner(id=f"partner-{number}", email=email))
    follow(engine, CAMILLE, actor_id=actor, most=20, least="unlikely")
    follow(engine, SEARCHER, search="entretien d’espaces verts", most=20, least="unlikely")
    return actor


def as_read(engine: Engine) -> list[tuple[str, ...]]:
    return [(one.partner_id, one.subject, one.text, one.html, str(one.headers)) for one in mails(engine)]


def test_a_mail_is_the_same_but_for_its_tokens_with_and_without_a_case_that_has_no_teaser(
    empty_database: Path, tmp_path: Path
) -> None:
    read = []
    for name, secret in (("without", False), ("with", True)):
        engine = small(open_database(url_of(copy_database(empty_database, tmp_path / f"{name}.db"))))
        a_desk(engine)
        if secret:
            add_secret(engine, None)
            # Nor does a group of employees that prepares a takeover.
            add_actor(engine, 9, kind="employee_group", name="Canaribleu")
        night(engine)
        names = Names([SIGNER], [])
        written = [tuple(map(names.renamed, parts)) for parts in as_read(engine)]
        read.append((written, [(one.suggestion_id, one.told) for one in announcements(engine)]))
        engine.dispose()
    (before, told), (after, also_told) = read
    assert len(before) == 2
    assert before == after
    weights = {str(one["scoring"]) for _, one in told + also_told}
    assert (told, len(weights)) == (also_told, 1)


def test_of_a_case_with_a_teaser_nothing_else_is_told(engine: Engine) -> None:
    actor = a_desk(engine)
    secret = add_secret(engine, WORDS)
    night(engine)
    texts = as_read(engine)
    assert all(TEASER in text for _, _, text, _, _ in texts)
    for one in texts:
        assert not [canary for canary in CANARIES if canary in "".join(one)]
    # By construction: the score is that of somebody who knows the teaser and no more.
    known = DeskView.of(desk := open_desk(engine), desk.snapshot(), NIGHT, TIES).public.opportunities[secret]
    assert (known.title, known.point, known.amount_eur, known.headcount, known.naf) == (ACTIVITY, None, None, None, ())
    assert known.own_sirens == frozenset()
    scores = scores_for(engine, actor)
    change_all_but_what_the_teaser_says(engine, secret)
    assert scores_for(engine, actor) == scores
    night(engine, 1)
    assert len(mails(engine)) == 2


def scores_for(engine: Engine, actor: str) -> dict[str, float]:
    view = DeskView.of(desk := open_desk(engine), desk.snapshot(), NIGHT, TIES)
    query = view.own_actor(actor)
    assert query
    found = view.public.rank(query)
    assert found
    return found.scores()


def change_all_but_what_the_teaser_says(engine: Engine, secret: str) -> None:
    changes = {
        "title": "Canariblanc",
        "description": "mécanique",
        "commune_code": "07010",
        "deadline": (NIGHT + timedelta(days=3)).isoformat(),
        "takeover": {"headcount": 2, "price_min_eur": 5, "price_max_eur": 10},
    }
    record_changes.change_opportunity(engine, secret, changes)


def test_a_holder_is_told_the_line_of_its_own_case_like_everybody(engine: Engine) -> None:
    """Whoever is not told of one would know whose it is."""
    owner = add_actor(engine, 1, siret=HOLDER, source_id=None)
    add_secret(engine, WORDS)
    follow(engine, CAMILLE, actor_id=owner, least="unlikely")
    night(engine)
    assert ["Entreprise à reprendre" in text for _, _, text, _, _ in as_read(engine)] == [True]


def test_a_case_whose_secret_deadline_has_passed_is_not_told(engine: Engine) -> None:
    a_desk(engine)
    add_secret(engine, WORDS, deadline=NIGHT - timedelta(days=1))
    night(engine)
    assert not any(TEASER in text for _, _, text, _, _ in as_read(engine))


def test_a_case_that_becomes_public_or_loses_its_teaser_is_not_told_as_rectified(engine: Engine) -> None:
    """What is then known was never compared with what was told blind."""
    a_desk(engine)
    secret = add_secret(engine, WORDS)
    night(engine)
    record_changes.change_opportunity(engine, secret, {"teaser": None})
    night(engine, 1)
    record_changes.change_opportunity(engine, secret, {"teaser": WORDS})
    make_public(engine, "opportunities", secret)
    night(engine, 2)
    assert len(mails(engine)) == 2


def test_an_actor_that_is_confidential_today_is_no_more_told_about(engine: Engine) -> None:
    """Its name would stand in the mail."""
    actor = add_actor(engine, 1)
    add_need(engine, 1)
    follow(engine, CAMILLE, actor_id=actor)
    record_changes.change_actor(engine, actor, {"confidential": True})
    report = compose_alerts(open_desk(engine), SIGNER, night=NIGHT, now=moment(NIGHT), options=OPTIONS)
    assert (report.mails, report.skipped) == (0, {"actor_gone": 1})


def test_a_confidential_member_brings_its_network_nothing_in_a_mail(engine: Engine) -> None:
    network = add_actor(engine, 1, kind="network", name="Réseau", activities=["conseil"], source_id="n1")
    add_actor(engine, 2, name="Canaribleu", member_of=["n1"], confidential=True)
    add_need(engine, 1)
    follow(engine, CAMILLE, actor_id=network, least="good_lead")
    night(engine)
    assert mails(engine) == []
