"""What partners see follows the snapshot: made beside it by the builder, and masked by what is confidential by now."""

import threading
from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import Engine

from api.catalogue import record_changes
from api.matching.builder import SnapshotBuilder
from api.matching.desk import Desk
from api.partner_view.building import DeskView, PartnerSpaces
from api.partner_view.public_desk import PublicDesk
from matcher.embedding import Progress
from matcher.types import FloatArray
from models.unit_of_work import unit_of_work
from tests.support.night_world import NIGHT, SIGNER, TIES, ToyEncoder, add_actor, add_case, add_need, open_desk, small
from tests.support.publishing import make_public
from tests.support.sameness import same

NOBODY = "aaaaaaaa-0000-4000-8000-000000000000"


class RememberingEncoder(ToyEncoder):
    """Remembers the threads that encode."""

    def __init__(self) -> None:
        self.threads: set[str] = set()

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> FloatArray:
        self.threads.add(threading.current_thread().name)
        return super().encode(texts, progress)


@pytest.fixture
def filled(engine: Engine) -> Engine:
    small(engine)
    add_actor(engine, 1)
    add_case(engine, 1, "Jardiniers")
    for number in range(2, 6):
        add_need(engine, number)
    return engine


def seen(spaces: PartnerSpaces, engine: Engine) -> PublicDesk:
    with unit_of_work(engine) as unit:
        return spaces.open(unit, NOBODY, SIGNER, today=NIGHT).public


def anew(engine: Engine) -> PublicDesk:
    return DeskView.of(desk := open_desk(engine), desk.snapshot(), NIGHT, TIES).public


def test_a_view_that_follows_another_is_the_one_made_anew(filled: Engine) -> None:
    desk = open_desk(filled)
    view = DeskView.of(desk, desk.snapshot(), NIGHT, TIES)
    opportunity = add_need(filled, 6, "Élagage")
    add_case(filled, 2, "Menuisiers", title="Autre secret")
    add_actor(filled, 2, confidential=True)
    changes: tuple[Callable[[], None], ...] = (
        lambda: record_changes.change_opportunity(filled, opportunity, {"title": "Taille de haies"}),
        lambda: record_changes.change_opportunity(filled, opportunity, {"confidential": True}),
        lambda: make_public(filled, "opportunities", opportunity),
    )
    for change in changes:
        change()
        view = DeskView.of(desk, desk.snapshot(), NIGHT, TIES, view)
        made = anew(filled)
        assert same(view.public.index, made.index)
        assert (view.public.cards, view.public.teasers, view.public.actors) == (made.cards, made.teasers, made.actors)


def test_an_actor_s_edit_keeps_the_opportunities_as_they_are(engine: Engine) -> None:
    """Where no line of a case is drawn anew."""
    small(engine)
    add_actor(engine, 1)
    add_need(engine, 2)
    desk = open_desk(engine)
    view = DeskView.of(desk, desk.snapshot(), NIGHT, TIES)
    actor = add_actor(engine, 2)
    assert DeskView.of(desk, desk.snapshot(), NIGHT, TIES, view).public.index is view.public.index
    assert actor in DeskView.of(desk, desk.snapshot(), NIGHT, TIES, view).public.actors


def test_what_is_confidential_costs_the_builder_as_much_as_what_is_public(filled: Engine) -> None:
    """Who asks meanwhile waits for its thread: the public index is made anew although no row of it changed."""
    case = add_case(filled, 2, "Menuisiers")
    desk = open_desk(filled)
    view = DeskView.of(desk, desk.snapshot(), NIGHT, TIES)
    record_changes.change_opportunity(filled, case, {"description": "Douze salariés"})
    after = DeskView.of(desk, desk.snapshot(), NIGHT, TIES, view)
    assert same(after.public.index, view.public.index)
    assert after.public.index is not view.public.index


def test_where_a_builder_runs_no_partner_s_request_makes_the_view(filled: Engine) -> None:
    encoder = RememberingEncoder()
    desk = Desk(filled, encoder, ("07", "26"))
    spaces = PartnerSpaces(desk, TIES)
    builder = SnapshotBuilder(desk, spaces.prepare)
    builder.start()
    try:
        encoder.threads.clear()
        before = seen(spaces, filled)
        opportunity = add_need(filled, 6, "Élagage")
        add_case(filled, 2, "Menuisiers")
        assert desk.catch_up(60)
        after = seen(spaces, filled)
    finally:
        builder.stop()
    assert opportunity not in before.opportunities
    assert opportunity in after.opportunities
    assert encoder.threads == {"snapshot-builder"}
    assert same(after.index, anew(filled).index)


def test_a_view_that_is_older_names_nothing_that_became_confidential(filled: Engine) -> None:
    desk = open_desk(filled)
    spaces = PartnerSpaces(desk, TIES)
    spaces.prepare(desk.snapshot())
    # As while its builder is behind.
    desk.is_served = True
    before = seen(spaces, filled)
    (case,) = before.teasers
    opening = next(one for one in before.opportunities if one not in before.teasers)
    record_changes.change_opportunity(filled, opening, {"confidential": True})
    record_changes.change_opportunity(filled, case, {"teaser": None})
    (actor,) = before.actors
    record_changes.change_actor(filled, actor, {"confidential": True})
    now, made = seen(spaces, filled), anew(filled)
    assert same(now.index, made.index)
    assert (now.cards, now.teasers, now.actors) == (made.cards, made.teasers, made.actors)
    assert seen(spaces, filled) is now
