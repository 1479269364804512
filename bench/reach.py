"""How many good leads of told cases hear of them by night, from the published line alone, on the invented world.

The pairs are frozen (`fixtures/told_pairs.tsv`): they are good leads or better by the desk's score on the whole case.
The ceiling is what a rule would reach that knew the pairs, but had to treat cases with the same line alike and to tell
no confidential actor.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from api.alerts.line_reach import reached_actors
from api.catalogue.places.loading import load_places
from api.catalogue.schemas import RecordKind
from api.core.clock import today_in_france
from api.core.settings import HOME_DEPARTMENTS
from api.evaluation.invented_world import FIXTURES, FIXTURES_TODAY
from api.imports.importing import ingest
from api.mailing.links import Signer
from api.matching.desk import Desk
from api.partner_view.building import DeskView
from api.partner_view.ties import Ties
from api.takeovers.reach.line_reach import MOST_REACHED
from bench.results import Result
from bench.world import ENCODER
from matcher.embedding import open_encoder
from models.database import open_database
from models.revisions import migrate

PAIRS = FIXTURES / "told_pairs.tsv"
FILES: tuple[tuple[str, RecordKind], ...] = (
    ("actors.csv", "actors"),
    ("openings.csv", "opportunities"),
    ("takeovers.csv", "opportunities"),
)
ANY_KEY = Signer(["mesure"], 1)

Pair = tuple[str, str]


def told_pairs() -> list[Pair]:
    """Return the frozen pairs: the id of a case, and of an actor."""
    _, *lines = PAIRS.read_text("utf-8").splitlines()
    return [(case_id, actor_id) for case_id, actor_id in (line.split("\t") for line in lines)]


def measure(_console: Console) -> list[Result]:
    """Load the invented world, and compare whom its lines reach with the frozen pairs."""
    with TemporaryDirectory() as folder:
        engine = open_database(f"sqlite:///{Path(folder) / 'reach.db'}")
        migrate(engine)
        load_places(engine)
        for name, kind in FILES:
            ingest(engine, FIXTURES / name, kind, source="demo", shift_days=(today_in_france() - FIXTURES_TODAY).days)
        desk = Desk(engine, open_encoder(str(ENCODER)), HOME_DEPARTMENTS)
        snapshot = desk.snapshot()
        public = DeskView.of(desk, snapshot, today_in_france(), Ties.of(ANY_KEY)).public
        reach = reached_actors(snapshot, public, desk.vectors.rows)
        engine.dispose()
    lines = {case_id: public.cards[case_id].title for case_id in public.teasers}
    pairs = told_pairs()
    by_rule, at_most = recall_of(pairs, lines, reach), ceiling_of(pairs, lines, public.actors.keys())
    return [
        Result("reach", f"bonnes pistes atteintes par la ligne, {MOST_REACHED} acteurs au plus", 100 * by_rule, "%"),
        Result("reach", "le plus qu’une règle de la ligne atteindrait", 100 * at_most, "%"),
    ]


def recall_of(pairs: Sequence[Pair], lines: Mapping[str, str], reach: Mapping[str, Collection[str]]) -> float:
    """Return the share of pairs of which the line of the case reaches the actor. lines: case → its line."""
    return sum(actor_id in reach.get(lines.get(case_id, ""), ()) for case_id, actor_id in pairs) / len(pairs)


def ceiling_of(pairs: Sequence[Pair], lines: Mapping[str, str], public_actors: Collection[str]) -> float:
    """Return the greatest recall of a rule that reaches MOST_REACHED public actors a line."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for case_id, actor_id in pairs:
        if actor_id in public_actors:
            counts[lines[case_id]][actor_id] += 1
    return sum(count for of_line in counts.values() for _, count in of_line.most_common(MOST_REACHED)) / len(pairs)
