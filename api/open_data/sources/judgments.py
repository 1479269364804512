"""Meaning of an insolvency judgment for a takeover: its nature is of a closed list, its text is free.

- A case: liquidation and redressement, opened, extended, converted or resumed.
- Sold: plan de cession, closure of the procedure.
- Cancelled: a plan by which the company goes on, the end of a redressement, a judgment withdrawn.
- Nothing: sauvegarde (the company pays its debts and is not for sale), lists of debts, changes of officers, sanctions,
  appeals (their label does not say what they change).
"""

import re
from datetime import date

from api.core import french_input
from api.core.text import without_accents

_BROKEN = re.compile(r"resolution d[ue]")
_SOLD = re.compile(r"plan de cession|arretant la cession|cloture")
_GOES_ON = re.compile(r"retract|plan de (?:redressement|sauvegarde|continuation|traitement)|mettant fin")
_OTHER = re.compile(r"liste des creances|creances nees|depot|designation|changement|remplacement|modifi|delai|sanction")
_KINDS = {"liquidation": "Liquidation judiciaire", "redressement": "Redressement judiciaire"}
_KIND = re.compile(r"(liquidation|redressement) judiciaire")
_PRONOUNCED = re.compile(r"(?:prononc|ouvr|ouvert|convert)[^.;]{0,80}?\b(liquidation|redressement)\b")
_DAY = r"(\d{1,2}[/.]\d{1,2}[/.]\d{4}|\d{1,2}(?:er)? [a-zéû]+ \d{4}|\d{4}-\d{2}-\d{2})"
_OFFERS = re.compile(rf"\boffres?\b[^.;]{{0,160}}?\b{_DAY}", re.IGNORECASE)


def outcome_of(judgment_nature: str, judgment_text: str) -> str | None:
    """Return « sold », « cancelled », the kind of a procedure that makes a case, or None.

    For the nature « Autre jugement … », only the text gives the procedure.
    """
    folded_text = without_accents(judgment_nature.lower())
    if not _BROKEN.search(folded_text):
        if _SOLD.search(folded_text):
            return "sold"
        if _OTHER.search(folded_text):
            return None
        if _GOES_ON.search(folded_text):
            return "cancelled"
    procedure_kind = _KIND.search(folded_text)
    if procedure_kind is None and re.search(r"\bautre jugement\b", folded_text):
        folded_text = without_accents(judgment_text.lower())
        if "plan de cession" in folded_text:
            return "sold"
        procedure_kind = _PRONOUNCED.search(folded_text)
    return _KINDS[procedure_kind[1]] if procedure_kind else None


def offers_until(judgment_text: str) -> date | None:
    """Return the last day for offers: the first date after « offre », in the same sentence."""
    date_match = _OFFERS.search(judgment_text)
    try:
        return french_input.day(date_match[1]) if date_match else None
    except ValueError:
        return None


def public_extract(judgment_text: str) -> str:
    """Return the facts read in a judgment's text, without the people that it names."""
    folded_text, offers_day = without_accents(judgment_text.lower()), offers_until(judgment_text)
    pronounced_kind = _PRONOUNCED.search(folded_text)
    sentences = [
        "Plan de cession" if "plan de cession" in folded_text else "",
        f"Prononcé : {pronounced_kind[1]}" if pronounced_kind else "",
        f"Offres avant le {offers_day.isoformat()}" if offers_day else "",
    ]
    return ". ".join(sentence for sentence in sentences if sentence)
