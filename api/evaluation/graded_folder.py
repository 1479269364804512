"""A folder of graded judgments: its spreadsheets through the importer, its questions through `suggest`.

`actors.csv`, `openings.csv`, `takeovers.csv`, `messages.csv` are imported as they are; `queries.jsonl` says how each
question is asked, `qrels.tsv` holds the grades, under the identifiers of the spreadsheets.
"""

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from errno import ENOENT
from pathlib import Path
from typing import Any, TypeVar

from sqlmodel import Session

from api.accounts.audience import Audience
from api.catalogue.places.loading import load_places
from api.catalogue.schemas import RecordKind
from api.core.errors import SourceError
from api.core.progress import Progress
from api.core.settings import HOME_DEPARTMENTS
from api.evaluation import queries
from api.evaluation.kept_encoder import KeptEncoder
from api.imports.importing import ingest
from api.matching.answer import ActorCard, Answer, Entry
from api.matching.desk import Desk
from api.matching.snapshot import Snapshot
from api.matching.suggest import actors_for_opportunity, actors_for_text, opportunities_for_actor
from matcher.evaluation.baselines import Baseline
from matcher.evaluation.judgment_files import read_qrels
from matcher.evaluation.runs import DEPTH, ScoredRun
from matcher.types import Actor, Opportunity, Query
from models.database import open_database, reading
from models.revisions import migrate

SPREADSHEETS: tuple[tuple[str, RecordKind], ...] = (
    ("actors.csv", "actors"),
    ("openings.csv", "opportunities"),
    ("takeovers.csv", "opportunities"),
    ("messages.csv", "opportunities"),
)
Row = TypeVar("Row", Actor, Opportunity)
TYPES = ("tender", "message", "takeover", "actor")
HOUSE = Audience(confidential=True)


@dataclass(frozen=True)
class Question:
    """A question of the folder: by the row of `subject` (an actor's, if `type` is), or by pasting `text`."""

    id: str
    type: str
    subject: str
    text: str


class GradedFolder:
    """The desk of a folder, in a throw-away database, on the day of its newest row. To be closed."""

    def __init__(self, folder: Path, encoder: KeptEncoder) -> None:
        """Raises FileNotFoundError, or SourceError where a row is refused or names what is not there."""
        self.name = folder.name
        self._encoder = encoder
        with ExitStack() as opened:
            self._read(folder, opened)
            self._opened = opened.pop_all()

    def _read(self, folder: Path, opened: ExitStack) -> None:
        work_folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        engine = open_database(f"sqlite:///{work_folder}/graded.db")
        opened.callback(engine.dispose)
        migrate(engine)
        load_places(engine)
        for file_name, kind in SPREADSHEETS:
            if not (folder / file_name).is_file():
                raise FileNotFoundError(ENOENT, "", str(folder / file_name))
            source = f"graded-{Path(file_name).stem}"
            report = ingest(engine, folder / file_name, kind, source=source, refused_path=work_folder / "refused.csv")
            if report.refused:
                raise SourceError(f"{folder / file_name}, ligne {report.errors[0].row} : {report.errors[0].reason}")
        with reading(engine) as session:
            self._source_ids = queries.source_ids(session)
        self._row_ids = {source_id: row_id for row_id, source_id in self._source_ids.items()}
        self.questions = _questions(folder / "queries.jsonl", self._row_ids)
        self.qrels = read_qrels(folder / "qrels.tsv", {question.id for question in self.questions}, self._row_ids)
        self._engine = engine
        self.snapshot: Snapshot = Desk(engine, self._encoder, HOME_DEPARTMENTS).snapshot()
        published = [row.published_on for row in self.snapshot.opportunities.opportunities if row.published_on]
        if not published:
            raise SourceError(f"{folder} : aucune date_publication, le jour de la mesure est inconnu")
        self.today: date = max(published)
        self.actors = tuple(self._renamed(row) for row in self.snapshot.actors.actors)
        self.opportunities = tuple(self._renamed(row) for row in self.snapshot.opportunities.opportunities)

    def close(self) -> None:
        self._opened.close()

    @property
    def types(self) -> dict[str, str]:
        """Question id → type."""
        return {question.id: question.type for question in self.questions}

    def engine_run(self, progress: Progress | None = None) -> ScoredRun:
        """Return the lists of `suggest` for every question."""
        run: dict[str, list[tuple[str, float]]] = {}
        for question, answers in self.answered(progress):
            run[question.id] = self._listed(answers)
        return run

    def answered(self, progress: Progress | None = None) -> Iterator[tuple[Question, Sequence[Answer]]]:
        """Yield each question with the lists of `suggest`, one for each lot."""
        with reading(self._engine) as session:
            for done, question in enumerate(self.questions, start=1):
                yield question, self._answers(session, question)
                if progress:
                    progress(done, len(self.questions))

    def source_id(self, entry: Entry) -> str:
        """Return the identifier that the folder gives to whom or what an entry is about."""
        row_id = entry.card.id if isinstance(entry.card, ActorCard) else entry.card.opportunity_id
        return self._source_ids[row_id]

    def baseline_run(self, baseline: Baseline) -> ScoredRun:
        """Return a baseline's lists; a message is given to it as the row that was typed in, whose place is known."""
        by_id: dict[str, Query] = {row.id: row for row in self.actors} | {row.id: row for row in self.opportunities}
        asked = {question.id: replace(by_id[question.subject], id=question.id) for question in self.questions}
        for_actors = [row for row in asked.values() if isinstance(row, Actor)]
        for_needs = [row for row in asked.values() if isinstance(row, Opportunity)]
        encode = self._encoder.rows
        return {**baseline(for_needs, self.actors, encode), **baseline(for_actors, self.opportunities, encode)}

    def _answers(self, session: Session, question: Question) -> Sequence[Answer]:
        row_id = self._row_ids[question.subject]
        if question.type == "actor":
            return [opportunities_for_actor(self.snapshot, row_id, HOUSE, k=DEPTH, today=self.today)]
        if question.type == "message":
            return actors_for_text(
                session, self.snapshot, self._encoder, question.text, HOUSE, k=DEPTH, today=self.today
            )
        return actors_for_opportunity(session, self.snapshot, row_id, HOUSE, k=DEPTH, today=self.today)

    def _listed(self, answers: Sequence[Answer]) -> list[tuple[str, float]]:
        """Return the candidates of the answers; one of several lots has its best score."""
        best: dict[str, float] = {}
        for entry in (entry for answer in answers for entry in answer.entries):
            source_id = self.source_id(entry)
            best[source_id] = max(entry.suggestion.score, best.get(source_id, 0.0))
        if len(answers) == 1:
            return list(best.items())
        return sorted(best.items(), key=lambda pair: (-pair[1], pair[0]))

    def _renamed(self, row: Row) -> Row:
        return replace(row, id=self._source_ids[row.id])


def is_graded_folder(folder: Path) -> bool:
    """Return whether a folder has the form that is read here; one of its files may be missing, and is then named."""
    return (folder / "queries.jsonl").is_file() and any((folder / name).is_file() for name, _ in SPREADSHEETS)


def _questions(path: Path, row_ids: Mapping[str, str]) -> tuple[Question, ...]:
    questions = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        try:
            row: dict[str, Any] = json.loads(line)
            question = Question(
                str(row["qid"]), str(row["type"]), str(row.get("actor") or row["qid"]), str(row["text"])
            )
        except (ValueError, KeyError, TypeError) as error:
            raise SourceError(f"{path}, ligne {number} : qid, type et text attendus") from error
        if question.type not in TYPES or question.subject not in row_ids:
            raise SourceError(f"{path}, ligne {number} : type ou identifiant inconnu")
        questions.append(question)
    return tuple(questions)
