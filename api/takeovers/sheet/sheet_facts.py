"""What a blind sheet says beside the teaser's line: bands of the case's figures, and what the facilitator chose."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from api.catalogue.wording import CAUSES
from api.core.errors import InvalidError
from api.takeovers.sheet.bands import price_band, turnover_band

# What the record knows, by the name that the form calls it: said only where it is ticked.
RECORDED = {
    "turnover": "Chiffre d’affaires annuel",
    "price": "Prix demandé",
    "reason": "Motif de la cession",
    "transfer": "Cession souhaitée",
}
# What the facilitator says: name → heading, and the words of each choice.
CHOSEN: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "sale": (
        "Ce qui est cédé",
        {"shares": "les titres de la société", "business": "le fonds de commerce", "open": "à discuter"},
    ),
    "premises": (
        "Locaux",
        {
            "rented": "en location",
            "sold": "cédés avec l’entreprise",
            "let": "loués par le cédant",
            "none": "sans local",
        },
    ),
    "age": (
        "Âge de l’entreprise",
        {"young": "moins de 5 ans", "settled": "de 5 à 20 ans", "old": "plus de 20 ans"},
    ),
    "handover": (
        "Accompagnement par le cédant",
        {"short": "un mois au plus", "months": "un à six mois", "long": "plus de six mois", "none": "aucun"},
    ),
}
MOST_STRENGTHS = 600


@dataclass(frozen=True)
class CaseFigures:
    """The facts of a case that a sheet may say; None is unknown. Amounts in euros."""

    turnover_eur: float | None
    price_min_eur: float | None
    price_max_eur: float | None
    cause: str
    transfer_on: date | None


@dataclass(frozen=True)
class SheetChoices:
    """What the form says: names of RECORDED that are told, and name → code of CHOSEN; what is not said is left out."""

    recorded: tuple[str, ...] = ()
    chosen: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, recorded: Sequence[str], chosen: Mapping[str, str]) -> "SheetChoices":
        """Read what was sent. Raises InvalidError for a name or a code that no form offers."""
        unknown = [("dire", "un choix de ce formulaire est inconnu")] if set(recorded) - set(RECORDED) else []
        unknown += [
            (name, "choisissez dans la liste")
            for name, code in chosen.items()
            if code and (name not in CHOSEN or code not in CHOSEN[name][1])
        ]
        if unknown:
            raise InvalidError(unknown)
        return cls(
            tuple(name for name in RECORDED if name in recorded),
            {name: chosen[name] for name in CHOSEN if chosen.get(name)},
        )

    @classmethod
    def stored(cls, values: Mapping[str, Any]) -> "SheetChoices":
        return cls(tuple(values["recorded"]), dict(values["chosen"]))

    def as_json(self) -> dict[str, Any]:
        return {"recorded": list(self.recorded), "chosen": dict(self.chosen)}


def recorded_words(figures: CaseFigures, *, is_first_split: bool) -> dict[str, str]:
    """Return what the record would have the sheet say, by name; what it does not know is left out."""
    words: dict[str, Callable[[], str]] = {
        "turnover": lambda: _turnover(figures.turnover_eur, is_first_split=is_first_split),
        "price": lambda: _price(figures),
        "reason": lambda: CAUSES.get(figures.cause, "") if figures.cause != "other" else "",
        "transfer": lambda: _half_year(figures.transfer_on),
    }
    return {name: said for name, say in words.items() if (said := say())}


def told_rows(figures: CaseFigures, choices: SheetChoices, *, is_first_split: bool) -> list[list[str]]:
    """Return what a sheet with these choices says, as pairs of name and words."""
    known = recorded_words(figures, is_first_split=is_first_split)
    rows = [[RECORDED[name], known[name]] for name in choices.recorded if name in known]
    return rows + [[CHOSEN[name][0], CHOSEN[name][1][code]] for name, code in choices.chosen.items()]


def _turnover(amount: float | None, *, is_first_split: bool) -> str:
    return turnover_band(amount, is_first_split=is_first_split).words if amount is not None else ""


def _price(figures: CaseFigures) -> str:
    band = price_band(figures.price_min_eur, figures.price_max_eur)
    return band.words if band else "à discuter"


def _half_year(day: date | None) -> str:
    if day is None:
        return ""
    return f"{'premier' if day.month <= 6 else 'second'} semestre {day.year}"
