"""Whether two indexes, or two snapshots, are equal bit for bit."""

from collections.abc import Mapping
from dataclasses import fields

import numpy as np
from scipy import sparse

from api.catalogue.places.places_in_text import Gazetteer
from matcher.types import Actor, Opportunity


def same(one: object, other: object) -> bool:
    """Return whether two values are equal bit for bit, down to the types of arrays and the order of dictionaries."""
    if isinstance(one, sparse.csr_matrix):
        return all(same(getattr(one, part), getattr(other, part)) for part in ("shape", "data", "indices", "indptr"))
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")  # type: ignore[attr-defined]
    if isinstance(one, Mapping):
        return list(one.items()) == list(other.items())  # type: ignore[attr-defined]
    if isinstance(one, Gazetteer):
        return isinstance(other, Gazetteer) and one.tables == other.tables
    if hasattr(one, "__dataclass_fields__") and not isinstance(one, (Actor, Opportunity)):
        return all(same(getattr(one, field.name), getattr(other, field.name)) for field in fields(one))  # type: ignore[arg-type]
    return bool(one == other)
