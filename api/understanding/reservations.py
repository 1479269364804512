"""Who a market is reserved for, and its social clause, in the words of notices."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from api.understanding.need import Span
from matcher.types import Reservation

_ARTICLES = {"12": Reservation.EA_ESAT, "13": Reservation.SIAE, "15": Reservation.ESS, "16": Reservation.ESS}
_ARTICLE = re.compile(
    r"(?:l ?\.? ?)?2113 ?-? ?(1[2-6])(?P<more>(?: {0,2}(?:,|et|a|ou|/|et/ou)"
    r" {0,2}(?:l ?\.? ?)?(?:2113 ?- ?)?1[2-6](?!\d)){0,3})"
)
_WORDS: tuple[tuple[Reservation, re.Pattern[str]], ...] = (
    (
        Reservation.EA_ESAT,
        re.compile(
            r"entreprises? adaptees?|\besat\b|\bea\b|travailleurs? handicapes?|ateliers? proteges?|"
            r"aide par le travail|"
            r"personnes? (?:en situation de handicap|handicapees?)|handicap"
        ),
    ),
    (
        Reservation.SIAE,
        re.compile(
            r"\bsiae\b|structures? d'insertion|insertion par l'activite|entreprises? d'insertion|\biae\b|"
            r"chantiers? "
            r"d'insertion|\baci\b|personnes? defavorisees?|travailleurs? defavorises?|insertion sociale|"
            r"associations? intermediaires?|integration sociale|defavorise"
        ),
    ),
    (Reservation.ESS, re.compile(r"economie sociale et solidaire|\bess\b")),
)
_RESERVED = re.compile(r"\b(?P<no>non |pas |n'est pas |aucune? )?reserv(?:ee?s?|es|ation)\b")
# « Marché réservé : Non », as forms answer.
_ANSWER = re.compile(
    r"\b(?:marches? reserves?|participation reservee|reservation|reserve)(?: {1,4}(?:aux?|a)"
    r" [^:\n]{0,60})? {0,4}[:=?] {0,4}\n?(?P<answer>oui|non|aucune?|sans objet|neant)\b"
)
_SENTENCE = re.compile(r"[^\n;.!?]*(?:[.](?! |\n|$)[^\n;.!?]*)*[\n;.!?]?")
# « est réservé aux … » stands beside words that are not of the place, the time or the rights reserved.
_MARKET = re.compile(
    r"marche|lots?\b|participation|procedure|consultation|aux? |a des |article|candidat|operateur|"
    r"structure|:|en application"
)
_LOTS = re.compile(
    r"\blots? {0,2}(?:n ?°s? ?)?(?P<numbers>\d{1,3}(?:(?: {0,2}(?:,|et|&|/|a)"
    r" {0,2}(?:lot )?(?:n ?° ?)?)\d{1,3}){0,20})"
)
_CLAUSE = re.compile(
    r"clauses? (?:sociales?|(?:sociales? )?d'insertion)|heures? d'insertion|"
    r"heures? de travail[^.\n]{0,40}insertion|insertion (?:sociale|"
    r"professionnelle)[^.\n]{0,30}(?:obligatoire|execution|heures)|l ?\.? ?2112-2\b"
)
_NO_CLAUSE = re.compile(r"(?:pas de|sans|aucune) clauses? (?:sociales?|d'insertion)|clauses? sociales? {0,3}: {0,3}non")
_HOURS = re.compile(
    r"(?P<hours>\d{1,3}(?:[ .]\d{3})+|\d{1,6}) {0,2}(?:h|heures?)\b(?: minimum|"
    r" au moins)?[^.\n]{0,40}\binsertion|"
    r"insertion[^.\n]{0,60}?(?<![\d.,])(?P<later>\d{1,3}(?:[ .]\d{3})+|\d{1,6}) {0,2}(?:h|heures)\b"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A sentence that reserves a market, or the lots of these numbers."""

    reserved: tuple[Reservation, ...]
    lots: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class SocialClause:
    """A condition of execution that employs people far from work; hours where they are told."""

    hours: int | None
    span: Span


def reservations_in(folded: str) -> list[Mention]:
    """Return the mentions of a folded text, in order; what says « non » is none."""
    answers = [(match.start(), match.end(), match["answer"] == "oui") for match in _ANSWER.finditer(folded)]
    mentions = []
    for sentence in _SENTENCE.finditer(folded):
        reserving = [match for match in _RESERVED.finditer(sentence[0]) if not match["no"]]
        if not reserving:
            continue
        start = sentence.start()
        answer = next((yes for begin, _, yes in answers if start <= begin < sentence.end()), None)
        if answer is False:
            continue
        read = _named(sentence[0])
        # The article may be in the next sentence, and a form answers below its question.
        if not read and (answer or _MARKET.search(sentence[0])):
            read = _named(folded[start : sentence.end() + 200], articles_only=True)
        if not read and answer:
            read = (Reservation.EA_ESAT, Reservation.SIAE)
        if read:
            mentions.append(Mention(read, lot_numbers(sentence[0]), Span(start, sentence.end())))
    return mentions


def social_clause_in(folded: str) -> SocialClause | None:
    """Return the social clause that a folded text speaks of."""
    match = _CLAUSE.search(folded)
    hours = _HOURS.search(folded)
    if hours and not match:
        match = hours
    if match is None or _NO_CLAUSE.search(folded):
        return None
    digits = (hours["hours"] or hours["later"]) if hours else None
    span = Span(match.start(), match.end())
    if hours and abs(hours.start() - match.start()) < 200:
        span = Span(min(span.start, hours.start()), max(span.end, hours.end()))
    return SocialClause(int(digits.replace(" ", "").replace(".", "")) if digits else None, span)


def lot_numbers(folded: str) -> tuple[str, ...]:
    """Return the numbers of the lots that a sentence names: « les lots n° 2 et 3 »."""
    numbers = [str(int(number)) for match in _LOTS.finditer(folded) for number in _numbers(match["numbers"])]
    return tuple(dict.fromkeys(numbers))


def _numbers(words: str) -> Sequence[str]:
    span = re.fullmatch(r"(\d{1,3}) {0,2}a {0,2}(\d{1,3})", words)
    if span and int(span[1]) < int(span[2]) <= int(span[1]) + 50:
        return [str(number) for number in range(int(span[1]), int(span[2]) + 1)]
    return re.findall(r"\d{1,3}", words)


def _named(folded: str, *, articles_only: bool = False) -> tuple[Reservation, ...]:
    read = set()
    for match in _ARTICLE.finditer(folded):
        for article in (match[1], *re.findall(r"1[2-6](?!\d)", match["more"])):
            if article in _ARTICLES:
                read.add(_ARTICLES[article])
    # « L. 2113-12 à 14 » and « 2113-14 » mean both kinds.
    if re.search(r"2113 ?- ?14|2113 ?- ?12 a (?:l ?\.? ?)?(?:2113 ?- ?)?1[34]", folded):
        read |= {Reservation.EA_ESAT, Reservation.SIAE}
    if not articles_only:
        read |= {reservation for reservation, words in _WORDS if words.search(folded)}
    return tuple(reservation for reservation in Reservation if reservation in read)
