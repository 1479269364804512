"""Reads in a session of their own, for tests that have an engine."""

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Engine
from sqlmodel import Session

from models.database import reading

P = ParamSpec("P")
T = TypeVar("T")


def read_once(engine: Engine, query: Callable[Concatenate[Session, P], T], *args: P.args, **named: P.kwargs) -> T:
    """Return what a query finds at this moment."""
    with reading(engine) as session:
        return query(session, *args, **named)
