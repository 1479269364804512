"""The facts that decide whom to call, each in a few words: trade, distance, size, approval.

They stand on pages and in mails where the whole reasons (`api.matching.reasons`) would be too long to read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from api.catalogue.wording import RESERVATIONS, approval_in_words
from api.core.french import euros, number, unbroken
from api.matching.reasons import FORGOTTEN, Reader, sentence, short, trade_nearness
from matcher.types import Reason

# Longest trade quoted in a chip, in characters.
TRADE_LENGTH = 42
# Below it, a distance that no radius bounds speaks against.
NEAR_ENOUGH = 0.3


class Fact(StrEnum):
    """What a chip is about; chips stand in this order."""

    TRADE = "trade"
    DISTANCE = "distance"
    SIZE = "size"
    APPROVAL = "approval"


class Fit(StrEnum):
    """Whether a fact speaks for the pair. The chip's words say it too."""

    FITS = "fits"
    CHECK = "check"
    AGAINST = "against"
    UNKNOWN = "unknown"


FACT_NAMES = {
    Fact.TRADE: "Métier",
    Fact.DISTANCE: "Distance",
    Fact.SIZE: "Taille",
    Fact.APPROVAL: "Agrément",
}
_TRADE_FITS = {
    "même métier": Fit.FITS,
    "métier proche": Fit.FITS,
    "métier voisin": Fit.CHECK,
    "métier éloigné": Fit.AGAINST,
}


@dataclass(frozen=True)
class FactChip:
    """One fact in a few words."""

    fact: Fact
    words: str
    fit: Fit

    @property
    def name(self) -> str:
        """What the fact is about, as a heading says it."""
        return FACT_NAMES[self.fact]


def fact_chips(reasons: Sequence[Reason], reader: Reader = "facilitator") -> list[FactChip]:
    """Return the facts that the reasons of one suggestion tell, in the order of `Fact`; a fact that nobody asks for
    (no approval is required, a financer's trade) has no chip.
    """
    by_code = {reason.code: reason for reason in reasons}
    chips = [_trade(by_code), _distance(by_code, reader), _size(by_code), *_approvals(by_code, reader)]
    return [
        FactChip(chip.fact, unbroken(chip.words[0].upper() + chip.words[1:]), chip.fit)
        for chip in chips
        if chip is not None
    ]


def known_chips(reasons: Sequence[Reason], reader: Reader = "facilitator") -> list[FactChip]:
    """Return the chips of what is known."""
    return [chip for chip in fact_chips(reasons, reader) if chip.fit != Fit.UNKNOWN]


def _trade(by_code: Mapping[str, Reason]) -> FactChip | None:
    if reason := by_code.get("semantic"):
        nearness = trade_nearness(reason)
        words = (
            nearness if FORGOTTEN in reason.figures else f"{nearness} : {short(reason.figures['trade'], TRADE_LENGTH)}"
        )
        return FactChip(Fact.TRADE, words, _TRADE_FITS[nearness])
    return FactChip(Fact.TRADE, "métier inconnu", Fit.UNKNOWN) if "semantic_unknown" in by_code else None


def _distance(by_code: Mapping[str, Reason], reader: Reader) -> FactChip | None:
    reason = by_code.get("nearness")
    if reason is None:
        return FactChip(Fact.DISTANCE, "distance inconnue", Fit.UNKNOWN) if "nearness_unknown" in by_code else None
    figures, words = reason.figures, sentence(reason, reader).partition(",")[0].replace(" (lieu approché)", "")
    kilometres = float(figures["km"])
    if "radius_km" in figures:
        radius = float(figures["radius_km"])
        if kilometres <= radius:
            return FactChip(Fact.DISTANCE, words, Fit.FITS)
        whose = "votre" if reader == "actor" else "son"
        return FactChip(Fact.DISTANCE, f"{words}, au-delà de {whose} rayon ({number(radius)} km)", Fit.CHECK)
    return FactChip(Fact.DISTANCE, words, Fit.FITS if (reason.value or 0) >= NEAR_ENOUGH else Fit.CHECK)


def _size(by_code: Mapping[str, Reason]) -> FactChip | None:
    reason = by_code.get("capacity")
    if reason is None:
        return FactChip(Fact.SIZE, "taille non comparée", Fit.UNKNOWN) if "capacity_unknown" in by_code else None
    figures, value = reason.figures, reason.value or 0
    if "fits" in figures:
        if value >= 0.9:
            return FactChip(Fact.SIZE, "suit des cas de cette taille", Fit.FITS)
        if value >= 0.4:
            return FactChip(Fact.SIZE, "suit des cas d’une autre taille", Fit.CHECK)
        return FactChip(Fact.SIZE, "ne suit pas de cas de cette taille", Fit.AGAINST)
    if "headcount" in figures:
        heads = round(float(figures["headcount"]))
        means = f"{number(heads)} {'salariés' if heads >= 2 else 'salarié'}"
    else:
        means = f"{euros(float(figures['turnover_eur']))} de chiffre d’affaires"
    if value >= 0.9:
        return FactChip(Fact.SIZE, means, Fit.FITS)
    if value >= 0.6:
        return FactChip(Fact.SIZE, f"{means}, un peu juste", Fit.CHECK)
    return FactChip(Fact.SIZE, f"{means}, à renforcer", Fit.AGAINST)


def _approvals(by_code: Mapping[str, Reason], reader: Reader) -> list[FactChip]:
    chips = []
    if reason := by_code.get("reserved_met"):
        groups = " ou ".join(RESERVATIONS[code] for code in str(reason.figures["reserved"]).split())
        is_one = "vous en êtes" if reader == "actor" else "il en est"
        chips.append(FactChip(Fact.APPROVAL, f"réservé {groups} : {is_one}", Fit.FITS))
    if reason := by_code.get("approval_held"):
        chips.append(FactChip(Fact.APPROVAL, f"agrément {_names(reason)}", Fit.FITS))
    if reason := by_code.get("approval_unknown"):
        chips.append(FactChip(Fact.APPROVAL, f"agrément à vérifier : {_names(reason)}", Fit.CHECK))
    return chips


def _names(reason: Reason) -> str:
    return ", ".join(approval_in_words(slug) for slug in str(reason.figures["approvals"]).split())
