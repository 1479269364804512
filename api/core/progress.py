"""How far long work is: the signature of progress callbacks, and rows whose texts are being encoded."""

from collections.abc import Callable
from dataclasses import dataclass

# Progress on long encodings: how many texts are done, of how many.
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class EncodingProgress:
    """Rows that are shown as before, or not yet, until their texts are encoded.

    waiting: how many there are now; total: how many there have been since none waited. For the house alone: among them
    are confidential rows.
    """

    waiting: int = 0
    total: int = 0

    def now_waiting(self, count: int) -> "EncodingProgress":
        """Return the progress once so many wait; rows that came meanwhile are added to the total."""
        return EncodingProgress(count, self.total + max(count - self.waiting, 0) if count else 0)
