"""Mutants: a function whose code is replaced, in place, by the same with one piece of text changed."""

import inspect
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FunctionType


@dataclass(frozen=True)
class Mutant:
    """A change of one function: `old`, which stands in its source once, becomes `new`."""

    name: str
    function: FunctionType
    old: str
    new: str

    @contextmanager
    def alive(self) -> Iterator[None]:
        """Run with the change. Whoever imported the function gets it too: only its code object is exchanged."""
        source = textwrap.dedent(inspect.getsource(self.function))
        assert source.count(self.old) == 1, f"{self.name}: {self.old!r} stands {source.count(self.old)} times"
        made: dict[str, FunctionType] = {}
        # Annotations are evaluated here, so that the module's own names are needed.
        exec(
            compile(source.replace(self.old, self.new), f"<mutant: {self.name}>", "exec"),
            self.function.__globals__ | {},
            made,
        )
        original, mutated = self.function.__code__, made[self.function.__name__].__code__
        self.function.__code__ = mutated
        try:
            yield
        finally:
            self.function.__code__ = original
