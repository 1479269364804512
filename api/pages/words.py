"""What the desk's pages say besides reasons: plurals, moments, names of features, what would change a ranking."""

from datetime import date

from api.wording import DEPARTMENTS, KINDS, number, sentence
from matcher.counterfactual import Change
from matcher.types import Reason

NBSP = "\N{NO-BREAK SPACE}"

FEATURES = {
    "semantic": "Métier",
    "words": "Mots en commun",
    "spelling": "Intitulés",
    "sector": "Secteur",
    "nearness": "Proximité",
    "capacity": "Capacité",
    "seeking": "Recherche",
    "freshness": "Fraîcheur",
}
STATUSES = {"open": "ouverte", "closed": "close", "cancelled": "annulée"}
EVENTS = {
    "new": "nouveauté",
    "cancelled": "annulation",
    "rectified": "rectification",
    "worse": "devenue moins proche",
    "better": "devenue plus proche",
    "follow_up": "suite demandée",
}


def plural(count: int, one: str, many: str | None = None) -> str:
    """Return « 1 acteur », « 2 acteurs », « 0 acteur »: French counts below two in the singular."""
    return f"{number(count)}{NBSP}{one if abs(count) < 2 else many or one + 's'}"


def file_size(size: int) -> str:
    """Return how large a file is: « 120 ko », « 1,4 Mo »."""
    if size >= 1_000_000:
        return f"{number(size / 1e6, 1)}{NBSP}Mo"
    return f"{number(max(1, round(size / 1000)))}{NBSP}ko"


def when(moment: date, today: date) -> str:
    """Return how far a day is: « dans 5 jours »."""
    days = (moment - today).days
    near = {0: "aujourd’hui", 1: "demain", -1: "hier"}
    if days in near:
        return near[days]
    return f"dans {plural(days, 'jour')}" if days > 0 else f"il y a {plural(-days, 'jour')}"


def kind_in_words(kind: str) -> str:
    """Return an actor's kind, as it begins a line."""
    words = KINDS.get(kind, kind)
    return words[0].upper() + words[1:]


def place(commune: str | None, department: str | None) -> str:
    """Return « Crest (26) », or what is known of it."""
    if commune and department:
        return f"{commune} ({department})"
    return commune or DEPARTMENTS.get(department or "", department or "")


def distance(reasons: tuple[Reason, ...]) -> str:
    """Return how far an actor is, if it is known."""
    for reason in reasons:
        if reason.code == "nearness" and "km" in reason.figures:
            return sentence(reason).partition(",")[0]
    return ""


def change_in_words(change: Change, takeover: bool) -> str:
    """Return one change that would suffice: « une fiche à jour y suffirait » without its verb."""
    now, least = number(change.now, 2), number(min(change.least, 1), 2)
    moved = f"({now} → {least})"
    sought = "des reprises" if takeover else "de tels marchés"
    return {
        "semantic": f"un métier décrit plus près du besoin {moved}",
        "words": f"plus de mots en commun dans ses activités {moved}",
        "spelling": f"des intitulés plus ressemblants {moved}",
        "sector": f"un code NAF plus proche du besoin {moved}",
        "nearness": f"une implantation plus proche {moved}",
        "capacity": f"une capacité plus grande, ou mieux renseignée {moved}",
        "seeking": f"dire qu’il cherche {sought}",
        "freshness": f"une fiche plus récente {moved}",
    }[change.feature]
