"""Reasons in French, for the people who read them: codes and figures come from the matcher, the words are here."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from api.catalogue.wording import KINDS, RESERVATIONS, SEEKING, approval_in_words
from api.core.french import day, euros, number, of_month, unbroken
from matcher.counterfactual import Change
from matcher.nomenclature import cpv_name, naf_name
from matcher.types import Reason, Role

Reader = Literal["facilitator", "actor"]

Figures = Mapping[str, Any]

# A figure of reasons whose words were not kept.
FORGOTTEN = "forgotten"

UNKNOWN = {
    "semantic_unknown": "métier non comparé : aucun texte",
    "said_unknown": "activités non renseignées : seuls le nom et le code disent le métier",
    "words_unknown": "mots non comparés",
    "spelling_unknown": "intitulés non comparés",
    "sector_unknown": "secteur non comparé : code NAF ou CPV manquant",
    "nearness_unknown": "distance inconnue : lieu non renseigné",
    "local_reach_unknown": "rayon habituel de son métier non comparé",
    "capacity_unknown": "capacité inconnue : effectif, chiffre d’affaires ou montant non renseigné",
    "seeking_unknown": "recherche non renseignée",
    "freshness_unknown": "date de mise à jour inconnue",
    "vocation_unknown": "rôle non renseigné",
}

FEATURES = {
    "semantic": "Métier",
    "said": "Ce qu’il dit faire",
    "words": "Mots en commun",
    "spelling": "Intitulés",
    "sector": "Secteur",
    "nearness": "Proximité",
    "local_reach": "Rayon du métier",
    "capacity": "Capacité",
    "seeking": "Recherche",
    "freshness": "Fraîcheur",
    "vocation": "Rôle",
}


# From here on, of the range of cosines, two trades are one.
SAME_TRADE = 0.9


def sentence(reason: Reason, reader: Reader = "facilitator") -> str:
    """Return a reason, or why a candidate is excluded, as a person reads it."""
    if reason.code in UNKNOWN:
        return UNKNOWN[reason.code]
    return unbroken(_SENTENCES[reason.code](reason, reader))


def is_same_trade(reason: Reason) -> bool:
    """Return whether two trades are the same; of a reason `semantic`."""
    return (reason.value or 0) >= SAME_TRADE or bool(reason.figures.get("same_class"))


def trade_nearness(reason: Reason) -> str:
    """Return how near two trades are, in words; of a reason `semantic`."""
    value = reason.value or 0
    if is_same_trade(reason):
        return "même métier"
    return "métier proche" if value >= 0.6 else "métier voisin" if value >= 0.3 else "métier éloigné"


def _semantic(reason: Reason, _reader: Reader) -> str:
    figures, nearness = reason.figures, trade_nearness(reason)
    if FORGOTTEN in figures:
        return f"{nearness} que celui du texte collé" if nearness == "même métier" else f"{nearness} du texte collé"
    trade, need = short(figures["trade"]), short(figures["need"])
    return f"{nearness} : {trade}" if trade.casefold() == need.casefold() else f"{nearness} : {trade} ↔ {need}"


def _said(reason: Reason, reader: Reader) -> str:
    says = "vous dites faire" if reader == "actor" else "dit faire"
    if not reason.value:
        return "ce qu’il dit faire est autre chose" if reader != "actor" else "ce que vous dites faire est autre chose"
    if FORGOTTEN in reason.figures:
        return f"{says} ce que demande le texte collé"
    return f"{says} : « {short(reason.figures['activity'])} »"


def _words(reason: Reason, _reader: Reader) -> str:
    if FORGOTTEN in reason.figures:
        return "mots en commun avec le texte collé" if reason.value else "aucun mot en commun"
    shared = str(reason.figures["shared"])
    return f"mots en commun : {shared}" if shared else "aucun mot en commun qui dise le métier"


def _spelling(reason: Reason, _reader: Reader) -> str:
    value = reason.value or 0
    return (
        "intitulés très ressemblants"
        if value >= 0.4
        else "intitulés un peu ressemblants"
        if value >= 0.15
        else ("intitulés différents")
    )


def _sector(reason: Reason, _reader: Reader) -> str:
    codes = str(reason.figures["naf"]).split()
    trades = ", ".join(f"{name} ({code})" if (name := naf_name(code)) else code for code in codes)
    wanted = [name for code in str(reason.figures["wanted"]).split() if (name := naf_name(code) or cpv_name(code))]
    names = ", ".join(dict.fromkeys(wanted))
    subject = f"« {names} »" if names else "ce besoin"
    value = reason.value or 0
    fit = "attendu pour" if value >= 0.7 else "possible pour" if value >= 0.3 else "éloigné de"
    source = ", d’après ses mots" if reason.figures.get("by_words") else ""
    return f"secteur {fit} {subject}{source} : {trades}"


def _nearness(reason: Reason, reader: Reader) -> str:
    figures = reason.figures
    their = "votre" if reader == "actor" else "son"
    kilometres = float(figures["km"])
    text = f"à {number(kilometres)} km" if kilometres >= 1 else "sur place"
    if not figures["exact"]:
        text = f"à environ {number(kilometres)} km (lieu approché)"
    if "radius_km" in figures:
        inside = "dans" if kilometres <= float(figures["radius_km"]) else "au-delà de"
        text += f", {inside} {their} rayon de {number(float(figures['radius_km']))} km"
    return text


def _local_reach(reason: Reason, reader: Reader) -> str:
    value, whose = reason.value or 0, "votre" if reader == "actor" else "son"
    inside = "dans" if value >= 0.7 else "à la limite de" if value >= 0.3 else "au-delà de"
    return (
        f"{inside} ce que l’on parcourt d’habitude dans {whose} métier ({number(float(reason.figures['reach_km']))} km)"
    )


def _capacity(reason: Reason, _reader: Reader) -> str:
    figures, value = reason.figures, reason.value or 0
    if "fits" in figures:
        heads = round(float(figures.get("needed_headcount", 0)))
        case = f"un cas de {number(heads)} {'personnes' if heads >= 2 else 'personne'}" if heads else "ce cas"
        size = "est à" if value >= 0.9 else "est un peu loin de" if value >= 0.4 else "n’est pas à"
        return f"{case} {size} la taille de ce qu’il suit"
    means = []
    if "headcount" in figures:
        heads = round(float(figures["headcount"]))
        means.append(f"{number(heads)} {'salariés' if heads >= 2 else 'salarié'}")
    if "turnover_eur" in figures:
        means.append(f"{euros(float(figures['turnover_eur']))} de chiffre d’affaires")
    need = []
    if "needed_headcount" in figures:
        heads = round(float(figures["needed_headcount"]))
        need.append(f"une reprise de {number(heads)} {'salariés' if heads >= 2 else 'salarié'}")
    if "amount_eur" in figures:
        what = "un prix" if "needed_headcount" in figures else "un marché"
        need.append(f"{what} de {euros(float(figures['amount_eur']))}")
    verdict = "" if value >= 0.9 else ", un peu juste" if value >= 0.6 else ", à renforcer"
    return f"capacité : {', '.join(means)} pour {', '.join(need)}{verdict}"


def _seeking(reason: Reason, reader: Reader) -> str:
    does, does_not = ("vous cherchez", "vous ne cherchez pas") if reader == "actor" else ("cherche", "ne cherche pas")
    wanted = str(reason.figures["wanted"])
    if (reason.value or 0) > 0:
        return f"{does} {'une reprise' if wanted == 'acquisitions' else SEEKING[wanted]}"
    sought = ", ".join(SEEKING[code] for code in str(reason.figures["seeks"]).split())
    denied = {"acquisitions": "de reprise", "markets": "de marchés", "subcontracts": "de sous-traitance"}
    return f"{does_not} {denied[wanted]}, mais {sought}"


def _freshness(reason: Reason, reader: Reader) -> str:
    parts = []
    if "informed_on" in reason.figures:
        whose = "votre fiche" if reader == "actor" else "fiche"
        parts.append(f"{whose} à jour {of_month(str(reason.figures['informed_on']))}")
    if "published_on" in reason.figures:
        parts.append(f"parue le {day(str(reason.figures['published_on']))}")
    return ", ".join(parts)


def _vocation(reason: Reason, _reader: Reader) -> str:
    figures, role = reason.figures, Role(str(reason.figures["role"]))
    kind = KINDS[str(figures["kind"])]
    if role == Role.TAKE_OVER:
        value = reason.value or 0
        means = "peut reprendre" if value >= 0.7 else "peut reprendre un peu" if value >= 0.4 else "reprend rarement"
        return f"{means} : {kind}"
    does = _DOES[role]
    return f"{does} : « {short(figures['says'])} »" if "says" in figures else f"{does}, semble-t-il : {kind}"


def _reserved(reason: Reason, _reader: Reader) -> str:
    return f"marché réservé {_groups(reason)} : {KINDS[str(reason.figures['kind'])]} n’en est pas"


def _reserved_met(reason: Reason, reader: Reader) -> str:
    whose = "vous en êtes" if reader == "actor" else f"{KINDS[str(reason.figures['kind'])]} en est"
    return f"marché réservé {_groups(reason)} : {whose}"


def _groups(reason: Reason) -> str:
    return " ou ".join(RESERVATIONS[code] for code in str(reason.figures["reserved"]).split())


def _outside_area(reason: Reason, reader: Reader) -> str:
    their = "votre" if reader == "actor" else "sa"
    figures = reason.figures
    text = f"hors de {their} zone d’intervention"
    if figures.get("exact") and float(figures["km"]) > float(figures.get("radius_km", "inf")):
        kilometres, radius = number(float(figures["km"])), number(float(figures["radius_km"]))
        return f"{text} : à {kilometres} km, rayon de {radius} km"
    departments = ", ".join(str(figures["departments"]).split())
    return f"{text} (départements {departments})" if departments else text


_DOES = {
    Role.ACCOMPANY: "accompagne les reprises",
    Role.FINANCE: "finance",
    Role.PREMISES: "propose des locaux ou des terres",
    Role.KEEP_WORK: "peut garder l’activité dans son réseau",
}

_SENTENCES: dict[str, Callable[[Reason, Reader], str]] = {
    "semantic": _semantic,
    "said": _said,
    "words": _words,
    "spelling": _spelling,
    "sector": _sector,
    "nearness": _nearness,
    "local_reach": _local_reach,
    "capacity": _capacity,
    "seeking": _seeking,
    "freshness": _freshness,
    "vocation": _vocation,
    "carried": lambda _reason, _reader: "ne signe pas seul·e : proposé·e à travers sa CAE",
    "closed": lambda _reason, _reader: "opportunité close, annulée ou à venir",
    "deadline_passed": lambda reason, _reader: f"date limite passée ({day(str(reason.figures['deadline']))})",
    "own_case": lambda _reason, _reader: "c’est sa propre affaire",
    "other_employer": lambda _reason, _reader: "ce sont les salariés d’une autre entreprise",
    "reserved": _reserved,
    "reserved_met": _reserved_met,
    "approval_unknown": lambda reason, _reader: f"agrément à vérifier : {_approvals(reason)}",
    "approval_held": lambda reason, _reader: f"agrément détenu : {_approvals(reason)}",
    "missing_approval": lambda reason, _reader: f"agrément manquant : {_approvals(reason)}",
    "outside_area": _outside_area,
    "no_role": lambda _reason, _reader: "rien dans sa fiche ne dit ce qu’il ferait de cette reprise",
}


def _approvals(reason: Reason) -> str:
    return ", ".join(approval_in_words(slug) for slug in str(reason.figures["approvals"]).split())


def short(text: Any, length: int = 70) -> str:
    """Return a text on one line, cut to a length."""
    plain = " ".join(str(text).split())
    return plain if len(plain) <= length else plain[: length - 1].rstrip() + "…"


def distance(reasons: tuple[Reason, ...]) -> str:
    """Return how far an actor is, if it is known."""
    for reason in reasons:
        if reason.code == "nearness" and "km" in reason.figures:
            return sentence(reason).partition(",")[0]
    return ""


def change_in_words(change: Change, takeover: bool) -> str:
    """Return one change that would suffice: « une fiche à jour y suffirait » without its verb."""
    sought = "des reprises" if takeover else "de tels marchés"
    return {
        "semantic": "un métier décrit plus près du besoin",
        "said": "dire dans ses activités qu’il fait ce métier",
        "words": "plus de mots en commun dans ses activités",
        "spelling": "des intitulés plus ressemblants",
        "sector": "un code NAF plus proche du besoin",
        "nearness": "une implantation plus proche",
        "local_reach": "une implantation plus proche",
        "capacity": "une capacité plus grande, ou mieux renseignée",
        "seeking": f"dire qu’il cherche {sought}",
        "freshness": "une fiche plus récente",
        "vocation": "dire qu’il accompagne, finance ou reprend",
    }[change.feature]
