"""What a member brings to a coalition, in a few words; the whole is in `api.matching.coalition_wording`."""

from collections.abc import Sequence

from api.core.french import unbroken
from api.matching.coalition_wording import member_sentence, need_in_words, percent
from api.matching.fact_chips import TRADE_LENGTH, Fact, FactChip, Fit
from matcher.coalition.proposal import ENOUGH
from matcher.types import Reason

# Needs told one by one; of the others, how many.
MOST_NEEDS = 3


def member_chips(reasons: Sequence[Reason], *, takeover: bool) -> list[FactChip]:
    """Return the facts that a member's reasons tell, in the order of `Fact`: what it does, how far the leader is, its
    means.
    """
    chips = [*_needs(reasons), *_distance(reasons, takeover=takeover), *_means(reasons)]
    return [FactChip(chip.fact, unbroken(chip.words[0].upper() + chip.words[1:]), chip.fit) for chip in chips]


def _needs(reasons: Sequence[Reason]) -> list[FactChip]:
    brought = [reason for reason in reasons if reason.code in ("coalition_holds", "coalition_backs")]
    chips = []
    for reason in brought[:MOST_NEEDS]:
        need = need_in_words(reason.figures, TRADE_LENGTH)
        if reason.code == "coalition_holds":
            chips.append(FactChip(Fact.TRADE, need, Fit.FITS))
        else:
            chips.append(FactChip(Fact.TRADE, f"en renfort : {need}", Fit.CHECK))
    if more := brought[MOST_NEEDS:]:
        fit = Fit.FITS if any(reason.code == "coalition_holds" for reason in more) else Fit.CHECK
        chips.append(FactChip(Fact.TRADE, f"et {len(more)} de plus", fit))
    return chips


def _distance(reasons: Sequence[Reason], *, takeover: bool) -> list[FactChip]:
    return [
        FactChip(Fact.DISTANCE, member_sentence(reason, takeover=takeover), Fit.FITS)
        for reason in reasons
        if reason.code == "coalition_near"
    ]


def _means(reasons: Sequence[Reason]) -> list[FactChip]:
    """Return one chip for the means, whatever number of needs they are compared with."""
    shares = [reason.value or 0 for reason in reasons if reason.code == "coalition_means"]
    if not shares:
        is_unknown = any(reason.code == "coalition_means_unknown" for reason in reasons)
        return [FactChip(Fact.SIZE, "moyens à demander", Fit.UNKNOWN)] if is_unknown else []
    if min(shares) >= ENOUGH:
        return [FactChip(Fact.SIZE, "tous les moyens demandés", Fit.FITS)]
    known = percent(shares[0]) if len(shares) == 1 else "une partie"
    return [FactChip(Fact.SIZE, f"{known} des moyens demandés", Fit.CHECK)]
