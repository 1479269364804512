"""The page of one proposal costs the same whatever lies on the desk, and says what the list says."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select

from api.core.errors import NotFoundError
from api.mailing.links import Signer
from api.partner_view.building import PartnerSpaces
from api.partner_view.marks import Marks, Pair
from api.partner_view.proposals import PartnerSpace
from matcher.comparing import Comparison
from matcher.index import ActorIndex, OpportunityIndex
from matcher.matching import Matcher
from matcher.sections import Section
from matcher.types import BoolArray
from models.base import utc_now
from models.database import reading, writing
from models.tables import Account, AccountActor, Impression
from models.unit_of_work import unit_of_work
from tests.support.night_world import NIGHT, SIGNER, TIES, TITLES, add_actor, add_case, add_need, open_desk, small
from tests.support.world import ABSENT, synthetic_siret

ACCOUNT, OTHER = "aaaaaaaa-0000-4000-8000-000000000000", "bbbbbbbb-0000-4000-8000-000000000000"
SIRET = synthetic_siret(7)


@dataclass(frozen=True)
class CountingMatcher(Matcher):
    """The matcher, noting how many opportunities each comparison was given."""

    compared: list[int] = field(default_factory=list)

    def compare(
        self, actor: ActorIndex, opportunities: OpportunityIndex, *, today: date, among: BoolArray | None = None
    ) -> Comparison:
        self.compared.append(len(opportunities))
        return super().compare(actor, opportunities, today=today, among=among)


class CountingMarks(Marks):
    """Marks, noting how many are made and opened."""

    handled = 0

    def make(self, pair: Pair) -> str:
        self.handled += 1
        return super().make(pair)

    def open(self, mark: str) -> Pair | None:
        self.handled += 1
        return super().open(mark)


@pytest.fixture
def own(engine: Engine) -> str:
    """A network with two members: it is compared as three units."""
    small(engine)
    actor = add_actor(engine, 1, kind="network", source_id="reseau", siret=None)
    add_actor(engine, 2, member_of=["reseau"])
    add_actor(engine, 3, member_of=["reseau"], siret=SIRET, source_id=None)
    with writing(engine) as session:
        for account in (ACCOUNT, OTHER):
            session.add(
                Account(id=account, email=f"{account}@a.invalid", name="P", role="partner", created_at=utc_now())
            )
            session.flush()
            session.add(AccountActor(account_id=account, actor_id=actor, created_at=utc_now()))
    return actor


def fill(engine: Engine, numbers: range) -> None:
    for number in numbers:
        add_need(engine, number, TITLES[number % len(TITLES)])


@contextmanager
def opened(engine: Engine, account: str = ACCOUNT) -> Iterator[PartnerSpace]:
    with unit_of_work(engine) as unit:
        yield PartnerSpaces(open_desk(engine), TIES, least=Section.UNLIKELY).open(unit, account, SIGNER, today=NIGHT)


def counted(space: PartnerSpace) -> tuple[PartnerSpace, CountingMatcher, CountingMarks]:
    matcher = CountingMatcher(space.public.matcher.weights, space.public.matcher.similarity_range)
    marks = CountingMarks(SIGNER.derived_keys("polesud.mark"), ACCOUNT)
    return replace(space, public=replace(space.public, matcher=matcher), marks=marks), matcher, marks


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", note)


def work_of_one_page(engine: Engine) -> tuple[list[int], int, int]:
    with opened(engine) as whole:
        space, matcher, marks = counted(whole)
        mark = marks.make(Pair(next(iter(space.own)), next(iter(sorted(space.public.cards)))))
        marks.handled = 0
        with statements(engine) as said:
            assert space.find(mark).entry
    return matcher.compared, marks.handled, len(said)


@pytest.mark.usefixtures("own")
def test_one_proposal_is_scored_alone_whatever_lies_on_the_desk(engine: Engine) -> None:
    fill(engine, range(3))
    few = work_of_one_page(engine)
    fill(engine, range(3, 60))
    many = work_of_one_page(engine)
    assert few == many
    compared, marks, _statements = many
    assert (compared, marks) == ([1], 2)


@pytest.mark.usefixtures("own")
def test_a_proposal_says_what_the_list_says(engine: Engine) -> None:
    """Same score, reasons and member, to the bit; only its rank is not known alone."""
    fill(engine, range(20))
    add_case(engine, 1, "Entretien d’espaces verts")
    # A member holds it: nobody outside is told so by what is proposed.
    add_case(engine, 2, "Entretien d’espaces verts", takeover={"headcount": 6, "holder_siren": SIRET[:9]})
    with opened(engine) as space:
        ((_, proposals),) = space.proposals(length=100)
        assert len(proposals) == 22
        for one in proposals:
            alone = space.find(one.mark)
            assert one.entry
            assert alone.entry
            assert replace(alone, entry=None) == replace(one, entry=None)
            assert alone.entry.member == one.entry.member
            assert replace(alone.entry.suggestion, rank=0) == replace(one.entry.suggestion, rank=0)


@pytest.mark.usefixtures("own")
def test_what_is_listed_is_recorded_once_a_day_and_never_where_nobody_looks(engine: Engine) -> None:
    fill(engine, range(3))
    for is_looked_at, count in ((False, 0), (True, 3), (True, 3)):
        with opened(engine) as space:
            assert len(replace(space, is_looked_at=is_looked_at).proposals()[0][1]) == 3
        with reading(engine) as session:
            assert session.scalar(select(func.count()).select_from(Impression)) == count


def test_a_holder_is_proposed_the_line_of_its_own_case_like_everybody(engine: Engine, own: str) -> None:
    """One line less for the holder would tell which case is whose."""
    holder = add_actor(engine, 4, siret=synthetic_siret(8), source_id=None)
    with writing(engine) as session:
        session.add(AccountActor(account_id=ACCOUNT, actor_id=holder, created_at=utc_now()))
    case = add_case(engine, 1, "Entretien", takeover={"headcount": 6, "holder_siren": synthetic_siret(8)[:9]})
    with opened(engine) as space:
        listed = {actor.id: [one.card.id for one in proposals] for actor, proposals in space.proposals()}
        assert listed == {own: [case], holder: [case]}
        assert space.find(space.marks.make(Pair(holder, case))).entry


def test_a_mark_leads_nowhere_for_another_account_another_actor_or_what_is_gone(engine: Engine, own: str) -> None:
    need = add_need(engine, 1)
    stranger = add_actor(engine, 9)
    secret = add_case(engine, 2, None)
    with opened(engine) as mine, opened(engine, OTHER) as theirs:
        mark = mine.marks.make(Pair(own, need))
        assert mine.find(mark).card.id == need
        for space, refused in (
            (theirs, mark),
            (mine, mine.marks.make(Pair(stranger, need))),
            (mine, mine.marks.make(Pair(own, secret))),
            (mine, mine.marks.make(Pair(own, ABSENT))),
            (mine, Marks.of(Signer(["une autre clé"], 45), ACCOUNT).make(Pair(own, need))),
        ):
            with pytest.raises(NotFoundError, match="n’existe pas"):
                space.find(refused)
