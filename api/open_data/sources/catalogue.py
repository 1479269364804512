"""Sources by name: their modules, labels and services."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from api.core.errors import InvalidError
from api.core.settings import OpenDataSettings
from api.open_data.sources import boamp, bodacc, communes, decp, recherche_entreprises
from api.open_data.sources.contract import Request, Source
from api.open_data.sources.opendatasoft import FilterStyle

# In the order of reading: places, actors, then opportunities.
SOURCES: dict[str, Source] = {
    source_module.SOURCE: source_module for source_module in (communes, recherche_entreprises, boamp, decp, bodacc)
}
# Those that open something new in each département every week: a longer silence is a fault.
STEADY = frozenset({"boamp", "bodacc"})
LABELS = {
    "communes": "Communes (geo.api.gouv.fr)",
    "recherche_entreprises": "Recherche d’entreprises",
    "boamp": "BOAMP",
    "decp": "DECP",
    "bodacc": "BODACC",
}


@dataclass(frozen=True)
class Service:
    """A source and the address at which it is served. filter_style: of BOAMP's lists of départements."""

    source: Source
    base_url: str
    filter_style: FilterStyle = "where"

    @property
    def name(self) -> str:
        return self.source.SOURCE

    @property
    def label(self) -> str:
        return LABELS[self.name]

    def first_pages(self, departments: Sequence[str], since: date, today: date) -> list[Request]:
        """Return the first page of each query that together cover these départements."""
        if self.source is boamp:
            return list(boamp.requests(departments, since, today, self.filter_style))
        return list(self.source.requests(departments, since, today))


def services(names: Sequence[str], options: OpenDataSettings) -> list[Service]:
    """Return the sources of these names, in the order of reading. Raises InvalidError for an unknown name."""
    wanted_names = set(names)
    unknown_names = [name for name in names if name not in SOURCES]
    if unknown_names:
        known_names = ", ".join(SOURCES)
        raise InvalidError([("source", f"« {unknown_names[0]} » est inconnue ; sont connues : {known_names}")])
    return [
        Service(SOURCES[name], getattr(options, f"{name}_url"), options.boamp_filter)
        for name in SOURCES
        if name in wanted_names
    ]
