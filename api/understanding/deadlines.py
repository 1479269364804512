"""The day until which an answer is wanted."""

import re
from collections.abc import Sequence
from datetime import date

from api.understanding.labels import Label, Section
from api.understanding.need import Span

MONTHS = (
    "janvier",
    "fevrier",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "aout",
    "septembre",
    "octobre",
    "novembre",
    "decembre",
)
_SHORT = {"janv": 1, "fevr": 2, "fev": 2, "avr": 4, "juil": 7, "sept": 9, "oct": 10, "nov": 11, "dec": 12}
_NAMES = "|".join([*MONTHS, *sorted(_SHORT, key=len, reverse=True)])
_DATE = re.compile(
    rf"(?<![\d/.-])(?:(?P<iso>\d{{4}}-\d{{2}}-\d{{2}})"
    r"|(?P<d>\d{1,2}) ?[/.-] ?(?P<m>\d{1,2}) ?[/.-] ?(?P<y>\d{4}|\d{2})(?!\d)"
    r"|(?P<sd>\d{1,2})/(?P<sm>\d{1,2})(?![\d/])"
    rf"|(?P<day>1er|\d{{1,2}}) {{1,3}}(?P<name>{_NAMES})\b\.?(?: {{1,3}}(?P<year>\d{{4}}))?)"
    r"(?: {0,3}(?:a|-|,|t) ?\d{1,2} ?[h:] ?(?:\d{2})?(?::\d{2})?)?"
)  # fmt: skip
# What an answer's day is called, and days that are others.
_WANTED = re.compile(
    r"avant le|jusqu'au|au plus tard|date limite|dates limites|limite de|remise des|depot des|"
    r"offres? avant|offres? "
    r"(?:a|jusqu)|reponses? (?:attendue|souhaitee|avant|pour)|repondre (?:avant|pour)|cloture|"
    r"pour le|d'ici (?:le|au)|"
    r"candidatures? (?:avant|jusqu)|reception des"
)
_OTHER = re.compile(
    r"envoi|publi|visite|question|demarr|debut|commenc|a compter|ouverture des|notif|delib|decret|loi du|execution|"
    r"renseignement|ne le|cree|depuis|jugement|parution|livr|fin du|mise a disposition|session"
)
# What names it even where another label begins the line.
_LIMIT = re.compile(r"limites? (?:de |d')?(?:remise|reception|depot)")
_REACH = 70
_BREAK = re.compile(r"[\n;]|[.!?] ")


def deadline_in(folded: str, sections: Sequence[Section], today: date) -> tuple[date, Span] | None:
    """Return the day until which an answer is wanted, and its words; a day without a year is the next one.

    The one of a labelled section comes first, offers before requests to take part.
    """
    candidates: list[tuple[int, int, date, Span]] = []
    at = 0
    for match in _DATE.finditer(folded):
        while at + 1 < len(sections) and sections[at].whole.end <= match.start():
            at += 1
        day = _day(match, today)
        if day is None:
            continue
        section = sections[at]
        before = folded[max(match.start() - _REACH, section.whole.start) : match.start()]
        breaks = [found.end() for found in _BREAK.finditer(before)]
        near = before[breaks[-1] :] if breaks else before
        rank = _rank(section, near, folded[section.whole.start : section.value.start])
        if rank is not None:
            candidates.append((rank, match.start(), day, Span(match.start(), match.end())))
    if not candidates:
        return None
    _, _, day, span = min(candidates)
    return day, span


def _rank(section: Section, near: str, label: str) -> int | None:
    """Return how sure it is that a date is the one, 0 the surest; None where it is another."""
    if section.label is Label.DEADLINE and not _OTHER.search(near.partition(":")[2]):
        return 1 if "candidature" in label or "demande" in label else 0
    wanted, other = list(_WANTED.finditer(near)), list(_OTHER.finditer(near))
    if section.label is Label.OTHER and not _LIMIT.search(near):
        return None
    if wanted and (not other or other[-1].start() < wanted[-1].start()):
        return 2 if "offre" in near or "limite" in near else 3
    return None


def _day(match: re.Match[str], today: date) -> date | None:
    try:
        if match["iso"]:
            return date.fromisoformat(match["iso"])
        if match["name"]:
            number = 1 if match["day"] == "1er" else int(match["day"])
            month = MONTHS.index(match["name"]) + 1 if match["name"] in MONTHS else _SHORT[match["name"]]
            if match["year"]:
                return _plausible(date(int(match["year"]), month, number))
            return _next(number, month, today)
        if match["sd"]:
            return _next(int(match["sd"]), int(match["sm"]), today)
        year = int(match["y"])
        return _plausible(date(year + 2000 if year < 100 else year, int(match["m"]), int(match["d"])))
    except ValueError:
        return None


def _next(number: int, month: int, today: date) -> date:
    this_year = date(today.year, month, number)
    return this_year if this_year >= today else date(today.year + 1, month, number)


def _plausible(day: date) -> date | None:
    return day if 2000 <= day.year <= 2100 else None
