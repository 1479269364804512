"""The object of a notice, in one line."""

import re
from collections.abc import Sequence

from api.understanding.buyers import is_buyer_line
from api.understanding.labels import Label, Section
from api.understanding.need import Span

_LONGEST = 600
# « … a pour objet l’entretien … », « … lance une consultation pour … »
_WANTED = re.compile(
    r"(?:a|ont|ayant) pour objet (?:: ?)?|(?:lance|lancent|organise|engage|"
    r"ouvre)\b[^.\n:]{0,90}?\b(?:pour|relative? a|concernant|"
    r"portant sur)\b (?:: ?)?|consultation (?:pour|relative a|concernant|portant sur)\b (?:: ?)?|"
    r"(?:recherche|souhaite (?:confier|faire realiser|retenir)|procede a)\b (?:un prestataire pour )?"
)
_END = re.compile(r"\n|[.;] (?=[A-ZÀÉÈ0-9])|[.;]$")
# Lines that name the kind of notice, a reference or a part, never the object. Each opening word ends there: « ref »
# opens « Réf. : 12 », and not « Réfection ».
_NO_OBJECT = re.compile(
    r"\s*(?:avis\b[^\n]{0,80}|marches? publics?[^\n]{0,30}|annonce\b.*|departements?\b.*|publiee?s?\b.*|"
    r"procedures?\b.*|section(?: (?:[a-h]|[ivx]+|\d[\d.]*)\b.*)?|n ?°.*|ref(?:erences?)?\b.*|"
    r"appel d'offres|[\d\s/.:h-]+|services|travaux|fournitures|consultation|bonjour\b.*|de :.*|a :.*|"
    r"date :.*|https?:.*|"
    r"reglement d.*|acte d'engagement.*|cahier des (?:charges|clauses).*|piece n(?:[o°]|umero)?\b.*|"
    r"page \d.*|boamp\b.*|joue\b.*|legales?\b.*|annonces? (?:legales?|officielles?).*|\W*)\s*"
)
# « Crest (26) – Avis de marché », above a notice; under a label such a line is the object.
_HEADING = re.compile(r"\A\s*+[a-z'-][a-z' -]{1,39} \(\d{2,3}\) ?[–-] ?[^\n]{0,60}\s*")


def title_in(text: str, folded: str, sections: Sequence[Section]) -> Span | None:
    """Return where the object stands: under its label, else after the words that announce it, else the first line."""
    for section in sections:
        if section.label is Label.TITLE and (span := _line(text, folded, section.value)):
            return span
    if announced := _WANTED.search(folded):
        return _sentence(text, announced.end())
    for section in sections:
        if section.label is Label.DESCRIPTION and (span := _line(text, folded, section.value)):
            return span
    for line in re.finditer(r"[^\n]+", folded):
        starts_inside = next((part for part in sections if part.whole.start <= line.start() < part.whole.end), None)
        is_free = starts_inside is not None and starts_inside.label is Label.NONE and not starts_inside.about_buyer
        is_other = any(pattern.fullmatch(line[0]) for pattern in (_NO_OBJECT, _HEADING)) or is_buyer_line(line[0])
        if is_free and len(line[0].split()) >= 2 and not is_other:
            return Span(line.start(), min(line.end(), line.start() + _LONGEST)).trimmed(text)
    return None


def _line(text: str, folded: str, value: Span) -> Span | None:
    """Return the first line of a section that may be an object."""
    for line in re.finditer(r"[^\n]+", folded[value.start : value.end]):
        start, end = value.start + line.start(), value.start + line.end()
        if not _NO_OBJECT.fullmatch(folded[start:end]) and any(letter.isalpha() for letter in line[0]):
            return _sentence(text, start, end)
    return None


def _sentence(text: str, start: int, limit: int | None = None) -> Span:
    most = min(limit or len(text), start + _LONGEST)
    ending = _END.search(text, start, most)
    return Span(start, ending.start() if ending else most).trimmed(text)
