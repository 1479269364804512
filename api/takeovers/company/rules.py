"""What may be noted of a takeover case: bounds of figures, and roles without names."""

import re
from collections.abc import Iterable, Iterator
from datetime import date

from api.core.errors import InvalidError
from api.core.french import plural
from api.core.text import without_accents
from api.takeovers.company.company_facts import CompanyFacts

# Of the schemas of opportunities: no company of the desk is larger.
MOST_EUR = 10_000_000_000
FIRST_YEAR = 1980
MOST_YEARS, MOST_ROLES, ROLE_LENGTH = 6, 10, 100
LENGTHS = {"reason": 500, "premises_note": 500}

_CIVILITY = re.compile(r"\b(?:M\.|MM\.|Mr|Mme|Mmes|Mlle|Monsieur|Madame|Maître)(?=\s|$)")
_REACH = re.compile(r"@|\d(?:[\s.]?\d){7}")
_WORD = re.compile(r"[^\W\d_][\w’'-]*")


def check_facts(facts: CompanyFacts, contact_names: Iterable[str], *, today: date) -> None:
    """Raise InvalidError, by the names of the fields. contact_names: of the contacts of the case."""
    problems = list(_problems(facts, contact_names, today))
    if problems:
        raise InvalidError(problems)


def _problems(facts: CompanyFacts, contact_names: Iterable[str], today: date) -> Iterator[tuple[str, str]]:
    for name, longest in LENGTHS.items():
        if len(getattr(facts, name)) > longest:
            yield name, f"{plural(longest, 'caractère')} au plus"
    if len(facts.key_roles) > MOST_ROLES or any(len(role) > ROLE_LENGTH for role in facts.key_roles):
        yield "key_roles", f"{MOST_ROLES} lignes de {ROLE_LENGTH} caractères au plus"
    elif named := next((role for role in facts.key_roles if names_somebody(role, contact_names)), ""):
        yield "key_roles", f"la fonction sans le nom ni de quoi joindre la personne : « {named} »"
    yield from _year_problems(facts, today)


def _year_problems(facts: CompanyFacts, today: date) -> Iterator[tuple[str, str]]:
    years = [figures.year for figures in facts.years]
    if len(set(years)) < len(years) or len(years) > MOST_YEARS:
        yield "years", f"{MOST_YEARS} exercices au plus, chacun une fois"
    for figures in facts.years:
        if not FIRST_YEAR <= figures.year <= today.year + 1:
            yield "years", f"l’exercice {figures.year} n’est pas de ces dernières années"
        amounts = {name: getattr(figures, name) for name in ("turnover_eur", "result_eur", "ebitda_eur")}
        for name, amount in amounts.items():
            if amount is not None and abs(amount) > MOST_EUR:
                yield f"{name}_{figures.year}", "montant trop grand"
        if figures.turnover_eur is not None and figures.turnover_eur < 0:
            yield f"turnover_eur_{figures.year}", "un chiffre d’affaires n’est pas négatif"


def names_somebody(role: str, contact_names: Iterable[str]) -> bool:
    """Return whether a role names a person: by a civility, an address, a number, or the name of a known contact.

    A contact's name counts where it is written with a capital letter: « Meunier » is one, « meunier » is a trade.
    """
    if _CIVILITY.search(role) or _REACH.search(role):
        return True
    known = {_folded(word) for name in contact_names for word in _WORD.findall(name) if len(word) > 2}
    written = [word for word in _WORD.findall(role) if word[0].isupper()]
    return any(_folded(word) in known for word in written)


def _folded(word: str) -> str:
    return without_accents(word.lower())
