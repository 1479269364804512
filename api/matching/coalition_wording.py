"""Coalitions in French: what each member brings, what is lacking, what was found. Figures name actors already."""

from collections.abc import Callable, Sequence
from math import floor

from api.core.french import number
from api.matching.reasons import Figures
from matcher.coalition.needs import Part
from matcher.coalition.proposal import ENOUGH, Coalition, Verdict
from matcher.types import Reason

PARTS = {
    Part.WHOLE: "l’ensemble",
    Part.TAKES_OVER: "la reprise",
    Part.SUPPORTS: "l’accompagnement",
    Part.FINANCES: "le financement",
}
# A trade's title is cut there.
LENGTH = 70
# Nearer than this is the same place, in kilometres.
SAME_PLACE = 1


def member_sentence(reason: Reason, *, takeover: bool, alone: bool = False) -> str:
    """Return what a member brings, or how it stands to the leader. `alone`: it has no partners to lead."""
    leader = "l’acteur qui porte la reprise" if takeover else "mandataire"
    if reason.code == "coalition_leads":
        if takeover:
            return "porte la reprise"
        if alone:
            return "répond seul·e"
        return "mandataire proposé·e : porte la plus grande part possible de l’ensemble"
    if reason.code == "coalition_network":
        return f"du même réseau que {leader if takeover else f'le {leader}'} : {reason.figures['networks']}"
    if reason.code == "coalition_near":
        return _near(reason, leader if takeover else f"le {leader}", f"de {leader}" if takeover else f"du {leader}")
    return _BRINGS[reason.code](reason)


def lack_sentence(reason: Reason) -> str:
    """Return what is lacking."""
    return _LACKS[reason.code](reason)


def verdict_sentence(
    verdict: Verdict, *, takeover: bool, names: Sequence[str] = (), lacks: Sequence[Reason] = ()
) -> str:
    """Return what was found. names: the leader's, then its partners', or that of who stands alone."""
    if verdict == Verdict.NOBODY:
        return "Aucun acteur du fichier ne couvre ce besoin."
    if verdict == Verdict.NO_LEADER:
        return (
            "Des acteurs peuvent aider, mais aucun du fichier ne peut porter la reprise."
            if takeover
            else "Des acteurs couvrent une partie du besoin, mais aucun ne peut être mandataire."
        )
    if verdict == Verdict.COALITION:
        head = f"{len(names)} acteurs ensemble"
        role = f"{names[0]} porte la reprise" if takeover else f"mandataire proposé·e, {names[0]}"
        return f"{head} : {role} ; avec {', '.join(names[1:])}."
    # What nobody told is to be asked, and lacks in nothing yet.
    missing = [lack_sentence(lack) for lack in lacks if not lack.code.endswith("_unknown")]
    if not missing:
        return f"Un seul acteur suffit : {names[0]}."
    return f"Aucun partenaire n’apporterait assez ; {names[0]} seul·e, il manque : {' ; '.join(missing)}."


def bound_sentence(coalition: Coalition) -> str:
    """Return how sure it is that no better one exists."""
    if len(coalition.members) == 1:
        return "meilleur acteur seul, tous comparés"
    if coalition.proven >= 1:
        return "meilleur groupement de cette taille, tous comparés"
    return f"au moins {percent(coalition.proven)} du meilleur possible"


def share_in_words(share: float, *, takeover: bool) -> str:
    """Return a member's share: « tout le marché », « 40 % de la reprise »."""
    if share >= 1:
        return "toute la reprise" if takeover else "tout le marché"
    return f"{percent(share)} {'de la reprise' if takeover else 'du marché'}"


def percent(share: float) -> str:
    """Return a share as a whole percentage, never rounded up: « au moins » and « manque » stay true."""
    whole = floor(round(share * 100, 6))
    return "moins de 1 %" if whole < 1 and share > 0 else f"{number(whole)} %"


def need_in_words(figures: Figures, length: int = LENGTH) -> str:
    """Return the need that a reason is about; a trade's title is cut after `length` characters."""
    if figures["title"]:
        title = " ".join(str(figures["title"]).split())
        return f"« {title if len(title) <= length else title[: length - 1].rstrip() + '…'} »"
    return PARTS[Part(figures["part"])]


def _holds(reason: Reason) -> str:
    via = reason.figures.get("via")
    means = "peut réaliser" if reason.figures["title"] else "peut assurer"
    return f"{means} {need_in_words(reason.figures)}{f', à travers {via}' if via else ''}"


def _backs(reason: Reason) -> str:
    via = reason.figures.get("via")
    through = f", à travers {via}" if via else ""
    return f"en renfort sur {need_in_words(reason.figures)}{through}"


def _means(reason: Reason) -> str:
    carried = reason.value or 0
    if carried >= ENOUGH:
        return f"a tous les moyens demandés pour {need_in_words(reason.figures)}"
    return f"apporte {percent(carried)} des moyens demandés pour {need_in_words(reason.figures)}"


def _near(reason: Reason, like: str, of: str) -> str:
    kilometres = float(reason.figures["km"])
    if kilometres < SAME_PLACE:
        return f"au même endroit que {like}"
    return f"à {'' if reason.figures['exact'] else 'environ '}{number(kilometres)} km {of}"


def _weak(reason: Reason) -> str:
    held = "tenue" if reason.figures["part"] == Part.TAKES_OVER else "tenu"
    return f"{need_in_words(reason.figures)} : {held} faiblement ({number(reason.value or 0, 2)}), à renforcer"


def _too_few_means(reason: Reason) -> str:
    carried = percent(reason.value or 0)
    return f"{need_in_words(reason.figures)} : les moyens réunis portent {carried} de ce qui est demandé"


def _silent_means(reason: Reason) -> str:
    known = f"moyens connus {percent(reason.value or 0)}"
    return f"{need_in_words(reason.figures)} : {known} ; à demander à {reason.figures['unknown']}"


_BRINGS: dict[str, Callable[[Reason], str]] = {
    "coalition_holds": _holds,
    "coalition_backs": _backs,
    "coalition_means": _means,
    "coalition_means_unknown": lambda reason: (
        f"moyens non renseignés pour {need_in_words(reason.figures)} : à demander"
    ),
}
_LACKS: dict[str, Callable[[Reason], str]] = {
    "lack_nobody": lambda reason: f"personne pour {need_in_words(reason.figures)}",
    "lack_weak": _weak,
    "lack_means": _too_few_means,
    "lack_means_unknown": _silent_means,
    "lack_amount_unknown": lambda _reason: "montant inconnu : la capacité n’a pas été comparée",
}
