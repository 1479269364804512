"""Figures of the yearly report by axis, département and territory, and their totals."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from operator import attrgetter

from api.catalogue.axes import AXES
from api.reporting.stays import StageTable
from api.reporting.takeover_stages import TakeoverFigures

NO_TAKEOVERS = TakeoverFigures((), {}, {}, 0, 0, 0)
# Instead of the territory of a confidential case, which would tell where it is.
CONFIDENTIAL = "confidential"


@dataclass(frozen=True)
class Figures:
    """The counts. jobs_unknown: won cases with an unknown number of created or kept jobs."""

    received: int = 0
    taken: int = 0
    introduced: int = 0
    won: int = 0
    lost: int = 0
    refused: int = 0
    jobs_created: int = 0
    jobs_kept: int = 0
    jobs_unknown: int = 0
    answers: int = 0
    favourable: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)  # of lost and refused cases; a case may have several

    @classmethod
    def sum(cls, all_figures: Iterable["Figures"]) -> "Figures":
        """Return the sum, field by field and reason by reason."""
        every, summed_reasons = list(all_figures), Counter[str]()
        for figures in every:
            if figures.reasons:
                summed_reasons.update(figures.reasons)
        summed_counts = zip(COUNTS, map(sum, zip(*map(_counts_of, every), strict=True)), strict=False)
        return cls(**dict(summed_counts), reasons=dict(sorted(summed_reasons.items())))


COUNTS = tuple(count_field.name for count_field in fields(Figures) if count_field.name != "reasons")
_counts_of: Callable[[Figures], tuple[int, ...]] = attrgetter(*COUNTS)


@dataclass(frozen=True)
class Subject:
    """Under what an opportunity is counted. department: None where it is not known.

    assumed: nobody said its axis, its kind and codes did. territory: the code of an intercommunality, or
    CONFIDENTIAL, or "" where it is not known.
    """

    axis: int
    department: str | None
    assumed: bool = False
    territory: str = ""


@dataclass(frozen=True)
class Cell:
    """The figures of an axis in a département; None is where the département is not known."""

    axis: int
    department: str | None
    figures: Figures


@dataclass(frozen=True)
class Report:
    """A year's figures by subject, with the filters (None is all). All that is told is a sum of `counts`.

    home: codes of the desk's départements, which always have a cell. sources: source → received opportunities.
    mark: number and hash of the journal's last entry. stages: of the cases of each axis. takeovers: of their files.
    """

    year: int
    axis: int | None
    department: str | None
    home: Sequence[str]
    counts: Mapping[Subject, Figures]
    sources: Mapping[str, int]
    mark: tuple[int, str]
    stages: Sequence[StageTable] = ()
    takeovers: TakeoverFigures = NO_TAKEOVERS

    @cached_property
    def cells(self) -> Sequence[Cell]:
        """The figures by axis, then département: the home ones first, always, and the unknown one last."""
        every = {
            (axis, code)
            for axis in AXES
            for code in self.home
            if self.axis in (None, axis) and self.department in (None, code)
        }
        keys = every | {(subject.axis, subject.department) for subject in self.counts}
        home_order = {code: position for position, code in enumerate(self.home)}
        in_order = sorted(
            keys, key=lambda key: (key[0], home_order.get(key[1] or "", len(self.home)), key[1] is None, key[1] or "")
        )
        return [Cell(axis, code, self.total(axes=[axis], departments=[code])) for axis, code in in_order]

    def total(
        self,
        *,
        axes: Collection[int] | None = None,
        departments: Collection[str | None] | None = None,
        assumed: bool | None = None,
        territory: str | None = None,
    ) -> Figures:
        """Return the sum over these axes, départements, certainties of the axis and territory; None is all."""
        counts = self._of_all_territories if territory is None else self._by_territory.get(territory, {})
        return Figures.sum(
            figures
            for subject, figures in counts.items()
            if (axes is None or subject.axis in axes)
            and (departments is None or subject.department in departments)
            and assumed in (None, subject.assumed)
        )

    @cached_property
    def _of_all_territories(self) -> Mapping[Subject, Figures]:
        parts: dict[Subject, list[Figures]] = {}
        for subject, figures in self.counts.items():
            parts.setdefault(replace(subject, territory=""), []).append(figures)
        return {subject: Figures.sum(some) for subject, some in parts.items()}

    @cached_property
    def _by_territory(self) -> Mapping[str, Mapping[Subject, Figures]]:
        parts: dict[str, dict[Subject, Figures]] = {}
        for subject, figures in self.counts.items():
            parts.setdefault(subject.territory, {})[subject] = figures
        return parts

    @property
    def assumed(self) -> int:
        """Received opportunities whose axis is only assumed."""
        return self.total(assumed=True).received

    @property
    def axes(self) -> list[int]:
        return sorted({cell.axis for cell in self.cells})

    @property
    def departments(self) -> list[str | None]:
        """Départements of the cells, in their order."""
        return list(dict.fromkeys(cell.department for cell in self.cells))

    @property
    def territories(self) -> list[str]:
        """Codes of the territories that have figures; CONFIDENTIAL and the unknown one come last."""
        present = {subject.territory for subject in self.counts}
        return [*sorted(present - {CONFIDENTIAL, ""}), *(code for code in (CONFIDENTIAL, "") if code in present)]
