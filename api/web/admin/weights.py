"""The score's weights in words, with how sure they are; which versions there were, and which one ranks."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from api.catalogue.wording import OPPORTUNITY_KINDS
from api.core.errors import ConflictError
from api.core.french import day, month, number, plural
from api.learning import weights as journey
from api.learning.interest import Month, interest_by_month
from api.learning.weights import read_deviations, read_weights
from api.matching.reasons import FEATURES
from api.night.wording import TUNING
from api.web.components.forms import desk_page
from api.web.dependencies import EngineDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.rendering import see
from api.web.visitors import Visitor, VisitorDep
from matcher.scoring import PRIOR, revision, same_for_all_kinds
from matcher.types import OpportunityKind
from models.unit_of_work import UnitOfWork
from models.weights import WeightsVersion

router = APIRouter(route_class=DeskRoute, include_in_schema=False, prefix="/poids")

STATUSES = {"active": "actifs", "candidate": "à l’écart", "retired": "retirés"}
MEANINGS = {
    "semantic": "ce que fait l’acteur est proche de ce qui est demandé",
    "words": "les mêmes mots, les rares comptant plus",
    "spelling": "des intitulés qui se ressemblent",
    "sector": "ses codes NAF conviennent aux codes du besoin",
    "nearness": "il est près, au regard de son rayon ou de son métier",
    "capacity": "ses moyens portent le marché ou la reprise",
    "seeking": "il cherche ce genre d’opportunité",
    "freshness": "sa fiche et l’annonce sont récentes",
}


@router.get("")
def tuning(visitor: VisitorDep, unit: UnitDep) -> Response:
    return _page(visitor, unit)


@router.post("/retour")
def roll_back(visitor: VisitorDep, engine: EngineDep, unit: UnitDep) -> Response:
    try:
        journey.rollback(engine, by=visitor.by)
    except ConflictError as refused:
        return _page(visitor, unit, refused.detail, 409)
    return see("/poids")


@router.post("/{weights_id}/activer")
def activate(weights_id: str, visitor: VisitorDep, engine: EngineDep) -> Response:
    journey.activate(engine, weights_id, by=visitor.by)
    return see("/poids")


def _page(visitor: Visitor, unit: UnitOfWork, problem: str = "", status: int = 200) -> Response:
    versions = journey.list_weights(unit.session)
    active = next(one for one in versions if one.status == "active")
    weights, deviations = read_weights(active.values), read_deviations(active.values)
    longest = max(abs(one) for kind in OpportunityKind for one in weights[kind].values.values())
    kinds = [
        (
            OPPORTUNITY_KINDS[kind].capitalize(),
            [
                {
                    "name": words,
                    "meaning": MEANINGS[name],
                    "weight": number(weights[kind].values[name], 1),
                    "deviation": number(deviations[kind].get(name, 0), 1),
                    "width": round(100 * max(weights[kind].values[name], 0) / longest, 1),
                }
                for name, words in FEATURES.items()
            ],
        )
        for kind in OpportunityKind
    ]
    same = revision(weights) == revision(same_for_all_kinds(PRIOR))
    return desk_page(
        "poids.html",
        visitor,
        "/poids",
        status,
        problem=problem,
        # While nothing was learned, both kinds are weighed alike: one table says it.
        kinds=[("Débouchés et reprises", kinds[0][1])] if same else kinds,
        learned=not same,
        months=[_month(one) for one in interest_by_month(unit.session)],
        versions=[_version(one) for one in versions],
        can_go_back=any(one.status == "retired" for one in versions),
    )


def _version(one: WeightsVersion) -> dict[str, Any]:
    note = "poids de départ" if one.note == "prior" else one.note
    return {
        "id": one.id,
        "name": note or one.id[:8],
        "status": STATUSES.get(one.status, one.status),
        "active": one.status == "active",
        "day": day(one.created_at.date().isoformat()),
        "verdict": verdict_in_words(one.verdict) if one.verdict else "aucun : ils n’ont pas été appris",
    }


def _month(one: Month) -> dict[str, Any]:
    low, high = (number(100 * bound, 0) for bound in one.interval)
    return {
        "name": month(one.first.isoformat()),
        "ratings": plural(one.ratings, "avis", "avis"),
        "share": f"{number(100 * one.share, 0)}\N{NO-BREAK SPACE}%",
        "interval": f"de {low} à {high}\N{NO-BREAK SPACE}%",
        "width": round(100 * one.share, 1),
    }


def verdict_in_words(verdict: Mapping[str, Any]) -> str:
    """Return what the gate said."""
    obstacles = [TUNING.get(one, one) for one in verdict["obstacles"]]
    text = "mieux que les poids actifs" if verdict["passed"] else " ; ".join(obstacles)
    if verdict.get("difference") is not None:
        gain = f"{verdict['difference']:+.3f}".replace(".", ",").replace("-", "−")
        text += f" (nDCG@10 {gain}, {plural(verdict['queries'], 'question')})"
    return text + f", sur {plural(verdict['ratings'], 'avis', 'avis')}"
