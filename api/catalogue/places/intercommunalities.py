"""Groups of communes (CC, CA, métropole) and the communes in each: `resources/intercommunalities.csv`."""

import csv
from functools import cache
from importlib.resources import files


@cache
def intercommunality_names() -> dict[str, str]:
    """Return the name of each intercommunality by its code (SIREN)."""
    return {row["code"]: row["name"] for row in _rows()}


@cache
def intercommunality_of_communes() -> dict[str, str]:
    """Return the code of the intercommunality of each commune."""
    return {commune_code: row["code"] for row in _rows() for commune_code in row["communes"].split()}


def _rows() -> list[dict[str, str]]:
    text = files("api.resources").joinpath("intercommunalities.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))
