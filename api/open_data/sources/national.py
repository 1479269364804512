"""A French notice (not eForms) → what it says: FNSimple, MAPA, DSP, and the form of before 2024.

Their elements differ in name more than in kind, and no schema of their JSON is published: each thing is looked for
where each form has it. What is reserved without saying by which article is for EA, ESAT and SIAE alike; a form without
such an element is read for « réservé … L2113-12 » and the like.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from api.core.text import normalize_label
from api.open_data.sources.fields import Fields, known
from api.open_data.sources.notice import (
    Notice,
    reservations_said,
    social_clause_said,
    usable_amount,
    usable_cpv,
    usable_postcode,
    usable_siret,
)
from matcher.types import Reservation

FORMS = ("FNSimple", "MAPA", "DSP")
_BLOCKS = ("initial", "rectificatif", "attribution", "annulation")
_TITLES = ("natureMarche intitule", "descriptionMarche titreMarche", "description objet", "OBJET TITRE_MARCHE")
_DESCRIPTIONS = (
    "natureMarche description", "descriptionMarche description", "caracteristiques principales",
    "description objet", "OBJET OBJET_COMPLET",
)  # fmt: skip
_REMARKS = (
    "informComplementaire autresInformComplementaire", "renseignements rensgComplt",
    "RENSEIGNEMENTS_COMPLEMENTAIRES RENS_COMPLEMENT",
)  # fmt: skip
_CPV = ("natureMarche codeCPV", "descriptionMarche CPV", "description CPV", "OBJET CPV")
_LOTS = ("lots lot", "natureMarche lots lot", "descriptionMarche lot", "OBJET LOTS LOT")
_AMOUNTS = (
    "natureMarche valeurEstimee valeur", "natureMarche valeurEstimee fourchette valeurHaute",
    "caracteristiques valeur", "OBJET CARACTERISTIQUES VALEUR",
)  # fmt: skip
_LOT_NUMBERS = ("numLot", "numeroLot", "numero", "NUM", "NUM_LOT")
_LOT_TITLES = ("intitule", "titre", "INTITULE", "TITRE", "description", "DESCRIPTION")
_LOT_AMOUNTS = ("valeurEstimee valeur", "estimationValeur valeur", "VALEUR")
_LOT_CPV = ("codeCPV", "CPV")
_DEADLINES = ("procedure dateReceptionOffres", "delais receptionOffres", "CONDITION_DELAI RECEPT_OFFRES")
_CPV_CODE = re.compile(r"\d{8}(?:-\d)?")
_POSTCODE_AND_CITY = re.compile(r"\b(\d{5})\b[\s,:-]*([^\d,;(]{2,60})?")
_RESERVED = re.compile(r"marchereserves?(?:oui)?")
# The names of elements are few, and each is met thousands of times.
normal = lru_cache(4_000)(normalize_label)
_NO = frozenset({"non", "false", "0"})


def read(donnees: Fields) -> Notice:
    """Return what the inside of a national notice says. Raises BadRecord."""
    form = next((inner for name in FORMS if (inner := donnees.inside(name))), None)
    block = next((name for name in _BLOCKS if form and form.inside(name)), "")
    body = (form.inside(block) if form and block else None) or donnees
    notice = Notice(title=body.say(*_TITLES), description=body.say(*_DESCRIPTIONS), cancelled=block == "annulation")
    notice.cpv = _cpv(body, _CPV)
    notice.amount_eur = _amount(body, _AMOUNTS)
    notice.deadline = next((day for path in _DEADLINES if (day := _day(body, path))), None)
    remarks = " ".join(text for text in (notice.description, body.say(*_REMARKS)) if text)
    notice.social_clause = social_clause_said(remarks)
    lots = next((found for path in _LOTS if (found := body.every(path))), [])
    reserved = _is_reserved(body.content)
    notice.reserved = _reserved(reserved, remarks)
    if len(lots) > 1:
        notice.lots = _numbered(lots)
        notice.cpv = list(dict.fromkeys([*notice.cpv, *(code for lot in notice.lots for code in lot.get("cpv", ()))]))
    elif lots:
        notice.cpv = notice.cpv or _cpv(lots[0], _LOT_CPV)
        notice.description = notice.description or lots[0].say(*_LOT_TITLES)
        notice.amount_eur = notice.amount_eur or _amount(lots[0], _LOT_AMOUNTS)
        notice.reserved = notice.reserved or _reserved(_is_reserved(lots[0].content), lots[0].say(*_LOT_TITLES))
    _locate(form or donnees, body, notice)
    return notice


def _numbered(lots: list[Fields]) -> list[dict[str, Any]]:
    """Return the lots with the numbers that they bear, or their places where these are missing or not unique."""
    numbers = [lot.say(*_LOT_NUMBERS) for lot in lots]
    usable = all(number and len(number) <= 20 for number in numbers) and len(set(numbers)) == len(numbers)
    return [
        known(
            number=number if usable else str(place),
            title=lot.say(*_LOT_TITLES) or f"Lot {place}",
            cpv=_cpv(lot, _LOT_CPV),
            amount_eur=_amount(lot, _LOT_AMOUNTS),
            reserved=_reserved(_is_reserved(lot.content), lot.say("description", "DESCRIPTION")),
        )
        for place, (lot, number) in enumerate(zip(lots, numbers, strict=True), 1)
    ]


def _reserved(flagged: bool, text: str | None) -> list[Reservation]:
    said = reservations_said(text)
    return said or ([Reservation.EA_ESAT, Reservation.SIAE] if flagged else [])


def _is_reserved(node: Any) -> bool:
    """Whether an element outside the lots says « marché réservé »: `MARCHE_RESERVE_OUI`, `marcheReserve: {oui: …}`."""
    for name, value in _elements(node):
        if _RESERVED.fullmatch(normal(name)):
            negative = any(normal(key) in _NO for key in value) if isinstance(value, dict) else value is False
            if not negative and not (isinstance(value, str) and value.strip().lower() in _NO):
                return True
    return False


def _elements(node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, list):
        for one in node:
            yield from _elements(one)
    elif isinstance(node, dict):
        for name, value in node.items():
            yield name, value
            if normal(name) not in ("lots", "lot"):
                yield from _elements(value)


def _cpv(body: Fields, paths: tuple[str, ...]) -> list[str]:
    """Return all CPV codes below an element: some forms write a code as a value, some as a name."""
    found: list[str | None] = []
    for path in paths:
        before, _, name = path.rpartition(" ")
        for holder in body.every(before):
            found += _codes_in(holder.content.get(name))
    return usable_cpv(found)


def _codes_in(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        if _CPV_CODE.fullmatch(node.strip()):
            yield node.strip()
    elif isinstance(node, dict):
        for name, value in node.items():
            yield from _codes_in(name)
            yield from _codes_in(value)
    elif isinstance(node, list):
        for one in node:
            yield from _codes_in(one)


def _amount(body: Fields, paths: tuple[str, ...]) -> float | None:
    for path in paths:
        before, _, name = path.rpartition(" ")
        for holder in body.every(before):
            if found := usable_amount(holder.number(name)):
                return found
    return None


def _day(body: Fields, path: str) -> Any:
    before, _, name = path.rpartition(" ")
    holder = body.at(before)
    return holder.day(name) if holder else None


def _locate(form: Fields, body: Fields, notice: Notice) -> None:
    """The place of execution where it has a postcode, else the buyer's."""
    identity = form.inside("organisme") or form.inside("IDENTITE")
    if identity:
        notice.buyer_siret = usable_siret(identity.say("codeIdentificationNational", "CODE_IDENT_NATIONAL"))
    for holder in body.every("description") + body.every("natureMarche"):
        place = holder.content.get("lieuExecution")
        if isinstance(place, dict):
            inside = holder.inside("lieuExecution")
            notice.postcode = usable_postcode(inside.say("cp")) if inside else None
            notice.city = inside.say("ville") if inside else None
        elif text := holder.text("lieuExecution"):
            written = _POSTCODE_AND_CITY.search(text)
            notice.postcode, notice.city = written.groups() if written else (None, None)
        if notice.postcode:
            return
    if identity:
        notice.postcode = usable_postcode(identity.say("adr cp", "cp", "CP"))
        notice.city = identity.say("adr ville", "ville", "VILLE")
