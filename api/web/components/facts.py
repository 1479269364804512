"""Facts about an actor, an opportunity or a takeover case, as pages list them."""

from datetime import date

from api.catalogue.wording import CAUSES, RESERVATIONS, SEEKING, approval_in_words, place
from api.core import official_codes
from api.core.french import DEPARTMENTS, day, euros, number, plural, when
from api.open_data.sources.words import month_in_french
from matcher.nomenclature import naf_name
from models.actors import Actor
from models.opportunities import Lot, Opportunity, TakeoverCase


def about_actor(actor: Actor) -> list[tuple[str, str]]:
    """Return the known facts about an actor, as (name, value)."""
    naf_sectors = [
        f"{sector_name} ({naf_code})" if (sector_name := naf_name(naf_code)) else naf_code
        for naf_code in (naf_row["code"] for naf_row in actor.naf)
    ]
    area_names = [DEPARTMENTS.get(department_code, department_code) for department_code in actor.area_departments]
    area_names += [plural(len(actor.area_communes), "commune")] if actor.area_communes else []
    facts = [
        ("Lieu", place(actor.commune_name, actor.department)),
        ("SIRET", actor.siret or ""),
        ("Secteur", ", ".join(naf_sectors)),
        ("Rayon d’action", f"{number(actor.radius_km)} km" if actor.radius_km is not None else ""),
        ("Zone d’intervention", ", ".join(area_names)),
        ("Effectif", headcount_in_words(actor)),
        ("Chiffre d’affaires", euros(actor.turnover_eur) if actor.turnover_eur else ""),
        ("Agréments", ", ".join(map(approval_in_words, actor.approvals))),
        ("Recherche", ", ".join(SEEKING.get(seeks_code, seeks_code) for seeks_code in actor.seeks)),
        ("Fiche à jour du", day(actor.information_date.isoformat()) if actor.information_date else ""),
    ]
    return [(fact_name, fact_value) for fact_name, fact_value in facts if fact_value]


def headcount_in_words(actor: Actor) -> str:
    """Return how many people work at an actor, or the band that a register says; empty where neither is known."""
    if actor.headcount is not None:
        return plural(actor.headcount, "salarié")
    low, high = official_codes.HEADCOUNT_BANDS.get(actor.headcount_band or "NN", (None, None))
    return "" if low is None else f"{number(low)} ou plus" if high is None else f"{number(low)} à {number(high)}"


def about_opportunity(
    opportunity: Opportunity, lot: Lot | None, case: TakeoverCase | None, today: date
) -> list[tuple[str, str]]:
    """Return the known facts about an opportunity or its lot, as (name, value)."""
    amount_eur = (lot.amount_eur if lot else None) or opportunity.amount_eur
    reserved = (lot.reserved if lot else None) or opportunity.reserved
    facts = [
        (
            "Échéance",
            f"{day(opportunity.deadline.isoformat())} ({when(opportunity.deadline, today)})"
            if opportunity.deadline
            else "",
        ),
        ("Lieu", place(opportunity.commune_name, opportunity.department)),
        ("Acheteur", opportunity.buyer_name or ""),
        ("Montant", euros(amount_eur) if amount_eur else ""),
        ("Réservé", ", ".join(RESERVATIONS[reservation] for reservation in reserved)),
        ("Clause sociale", "" if opportunity.social_clause is None else "oui" if opportunity.social_clause else "non"),
        ("Agréments demandés", ", ".join(map(approval_in_words, opportunity.required_approvals))),
        (
            ("Publication attendue", expected_in_words(opportunity.published_on, today))
            if opportunity.status == "expected"
            else ("Parution", day(opportunity.published_on.isoformat()) if opportunity.published_on else "")
        ),
    ]
    if case:
        facts += about_takeover(case)
    return [(fact_name, fact_value) for fact_name, fact_value in facts if fact_value]


def expected_in_words(expected_on: date | None, today: date) -> str:
    """Return when the notice of an opening to come is expected: its day is an estimate, of which the month is told."""
    if expected_on is None:
        return "à une date inconnue"
    month = f"en {month_in_french(expected_on)}"
    if (expected_on.year, expected_on.month) < (today.year, today.month):
        return f"{month} (elle tarde, ou n’a pas été lue)"
    return month


def about_takeover(case: TakeoverCase) -> list[tuple[str, str]]:
    """Return the facts that only a takeover case has, as (name, value); an unknown value is empty."""
    prices = [euros(price) for price in (case.price_min_eur, case.price_max_eur) if price]
    return [
        ("Cause", CAUSES.get(case.cause, case.cause)),
        ("Effectif", plural(case.headcount, "salarié") if case.headcount is not None else ""),
        ("Chiffre d’affaires", euros(case.turnover_eur) if case.turnover_eur else ""),
        ("Prix", " à ".join(dict.fromkeys(prices))),
        ("Cession prévue", day(case.transfer_on.isoformat()) if case.transfer_on else ""),
    ]
