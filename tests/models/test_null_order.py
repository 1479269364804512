"""Where nothing stands in a column, SQLite puts it first and PostgreSQL last: each order says where it is to be."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import SQLModel

import models.tables
from api.matching.queries import contract_titles
from models.base import table_of
from models.database import reading, writing
from models.tables import ContractWon

ROOT = Path(__file__).parents[2]
# How an order can say it; `is_(None)` and `is_not(None)` stand before the column itself.
SAID = re.compile(r"nulls_first|nulls_last|\.is_\(None\)|\.is_not\(None\)|is_dated")
COLUMN = re.compile(r"\b([A-Z]\w+)\.([a-z_]+)")


def orders(source: str) -> Iterator[str]:
    """Yield the arguments of each `order_by` of a source."""
    for found in re.finditer(r"order_by\(", source):
        depth, end = 1, found.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(source[end], 0)
            end += 1
        yield source[found.end() : end - 1]


def nullable_columns() -> set[tuple[str, str]]:
    tables = [
        model for model in vars(models.tables).values() if isinstance(model, type) and issubclass(model, SQLModel)
    ]
    return {
        (model.__name__, column.name)
        for model in tables
        if hasattr(model, "__table__")
        for column in table_of(model).columns
        if column.nullable
    }


def test_every_order_by_a_column_that_may_be_empty_says_where_the_empty_ones_stand() -> None:
    nullable = nullable_columns()
    assert ("Opportunity", "deadline") in nullable
    unsaid = [
        (path.relative_to(ROOT).as_posix(), order)
        for path in sorted((ROOT / "api").rglob("*.py"))
        for order in orders(path.read_text("utf-8"))
        if nullable & set(COLUMN.findall(order)) and not SAID.search(order)
    ]
    assert unsaid == []


def test_a_contract_without_its_day_is_read_last(engine: Engine) -> None:
    """Of many titles only the first are compared with a question: their order changes who is found."""
    days = {"a": date(2024, 3, 1), "b": None, "c": date(2025, 3, 1), "d": None}
    with writing(engine) as session:
        for title, day in days.items():
            won = {"source": "decp", "source_id": title, "title": title, "buyer_name": "Crest", "reference": "1"}
            session.add(ContractWon(siret="00017926700026", notified_on=day, **won))
    with reading(engine) as session:
        assert contract_titles(session, None) == {"00017926700026": ["c", "a", "b", "d"]}
