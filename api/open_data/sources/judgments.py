"""What a judgment in insolvency means for a takeover: its kind is of a closed list, its text is free.

Liquidation and redressement, opened, extended, converted or resumed: a case. Sauvegarde: nothing, the company pays its
debts and is not for sale. Plan de cession, closure of the procedure: sold. A plan by which the company goes on, the end
of a redressement, a judgment withdrawn: cancelled. Lists of debts, changes of officers, sanctions, appeals (their label
does not tell what they change): nothing.
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


def outcome_of(nature: str, text: str) -> str | None:
    """Return « sold », « cancelled », the kind of a procedure that makes a case, or None.

    The nature is of a closed list, save « Autre jugement … », of which only the text tells more.
    """
    plain = without_accents(nature.lower())
    if not _BROKEN.search(plain):
        if _SOLD.search(plain):
            return "sold"
        if _OTHER.search(plain):
            return None
        if _GOES_ON.search(plain):
            return "cancelled"
    kind = _KIND.search(plain)
    if kind is None and re.search(r"\bautre jugement\b", plain):
        plain = without_accents(text.lower())
        if "plan de cession" in plain:
            return "sold"
        kind = _PRONOUNCED.search(plain)
    return _KINDS[kind[1]] if kind else None


def offers_until(text: str) -> date | None:
    """The last day for offers: the first date after « offre », in the same sentence."""
    found = _OFFERS.search(text)
    try:
        return french_input.day(found[1]) if found else None
    except ValueError:
        return None


def told(text: str) -> str:
    """Return what is read in a judgment's text, and nothing of the people whom it names."""
    plain, until = without_accents(text.lower()), offers_until(text)
    pronounced = _PRONOUNCED.search(plain)
    parts = [
        "Plan de cession" if "plan de cession" in plain else "",
        f"Prononcé : {pronounced[1]}" if pronounced else "",
        f"Offres avant le {until.isoformat()}" if until else "",
    ]
    return ". ".join(part for part in parts if part)
