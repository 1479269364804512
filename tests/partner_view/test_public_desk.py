"""What a partner's page is given of the desk reaches nothing that an outsider may not know."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, timedelta
from types import FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sqlalchemy import Engine
from sqlmodel import Session

from api.catalogue.schemas import TakeoverIn
from api.matching.content import Content
from api.matching.desk import Desk
from api.matching.snapshot import Snapshot
from api.partner_view.building import DeskView, PartnerSpaces
from models.base import utc_now
from models.database import writing
from models.tables import Account, AccountActor
from models.unit_of_work import unit_of_work
from tests.support.night_world import NIGHT, SIGNER, TIES, add_actor, add_case, add_need, open_desk, small
from tests.support.world import synthetic_siret

ACCOUNT = "aaaaaaaa-0000-4000-8000-000000000000"
HOLDER = synthetic_siret(7)
DEADLINE = NIGHT + timedelta(days=17)
# What the secrets below are made of, in any spelling: words, a commune, figures, a SIREN, a day.
CANARIES = ("canari", "07186", "privas", "777777", "778000", "778001", "999", HOLDER[:9], DEADLINE.isoformat())
# An engine and a session reach every table: pages that have one are held by import rule 4 and by the queries' masks.
NOT_FOLLOWED = (type, ModuleType, FunctionType, Engine, Session)


def reached_from(root: Any) -> Iterator[Any]:
    """Yield every value that can be reached from an object by attributes, items, and the objects of bound methods."""
    seen: set[int] = set()
    waiting = [root]
    kept = []
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, NOT_FOLLOWED):
            continue
        seen.add(id(one))
        # Held, so that no other object is given its id.
        kept.append(one)
        yield one
        waiting += _parts(one)


def _parts(one: Any) -> list[Any]:
    if isinstance(one, str | bytes | int | float | date):
        return []
    if isinstance(one, np.ndarray):
        return one.tolist() if one.dtype.kind in "USO" else []
    if sparse.issparse(one):
        return []
    if isinstance(one, Mapping):
        return [*one.keys(), *one.values()]
    if isinstance(one, list | tuple | set | frozenset):
        return list(one)
    if isinstance(one, MethodType):
        return [one.__self__]
    if is_dataclass(one):
        return [getattr(one, each.name) for each in fields(one)] + list(getattr(one, "__dict__", {}).values())
    return list(getattr(one, "__dict__", {}).values())


@pytest.fixture
def desk(engine: Engine) -> Desk:
    """A desk with secrets of every kind: cases with and without a teaser, actors, members, a confidential need."""
    small(engine)
    own = add_actor(engine, 1, kind="network", source_id="reseau", member_of=[])
    add_actor(engine, 2, confidential=True, name="Canaribleu", member_of=["reseau"])
    add_actor(engine, 3, kind="employee_group", name="Canarivert", activities=["canari"])
    add_actor(engine, 4, siret=HOLDER, confidential=True, name="Canarirouge", source_id=None)
    secret = {
        "title": "Canaribleu Paysages",
        "description": "Canarivert à Privas",
        "commune_code": "07186",
        "deadline": DEADLINE,
        "takeover": TakeoverIn(
            headcount=999, turnover_eur=777_777, price_min_eur=778_000, price_max_eur=778_001, holder_siren=HOLDER[:9]
        ),
    }
    add_case(engine, 1, "Canaris et oiseaux", **secret)
    add_case(engine, 2, None, **secret)
    add_need(engine, 3, "Canari discret", confidential=True, buyer_name="Canarijaune")
    for number in range(4, 8):
        add_need(engine, number)
    with writing(engine) as session:
        session.add(Account(id=ACCOUNT, email="p@exemple.invalid", name="P", role="partner", created_at=utc_now()))
        session.flush()
        session.add(AccountActor(account_id=ACCOUNT, actor_id=own, created_at=utc_now()))
    return open_desk(engine)


def betrayed(values: Iterator[Any]) -> list[str]:
    texts = (one.isoformat() if isinstance(one, date) else str(one) for one in values if _is_plain(one))
    return sorted({text for text in texts for canary in CANARIES if canary in text.casefold()})


def _is_plain(one: Any) -> bool:
    return isinstance(one, str | int | float | date) and not isinstance(one, bool)


def test_the_full_snapshot_does_betray_itself_to_this_search(desk: Desk) -> None:
    """Else the tests below would prove nothing."""
    found = betrayed(reached_from(desk.snapshot()))
    assert {"Canaribleu", "Canarivert", "Canaribleu Paysages", "07186", HOLDER[:9], DEADLINE.isoformat()} <= set(found)


def test_the_public_desk_reaches_no_secret_and_no_snapshot(desk: Desk) -> None:
    public = DeskView.of(desk, desk.snapshot(), NIGHT, TIES).public
    assert len(public.teasers) == 1
    assert len(public.cards) == 5
    values = list(reached_from(public))
    assert betrayed(iter(values)) == []
    assert not [one for one in values if isinstance(one, Snapshot | Content | Desk)]


def test_nor_does_the_space_of_an_account(desk: Desk) -> None:
    with unit_of_work(desk.engine) as unit:
        space = PartnerSpaces(desk, TIES).open(unit, ACCOUNT, SIGNER, today=NIGHT)
        assert len(space.own) == 1
        # What it notes to be written later is held too.
        assert space.proposals()
        values = list(reached_from(space))
    assert betrayed(iter(values)) == []
    assert not [one for one in values if isinstance(one, Snapshot | Content | Desk | DeskView)]


def test_ids_of_what_is_not_announced_are_not_there_either(desk: Desk) -> None:
    snapshot = desk.snapshot()
    view = DeskView.of(desk, snapshot, NIGHT, TIES)
    hidden = snapshot.confidential - view.public.teasers
    assert len(hidden) == 5
    assert not hidden & {one for one in reached_from(view.public) if isinstance(one, str)}


def test_what_is_announced_passes_with_its_secret_deadline(desk: Desk) -> None:
    """The day of a public desk moves; nothing else does."""
    view = DeskView.of(desk, desk.snapshot(), DEADLINE, TIES)
    (case,) = view.public.teasers
    rows = [one.id for one in view.public.index.opportunities]
    assert view.public.in_time[rows.index(case)]
    later = view.on(DEADLINE + timedelta(days=1)).public
    assert not later.in_time[rows.index(case)]
    assert later.index is view.public.index
