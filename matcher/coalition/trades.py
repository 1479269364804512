"""The trades that a contract without lots asks for, a part each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from matcher.nomenclature import cpv_name, naf_name
from matcher.types import Opportunity, OpportunityKind


def trades_of(opportunity: Opportunity, named: Sequence[str] = ()) -> tuple[Opportunity, ...]:
    """Return a part per trade: of those named by the asker, else of those of the codes; the opportunity if single.

    Titles are not taken apart: most that join two things with « et » ask for one trade. The amount belongs to the
    whole; parts have none.
    """
    if opportunity.kind != OpportunityKind.MARKET:
        return (opportunity,)
    no_code: tuple[str, ...] = ()
    cpv, naf = _families(opportunity.cpv, 3), _families(opportunity.naf, 2)
    if named:
        parts = [(str(number), words, no_code, no_code) for number, words in enumerate(named, start=1)]
    elif len(cpv) > 1:
        parts = [(code, cpv_name(code) or opportunity.title, no_code, (code,)) for code in cpv]
    elif len(naf) > 1:
        parts = [(code, naf_name(code) or opportunity.title, (code,), no_code) for code in naf]
    else:
        return (opportunity,)
    return tuple(
        replace(
            opportunity,
            id=f"{opportunity.id}#{key}",
            lot_title=words,
            cpv_labels=(),
            amount_eur=None,
            headcount=None,
            naf=its_naf,
            cpv=its_cpv,
        )
        for key, words, its_naf, its_cpv in parts
    )


def _families(codes: Sequence[str], digits: int) -> list[str]:
    """Return the first code of each family; a general code (45000000) is dropped where a finer one is given."""

    def announces(code: str) -> bool:
        stem = code.rstrip("0")
        return any(other != code and other.startswith(stem) for other in codes)

    return list({code[:digits]: code for code in reversed(codes) if not announces(code)}.values())[::-1]
