"""The place of a record: the code of its commune is checked, or looked up by name; its département follows."""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from api.catalogue.places.written_names import written_place
from api.core import official_codes
from api.core.french_input import is_department_name
from api.core.text import normalize_place
from models.places import Commune, FormerCommune


class Located(NamedTuple):
    """What is known of a place, and why parts of it are refused: (field, reason)."""

    commune_code: str | None
    department: str | None
    errors: tuple[tuple[str, str], ...] = ()


class Places:
    """The communes that are known; with none, nothing is checked."""

    def __init__(self, communes: Iterable[Commune] = (), former: Iterable[FormerCommune] = ()) -> None:
        communes = list(communes)
        self._current = {commune.code: commune.code for commune in communes}
        self._covered = {commune.department for commune in communes}
        self._postcodes = {commune.code: frozenset(commune.postcodes) for commune in communes}
        self._names: dict[str, set[str]] = {}
        for commune in communes:
            self._names.setdefault(normalize_place(commune.name), set()).add(commune.code)
        for old in former:
            self._current.setdefault(old.code, old.current_code)
            self._names.setdefault(normalize_place(old.name), set()).add(old.current_code)
        self.locate = lru_cache(20_000)(self._locate)

    def commune(self, code: str) -> str:
        """Return today's code of a commune, old or new. Raises ValueError, in French, when it does not exist."""
        code = official_codes.commune(code)
        if code not in self._current and department_of(code) in self._covered:
            raise ValueError(f"commune inconnue : {code} n’est pas (ou plus) un code INSEE de ce département")
        return self._current.get(code, code)

    def mistaken(self, code: str) -> bool:
        """Return whether a commune's code is none, but some commune's postcode."""
        known = code in self._current or department_of(code) not in self._covered
        return not known and any(code in postcodes for postcodes in self._postcodes.values())

    def _locate(
        self, code: str | None, name: str | None, postcode: str | None, department: str | None, by_name: bool = False
    ) -> Located:
        """Return the commune's code and the département, as far as the four tell them.

        by_name: a name that a single known commune bears is enough, as in a list of this region's.
        """
        if code:
            try:
                code = self.commune(code)
            except ValueError as error:
                return Located(None, department, (("commune_code", str(error)),))
            own = department_of(code)
            if department and own and department != own:
                reason = f"la commune {code} est dans le département {own}, pas {department}"
                return Located(code, department, (("department", reason),))
            return Located(code, own)
        written = written_place(name) if name else None
        postcode = postcode or (written.postcode if written else None)
        department = department or department_of(postcode or "") or (written.department if written else None)
        if name and written and not is_department_name(name):
            code = self._named(written.spellings, postcode, department, by_name=by_name)
        return Located(code, department or department_of(code or ""))

    def _named(
        self, spellings: Iterable[str], postcode: str | None, department: str | None, *, by_name: bool
    ) -> str | None:
        """Return the only commune of that name at that postcode, else in that département, else nothing."""
        same = next((codes for spelling in spellings if (codes := self._names.get(spelling))), set[str]())
        there = {code for code in same if postcode in self._postcodes.get(code, ())}
        # A postcode of the post office's own (CEDEX) is no commune's.
        there = there or {code for code in same if department and department_of(code) == department}
        if by_name and not department:
            there = same
        return next(iter(there)) if len(there) == 1 else None


def department_of(code: str) -> str | None:
    """Return the département of a commune's code or of a postcode, None where it tells none."""
    if len(code) != 5:
        return None
    if code.startswith("20"):  # postcodes of Corsica
        return "2A" if code[2] in "01" else "2B"
    department = code[:3] if code.startswith("97") else code[:2]
    return department if official_codes.DEPARTMENT_PATTERN.match(department) else None
