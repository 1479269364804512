"""Rankings of partners are the same, bit for bit, whether they are compared in one product or apiece."""

from pathlib import Path

import pytest

from api.core.clock import today_in_france
from api.core.settings import HOME_DEPARTMENTS
from api.matching.desk import Desk
from api.partner_view.building import DeskView
from matcher.embedding import Encoder
from models.database import open_database
from models.partners import Subscription
from tests.support.databases import url_of
from tests.support.night_world import TIES

SEARCHES = ("entretien d’espaces verts", "reprise d’une menuiserie", "")


@pytest.mark.slow
def test_the_whole_invented_world_is_ranked_the_same(world_database: Path, encoder: Encoder) -> None:
    """For every public actor and some searches: order, features, contributions, logits, reasons."""
    engine = open_database(url_of(world_database))
    desk = Desk(engine, encoder, HOME_DEPARTMENTS)
    view = DeskView.of(desk, desk.snapshot(), today_in_france(), TIES)
    public = view.public
    wishes = [Subscription(id=f"s-{actor_id}", partner_id="p", actor_id=actor_id) for actor_id in public.actors]
    wishes += [Subscription(id=f"s-{text}", partner_id="p", search=text, departments=["26"]) for text in SEARCHES]
    queries = [query for wish in wishes if (query := view.subscribed(wish))]
    batched = public.comparing(queries)
    assert len(queries) > len(SEARCHES)
    for query in queries:
        alone, together = public.rank(query), batched.rank(query)
        assert alone
        assert together
        assert together.scores() == alone.scores()
        for name in ("features", "parts", "totals", "failed", "best"):
            assert getattr(together, name).tobytes() == getattr(alone, name).tobytes()
        for rank, row in enumerate(alone.best[:2].tolist(), start=1):
            assert together.suggestion(row, rank) == alone.suggestion(row, rank)
    engine.dispose()
