"""A field of a record is read or refused by name: no value ends the night."""

from typing import Any

import pytest

from api.open_data.sources.contract import BadRecord
from api.open_data.sources.fields import Fields


@pytest.mark.parametrize(
    ("read", "value"),
    [("number", 10**400), ("text", f"&#{'1' * 5_000};"), ("code", f"&#{'1' * 5_000};"), ("number", "9" * 5_000)],
)
def test_a_number_that_is_out_of_all_bounds_refuses_its_record(read: str, value: Any) -> None:
    with pytest.raises(BadRecord) as refused:
        getattr(Fields({"x": value}), read)("x")
    assert refused.value.field == "x"
