"""Values for JSON."""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any


def to_json(value: Any) -> Any:
    """Return a value made of JSON types: sequences become lists, days and moments ISO texts, NaN becomes None."""
    if isinstance(value, Mapping):
        return {key: to_json(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [to_json(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return None if isinstance(value, float) and math.isnan(value) else value
