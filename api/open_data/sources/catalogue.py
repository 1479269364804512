"""The sources by name: how each is read, where it is, and what it is called among people."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.core.errors import InvalidError
from api.core.settings import OpenDataSettings
from api.open_data.sources import boamp, bodacc, communes, decp, recherche_entreprises
from api.open_data.sources.parts import Source

# In the order in which they are read: where, who, then what is wanted.
SOURCES: dict[str, Source] = {one.SOURCE: one for one in (communes, recherche_entreprises, boamp, decp, bodacc)}
LABELS = {
    "communes": "Communes (geo.api.gouv.fr)",
    "recherche_entreprises": "Recherche d’entreprises",
    "boamp": "BOAMP",
    "decp": "DECP",
    "bodacc": "BODACC",
}


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
    wanted = set(names)
    unknown = [name for name in names if name not in SOURCES]
    if unknown:
        known = ", ".join(SOURCES)
        raise InvalidError([("source", f"« {unknown[0]} » est inconnue ; sont connues : {known}")])
    return [Service(SOURCES[name], getattr(options, f"{name}_url")) for name in SOURCES if name in wanted]
