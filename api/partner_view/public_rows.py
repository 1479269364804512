"""What is public of the actors of a desk, by id."""

from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

from matcher.index import ActorIndex
from matcher.types import BoolArray

Row = TypeVar("Row")


class PublicRows(Mapping[str, Row], Generic[Row]):
    """Something of each public actor, made when it is asked for; of others there is nothing."""

    def __init__(self, actors: ActorIndex, public: BoolArray, read: Callable[[str], Row]) -> None:
        """public: `(n_actors,)`. read: returns a row of an actor by its id; is asked for no other."""
        self._actors, self._public, self._read = actors, public, read

    def __getitem__(self, actor_id: str) -> Row:
        if actor_id not in self:
            raise KeyError(actor_id)
        return self._read(actor_id)

    def __contains__(self, actor_id: object) -> bool:
        position = self._actors.position(actor_id) if isinstance(actor_id, str) else -1
        return position >= 0 and bool(self._public[position])

    def __iter__(self) -> Iterator[str]:
        return iter(self._actors.ids[self._public].tolist())

    def __len__(self) -> int:
        return int(self._public.sum())
