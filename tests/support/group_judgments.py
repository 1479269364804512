"""The hand-made contract of networks and coalitions: its world, its judgments, and what the product answers.

`tests/matching/groups/expected.csv` holds a judgment a row. case: `network` (right through `member`), `single` (the
actor `right`), `nobody`, or `coalition` (right: `need:actor|actor` for each need, nothing after the colon where nobody
covers it; needs are numbers of lots, or places among the sorted codes where there are no lots). not_above: actors
that must stand below the right one.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from api.accounts.audience import Audience
from api.core.settings import HOME_DEPARTMENTS
from api.evaluation.invented_world import FIXTURES_TODAY
from api.imports.importing import ingest
from api.matching.answer import OpportunityCard
from api.matching.coalition import coalition_for
from api.matching.desk import Desk
from api.matching.snapshot import Snapshot
from api.matching.suggest import actors_for_opportunity
from matcher.embedding import Encoder
from models.base import identifier
from models.database import reading
from tests.support.world import WORLD_FILES

FOLDER = Path(__file__).parents[1] / "matching/groups"
SOURCE = "groups"
FACILITATOR = Audience(confidential=True)
# A list is as long as the desk, so that whoever is missing from it was excluded.
ALL = 100


@dataclass(frozen=True)
class Judgment:
    """Who is right for an opportunity or one of its lots, by hand."""

    opportunity: str
    lot: str
    case: str
    right: str
    member: str
    not_above: tuple[str, ...]
    why: str

    @property
    def key(self) -> str:
        return f"{self.opportunity}/{self.lot}" if self.lot else self.opportunity

    def needs(self) -> dict[str, frozenset[str]]:
        """Return who may cover each need of a coalition."""
        pairs = (part.split(":") for part in self.right.split())
        return {need: frozenset(filter(None, actors.split("|"))) for need, actors in pairs}


@dataclass(frozen=True)
class Line:
    """One line of a list: the actor, the member that it answers through or "", the score, and who shares its place."""

    actor: str
    member: str
    score: float
    same_place: tuple[str, ...] = ()


@dataclass(frozen=True)
class Team:
    """A proposal: who holds each need, and the needs that nobody covers."""

    verdict: str
    holders: Mapping[str, str]
    lacking: frozenset[str]


def read_judgments() -> list[Judgment]:
    with (FOLDER / "expected.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [Judgment(**row | {"not_above": tuple(row["not_above"].split())}) for row in rows]


def read_world(engine: Engine, refused: Path) -> None:
    """Import the three files as a facilitator would. Raises AssertionError where a row is refused."""
    for name, kind in WORLD_FILES:
        report = ingest(engine, FOLDER / name, kind, source=SOURCE, refused_path=refused)
        assert not report.refused, report.errors


class Answers:
    """What the product answers, with the names of the files instead of its identifiers."""

    def __init__(self, engine: Engine, encoder: Encoder) -> None:
        self._engine, self._encoder = engine, encoder
        self._snapshot: Snapshot = Desk(engine, encoder, HOME_DEPARTMENTS).snapshot()
        with (FOLDER / "actors.csv").open(encoding="utf-8") as file:
            names = [row["id"] for row in csv.DictReader(file)]
        self._actors = {identifier("actors", f"{SOURCE}:{name}"): name for name in names}

    def lists(self, opportunity: str) -> dict[str, list[Line]]:
        """Return the list of each lot by its number; by "" where there are no lots."""
        with reading(self._engine) as session:
            answers = actors_for_opportunity(
                session, self._snapshot, _identifier(opportunity), FACILITATOR, k=ALL, today=FIXTURES_TODAY
            )
        lists = {}
        for answer in answers:
            assert isinstance(answer.question, OpportunityCard)
            lists[answer.question.lot_number or ""] = [
                Line(
                    self._actors[entry.card.id],
                    self._actors[entry.member.id] if entry.member else "",
                    entry.suggestion.score,
                    tuple(self._actors[actor] for actor in entry.suggestion.same_place),
                )
                for entry in answer.entries
            ]
        return lists

    def team(self, opportunity: str) -> Team:
        """Return the proposal for an opportunity as a whole."""
        answer = coalition_for(
            self._snapshot, self._encoder, _identifier(opportunity), FACILITATOR, today=FIXTURES_TODAY
        )
        rows = self._snapshot.lots_of(_identifier(opportunity), confidential=True)
        numbers = {row.id: self._snapshot.opportunity_cards[row.id].lot_number or "" for row in rows}
        proposal = answer.proposal
        chosen = proposal.coalition or proposal.alone
        held: dict[str, str] = {}
        for member in chosen.members if chosen else ():
            for reason in member.reasons:
                if reason.code == "coalition_holds":
                    held[str(reason.figures["need"])] = self._actors[member.candidate_id]
        lacks = chosen.lacks if chosen else proposal.lacks
        lacking = [str(reason.figures["need"]) for reason in lacks if reason.code == "lack_nobody"]
        order = {need: numbers.get(need) or str(place) for place, need in enumerate(sorted({*held, *lacking}), start=1)}
        return Team(
            str(proposal.verdict),
            {order[need]: actor for need, actor in held.items()},
            frozenset(order[need] for need in lacking),
        )


def listed(lists: Mapping[str, list[Line]], judgment: Judgment) -> list[Line]:
    return lists[judgment.lot]


def place(lines: list[Line], actor: str) -> int:
    """Return the place of an actor in a list, from 1; beyond its end where it is missing."""
    return next((number for number, line in enumerate(lines, start=1) if line.actor == actor), len(lines) + 1)


def of_case(judgments: list[Judgment], case: str) -> Iterator[Judgment]:
    return (judgment for judgment in judgments if judgment.case == case)


def _identifier(opportunity: str) -> str:
    key = f"takeover:{SOURCE}:{opportunity}" if opportunity.startswith("k") else f"{SOURCE}:{opportunity}"
    return identifier("opportunities", key)
