"""Evaluation: judged queries → the product's own ranking and every baseline, measured and compared."""

import csv
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from api.catalogue.places.loading import load_places
from api.core.errors import SourceError
from api.core.json_values import to_json
from api.core.progress import Progress
from api.core.settings import HOME_DEPARTMENTS
from api.evaluation import queries
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
from matcher.scoring import WeightsByRole, without
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
        return {field_name: to_json(field_value) for field_name, field_value in asdict(self).items()}


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
    weights: WeightsByRole,
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
    engine_values = measured(run_of(ranked))
    systems = [_system("moteur", engine_values, None)]
    for system_name, baseline in BASELINES.items():
        systems.append(_system(system_name, measured(baseline(data, encode)), engine_values))
    ablations = []
    for feature in FEATURES if ablate else ():
        ablated = rank_all(Matcher(without(weights, feature), similarity_range), data, encode, progress)
        ablations.append(_system(f"sans {feature}", measured(run_of(ablated)), engine_values))
    score_bins = reliability(*scored_pairs(ranked, data.qrels, data.relevant))
    return Evaluation(
        data.name, len(data.opportunities), len(data.actors), tuple(systems), tuple(ablations), tuple(score_bins)
    )


def _system(system_name: str, measure_values: dict[str, Any], engine_values: dict[str, Any] | None) -> System:
    engine_comparison = compare(engine_values[MAIN_MEASURE], measure_values[MAIN_MEASURE]) if engine_values else None
    return System(
        system_name,
        {measure: interval(query_values) for measure, query_values in measure_values.items()},
        engine_comparison,
    )


def _read_fixtures(folder: Path) -> Dataset:
    """Import the invented world into a throw-away database; its judgments name the identifiers of the files."""
    with tempfile.TemporaryDirectory() as work_folder:
        database = open_database(f"sqlite:///{work_folder}/fixtures.db")
        migrate(database)
        load_places(database)
        for file_name, record_kind in FIXTURE_FILES:
            import_report = ingest(
                database,
                folder / file_name,
                record_kind,
                source="fixtures",
                refused_path=Path(work_folder) / "refused.csv",
            )
            if import_report.refused:
                raise SourceError(
                    f"{folder / file_name} : {import_report.errors[0].reason} (ligne {import_report.errors[0].row})"
                )
        with reading(database) as session:
            source_ids = queries.source_ids(session)
        desk_content = read_content(database, HOME_DEPARTMENTS)
        database.dispose()
    qrels: dict[str, dict[str, int]] = {}
    ids_by_source = {source_id: row_id for row_id, source_id in source_ids.items()}
    with (folder / "qrels.tsv").open(encoding="utf-8", newline="") as judgments_file:
        for judgment in csv.DictReader(judgments_file, delimiter="\t"):
            query_id, candidate_id = (ids_by_source[judgment[column]] for column in ("query-id", "corpus-id"))
            qrels.setdefault(query_id, {})[candidate_id] = int(judgment["score"])
    judged = tuple(opportunity for opportunity in desk_content.opportunities if opportunity.id in qrels)
    groups = {opportunity.id: desk_content.opportunity_cards[opportunity.id].opportunity_id for opportunity in judged}
    return Dataset(folder.name, judged, desk_content.actors, qrels, groups, FIXTURES_TODAY)
