"""Who a market is reserved for, in the words of a BOAMP notice: an article close to « réservé », or kinds of companies.

« réservé aux personnes handicapées » is about those who are served: only the law's own kinds of companies are read.
"""

import re
from bisect import bisect_left

from api.core.text import without_accents
from api.understanding.reservations import lot_numbers
from matcher.types import Reservation

# Without it, as in most texts, there is nothing to fold.
_HINT = re.compile("r(?:é|e\N{COMBINING ACUTE ACCENT}?)serv", re.IGNORECASE)
_BY_ARTICLE = {"12": Reservation.EA_ESAT, "13": Reservation.SIAE, "15": Reservation.ESS}
# « marché réservé … L. 2113-13 », in either order, and not « non réservé », « n’est pas réservé ».
_ARTICLE = re.compile(r"l\s?\.?\s?2113-(12|13|15)")
_RESERVED = re.compile(r"(?<!non )(?<!pas )reserve(?:e|s|es)?\b")
_NEAR = 200
_KINDS = {
    Reservation.EA_ESAT: r"entreprises? adaptees?|ea\b|esat\b|ateliers? proteges?"
    r"|etablissements? (?:et services? )?d.(?:aide|accompagnement) par le travail",
    Reservation.SIAE: r"siae\b|(?:structures?|entreprises?|associations?|ateliers?)(?: et chantiers?)? d.insertion"
    r"|structures? de l.insertion",
    Reservation.ESS: r"(?:entreprises?|structures?) (?:de l.)?(?:economie sociale et solidaire|ess\b)",
}
# « réservé exclusivement aux entreprises adaptées, ESAT et structures d’insertion »: the first follows at once.
_RESERVED_TO = re.compile(
    rf"{_RESERVED.pattern}(?: \w+ement)? (?:aux?|a des|a une?|pour les|en faveur des) (?:seules? )?"
    rf"(?P<kinds>(?:{'|'.join(_KINDS.values())})[^.;:\n]{{0,120}})"
)
_KIND = {reservation: re.compile(rf"\b(?:{pattern})") for reservation, pattern in _KINDS.items()}
_SENTENCES = re.compile(r"(?<=[.;!?])\s+(?=[A-ZÀ-Ý«–-])|\n")


def cited_reservations(text: str | None) -> list[Reservation]:
    """Return the reservations of a text, in the order of `Reservation`."""
    if not text or not _HINT.search(text):
        return []
    folded_text = without_accents(text.lower())
    reserved_positions = [reserved_match.start() for reserved_match in _RESERVED.finditer(folded_text)]
    if not reserved_positions:
        return []
    cited_kinds = {
        _BY_ARTICLE[article_match[1]]
        for article_match in _ARTICLE.finditer(folded_text)
        if _is_near(article_match.start(), reserved_positions)
    }
    for named in _RESERVED_TO.finditer(folded_text):
        cited_kinds |= {reservation for reservation, kind in _KIND.items() if kind.search(named["kinds"])}
    return [reservation for reservation in Reservation if reservation in cited_kinds]


def reservations_by_lot(text: str) -> tuple[list[Reservation], dict[str, list[Reservation]]]:
    """Return what a text reserves as a whole, and by number what it reserves of lots (« le lot 2 est réservé »)."""
    if not _HINT.search(text):
        return [], {}
    by_lot: dict[str, list[Reservation]] = {}
    whole_sentences = []
    for sentence in _SENTENCES.split(text):
        folded_sentence = without_accents(sentence.lower())
        numbers = lot_numbers(folded_sentence) if _RESERVED.search(folded_sentence) else ()
        if not numbers:
            whole_sentences.append(sentence)
        for number in numbers:
            by_lot[number] = cited_reservations(sentence)
    return cited_reservations(" ".join(whole_sentences)), by_lot


def _is_near(position: int, sorted_positions: list[int]) -> bool:
    """Return whether one of some positions is near this one."""
    following = bisect_left(sorted_positions, position - _NEAR)
    return following < len(sorted_positions) and sorted_positions[following] <= position + _NEAR
