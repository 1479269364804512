"""Evaluation: judged queries → the product's own ranking and every baseline, measured and compared."""

import csv
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from api.catalogue.places.loading import load_places
from api.core.errors import SourceError
from api.core.json_values import to_json
from api.core.progress import Progress
from api.core.settings import HOME_DEPARTMENTS
from api.evaluation import queries
from api.evaluation.graded_folder import TYPES, GradedFolder, is_graded_folder
from api.evaluation.invented_world import FIXTURE_FILES, FIXTURES_TODAY
from api.evaluation.kept_encoder import KeptEncoder
from api.imports.importing import ingest
from api.matching.content import read_content
from matcher.evaluation.baselines import BASELINES, Baseline
from matcher.evaluation.datasets import Dataset, least_relevant, read_dataset
from matcher.evaluation.judgment_files import JUDGMENT, ROW, UnreadableLineError
from matcher.evaluation.measures import (
    MAIN_MEASURE,
    Comparison,
    Interval,
    among_judged,
    compare,
    interval,
    per_query,
    reliability,
)
from matcher.evaluation.references import read_references
from matcher.evaluation.runs import ScoredRun, ids_of, rank_all, scored_pairs
from matcher.features import FEATURES
from matcher.matching import Matcher
from matcher.scoring import WeightsByRole, without
from matcher.types import FloatArray, Qrels
from models.database import open_database, reading
from models.revisions import migrate

ENGINE = "moteur"
_EXPECTED = {
    ROW: "un objet JSON avec _id, et des valeurs de la bonne forme, est attendu",
    JUDGMENT: "une question connue, un candidat connu et un degré sont attendus",
}


@dataclass(frozen=True)
class System:
    """One way of ranking: its measures, and the engine's comparison with it (None for the engine itself)."""

    name: str
    measures: dict[str, Interval]
    engine_against: Comparison | None


@dataclass(frozen=True)
class Section:
    """The systems on some of the questions."""

    queries: int
    systems: tuple[System, ...]


@dataclass(frozen=True)
class Evaluation:
    """Results of the engine and its baselines on one test collection.

    ablations: the engine without one feature each. reliability: by tenth of the score, the mean score of suggestions,
    the share relevant, their count. by_type: the same by type of question, where the collection has types.
    judged_only, judged_only_by_type: the same after candidates that nobody judged are left out of every list.
    references: name of the folder from which contracts won elsewhere were read.
    """

    dataset: str
    queries: int
    candidates: int
    systems: tuple[System, ...]
    ablations: tuple[System, ...] = ()
    reliability: tuple[tuple[float, float, int], ...] = ()
    by_type: dict[str, Section] = field(default_factory=dict)
    judged_only: tuple[System, ...] = ()
    judged_only_by_type: dict[str, Section] = field(default_factory=dict)
    references: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return values for JSON, null where undefined."""
        return {field_name: to_json(field_value) for field_name, field_value in asdict(self).items()}


@dataclass(frozen=True)
class Judged:
    """A collection ranked: judgments, and each system's run, the engine's first. types: question id → type."""

    name: str
    qrels: Qrels
    candidates: int
    runs: Mapping[str, ScoredRun]
    ablations: Mapping[str, ScoredRun]
    types: Mapping[str, str]
    classes: Mapping[str, str] | None = None
    references: str | None = None

    @property
    def collection(self) -> str:
        """The folder's name, and that of its references: two measurements of one folder stay apart."""
        return f"{self.name}+{self.references}" if self.references else self.name


def open_dataset(folder: Path, references: Path | None = None) -> Dataset:
    """Read judgments: the folder `fixtures/` through the importer, any other as `matcher.evaluation.datasets` says.

    references: a folder of awards, from which contracts won elsewhere are read. Raises SourceError.
    """
    with _readable():
        data = _read_fixtures(folder) if (folder / FIXTURE_FILES[0][0]).is_file() else read_dataset(folder)
        if references:
            data = replace(data, references=read_references(references))
        return data


def rank_folder(
    folder: Path,
    encoder: KeptEncoder,
    weights: WeightsByRole,
    *,
    references: Path | None = None,
    ablate: bool = False,
    progress: Progress | None = None,
) -> Judged:
    """Rank a folder of judgments: `fixtures/` through the importer, a graded folder through importer and `suggest`,
    any other as `matcher.evaluation.datasets` says.

    references: a folder of awards, from which contracts won elsewhere are read; a graded folder's actors have none.
    `progress` is called after each query that the engine ranks. Raises SourceError.
    """
    if is_graded_folder(folder):
        with _readable():
            return _rank_graded(folder, encoder, progress)
    data = open_dataset(folder, references)

    def engine(own_weights: WeightsByRole) -> ScoredRun:
        return rank_all(Matcher(own_weights, encoder.similarity_range), data, encoder.rows, progress)

    def baseline_run(baseline: Baseline) -> ScoredRun:
        return baseline(data.opportunities, data.actors, encoder.rows)

    return Judged(
        name=data.name,
        qrels=data.qrels,
        candidates=len(data.actors),
        runs={ENGINE: engine(weights), **_baseline_runs(baseline_run)},
        ablations={f"sans {feature}": engine(without(weights, feature)) for feature in (FEATURES if ablate else ())},
        types={},
        classes=data.classes or None,
        references=references.name if references else None,
    )


def evaluate(judged: Judged) -> Evaluation:
    """Measure every run of a collection, and compare the engine with each other system, overall and by type."""
    relevant = least_relevant(judged.qrels)
    all_runs = {**judged.runs, **judged.ablations}
    types = {
        question_type: {query for query in judged.qrels if judged.types.get(query) == question_type}
        for question_type in TYPES
    }
    sections: dict[bool, dict[str, Section]] = {}
    overall: dict[bool, list[System]] = {}
    for only_judged in (False, True) if judged.types else (False,):
        values = {
            name: per_query(judged.qrels, _ids(run, judged.qrels, only_judged), judged.classes, relevant)
            for name, run in all_runs.items()
        }
        ids = sorted(judged.qrels)
        overall[only_judged] = _systems(values, range(len(ids)))
        sections[only_judged] = {
            question_type: Section(
                len(members), tuple(_systems(values, [i for i, query in enumerate(ids) if query in members]))
            )
            for question_type, members in types.items()
            if members
        }
    n_systems = len(judged.runs)
    return Evaluation(
        dataset=judged.name,
        queries=len(judged.qrels),
        candidates=judged.candidates,
        systems=tuple(overall[False][:n_systems]),
        ablations=tuple(overall[False][n_systems:]),
        reliability=tuple(reliability(*scored_pairs(judged.runs[ENGINE], judged.qrels, relevant))),
        by_type=sections[False],
        judged_only=tuple(overall.get(True, ())),
        judged_only_by_type=sections.get(True, {}),
        references=judged.references,
    )


@contextmanager
def _readable() -> Iterator[None]:
    """Raise what a folder's files are wrong with as SourceError."""
    try:
        yield
    except FileNotFoundError as error:
        raise SourceError(f"{error.filename} : fichier absent, ce dossier de jugements est incomplet") from error
    except UnreadableLineError as error:
        raise SourceError(f"{error.path}, ligne {error.number} : {_EXPECTED[error.expected]}") from error


def _rank_graded(folder: Path, encoder: KeptEncoder, progress: Progress | None) -> Judged:
    graded = GradedFolder(folder, encoder)
    try:
        runs = {ENGINE: graded.engine_run(progress), **_baseline_runs(graded.baseline_run)}
    finally:
        graded.close()
    return Judged(graded.name, graded.qrels, len(graded.actors), runs, {}, graded.types)


def _baseline_runs(run: Callable[[Baseline], ScoredRun]) -> dict[str, ScoredRun]:
    return {name: run(baseline) for name, baseline in BASELINES.items()}


def _ids(run: ScoredRun, qrels: Qrels, only_judged: bool) -> Mapping[str, Any]:
    return among_judged(qrels, ids_of(run)) if only_judged else ids_of(run)


def _systems(values: Mapping[str, Mapping[str, FloatArray]], positions: Collection[int]) -> list[System]:
    """Return the systems on the questions at some positions; the first is compared with each other."""
    rows = list(positions)
    engine = next(iter(values.values()))[MAIN_MEASURE][rows]
    return [
        System(
            name,
            {measure: interval(column[rows]) for measure, column in measures.items()},
            compare(engine, measures[MAIN_MEASURE][rows]) if place else None,
        )
        for place, (name, measures) in enumerate(values.items())
    ]


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
    judged = tuple(opportunity for opportunity in desk_content.opportunities.rows if opportunity.id in qrels)
    groups = {opportunity.id: desk_content.opportunities.cards[opportunity.id].opportunity_id for opportunity in judged}
    return Dataset(folder.name, judged, tuple(desk_content.actors.values()), qrels, groups, FIXTURES_TODAY)
