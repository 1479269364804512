"""Sources by name: their modules, labels and services."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from api.core.errors import InvalidError
from api.core.settings import OpenDataSettings
from api.open_data.sources import boamp, bodacc, communes, decp, handovers, recherche_entreprises
from api.open_data.sources.contract import Source

# In the order of reading: places, actors, opportunities, then what is counted without what BODACC says is sold.
SOURCES: dict[str, Source] = {
    source_module.SOURCE: source_module
    for source_module in (communes, recherche_entreprises, boamp, decp, bodacc, handovers)
}
LABELS = {
    "communes": "Communes (geo.api.gouv.fr)",
    "recherche_entreprises": "Recherche d’entreprises",
    "boamp": "BOAMP",
    "decp": "DECP",
    "bodacc": "BODACC",
    "reprises_a_venir": "Reprises à venir",
}

# A source that has directors' ages counted is read only where a person names it: not by « tout ».
IN_ALL = tuple(name for name in SOURCES if name != handovers.SOURCE)
# What the night leaves alone for so long after its last complete reading: figures that change slowly, at many requests.
RENEWED_AFTER = {handovers.SOURCE: timedelta(days=30)}


@dataclass(frozen=True)
class Service:
    """A source and the address at which it is served."""

    source: Source
    base_url: str

    @property
    def name(self) -> str:
        return self.source.SOURCE

    @property
    def label(self) -> str:
        return LABELS[self.name]


def services(names: Sequence[str], options: OpenDataSettings) -> list[Service]:
    """Return the sources of these names, in the order of reading. Raises InvalidError for an unknown name."""
    wanted_names = set(names)
    unknown_names = [name for name in names if name not in SOURCES]
    if unknown_names:
        known_names = ", ".join(SOURCES)
        raise InvalidError([("source", f"« {unknown_names[0]} » est inconnue ; sont connues : {known_names}")])
    return [Service(SOURCES[name], getattr(options, f"{name}_url")) for name in SOURCES if name in wanted_names]
