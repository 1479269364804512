"""Amounts of money in a text, and what each is: an estimate, a ceiling, a turnover, a price, or none of ours."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from api.understanding.labels import Label, Section
from api.understanding.need import Span


class AmountRole(StrEnum):
    """What an amount says. CEILING: the most of a framework agreement. OTHER: insurances, penalties, thresholds."""

    ESTIMATE = "estimate"
    CEILING = "ceiling"
    TURNOVER = "turnover"
    PRICE = "price"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Amount:
    euros: float
    role: AmountRole
    span: Span
    is_stated: bool  # by a label, or by words beside it


_NUMBER = r"\d{1,3}(?:[ .]\d{3}){1,4}(?:,\d{1,2})?|\d{1,9}(?:[.,]\d{1,3})?"
_AMOUNT = re.compile(
    rf"(?<![\d.,/])(?:(?P<low>{_NUMBER})(?P<to>-| {{0,2}}(?:-|a|et) {{1,2}}))?(?P<number>{_NUMBER}) {{0,3}}"
    r"(?P<unit>k ?€|keuros?|k ?eur\b|m€|m ?eur\b|millions? d'euros?|millions?(?= €)|€|euros?\b|eur\b)"
)
_FACTORS = {"k": 1e3, "m": 1e6}
# Words close before an amount, the strongest first; those right after it are asked too.
_WORDS: tuple[tuple[AmountRole, re.Pattern[str]], ...] = (
    (
        AmountRole.OTHER,
        re.compile(
            r"assuranc|responsabilite civile|garanti|penalit|cautio|capital|seuil|avance|loyer|par sinistre|"
            r"retenue|frais|franchise|indemnit|prime|par (?:mois|an\b|jour|heure)|versement|subvention|"
            r"inferieur a|superieur a"
        ),
    ),
    (AmountRole.TURNOVER, re.compile(r"chiffres? d'affaires?|\bca\b|\bc\.a\.")),
    (
        AmountRole.PRICE,
        re.compile(
            r"\bprix (?:de |demande|souhaite|attendu|net)|prix ?:|\bcede (?:pour|a)\b|\bvendu\b|mise a prix|"
            r"valorisation"
        ),
    ),
    (AmountRole.CEILING, re.compile(r"\b(?:maximum|maximal\w*|maxi|plafond|minimum|minimal\w*|mini)\b")),
    (AmountRole.ESTIMATE, re.compile(r"estim|budget|enveloppe|\bmontant|\bvaleur|\bcout|environ|marche de|prevision")),
)
_REACH = 90
_BREAK = re.compile(r"[\n;]|[.!?] ")


def amounts_in(folded: str, sections: Sequence[Section]) -> list[Amount]:
    """Return the amounts of a folded text that has these sections, in order."""
    amounts = []
    at = 0
    for match in _AMOUNT.finditer(folded):
        while at + 1 < len(sections) and sections[at].whole.end <= match.start():
            at += 1
        euros = _euros(match)
        if euros is None:
            continue
        role, is_stated = _role(folded, match, sections[at])
        amounts.append(Amount(euros, role, Span(match.start(), match.end()), is_stated))
    return amounts


def best_estimate(amounts: Sequence[Amount]) -> Amount | None:
    """Return what the market is worth: a stated estimate, else the highest ceiling, else the first bare amount."""
    stated = [amount for amount in amounts if amount.role is AmountRole.ESTIMATE and amount.is_stated]
    ceilings = [amount for amount in amounts if amount.role is AmountRole.CEILING]
    bare = [amount for amount in amounts if amount.role is AmountRole.ESTIMATE]
    if stated:
        return stated[0]
    if ceilings:
        return max(ceilings, key=lambda amount: amount.euros)
    return bare[0] if bare else None


def _euros(match: re.Match[str]) -> float | None:
    """Return the euros of an amount, the middle of a range; None where nothing is worth so little."""
    factor = _FACTORS.get(match["unit"][0], 1.0)
    high = _number(match["number"]) * factor
    low = _number(match["low"]) * factor if match["low"] else None
    if low is not None and low < high / 100:
        # « 6-7000 € » means six thousand, « 40 à 60 000 € » forty; « lot 2 - 45 000 € » is no range.
        low = low * 1000 if match["to"] == "-" or "a" in match["to"] else None
    euros = (low + high) / 2 if low is not None and low < high else high
    return round(euros, 2) if 1 < euros <= 1e12 else None


def _number(digits: str) -> float:
    whole = digits.replace(" ", "")
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?", whole):
        whole = whole.replace(".", "")
    return float(whole.replace(",", "."))


def _role(folded: str, match: re.Match[str], section: Section) -> tuple[AmountRole, bool]:
    before = folded[max(match.start() - _REACH, section.whole.start) : match.start()]
    breaks = [found.end() for found in _BREAK.finditer(before)]
    before = before[breaks[-1] :] if breaks else before
    after = folded[match.end() : match.end() + 45]
    after_break = _BREAK.search(after)
    after = after[: after_break.start()] if after_break else after
    if section.label is Label.AMOUNT and not _WORDS[0][1].search(before):
        return AmountRole.ESTIMATE, True
    if section.label is Label.CEILING:
        return AmountRole.CEILING, True
    # The nearest word before it says what it is; then those after it.
    nearest = max(
        ((found[-1].start(), role) for role, words in _WORDS if (found := list(words.finditer(before)))),
        default=None,
        key=lambda pair: pair[0],
    )
    if nearest:
        return nearest[1], True
    for role, words in _WORDS:
        if words.search(after):
            return role, True
    # Of an unlabelled section an amount may be the market's; beside conditions and criteria it is not.
    bare = AmountRole.OTHER if section.label is Label.OTHER else AmountRole.ESTIMATE
    return bare, False
