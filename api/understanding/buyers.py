"""Who asks: the buyer of a notice."""

import re
from collections.abc import Sequence

from api.understanding.labels import Label, Section
from api.understanding.need import Span

_LONGEST = 200
_END = re.compile(r"\n|, | - | – |;|\.(?: |$)|\(|\b(?:correspondant|adresse|siret|tel)\b")
_KIND = (
    r"(?:communaute (?:de communes|d'agglomeration|urbaine)|commune|ville|mairie|departement|"
    r"conseil departemental|syndicat|"
    r"metropole|region|agglomeration|centre hospitalier|hopital|ehpad|lycee|college|office public|"
    r"opac|oph|sdis|ccas|cias|universite|"
    r"chambre d[eu']|etablissement public|regie|parc naturel|office de tourisme|bailleur|association)"
)
_NAMED = re.compile(
    rf"\b(?P<name>{_KIND}\b[^\n.,;:()]{{0,90}}?)(?= (?:lance|organise|recherche|souhaite|procede|"
    rf"engage|consulte|met en|ouvre|envisage)\b)"
)
# An address may follow it: « Mairie de Crest 12 place du Général 26400 Crest ».
_ADDRESS = r"\d{1,4}(?: ?(?:bis|ter))?,? (?:rue|avenue|av|boulevard|bd|place|quai|chemin|route|allee|impasse|cours)\b"
_FIRST_LINE = re.compile(rf"\A\s*(?P<name>{_KIND}\b[^\n.,;:()]{{0,90}}?)(?=\s*(?:\n|$)|[ ,]+{_ADDRESS})")
# What is wanted may follow a dash: « Commune de Crest – Tonte des stades ».
_BEFORE_DASH = re.compile(rf"\A\s*(?P<name>{_KIND}\b[^\n.,;:()]{{0,90}}?)(?= {{1,2}}[-–—] )")
_EMPTY = re.compile(r"\W*+(?:oui|non|n/a|neant|france)?\W*")


def buyer_in(text: str, folded: str, sections: Sequence[Section]) -> Span | None:
    """Return where the buyer's name stands: under its label, before « lance … », or in the first line."""
    for section in sections:
        if section.label is Label.BUYER:
            for line in re.finditer(r"[^\n]+", folded[section.value.start : section.value.end]):
                start = section.value.start + line.start()
                span = Span(start, _end(folded, start, section.value.start + line.end())).trimmed(text)
                if not _EMPTY.fullmatch(folded[span.start : span.end]):
                    return span
    match = _NAMED.search(folded) or _BEFORE_DASH.match(folded) or _FIRST_LINE.match(folded)
    return Span(match.start("name"), match.end("name")).trimmed(text) if match else None


def is_buyer_line(folded_line: str) -> bool:
    """Return whether a line is nothing but a buyer's name."""
    name = _FIRST_LINE.match(folded_line)
    return name is not None and (len(folded_line.split()) <= 7 or name.end() < len(folded_line.rstrip()))


def _end(folded: str, start: int, limit: int) -> int:
    most = min(limit, start + _LONGEST)
    ending = _END.search(folded, start + 3, most)
    return ending.start() if ending else most
