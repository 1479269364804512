"""What is to be done next about a takeover case, from what is noted of it."""

from collections.abc import Sequence
from enum import StrEnum

from api.takeovers.company.company_facts import CompanyFacts
from api.takeovers.stages.transitions import ENDS, Stage
from models.opportunities import TakeoverCase

# Lenders and buyers ask for this many years.
WANTED_YEARS = 3


class NextAct(StrEnum):
    TAKE_CHARGE = "take_charge"
    NOTE_AGREEMENT = "note_agreement"
    NOTE_COMPANY = "note_company"
    FIND_CANDIDATES = "find_candidates"


class Missing(StrEnum):
    """What a buyer asks first, and nobody has noted yet."""

    HEADCOUNT = "headcount"
    PRICE = "price"
    YEARS = "years"
    PREMISES = "premises"
    KEY_ROLES = "key_roles"
    REASON = "reason"


def missing_facts(facts: CompanyFacts, card: TakeoverCase | None) -> list[Missing]:
    """Return what is not known of a company. card: what its card says."""
    known = {
        Missing.HEADCOUNT: card is not None and card.headcount is not None,
        Missing.PRICE: card is not None and (card.price_min_eur or card.price_max_eur) is not None,
        Missing.YEARS: len(facts.years) >= WANTED_YEARS,
        Missing.PREMISES: facts.premises is not None,
        Missing.KEY_ROLES: bool(facts.key_roles),
        Missing.REASON: bool(facts.reason),
    }
    return [fact for fact, is_known in known.items() if not is_known]


def next_acts(
    stage: Stage,
    missing: Sequence[Missing],
    *,
    has_charge: bool,
    has_agreement: bool,
    of_court: bool,
    has_candidates: bool,
) -> list[NextAct]:
    """Return what is to be done beside the next step of the stage, the first thing first; nothing of an ended file.

    of_court: it is not the owner who agrees. has_candidates: a case was opened, or an actor approached.
    """
    if stage in ENDS:
        return []
    wanted = {
        NextAct.TAKE_CHARGE: not has_charge,
        NextAct.NOTE_AGREEMENT: not has_agreement and not of_court,
        NextAct.NOTE_COMPANY: bool(missing),
        NextAct.FIND_CANDIDATES: not has_candidates,
    }
    return [act for act, is_wanted in wanted.items() if is_wanted]
