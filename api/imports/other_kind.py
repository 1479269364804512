"""Whether the columns of a file are rather those of the other kind: opportunities dropped as actors, or the reverse."""

from collections.abc import Callable, Sequence

from api.catalogue.schemas import RecordKind

OTHER: dict[RecordKind, RecordKind] = {"actors": "opportunities", "opportunities": "actors"}
OF_KIND: dict[RecordKind, str] = {"actors": "d’acteurs", "opportunities": "d’opportunités"}


def fitting_kind(
    header: Sequence[str], kind: RecordKind, field_of: Callable[[str, RecordKind], str]
) -> RecordKind | None:
    """Return the other kind where the header names more of its fields than of `kind`'s, None where it does not.

    field_of: the field of a kind that a column of this name feeds, empty for none (`api.imports.columns.field_named`).
    """

    def count(read_as: RecordKind) -> int:
        return len({field_of(name, read_as) for name in header} - {""})

    return OTHER[kind] if count(OTHER[kind]) > count(kind) else None


def fitting_in_words(kind: RecordKind) -> str:
    return f"Ces colonnes ressemblent plus à celles d’une liste {OF_KIND[kind]}."
