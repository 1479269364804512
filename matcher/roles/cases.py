"""What a takeover case asks for beside a buyer, read from its text."""

from __future__ import annotations

from dataclasses import dataclass

from matcher.lexical import without_accents
from matcher.roles.sayings import Saying, saying, stands_in
from matcher.types import Opportunity, OpportunityKind

_PREMISES = (
    saying(r"\bmurs\b|\blocaux\b|\blocal\b|\bbail\b|\bterres\b|\bterrain\b|\bfoncier\b|\bhectares?\b"),
    saying(r"\b(atelier|batiment|bureaux)\b", r"(a vendre|a louer|vendre ou louer|en location)"),
)
_FARM = (saying(r"\bferme\b|maraich|elevage|agricole|\bvigne|viticol|arboricul"),)
_WILLING = (
    saying("salarie|equipe|compagnons|employe|ouvri", "pret|volontaire|souhait|envisage|candidat"),
    saying("transmettre|ceder|transmission|reprise|reprendre", "equipe|salarie|collectif|scop"),
    saying("solution|projet", "collecti|cooperati|les salaries|l.equipe"),
)


@dataclass(frozen=True, slots=True)
class CaseAsks:
    """premises: for premises or land. farm: it is one. willing: its employees, or the seller, think of buying.

    vague: its trade is told in words that are too wide to compare.
    """

    premises: bool = False
    farm: bool = False
    willing: bool = False
    vague: bool = False


def case_asks(opportunity: Opportunity) -> CaseAsks:
    """Return what a case asks for; nothing for a market."""
    if opportunity.kind != OpportunityKind.TAKEOVER:
        return CaseAsks()
    text = without_accents(f"{opportunity.title}. {opportunity.description}".lower())
    lines = [line for sentence in text.split("\n") for line in sentence.split(". ")]

    def told(*sayings: Saying) -> bool:
        return any(stands_in(line, sequence) for line in lines for sequence in sayings)

    farm = any(code[:2] == "01" for code in opportunity.naf) or told(*_FARM)
    return CaseAsks(told(*_PREMISES), farm, told(*_WILLING), opportunity.blind)
