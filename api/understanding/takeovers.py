"""What only a takeover says: why, how many work there, what it earns and costs, what goes with it, who holds it."""

import re
from collections.abc import Sequence

from api.catalogue.schemas import TakeoverCause
from api.core import official_codes
from api.understanding.amounts import Amount, AmountRole
from api.understanding.need import Span, TakeoverFacts

_CAUSES: tuple[tuple[TakeoverCause, re.Pattern[str]], ...] = (
    (
        TakeoverCause.INSOLVENCY,
        re.compile(
            r"liquidation|redressement|procedure collective|tribunal de commerce|mandataire judiciaire|"
            r"administrateur judiciaire|plan de cession|depot de bilan|cessation de paiements?|sauvegarde"
        ),
    ),
    (TakeoverCause.RETIREMENT, re.compile(r"retraite")),
    (
        TakeoverCause.RELOCATION,
        re.compile(
            r"delocalis|transfert (?:du site|de l'activite|de la production)|ferme(?:r|ture)? (?:du |le |"
            r"de l')(?:site|usine|etablissement)|quitte (?:la|le) (?:region|departement)"
        ),
    ),
)
_SPELT = {
    word: number
    for number, word in enumerate(
        ("un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze"), 1
    )
}
_COUNT = rf"(?P<count>\d{{1,4}}|{'|'.join(_SPELT)})"
_PEOPLE = (
    r"(?:salarie|employe|personne|etp\b|emploi|collaborateur|ouvrier|compagnon|cdi\b|"
    r"equivalents? temps plein|agent)"
)
_HEADCOUNT = (
    re.compile(
        rf"(?:effectifs?|equipe de|emploie|compte|salaries?) {{0,3}}:? {{0,3}}(?:actuels? |total |de |"
        rf"environ |encore )?{_COUNT}\b(?! ?(?:ans|%|€|k€|000))"
    ),
    re.compile(rf"\b{_COUNT} (?:a \d{{1,4}} )?(?:\w+ )?{_PEOPLE}"),
)
_PREMISES = re.compile(
    r"\b(?:murs|locaux|local|bail|batiments?|terrains?|hangars?|entrepots?|atelier de \d|immobilier|"
    r"foncier|parcelles?|magasin de \d|surface de \d)\b"
)
_NO_PREMISES = re.compile(r"sans (?:les |le )?(?:murs|locaux|local|immobilier)|(?:murs|locaux|immobilier) (?:non|pas) ")
_WILLING = re.compile(
    r"(?:salarie|employe|equipe|personnel)e?s?\b[^.\n;]{0,50}\b(?:interesse|pret|volontaire|motive|"
    r"envisage|souhait|veu|"
    r"reflechi|partant|favorable|projet)|(?:reprise|reprendre)[^.\n]{0,25}\bpar (?:les|ses|des)"
    r" salaries|collectif de "
    r"salaries|en scop\b"
)
_UNWILLING = re.compile(
    r"(?:salarie|employe|equipe)e?s?\b[^.\n;]{0,30}\b(?:ne|pas|aucun)\b[^.\n;]{0,30}(?:interesse|veu|"
    r"souhait|reprendre|pret)|aucun (?:salarie|employe)"
)
_COMPANY = re.compile(
    r"\b((?:SARL|SAS|SASU|EURL|SA|SCOP|SNC|EARL|[Ss]ociété|[Ee]ntreprise|Ets|Établissements|"
    r"Etablissements|Maison)\s+"
    r"(?:(?:SARL|SAS|EURL)\s+)?[A-ZÉÈÀÂÎÔ][\w&'’.-]*(?:\s+(?:et|&|de|du|des|la|le)?\s?[A-ZÉÈÀÂÎÔ&][\w&'’-]*){0,4})"
)
_SIREN = re.compile(r"(?:siren|siret|rcs|r\.c\.s\.)[^\d\n]{0,30}(\d{3} ?\d{3} ?\d{3})(?: ?\d{5})?")


def takeover_facts(text: str, folded: str, amounts: Sequence[Amount]) -> tuple[TakeoverFacts, dict[str, Span]]:
    """Return what a text says of a takeover, and where."""
    spans: dict[str, Span] = {}
    cause = TakeoverCause.OTHER
    for candidate, words in _CAUSES:
        if match := words.search(folded):
            cause, spans["takeover.cause"] = candidate, Span(match.start(), match.end())
            break
    headcount = None
    for pattern in _HEADCOUNT:
        if match := pattern.search(folded):
            count = match["count"]
            headcount, spans["takeover.headcount"] = _SPELT.get(count) or int(count), Span(match.start(), match.end())
            break
    figures: dict[AmountRole, float] = {}
    for role, name in ((AmountRole.TURNOVER, "turnover_eur"), (AmountRole.PRICE, "price_eur")):
        if amount := next((amount for amount in amounts if amount.role is role), None):
            figures[role], spans[f"takeover.{name}"] = amount.euros, amount.span
    premises = _said(folded, "premises", _PREMISES, _NO_PREMISES, spans)
    willing = _said(folded, "employees_willing", _WILLING, _UNWILLING, spans)
    company, siren = _COMPANY.search(text), _siren(folded)
    if company:
        spans["takeover.holder"] = Span(company.start(1), company.end(1))
    return TakeoverFacts(
        cause=cause,
        headcount=headcount,
        turnover_eur=figures.get(AmountRole.TURNOVER),
        price_eur=figures.get(AmountRole.PRICE),
        premises=premises,
        employees_willing=willing,
        holder=" ".join(company[1].split())[:300] if company else None,
        holder_siren=siren,
    ), spans


def _said(folded: str, name: str, yes: re.Pattern[str], no: re.Pattern[str], spans: dict[str, Span]) -> bool | None:
    for answer, pattern in ((False, no), (True, yes)):
        if match := pattern.search(folded):
            spans[f"takeover.{name}"] = Span(match.start(), match.end())
            return answer
    return None


def _siren(folded: str) -> str | None:
    match = _SIREN.search(folded)
    try:
        return official_codes.siren(match[1]) if match else None
    except ValueError:
        return None
