"""What a reader of a blind sheet could find with public registers, as far as the house can say."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.core.french import day, number, plural
from api.takeovers.sheet.bands import turnover_band
from api.takeovers.sheet.crowd import SheetCrowd
from api.takeovers.sheet.sheet_facts import CaseFigures, SheetChoices

# What registers tell of what a sheet says, and the house cannot count; by the name of the choice.
INSOLVENCY = (
    "Les jugements paraissent au BODACC : qui lit « procédure collective » y retrouve les quelques entreprises du "
    "métier qui en ont une."
)
RETIREMENT = "Le mois et l’année de naissance des dirigeants sont publics : l’âge resserre la recherche."
ACCOUNTS = (
    "Beaucoup d’entreprises déposent des comptes publics : un lecteur y cherche la tranche. Le bureau n’en connaît "
    "qu’une partie."
)
CREATION = "La date de création est dans SIRENE."
UNKNOWN = "Aucun registre ne le dit."


@dataclass(frozen=True)
class PreviewRow:
    """One thing that a sheet says. found: how many fit, in words, empty where nobody can count; is_narrow: too few."""

    said: str
    found: str
    note: str
    is_narrow: bool = False


def preview_rows(crowd: SheetCrowd, figures: CaseFigures, choices: SheetChoices) -> list[PreviewRow]:
    """Return what may be found by the line, and by each thing that a sheet with these choices says beside it."""
    source = (
        f"Registre SIRENE du {day(crowd.register_day.isoformat())}."
        if crowd.register_day
        else "Établissements publics du bureau, qui n’en connaît qu’une partie : il y en a davantage."
    )
    teaser = crowd.teaser
    rows = [PreviewRow("Métier, lieu et effectif", plural(teaser.fits, "établissement"), source, not teaser.sure)]
    if "turnover" in choices.recorded and figures.turnover_eur is not None:
        band = turnover_band(figures.turnover_eur, is_first_split=crowd.splits_first)
        count = crowd.in_band(band)
        found = f"{number(count)} sur {number(len(crowd.turnovers))} au chiffre d’affaires connu"
        rows.append(PreviewRow("… et chiffre d’affaires", found, ACCOUNTS, count < crowd.least))
    rows += [PreviewRow(said, "", note, note == INSOLVENCY) for said, note in _uncounted(figures, choices)]
    return rows


def _uncounted(figures: CaseFigures, choices: SheetChoices) -> Sequence[tuple[str, str]]:
    rows = [("… et prix demandé", UNKNOWN)] if "price" in choices.recorded else []
    if "reason" in choices.recorded and figures.cause in ("insolvency", "retirement"):
        rows.append(("… et motif", INSOLVENCY if figures.cause == "insolvency" else RETIREMENT))
    if "age" in choices.chosen:
        rows.append(("… et âge de l’entreprise", CREATION))
    return rows
