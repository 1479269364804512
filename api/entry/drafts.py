"""Forms that were sent after their session had ended: in memory only, and shown to their own sender alone."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

# A working day: who left for lunch, or for the afternoon, finds what was typed.
KEPT = timedelta(hours=12)
# Characters of one form, forms of one person, and forms in all.
LONGEST_FORM, MOST_OF_ONE_OWNER, MOST_FORMS = 300_000, 5, 200


@dataclass(frozen=True, slots=True)
class SentForm:
    """What was sent, field by field, in its order. owner: the account. address: where it was sent to."""

    owner: str
    address: str
    items: tuple[tuple[str, str], ...]
    sent_at: datetime


class SentForms:
    """The forms of a process; threads may share it."""

    def __init__(self) -> None:
        self._forms: OrderedDict[tuple[str, str], SentForm] = OrderedDict()
        self._lock = Lock()

    def keep(self, owner: str, address: str, items: Iterable[tuple[str, str]], now: datetime) -> bool:
        """Keep a form, the last of its owner and address; return whether it could be kept. The oldest go first."""
        form = SentForm(owner, address, tuple(items), now)
        if sum(len(name) + len(text) for name, text in form.items) > LONGEST_FORM:
            return False
        with self._lock:
            self._sweep(now)
            self._forms.pop((owner, address), None)
            own = [key for key in self._forms if key[0] == owner]
            for key in own[: max(0, len(own) - MOST_OF_ONE_OWNER + 1)]:
                del self._forms[key]
            while len(self._forms) >= MOST_FORMS:
                self._forms.popitem(last=False)
            self._forms[owner, address] = form
        return True

    def find(self, owner: str, address: str, now: datetime) -> SentForm | None:
        """Return a form of its owner, None where there is none."""
        with self._lock:
            self._sweep(now)
            return self._forms.get((owner, address))

    def last(self, owner: str, now: datetime) -> SentForm | None:
        """Return the last form that somebody sent in vain, None where there is none."""
        with self._lock:
            self._sweep(now)
            return next((form for form in reversed(self._forms.values()) if form.owner == owner), None)

    def drop(self, owner: str, address: str) -> None:
        """Forget a form: it was sent again, or given up."""
        with self._lock:
            self._forms.pop((owner, address), None)

    def _sweep(self, now: datetime) -> None:
        while self._forms:
            key, oldest = next(iter(self._forms.items()))
            if oldest.sent_at > now - KEPT:
                return
            del self._forms[key]
