"""Figures of the yearly report: cells by axis and département, and their totals."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields


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
        summed_counts, summed_reasons = dict.fromkeys(COUNTS, 0), Counter[str]()
        for figures in all_figures:
            for count_name in COUNTS:
                summed_counts[count_name] += getattr(figures, count_name)
            if figures.reasons:
                summed_reasons.update(figures.reasons)
        return cls(**summed_counts, reasons=dict(sorted(summed_reasons.items())))


COUNTS = tuple(count_field.name for count_field in fields(Figures) if count_field.name != "reasons")


@dataclass(frozen=True)
class Cell:
    """The figures of an axis in a département; None is where the département is not known."""

    axis: int
    department: str | None
    figures: Figures


@dataclass(frozen=True)
class Report:
    """A year's cells, by axis, then département, with the filters (None is all).

    assumed: received opportunities with an assumed axis. sources: source → received opportunities.
    mark: number and hash of the journal's last entry.
    """

    year: int
    axis: int | None
    department: str | None
    cells: Sequence[Cell]
    assumed: int
    sources: Mapping[str, int]
    mark: tuple[int, str]

    def total(
        self, *, axes: Collection[int] | None = None, departments: Collection[str | None] | None = None
    ) -> Figures:
        """Return the sum over these axes and départements; None is all."""
        chosen_figures = (
            cell.figures
            for cell in self.cells
            if (axes is None or cell.axis in axes) and (departments is None or cell.department in departments)
        )
        return Figures.sum(chosen_figures)

    @property
    def axes(self) -> list[int]:
        return sorted({cell.axis for cell in self.cells})

    @property
    def departments(self) -> list[str | None]:
        """Départements of the cells, in their order."""
        return list(dict.fromkeys(cell.department for cell in self.cells))
