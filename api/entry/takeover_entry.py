"""The form of a takeover case's facts: the owner's agreement, the reason, the premises, the people, three years."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from enum import StrEnum

from api.core import french_input, french_numbers
from api.core.french import number, sentence
from api.entry.entry_fields import Choices, EntryField, Widget, read_fields, written_day, written_fields
from api.entry.typed_form import TypedForm
from api.takeovers.company_facts import AgreedBy, Agreement, CompanyFacts, Premises, YearFigures
from api.takeovers.facts_rules import FIRST_YEAR, LENGTHS, MOST_EUR, MOST_ROLES, MOST_YEARS, ROLE_LENGTH
from api.takeovers.facts_wording import AGREED_BY, AMOUNTS, FIELDS, PREMISES

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


_AGREED_BY = EntryField(
    "agreed_by",
    FIELDS["agreed_by"],
    Widget.CHOICE,
    _one_of(AgreedBy),
    str,
    (("", "pas encore donné"), *((one.value, words) for one, words in AGREED_BY.items())),
    hint="Sans cet accord, rien ne se dit du cas hors de l’équipe.",
)
_AGREED_CONTACT = EntryField("agreed_contact_id", FIELDS["agreed_contact_id"], Widget.CHOICE)
_AGREED_ON = EntryField("agreed_on", FIELDS["agreed_on"], Widget.DATE, french_input.day, written_day, longest=60)

AGREEMENT: Sequence[EntryField] = (
    _AGREED_BY,
    _AGREED_CONTACT,
    _AGREED_ON,
    _text_field("may_be_told", "Par exemple : le métier et le département, pas la commune ni le nom."),
)
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


def agreement_fields(contacts: Mapping[str, str]) -> Sequence[EntryField]:
    """Return the fields of the agreement. contacts: of the case, id → name, to choose from."""
    choices: Choices = (("", "non précisé"), *((one, name or "sans nom") for one, name in contacts.items()))
    return [replace(field, choices=choices) if field is _AGREED_CONTACT else field for field in AGREEMENT]


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
    agreement = facts.agreement
    values = vars(facts) | {
        "agreed_by": agreement.by if agreement else None,
        "agreed_contact_id": agreement.contact_id if agreement else None,
        "agreed_on": agreement.on if agreement else None,
        "may_be_told": agreement.may_be_told if agreement else None,
    }
    for figures in facts.years:
        values |= {f"{name}_{figures.year}": getattr(figures, name) for name in AMOUNTS}
    return written_fields([*AGREEMENT, *COMPANY, *(field for year in years for field in year_fields(year))], values)


def read_facts_form(typed: TypedForm, years: Sequence[int]) -> tuple[CompanyFacts, dict[str, str]]:
    """Return the facts that were typed, and what is wrong, by field; with a problem the facts are not whole."""
    fields = [*AGREEMENT, *COMPANY, *(field for year in years for field in year_fields(year))]
    values, problems = read_fields(fields, typed)
    agreement = None
    if values.get("agreed_by"):
        if values.get("agreed_on"):
            told = values.get("may_be_told") or ""
            agreement = Agreement(values["agreed_by"], values["agreed_on"], told, values.get("agreed_contact_id"))
        else:
            problems.setdefault("agreed_on", sentence("dites quel jour l’accord a été donné"))
    elif any(values.get(field.name) for field in AGREEMENT):
        problems.setdefault("agreed_by", sentence("dites qui a donné l’accord, ou videz le reste"))
    figures = [YearFigures(year, *(values.get(f"{name}_{year}") for name in AMOUNTS)) for year in years]
    facts = CompanyFacts(
        agreement=agreement,
        reason=values.get("reason") or "",
        premises=values.get("premises"),
        premises_note=values.get("premises_note") or "",
        key_roles=values.get("key_roles") or (),
        years=tuple(one for one in figures if not one.is_empty),
    )
    return facts, problems
