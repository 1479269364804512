"""Values for JSON."""

import math
from collections.abc import Sequence
from typing import Any


def plain_values(value: Any) -> Any:
    """Return the same of what JSON has; NaN is null."""
    if isinstance(value, dict):
        return {key: plain_values(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain_values(one) for one in value]
    return None if isinstance(value, float) and math.isnan(value) else value
