"""Evaluation: judged queries → the product's own ranking and every baseline, measured and compared."""

import csv
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from api.catalogue import queries as catalogue_queries
from api.catalogue.places.loading import load_places
from api.core.errors import SourceError
from api.core.json_values import to_json
from api.core.progress import Progress
from api.core.settings import HOME_DEPARTMENTS
from api.evaluation.invented_world import FIXTURE_FILES, FIXTURES_TODAY
from api.imports.importing import ingest
from api.matching.content import read_content
from matcher.columns import Encode
from matcher.evaluation.baselines import BASELINES
from matcher.evaluation.datasets import Dataset, read_dataset
from matcher.evaluation.measures import (
    MAIN_MEASURE,
    Comparison,
    Interval,
    compare,
    interval,
    per_query,
    rank_all,
    reliability,
    run_of,
    scored_pairs,
)
from matcher.features import FEATURES
from matcher.matching import Matcher
from matcher.scoring import WeightsByKind, without
from models.database import migrate, open_database, reading


@dataclass(frozen=True)
class System:
    """One way of ranking: its measures, and the engine's comparison with it (None for the engine itself)."""

    name: str
    measures: dict[str, Interval]
    engine_against: Comparison | None


@dataclass(frozen=True)
class Evaluation:
    """Results of the engine and its baselines on one test collection.

    ablations: the engine without one feature each. reliability: by tenth of the score, the mean score of suggestions,
    the share relevant, their count.
    """

    dataset: str
    queries: int
    candidates: int
    systems: tuple[System, ...]
    ablations: tuple[System, ...] = ()
    reliability: tuple[tuple[float, float, int], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return values for JSON, null where undefined."""
        return {name: to_json(value) for name, value in asdict(self).items()}


def open_dataset(folder: Path) -> Dataset:
    """Read judgments: the folder `fixtures/` through the importer, any other as `matcher.evaluation.datasets` says.

    Raises SourceError.
    """
    try:
        return _read_fixtures(folder) if (folder / FIXTURE_FILES[0][0]).is_file() else read_dataset(folder)
    except FileNotFoundError as error:
        raise SourceError(f"{error.filename} : ce dossier de jugements est incomplet") from error
    except ValueError as error:
        raise SourceError(str(error)) from error


def evaluate(
    data: Dataset,
    encode: Encode,
    weights: WeightsByKind,
    similarity_range: tuple[float, float],
    *,
    ablate: bool = False,
    progress: Progress | None = None,
) -> Evaluation:
    """Measure the engine and every baseline on one test collection; with `ablate`, also without each feature.

    `progress` is called after each query that the engine ranks.
    """
    classes = data.classes or None

    def measured(run: Any) -> dict[str, Any]:
        return per_query(data.qrels, run, classes)

    ranked = rank_all(Matcher(weights, similarity_range), data, encode, progress)
    engine = measured(run_of(ranked))
    systems = [_system("moteur", engine, None)]
    for name, baseline in BASELINES.items():
        systems.append(_system(name, measured(baseline(data, encode)), engine))
    ablations = []
    for feature in FEATURES if ablate else ():
        ablated = rank_all(Matcher(without(weights, feature), similarity_range), data, encode, progress)
        ablations.append(_system(f"sans {feature}", measured(run_of(ablated)), engine))
    bins = reliability(*scored_pairs(ranked, data.qrels, data.relevant))
    return Evaluation(
        data.name, len(data.opportunities), len(data.actors), tuple(systems), tuple(ablations), tuple(bins)
    )


def _system(name: str, values: dict[str, Any], engine: dict[str, Any] | None) -> System:
    against = compare(engine[MAIN_MEASURE], values[MAIN_MEASURE]) if engine else None
    return System(name, {measure: interval(column) for measure, column in values.items()}, against)


def _read_fixtures(folder: Path) -> Dataset:
    """Import the invented world into a throw-away database; its judgments name the identifiers of the files."""
    with tempfile.TemporaryDirectory() as place:
        database = open_database(f"sqlite:///{place}/fixtures.db")
        migrate(database)
        load_places(database)
        for name, kind in FIXTURE_FILES:
            report = ingest(database, folder / name, kind, source="fixtures", refused_path=Path(place) / "refused.csv")
            if report.refused:
                raise SourceError(f"{folder / name} : {report.errors[0].reason} (ligne {report.errors[0].row})")
        with reading(database) as session:
            names = catalogue_queries.source_ids(session)
        content = read_content(database, HOME_DEPARTMENTS)
        database.dispose()
    qrels: dict[str, dict[str, int]] = {}
    ids = {name: ident for ident, name in names.items()}
    with (folder / "qrels.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            qrels.setdefault(ids[row["query-id"]], {})[ids[row["corpus-id"]]] = int(row["score"])
    judged = tuple(row for row in content.opportunities if row.id in qrels)
    groups = {row.id: content.opportunity_cards[row.id].opportunity_id for row in judged}
    return Dataset(folder.name, judged, content.actors, qrels, groups, FIXTURES_TODAY)
