"""The form of a need: its fields as they were read or typed, the words that they were read from, what is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.catalogue.wording import CAUSES, RESERVATIONS
from api.core.french import number
from api.matching.snapshot import Snapshot
from api.understanding.correcting import TypedLot, TypedNeed
from api.understanding.need import Need, NeedKind, UnderstoodNeed

KINDS = {
    NeedKind.TENDER: "un marché",
    NeedKind.MESSAGE: "un message, une demande",
    NeedKind.TAKEOVER: "une reprise d’entreprise",
}
# Lots that the form shows; a form may have a hundred fields.
SHOWN_LOTS = 20
# Places that are offered, of the départements of the desk.
_MOST_OFFERED = 800
_FIELDS = {
    "title": "title", "place": "place", "cpv": "cpv", "amount": "amount_eur", "deadline": "deadline", "buyer": "buyer",
    "reserved": "reserved", "social_clause": "social_clause", "headcount": "takeover.headcount",
    "turnover": "takeover.turnover_eur", "price": "takeover.price_eur", "cause": "takeover.cause",
}  # fmt: skip


@dataclass(frozen=True)
class NeedForm:
    """Values of the form. words: by field, those of the text; problems: by field; places: those offered."""

    typed: TypedNeed
    words: Mapping[str, str]
    problems: Mapping[str, str]
    kinds: Sequence[tuple[str, str]]
    causes: Sequence[tuple[str, str]]
    reservations: Sequence[tuple[str, str]]
    lot_reservations: Sequence[tuple[str, str]]
    places: Sequence[str]
    more_lots: int
    url: str
    is_takeover: bool
    premises: str
    employees: str


def need_form(understood: UnderstoodNeed, snapshot: Snapshot) -> NeedForm:
    """Return the form of a need as it was understood."""
    need = understood.need
    facts = need.takeover
    lots = [
        TypedLot(lot.number, lot.title, _euros(lot.amount_eur), " ".join(lot.reserved))
        for lot in need.lots[:SHOWN_LOTS]
    ]
    typed = TypedNeed(
        kind=need.kind,
        title=need.title,
        description=need.description,
        place=need.place.label if need.place else "",
        cpv=", ".join(need.cpv),
        trades=", ".join(need.trades),
        amount=_euros(need.amount_eur),
        deadline=need.deadline.isoformat() if need.deadline else "",
        reserved=tuple(need.reserved),
        social_clause=bool(need.social_clause),
        buyer=need.buyer or "",
        lots=lots,
        headcount=str(facts.headcount) if facts and facts.headcount is not None else "",
        turnover=_euros(facts.turnover_eur) if facts else "",
        price=_euros(facts.price_eur) if facts else "",
        cause=facts.cause if facts else "",
    )
    return typed_form(understood, typed, {}, snapshot)


def typed_form(
    understood: UnderstoodNeed, typed: TypedNeed, problems: Mapping[str, str], snapshot: Snapshot
) -> NeedForm:
    """Return the form with what was typed, and what is wrong with it."""
    need = understood.need
    facts = need.takeover
    return NeedForm(
        typed=typed,
        words={name: words for name, field_name in _FIELDS.items() if (words := understood.words(field_name))},
        problems=problems,
        kinds=[(str(kind), words) for kind, words in KINDS.items()],
        causes=list(CAUSES.items()),
        reservations=list(RESERVATIONS.items()),
        lot_reservations=[
            ("", "à tous"),
            *RESERVATIONS.items(),
            ("ea_esat siae", "aux EA, ESAT et SIAE"),
        ],
        places=_offered(need, snapshot),
        more_lots=max(len(need.lots) - SHOWN_LOTS, 0),
        url=need.url or "",
        is_takeover=typed.kind == NeedKind.TAKEOVER,
        premises=_answer(facts.premises) if facts else "",
        employees=_answer(facts.employees_willing) if facts else "",
    )


def _offered(need: Need, snapshot: Snapshot) -> list[str]:
    """Return the places that the text may mean, then the communes of the desk's départements."""
    read = [place.label for place in (need.place, *need.other_places) if place]
    near = sorted(
        f"{name} ({code[:2]})" for code, name in snapshot.gazetteer.names.items() if code[:2] in snapshot.departments
    )
    return list(dict.fromkeys([*read, *near]))[:_MOST_OFFERED]


def _euros(amount: float | None) -> str:
    return "" if amount is None else number(amount, 0 if amount.is_integer() else 2)


def _answer(is_so: bool | None) -> str:
    return "" if is_so is None else ("oui" if is_so else "non")
