"""Meaning of an insolvency judgment for a takeover case: its nature is of a closed list, its text is free.

- It opens a case: liquidation and redressement, opened, extended, converted or resumed.
- It ends one: a sale, a plan by which the company goes on, the closure of the procedure, its end.
- It withdraws the opening: « rétractation ».
- Nothing: sauvegarde (the company pays its debts and is not for sale), a plan that sells a part (the rest is still to
  be taken over), lists of debts, changes of officers, sanctions, appeals (their label does not say what they change).

**Civil courts** (associations, SCI, farms) publish under « Autre jugement et ordonnance »: only the text says what was
decided. It begins with a label of their software (« Ouvre les opérations de la liquidation judiciaire », « Clôture pour
insuffisance d'actif », « RLJ arrête le plan de cession totale sans location gérance ») or is a sentence of the
judgment. An end that it pronounces counts before an opening, which it often recalls.

Sources: natures in rule.yml of annuaire-entreprises-data-gouv-fr/search-infra; texts in data/bodacc_alerts.json of
Bencode92/CHECKING-M-A (records of February 2026).
"""

import re
from datetime import date
from typing import NamedTuple

from api.core import french_input
from api.core.text import without_accents
from api.open_data.sources.contract import Step


class Judgment(NamedTuple):
    """What a judgment does to a case; None: nothing. procedure: that which it opens, in French.

    unread: the field of the judgment that should say what it does, and is empty or says what is not known here.
    """

    step: Step | None = None
    procedure: str | None = None
    unread: str = ""


NOTHING = Judgment()
_PROCEDURES = {"liquidation": "Liquidation judiciaire", "redressement": "Redressement judiciaire"}
# A phrase for each step, without anybody's name, that is read as that step.
_EXTRACTS: dict[Step, str] = {
    "sold": "Arrête le plan de cession",
    "plan": "Arrête le plan de redressement",
    "insufficient_assets": "Clôture pour insuffisance d’actif",
    "debts_paid": "Clôture pour extinction du passif",
    "closed": "Clôture de la procédure",
    "ended": "Met fin à la procédure",
    "withdrawn": "Rétracte le jugement",
}

_CATCH_ALL = re.compile(r"\bautres? jugements?\b|^extrait de jugement$")
_BROKEN = re.compile(r"resolution d[ue]")
_PARTIAL = re.compile(r"cession partielle")
_SETTLED = re.compile(r"plan de (?:redressement|sauvegarde|continuation|traitement|apurement)")
_NO_DECISION = re.compile(
    r"liste des creances|creances nees|depot|designation|changement|remplacement|modifi|delai|sanction|retablissement"
)
# The other natures that do nothing to a case: what is none of them is not known here.
_NOTHING = re.compile(r"sauvegarde|faillite|interdiction|cour d.appel|resolution d[ue] plan|repartition|conciliation")
_KIND = re.compile(r"(liquidation|redressement) judiciaire")
_AFTER_PLAN = re.compile(r"apres (?:l.)?(?:arrete|adoption|execution)[^.]{0,20} plan")
_LACKING = re.compile(r"insuffisance (?:de )?(?:l.|d.)?actif|absence d.actif|defaut d.actif")
_PAID = re.compile(r"extinction d[ue] passif|passif (?:est |a ete )?(?:eteint|apure)|desinteress")

_DECISIONS = re.compile(r"[.;\n]|\s[-–—]\s|\s:\s")
_NOT_DECIDED = re.compile(
    r"\brejet|\bdeboute|\brefus|\birrecevable|n.y a(?:voir)? (?:pas |plus )?lieu|\binfirm|\bannul|\bdelai|\bexam[ei]n"
    r"|\bproro|\breport|\bdevra|\bpourra|\bau terme|\bmodif|\bprojet|\bsollicit|\bdemande"
)
_CLOSED = re.compile(
    r"^(?:jugement (?:de|portant) )?(?:la )?cloture\b(?! de (?:l.instruction|la liste|l.etat|l.exercice))"
    r"|\b(?:prononc\w*|ordonn\w*|constat\w*|declar\w*|portant)[^,]{0,40}? (?:la|de) cloture\b"
    r"|\b(?:a|est|ete|ayant) clotur\w+|\bclot(?:ure)? la (?:procedure|liquidation)|\bcloturant\b"
)
_ADOPTED = r"\b(?:arret|adopt|homologu|homologa|ordonn|valid)\w*"
_SOLD = re.compile(
    rf"{_ADOPTED}\b[^,]{{0,60}}?\b"
    r"(?:plan de cession|cession (?:totale|globale|de l.(?:entreprise|activite|association)))"
)
_PLAN = re.compile(rf"{_ADOPTED}\b[^,]{{0,60}}?\bplan\b(?! de cession)|^(?:jugement de )?plan de (?:redr|cont|apur)")
# Between the verb and its object nothing else may be decided.
_OTHER_OBJECT = (
    r"cloture|interdiction|faillite|sanction|remplac|condamn|nullite|relev|verif|design|mission|taxe|retabl|sauvegarde"
)
_PRONOUNCED = re.compile(
    r"(?:\bprononc(?!er\b)\w*|\bouvr(?!ir\b)\w+|\bouvert\w*|\bconvert(?!ir\b)\w*|\bconversion|\betend(?!re\b)\w*"
    rf"|\bextension|\breprise|\b(?:place|placant|met|mettant) en)\b(?:(?!{_OTHER_OBJECT})[^.;]){{0,90}}?"
    r"\b(liquidation|redressement)\b"
)
_RECALLED = re.compile(r"creances nees|etat des creances|apres le jugement|cloture")
_ENDED = re.compile(
    r"\b(?:met|mettant|mis) fin a la procedure(?! de (?:sauvegarde|concilia|traitement))|\bmain ?levee de la proc"
)
_WITHDRAWN = re.compile(r"\bretract(?:e|ant|ation)\b")
_CONVERTED = re.compile(r"\bconver(?:sion|ti)")

_DAY = r"(\d{1,2}[/.]\d{1,2}[/.]\d{4}|\d{1,2}(?:er)? [a-zéû]+ \d{4}|\d{4}-\d{2}-\d{2})"
_OFFERS = re.compile(rf"\boffres?\b[^.;]{{0,160}}?\b{_DAY}", re.IGNORECASE)


def read_judgment(judgment_nature: str, judgment_text: str) -> Judgment:
    """Return what a judgment does; for the natures « Autre jugement … », only its text says it."""
    folded_nature = without_accents(judgment_nature.lower())
    if _CATCH_ALL.search(folded_nature):
        judgment = _of_text(judgment_text)
        if judgment.step is None and "cloture" in folded_nature:
            # « Autre jugement de clôture » closes whatever its text says.
            return Judgment("closed")
        return judgment if judgment_text.strip() else Judgment(unread="complementJugement")
    return _of_nature(folded_nature)


def _of_nature(nature: str) -> Judgment:
    if "retract" in nature:
        return Judgment("withdrawn")
    if _NO_DECISION.search(nature):
        return NOTHING
    is_broken = bool(_BROKEN.search(nature))
    if not is_broken:
        if "cloture" in nature:
            return NOTHING if "sauvegarde" in nature else _closure(nature)
        if "plan de cession" in nature or "arretant la cession" in nature:
            return NOTHING if _PARTIAL.search(nature) else Judgment("sold")
        if _SETTLED.search(nature):
            return Judgment("plan")
        if "mettant fin" in nature and "ouvrant" not in nature:
            return Judgment("ended")
    procedure_kind = _KIND.search(nature.partition("ouvrant")[2] or nature)
    if procedure_kind:
        return _opening(procedure_kind[1], nature)
    return NOTHING if _NOTHING.search(nature) else Judgment(unread="nature")


def _of_text(text: str) -> Judgment:
    folded_text = without_accents(text.lower())
    decisions = [decision.strip() for decision in _DECISIONS.split(folded_text)]
    decided = [decision for decision in decisions if not _NOT_DECIDED.search(decision)]
    if any(_CLOSED.search(decision) and "sauvegarde" not in decision for decision in decided):
        return Judgment("plan") if _AFTER_PLAN.search(folded_text) else _closure(folded_text)
    if not _BROKEN.search(folded_text):
        if any(_PARTIAL.search(decision) for decision in decided):
            return NOTHING
        if any(_SOLD.search(decision) for decision in decided):
            return Judgment("sold")
        if any(_PLAN.search(decision) for decision in decided):
            return Judgment("plan")
    if any(_WITHDRAWN.search(decision) for decision in decided):
        return Judgment("withdrawn")
    for decision in decided:
        pronounced = _PRONOUNCED.search(decision)
        if pronounced and not _RECALLED.search(decision):
            return _opening(pronounced[1], decision)
    return Judgment("ended") if any(_ENDED.search(decision) for decision in decided) else NOTHING


def _opening(kind: str, folded_text: str) -> Judgment:
    return Judgment("conversion" if _CONVERTED.search(folded_text) else "opening", _PROCEDURES[kind])


def _closure(folded_text: str) -> Judgment:
    if _LACKING.search(folded_text):
        return Judgment("insufficient_assets")
    return Judgment("debts_paid" if _PAID.search(folded_text) else "closed")


def offers_until(judgment_text: str) -> date | None:
    """Return the last day for offers: the first date after « offre », in the same sentence."""
    date_match = _OFFERS.search(judgment_text)
    try:
        return french_input.day(date_match[1]) if date_match else None
    except ValueError:
        return None


def public_extract(judgment_text: str) -> str:
    """Return the facts read in a judgment's text, without the people that it names."""
    step, procedure, _ = _of_text(judgment_text)
    offers_day = offers_until(judgment_text)
    sentences = [
        _EXTRACTS.get(step, "") if step else "",
        f"{'Convertit en' if step == 'conversion' else 'Ouvre la procédure de'} {procedure.lower()}"
        if procedure
        else "",
        f"Offres avant le {offers_day.isoformat()}" if offers_day else "",
    ]
    # A text that says nothing of use is not the same as none.
    return ". ".join(sentence for sentence in sentences if sentence) or (judgment_text.strip() and "Autre décision")
