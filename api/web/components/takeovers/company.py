"""The facts of a takeover case in words: the company, its years, and how they changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from api.core.clock import PARIS
from api.core.french import NBSP, day, number
from api.takeovers.company.company_facts import CompanyFacts, NotedFacts
from api.takeovers.company.wording import AMOUNTS, FIELDS, PREMISES
from api.web.components.journal import actor_in_words


@dataclass(frozen=True)
class FactsChange:
    """A version of the facts. lines: (field, before, after) of what it changed."""

    when: str
    who: str
    lines: Sequence[tuple[str, str, str]]


def amount_in_words(amount: int | None) -> str:
    return "" if amount is None else f"{number(amount)}{NBSP}€"


def company_lines(facts: CompanyFacts) -> list[tuple[str, str]]:
    """Return what is noted of the company beside its card and its years, as (name, value)."""
    premises = [PREMISES[facts.premises]] if facts.premises else []
    lines = [
        (FIELDS["reason"], facts.reason),
        (FIELDS["premises"], " – ".join([*premises, *filter(None, [facts.premises_note])])),
        (FIELDS["key_roles"], " ; ".join(facts.key_roles)),
    ]
    return [(name, value) for name, value in lines if value]


def year_rows(facts: CompanyFacts) -> list[tuple[int, list[tuple[str, str]]]]:
    """Return (year, (name, amount in words) of each figure), the newest year first."""
    return [
        (one.year, [(words, amount_in_words(getattr(one, name))) for name, words in AMOUNTS.items()])
        for one in facts.years
    ]


def facts_changes(versions: Sequence[NotedFacts], names_by_account: Mapping[str, str]) -> list[FactsChange]:
    """Return what each version changed, the newest first. versions: the oldest first."""
    changes = []
    for before, after in pairwise([NotedFacts(), *versions]):
        former, now = _in_words(before.facts), _in_words(after.facts)
        lines = [
            (name, former.get(name, "") or "rien", now.get(name, "") or "rien")
            for name in {**former, **now}
            if former.get(name, "") != now.get(name, "")
        ]
        moment = after.at.astimezone(PARIS) if after.at else None
        when = f"{day(moment.date().isoformat())}, {moment:%H:%M}" if moment else ""
        changes.append(FactsChange(when, actor_in_words(after.by, names_by_account), lines))
    return changes[::-1]


def _in_words(facts: CompanyFacts) -> dict[str, str]:
    years = {f"{words} {year}": amount for year, amounts in year_rows(facts) for words, amount in amounts if amount}
    return {**dict(company_lines(facts)), **years}
