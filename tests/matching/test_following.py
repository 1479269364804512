"""A snapshot that follows changes row by row is, bit for bit, the one built anew from the tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, update
from sqlmodel import Session, col

from api.core.settings import HOME_DEPARTMENTS
from api.learning.weights import stored_weights
from api.matching.desk import Desk
from matcher.scoring import PRIOR, same_for_all_roles
from models.base import utc_now
from models.database import open_database, writing
from models.tables import (
    Actor,
    Commune,
    CompanyState,
    Consent,
    ContractWon,
    DuplicateProposal,
    Lot,
    Membership,
    Opportunity,
    TakeoverCase,
    WeightsVersion,
)
from tests.support.builders import weights
from tests.support.databases import copy_database, url_of
from tests.support.night_world import ToyEncoder, small
from tests.support.proof_share import examples
from tests.support.sameness import same
from tests.support.world import synthetic_siret

Change = Callable[[Session], None]

ACTORS, OPPORTUNITIES = [f"a{n}" for n in range(5)], [f"o{n}" for n in range(4)]
SIRETS = [synthetic_siret(n) for n in range(3)]
FILLED: tuple[Any, ...] = (
    *(
        Consent,
        CompanyState,
        ContractWon,
        DuplicateProposal,
        Membership,
        Lot,
        TakeoverCase,
        Opportunity,
        Actor,
        WeightsVersion,
    ),
)


@pytest.fixture(scope="module")
def engine(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    opened = open_database(url_of(copy_database(empty_database, tmp_path_factory.mktemp("following") / "own.db")))
    yield small(opened)
    opened.dispose()


def begin(engine: Engine) -> None:
    """Leave twelve public gardeners of one commune, so that a case can be described, and two versions of weights."""
    with writing(engine) as session:
        for table in FILLED:
            session.execute(delete(table))
        for n in range(12):
            session.add(an_actor(f"base{n:02}", naf="81.30Z", headcount=12))
        for version, bias in (("w0", 0.0), ("w1", 1.0)):
            values = stored_weights(same_for_all_roles(weights(PRIOR.bias + bias)))
            status = "active" if version == "w0" else "candidate"
            session.add(WeightsVersion(id=version, status=status, values=values, created_at=utc_now()))


def an_actor(id: str, naf: str | None = None, **known: Any) -> Actor:
    codes = [{"code": naf}] if naf else []
    fields = {"name": f"N {id}", "kind": "scop", "commune_code": "26362", "department": "26"} | known
    return Actor(id=id, natural_key=id, content_hash="", source="s", naf=codes, **fields)


words = st.sampled_from(["tonte", "élagage de haies", "soudure", "pain bio", ""])
actor_rows = st.builds(
    an_actor,
    st.sampled_from(ACTORS),
    naf=st.sampled_from([None, "81.30Z", "43.32A"]),
    name=words,
    kind=st.sampled_from(["scop", "cae", "network", "entrepreneur", "company"]),
    activities=st.lists(words, max_size=2),
    siret=st.none() | st.sampled_from(SIRETS),
    headcount=st.none() | st.sampled_from([2, 12, 70]),
    approvals=st.lists(st.sampled_from(["rge", "qualibat"]), max_size=1),
    area_communes=st.lists(st.sampled_from(["26362", "07186"]), max_size=2),
    commune_code=st.sampled_from([None, "26362", "26113"]),
    confidential=st.booleans(),
)
opportunity_rows = st.builds(
    lambda id, naf, **fields: Opportunity(
        id=id, natural_key=id, content_hash="", source="s", source_id=id, naf=[{"code": naf}] if naf else [], **fields
    ),
    st.sampled_from(OPPORTUNITIES),
    st.sampled_from([None, "81.30Z", "43.32A"]),
    kind=st.sampled_from(["market", "takeover", "takeover"]),
    title=words,
    teaser=st.sampled_from([None, "", "Jardiniers"]),
    status=st.sampled_from(["open", "closed", "cancelled"]),
    buyer_siret=st.none() | st.sampled_from(SIRETS),
    commune_code=st.sampled_from([None, "26362"]),
    department=st.sampled_from([None, "26", "07"]),
    confidential=st.booleans(),
)


def put(row: Actor | Opportunity) -> Change:
    # A row belongs to the session that wrote it: each turn needs its own.
    return lambda session: session.merge(type(row)(**row.model_dump()))


def drop(row_id: str) -> Change:
    def change(session: Session) -> None:
        for child in (Lot, TakeoverCase):
            session.execute(delete(child).where(child.opportunity_id == row_id))
        session.execute(delete(Consent).where((col(Consent.opportunity_id) == row_id) | (Consent.actor_id == row_id)))
        either = (col(Membership.carrier_id) == row_id) | (col(Membership.member_id) == row_id)
        session.execute(delete(Membership).where(either))
        for table in (Actor, Opportunity):
            session.execute(delete(table).where(table.id == row_id))

    return change


def put_lots(opportunity_id: str, titles: list[str]) -> Change:
    def change(session: Session) -> None:
        session.execute(delete(Lot).where(col(Lot.opportunity_id) == opportunity_id))
        if session.get(Opportunity, opportunity_id):
            for n, title in enumerate(titles):
                session.add(Lot(id=f"{opportunity_id}l{n}", opportunity_id=opportunity_id, number=str(n), title=title))

    return change


def put_case(opportunity_id: str, headcount: int | None) -> Change:
    def change(session: Session) -> None:
        if session.get(Opportunity, opportunity_id):
            session.merge(TakeoverCase(opportunity_id=opportunity_id, cause="other", headcount=headcount))

    return change


def join(carrier: str, member: str, leave: bool) -> Change:
    def change(session: Session) -> None:
        session.execute(
            delete(Membership).where(col(Membership.carrier_id) == carrier, col(Membership.member_id) == member)
        )
        if not leave and session.get(Actor, carrier) and session.get(Actor, member):
            session.add(Membership(carrier_id=carrier, member_id=member))

    return change


def decide(pair: tuple[str, str], hidden: int, status: str) -> Change:
    def change(session: Session) -> None:
        first, second = sorted(pair)
        session.merge(
            DuplicateProposal(
                id=first + second,
                kind="actors",
                first_id=first,
                second_id=second,
                similarity=1.0,
                status=status,
                hidden_id=pair[hidden] if status == "same" else None,
            )
        )

    return change


def consent(opportunity_id: str, actor_id: str, withdrawn: bool) -> Change:
    def change(session: Session) -> None:
        if session.get(Opportunity, opportunity_id) and session.get(Actor, actor_id):
            session.merge(
                Consent(
                    id=opportunity_id + actor_id,
                    opportunity_id=opportunity_id,
                    actor_id=actor_id,
                    side="holder",
                    given_at=utc_now(),
                    given_by="f",
                    withdrawn_at=utc_now() if withdrawn else None,
                )
            )

    return change


def win(siret: str, title: str, lost: bool) -> Change:
    def change(session: Session) -> None:
        session.execute(delete(ContractWon).where(col(ContractWon.source_id) == siret + title))
        if not lost:
            kept = {"source": "decp", "buyer_name": "Crest", "reference": ""}
            session.add(ContractWon(source_id=siret + title, siret=siret, title=title, **kept))

    return change


def state(siret: str, of_company: bool, said: str) -> Change:
    def change(session: Session) -> None:
        source_id, own = (f"siren:{siret[:9]}", None) if of_company else (f"siret:{siret}", siret)
        known = {"siren": siret[:9], "siret": own, "state": said, "reference": ""}
        session.merge(CompanyState(source="r", source_id=source_id, **known))

    return change


def activate(version: str) -> Change:
    def change(session: Session) -> None:
        session.execute(update(WeightsVersion).values(status="retired"))
        session.execute(update(WeightsVersion).where(col(WeightsVersion.id) == version).values(status="active"))

    return change


def reveal(row_id: str, confidential: bool, teaser: str | None) -> Change:
    def change(session: Session) -> None:
        session.execute(update(Actor).where(col(Actor.id) == row_id).values(confidential=confidential))
        known = {"confidential": confidential, "teaser": teaser}
        session.execute(update(Opportunity).where(col(Opportunity.id) == row_id).values(**known))

    return change


def move(lat: float) -> Change:
    return lambda session: session.execute(update(Commune).where(col(Commune.code) == "26362").values(lat=lat))  # type: ignore[return-value]


some_actor, some_opportunity = st.sampled_from([*ACTORS, "base00", "base01"]), st.sampled_from(OPPORTUNITIES)
pairs = st.lists(some_actor, min_size=2, max_size=2, unique=True).map(tuple)
changes = st.one_of(
    st.builds(put, actor_rows),
    st.builds(put, opportunity_rows),
    st.builds(drop, some_actor | some_opportunity),
    st.builds(put_lots, some_opportunity, st.lists(words, max_size=3)),
    st.builds(put_case, some_opportunity, st.sampled_from([None, 2, 14])),
    st.builds(join, some_actor, some_actor, st.booleans()),
    st.builds(decide, pairs, st.sampled_from([0, 1]), st.sampled_from(["same", "same", "different"])),
    st.builds(reveal, some_actor | some_opportunity, st.booleans(), st.sampled_from([None, "Jardiniers"])),
    st.builds(consent, some_opportunity, some_actor, st.booleans()),
    st.builds(win, st.sampled_from(SIRETS), words, st.booleans()),
    st.builds(state, st.sampled_from(SIRETS), st.booleans(), st.sampled_from(["open", "closed", "insolvent"])),
    st.builds(activate, st.sampled_from(["w0", "w1"])),
    st.builds(move, st.sampled_from([44.9, 45.0])),
)
desks = st.lists(st.builds(put, actor_rows), max_size=4)
cases = st.lists(st.builds(put, opportunity_rows), max_size=3)


@pytest.mark.slow
@settings(deadline=None, max_examples=examples(240, least=10), suppress_health_check=list(HealthCheck))
@given(desks, cases, st.lists(st.lists(changes, min_size=1, max_size=3), min_size=1, max_size=6))
def test_after_any_changes_it_is_the_one_built_anew(
    engine: Engine, first: list[Change], then: list[Change], turns: list[list[Change]]
) -> None:
    """Both for whoever builds it when asked and for the builder, once it has encoded all texts."""
    begin(engine)
    asked, served = Desk(engine, ToyEncoder(), HOME_DEPARTMENTS), Desk(engine, ToyEncoder(), HOME_DEPARTMENTS)
    served.snapshot()
    # As where a builder runs: then nobody else builds.
    served.is_served = True
    for turn in ([*first, *then], *turns):
        with writing(engine) as session:
            for change in turn:
                change(session)
                session.flush()
        while served.advance(show=True):
            pass
        anew = Desk(engine, ToyEncoder(), HOME_DEPARTMENTS).snapshot()
        assert same(asked.snapshot(), anew)
        assert same(served.snapshot(), anew)
