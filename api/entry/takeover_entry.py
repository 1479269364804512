"""The form of a takeover case's facts: the reason, the premises, the people, three years."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from enum import StrEnum

from api.core import french_numbers
from api.core.french import number
from api.entry.entry_fields import EntryField, Widget, read_fields, written_fields
from api.entry.typed_form import TypedForm
from api.takeovers.company.company_facts import CompanyFacts, Premises, YearFigures
from api.takeovers.company.rules import FIRST_YEAR, LENGTHS, MOST_EUR, MOST_ROLES, MOST_YEARS, ROLE_LENGTH
from api.takeovers.company.wording import AMOUNTS, FIELDS, PREMISES

SHOWN_YEARS = 3
_YEAR = re.compile(rf"({'|'.join(AMOUNTS)})_(\d{{4}})", re.ASCII)


def _text_field(name: str, hint: str = "") -> EntryField:
    return EntryField(name, FIELDS[name], Widget.LINES, hint=hint, longest=LENGTHS[name])


def _one_of(words: type[StrEnum]) -> Callable[[str], StrEnum]:
    """Return a reader of the codes of a closed list."""

    def read(text: str) -> StrEnum:
        if text not in set(words):
            raise ValueError("ce choix n’est pas dans la liste")
        return words(text)

    return read


def _roles(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.split("\n") if line.strip())


COMPANY: Sequence[EntryField] = (
    _text_field("reason", "Ce que dit le cédant ; l’équipe seule le lit."),
    EntryField(
        "premises",
        FIELDS["premises"],
        Widget.CHOICE,
        _one_of(Premises),
        str,
        (("", "non renseigné"), *((one.value, words) for one, words in PREMISES.items())),
    ),
    _text_field("premises_note", "Surface, loyer, fin du bail, travaux."),
    EntryField(
        "key_roles",
        FIELDS["key_roles"],
        Widget.LINES,
        _roles,
        "\n".join,
        hint="Une par ligne, sans nom : « chef d’atelier, trente ans de métier ».",
        longest=MOST_ROLES * (ROLE_LENGTH + 2),
    ),
)


def years_shown(facts: CompanyFacts, typed: TypedForm, today: date) -> list[int]:
    """Return the years that the form has, the newest first: the last three, those noted, and those typed."""
    last = range(today.year - SHOWN_YEARS, today.year)
    typed_years = [int(match[2]) for name in typed.values if (match := _YEAR.fullmatch(name))]
    years = {*last, *(figures.year for figures in facts.years), *typed_years}
    return sorted((year for year in years if FIRST_YEAR <= year <= today.year + 1), reverse=True)[:MOST_YEARS]


def year_fields(year: int) -> list[EntryField]:
    """Return the fields of the figures of one year."""
    return [
        EntryField(f"{name}_{year}", f"{words} {year} (€)", Widget.NUMBER, whole_euros, number, longest=60)
        for name, words in AMOUNTS.items()
    ]


def whole_euros(text: str) -> int:
    """Read an amount, negative ones too, to the nearest euro: `430 k€`, `-12 500`. Raises ValueError, in French."""
    amount = french_numbers.euros(text)
    if amount is None:
        amount = french_numbers.number(text)
    if not abs(amount) <= MOST_EUR:
        raise ValueError("montant trop grand")
    return round(amount)


def written_facts(facts: CompanyFacts, years: Iterable[int]) -> TypedForm:
    """Return the form that shows these facts."""
    values = dict(vars(facts))
    for figures in facts.years:
        values |= {f"{name}_{figures.year}": getattr(figures, name) for name in AMOUNTS}
    return written_fields([*COMPANY, *(field for year in years for field in year_fields(year))], values)


def read_facts_form(typed: TypedForm, years: Sequence[int]) -> tuple[CompanyFacts, dict[str, str]]:
    """Return the facts that were typed, and what is wrong, by field; with a problem the facts are not whole."""
    fields = [*COMPANY, *(field for year in years for field in year_fields(year))]
    values, problems = read_fields(fields, typed)
    figures = [YearFigures(year, *(values.get(f"{name}_{year}") for name in AMOUNTS)) for year in years]
    facts = CompanyFacts(
        reason=values.get("reason") or "",
        premises=values.get("premises"),
        premises_note=values.get("premises_note") or "",
        key_roles=values.get("key_roles") or (),
        years=tuple(one for one in figures if not one.is_empty),
    )
    return facts, problems
