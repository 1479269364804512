"""Facts about an actor, an opportunity or a takeover case, as pages list them."""

from datetime import date

from api.catalogue.wording import RESERVATIONS, SEEKING, place
from api.core import official_codes
from api.core.french import DEPARTMENTS, day, euros, number, plural, when
from matcher.nomenclature import naf_name
from models.actors import Actor
from models.opportunities import Lot, Opportunity, TakeoverCase

CAUSES = {
    "retirement": "départ en retraite",
    "insolvency": "procédure collective",
    "relocation": "déménagement",
    "other": "autre",
}


def about_actor(one: Actor) -> list[tuple[str, str]]:
    """Return what is known, as (name, value)."""
    low, high = official_codes.HEADCOUNT_BANDS.get(one.headcount_band or "NN", (None, None))
    band = "" if low is None else f"{number(low)} ou plus" if high is None else f"{number(low)} à {number(high)}"
    naf = [f"{name} ({code})" if (name := naf_name(code)) else code for code in (row["code"] for row in one.naf)]
    area = [DEPARTMENTS.get(code, code) for code in one.area_departments]
    area += [plural(len(one.area_communes), "commune")] if one.area_communes else []
    found = [
        ("Lieu", place(one.commune_name, one.department)),
        ("SIRET", one.siret or ""),
        ("Secteur", ", ".join(naf)),
        ("Rayon d’action", f"{number(one.radius_km)} km" if one.radius_km is not None else ""),
        ("Zone d’intervention", ", ".join(area)),
        ("Effectif", plural(one.headcount, "salarié") if one.headcount is not None else band),
        ("Chiffre d’affaires", euros(one.turnover_eur) if one.turnover_eur else ""),
        ("Agréments", ", ".join(one.approvals)),
        ("Recherche", ", ".join(SEEKING.get(code, code) for code in one.seeks)),
        ("Fiche à jour du", day(one.information_date.isoformat()) if one.information_date else ""),
    ]
    return [(name, value) for name, value in found if value]


def about_opportunity(
    one: Opportunity, lot: Lot | None, case: TakeoverCase | None, today: date
) -> list[tuple[str, str]]:
    """Return what is known, as (name, value)."""
    amount = (lot.amount_eur if lot else None) or one.amount_eur
    reserved = (lot.reserved if lot else None) or one.reserved
    found = [
        ("Échéance", f"{day(one.deadline.isoformat())} ({when(one.deadline, today)})" if one.deadline else ""),
        ("Lieu", place(one.commune_name, one.department)),
        ("Acheteur", one.buyer_name or ""),
        ("Montant", euros(amount) if amount else ""),
        ("Réservé", ", ".join(RESERVATIONS[name] for name in reserved)),
        ("Clause sociale", "" if one.social_clause is None else "oui" if one.social_clause else "non"),
        ("Agréments demandés", ", ".join(one.required_approvals)),
        ("Parution", day(one.published_on.isoformat()) if one.published_on else ""),
    ]
    if case:
        found += about_takeover(case)
    return [(name, value) for name, value in found if value]


def about_takeover(case: TakeoverCase) -> list[tuple[str, str]]:
    """Return what only a takeover case has, as (name, value); a value that is not known is empty."""
    prices = [euros(price) for price in (case.price_min_eur, case.price_max_eur) if price]
    return [
        ("Cause", CAUSES.get(case.cause, case.cause)),
        ("Effectif", plural(case.headcount, "salarié") if case.headcount is not None else ""),
        ("Chiffre d’affaires", euros(case.turnover_eur) if case.turnover_eur else ""),
        ("Prix", " à ".join(dict.fromkeys(prices))),
        ("Cession prévue", day(case.transfer_on.isoformat()) if case.transfer_on else ""),
    ]
