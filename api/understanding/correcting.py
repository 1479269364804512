"""A need as somebody corrects it in a form: typed values, read as people write them."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from datetime import date

from api.catalogue.places.places_in_text import Gazetteer
from api.catalogue.schemas import TakeoverCause
from api.core import official_codes
from api.core.digits import is_digits, plain_digits
from api.core.french import sentence
from api.core.french_numbers import number as typed_number
from api.understanding.need import Need, NeedKind, NeedLot, NeedPlace, Span, TakeoverFacts, UnderstoodNeed
from api.understanding.places import place_in
from matcher.types import Reservation


@dataclass(frozen=True, slots=True)
class TypedLot:
    """A lot of the form; without a title it is left out. reserved: names of `Reservation`, separated by blanks."""

    number: str
    title: str
    amount: str
    reserved: str


@dataclass(frozen=True, slots=True)
class TypedNeed:
    """The fields of the form, as they were typed."""

    kind: str
    title: str
    description: str
    place: str
    cpv: str
    trades: str
    amount: str
    deadline: str
    reserved: Sequence[str]
    social_clause: bool
    buyer: str
    lots: Sequence[TypedLot]
    headcount: str
    turnover: str
    price: str
    cause: str


def corrected(
    understood: UnderstoodNeed, typed: TypedNeed, gazetteer: Gazetteer, home_departments: Set[str]
) -> tuple[UnderstoodNeed, dict[str, str]]:
    """Return the need with what was typed, and what is wrong, by field; a wrong field keeps its value."""
    need, problems = understood.need, dict[str, str]()

    def read_amount(field_name: str, words: str, before: float | None) -> float | None:
        try:
            return _amount(words)
        except ValueError:
            problems[field_name] = "Écrivez un montant en euros, par exemple 45 000."
            return before

    title = " ".join(typed.title.split())
    if not title:
        problems["title"] = "Écrivez l’objet en quelques mots."
    place = need.place
    if typed.place.strip() != (need.place.label if need.place else ""):
        place = _place(typed.place, need, gazetteer, home_departments)
        if place is None and typed.place.strip():
            problems["place"] = "Ce lieu n’est pas connu : écrivez une commune, avec son département au besoin."
            place = need.place
    cpv = need.cpv
    try:
        typed_codes = [code for code in typed.cpv.replace(";", ",").split(",") if code.strip()]
        cpv = tuple(dict.fromkeys(map(official_codes.cpv, typed_codes)))
    except ValueError as error:
        problems["cpv"] = sentence(str(error))
    deadline = need.deadline
    try:
        deadline = date.fromisoformat(typed.deadline) if typed.deadline.strip() else None
    except ValueError:
        problems["deadline"] = "Choisissez une date."
    kind = NeedKind(typed.kind) if typed.kind in set(NeedKind) else need.kind
    lots = _lots(typed.lots, need.lots, problems) if kind is not NeedKind.TAKEOVER else ()
    facts = need.takeover
    if kind is NeedKind.TAKEOVER:
        facts = facts or TakeoverFacts()
        headcount = facts.headcount
        typed_headcount = plain_digits(typed.headcount).strip()
        if is_digits(typed_headcount) or not typed_headcount:
            headcount = int(typed_headcount) if typed_headcount else None
        else:
            problems["headcount"] = "Écrivez un nombre de salariés."
        facts = replace(
            facts,
            cause=TakeoverCause(typed.cause) if typed.cause in set(TakeoverCause) else facts.cause,
            headcount=headcount,
            turnover_eur=read_amount("turnover", typed.turnover, facts.turnover_eur),
            price_eur=read_amount("price", typed.price, facts.price_eur),
        )
    changed = replace(
        need,
        kind=kind,
        title=title or need.title,
        description=typed.description.strip(),
        lots=lots,
        place=place,
        cpv=cpv,
        trades=tuple(word.strip() for word in typed.trades.split(",") if word.strip()),
        amount_eur=read_amount("amount", typed.amount, need.amount_eur),
        deadline=deadline,
        reserved=tuple(reservation for reservation in Reservation if reservation in typed.reserved),
        social_clause=True if typed.social_clause else (False if need.social_clause is False else None),
        buyer=" ".join(typed.buyer.split()) or None,
        takeover=facts if kind is NeedKind.TAKEOVER else None,
    )
    return UnderstoodNeed(changed, understood.text, _still_read(understood, changed)), problems


def _amount(words: str) -> float | None:
    if not words.strip():
        return None
    euros = typed_number(words.strip())
    if not 0 <= euros <= 1e12:
        raise ValueError("montant hors limites")
    return euros


def _place(words: str, need: Need, gazetteer: Gazetteer, home: Set[str]) -> NeedPlace | None:
    known = next((place for place in need.other_places if place.label == words.strip()), None)
    if known or not words.strip():
        return known
    # A place alone, in the words of a sentence.
    read = place_in(words, gazetteer, home) or place_in(f"à {words.strip()}", gazetteer, home)
    return NeedPlace.of(read) if read else None


def _lots(typed: Sequence[TypedLot], before: Sequence[NeedLot], problems: dict[str, str]) -> tuple[NeedLot, ...]:
    known = {lot.number: lot for lot in before}
    lots: dict[str, NeedLot] = {}
    for lot in typed:
        title, number = " ".join(lot.title.split()), lot.number.strip()[:20]
        if not title or not number or number in lots:
            continue
        old = known.get(number)
        euros = old.amount_eur if old else None
        try:
            euros = _amount(lot.amount)
        except ValueError:
            problems[f"lots.{number}"] = f"Lot {number} : écrivez un montant en euros, par exemple 45 000."
        reserved = tuple(reservation for reservation in Reservation if reservation in lot.reserved.split())
        lots[number] = NeedLot(number, title, old.cpv if old else (), euros, reserved, old.place if old else None)
    # Those beyond the form's stay as they were read.
    shown = {lot.number.strip() for lot in typed}
    lots |= {lot.number: lot for lot in before if lot.number not in shown}
    return tuple(lots.values())


def _still_read(understood: UnderstoodNeed, changed: Need) -> dict[str, Span]:
    """Return the words of the fields that nobody changed."""
    before = understood.need

    def value(need: Need, name: str) -> object:
        first, _, rest = name.partition(".")
        if first == "lots":
            number, _, part = rest.partition(".")
            lot = next((lot for lot in need.lots if lot.number == number), None)
            return getattr(lot, part, None)
        if first == "takeover":
            return getattr(need.takeover, rest, None)
        return getattr(need, first)

    return {name: span for name, span in understood.spans.items() if value(before, name) == value(changed, name)}
