"""The score's weights with their deviations, in words; the versions, and the active one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from api.core.errors import ConflictError
from api.core.french import day, month, number, plural
from api.learning import weights as journey
from api.learning.interest import Month, interest_by_month
from api.learning.weights import read_deviations, read_weights
from api.matching.reasons import FEATURES
from api.night.wording import TUNING
from api.web.checked_router import CheckedRouter
from api.web.components.forms import desk_page
from api.web.dependencies import EngineDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.rendering import see
from api.web.visitors import AdministratorDep, Visitor
from matcher.features import COUNTED
from matcher.priors import PRIORS
from matcher.scoring import revision
from matcher.types import Role
from models.unit_of_work import UnitOfWork
from models.weights import WeightsVersion

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False, prefix="/poids")

STATUSES = {"active": "actifs", "candidate": "à l’écart", "retired": "retirés"}
ROLE_NAMES = {
    Role.SUPPLY: "Répondre à un débouché",
    Role.TAKE_OVER: "Reprendre",
    Role.ACCOMPANY: "Accompagner une reprise",
    Role.FINANCE: "Financer une reprise",
    Role.PREMISES: "Fournir des locaux",
    Role.KEEP_WORK: "Garder l’activité dans un réseau",
}
MEANINGS = {
    "semantic": "ce que fait l’acteur est proche de ce qui est demandé",
    "said": "l’acteur dit lui-même qu’il fait ce métier",
    "words": "les mêmes mots, les rares comptant plus",
    "spelling": "des intitulés qui se ressemblent",
    "sector": "ses codes NAF conviennent aux codes du besoin",
    "nearness": "il est près, au regard de son rayon ou de son métier",
    "local_reach": "il ne va pas plus loin que ce que l’on parcourt d’habitude dans son métier",
    "capacity": "ses moyens portent le marché ou la reprise",
    "seeking": "il cherche ce genre d’opportunité",
    "freshness": "sa fiche et l’annonce sont récentes",
    "vocation": "ce qu’il est et ce qu’il dit conviennent à ce rôle",
}


@dataclass(frozen=True)
class WeightsView:
    """The weights that rank, a table a role; the interest month by month; all versions."""

    problem_text: str
    role_tables: Sequence[tuple[str, Sequence[Mapping[str, Any]]]]
    are_learned: bool
    months: Sequence[Mapping[str, Any]]
    versions: Sequence[Mapping[str, Any]]
    can_go_back: bool


@router.get("")
def tuning(visitor: AdministratorDep, unit: UnitDep) -> Response:
    return _page(visitor, unit)


@router.post("/retour")
def roll_back(visitor: AdministratorDep, engine: EngineDep, unit: UnitDep) -> Response:
    try:
        journey.rollback(engine, by=visitor.by)
    except ConflictError as conflict_error:
        return _page(visitor, unit, conflict_error.detail, 409)
    return see("/poids")


@router.post("/{weights_id}/activer")
def activate(weights_id: str, visitor: AdministratorDep, engine: EngineDep) -> Response:
    journey.activate(engine, weights_id, by=visitor.by)
    return see("/poids")


def _page(visitor: Visitor, unit: UnitOfWork, problem_text: str = "", status_code: int = 200) -> Response:
    versions = journey.list_weights(unit.session)
    active_version = next(version for version in versions if version.status == "active")
    weights_by_role, deviations_by_role = read_weights(active_version.values), read_deviations(active_version.values)
    longest_weight = max(abs(weight) for role in Role for weight in weights_by_role[role].values.values())
    role_tables = [
        (
            ROLE_NAMES[role],
            [
                {
                    "name": feature_name,
                    "meaning": MEANINGS[feature_code],
                    "weight": number(weights_by_role[role].values[feature_code], 1),
                    "deviation": number(deviations_by_role[role].get(feature_code, 0), 1),
                    "width": round(100 * max(weights_by_role[role].values[feature_code], 0) / longest_weight, 1),
                }
                for feature_code, feature_name in FEATURES.items()
                if feature_code in COUNTED[role]
            ],
        )
        for role in Role
    ]
    same_tables = revision(weights_by_role) == revision(PRIORS)
    return desk_page(
        "poids.html",
        visitor,
        "/poids",
        status_code,
        view=WeightsView(
            problem_text=problem_text,
            role_tables=role_tables,
            are_learned=not same_tables,
            months=[_month(month_interest) for month_interest in interest_by_month(unit.session)],
            versions=[_version(version) for version in versions],
            can_go_back=any(version.status == "retired" for version in versions),
        ),
    )


def _version(version: WeightsVersion) -> dict[str, Any]:
    version_note = "poids de départ" if version.note == "prior" else version.note
    return {
        "id": version.id,
        "name": version_note or version.id[:8],
        "status": STATUSES.get(version.status, version.status),
        "active": version.status == "active",
        "day": day(version.created_at.date().isoformat()),
        "verdict": verdict_in_words(version.verdict) if version.verdict else "aucun : ils n’ont pas été appris",
    }


def _month(month_interest: Month) -> dict[str, Any]:
    low_bound, high_bound = (number(100 * bound, 0) for bound in month_interest.interval)
    return {
        "name": month(month_interest.first.isoformat()),
        "ratings": plural(month_interest.ratings, "avis", "avis"),
        "share": f"{number(100 * month_interest.share, 0)}\N{NO-BREAK SPACE}%",
        "interval": f"de {low_bound} à {high_bound}\N{NO-BREAK SPACE}%",
        "width": round(100 * month_interest.share, 1),
    }


def verdict_in_words(verdict: Mapping[str, Any]) -> str:
    """Return the verdict of the gate."""
    obstacles = [TUNING.get(obstacle, obstacle) for obstacle in verdict["obstacles"]]
    verdict_text = "mieux que les poids actifs" if verdict["passed"] else " ; ".join(obstacles)
    if verdict.get("difference") is not None:
        gain_text = f"{verdict['difference']:+.3f}".replace(".", ",").replace("-", "−")
        verdict_text += f" (nDCG@10 {gain_text}, {plural(verdict['queries'], 'question')})"
    return verdict_text + f", sur {plural(verdict['ratings'], 'avis', 'avis')}"
