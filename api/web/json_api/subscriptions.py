"""Subscriptions, for facilitators. The only routes of the API that show e-mail addresses."""

from datetime import date, datetime
from typing import Annotated, Any, Self

from fastapi import Body, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.catalogue.schemas import DepartmentCode
from api.subscriptions import standing
from api.subscriptions import subscriptions as subscribe
from api.subscriptions.preferences import LARGEST_MAIL, Frequency, LeastSection, least_section
from api.subscriptions.queries import SubscriptionRow
from api.web.checked_router import CheckedRouter
from api.web.dependencies import EngineDep, FacilitatorDep, NowDep, SettingsDep, SignerDep, UnitDep
from api.web.problems import PROBLEMS
from matcher.sections import FLOORS, Section

router = CheckedRouter(prefix="/api/subscriptions", tags=["abonnements"], responses=PROBLEMS)

Weekday = Annotated[int, Field(ge=0, le=6, description="Le jour d’un envoi hebdomadaire ; 0 est lundi.")]
Least = Annotated[
    LeastSection,
    Field(description="La section la plus basse qui est annoncée : à appeler d’abord, bonne piste ou à étudier."),
]
Threshold = Annotated[
    float | None,
    Field(
        ge=0,
        le=1,
        allow_inf_nan=False,
        deprecated=True,
        description="Ancien : un score, qui vaut la section où il tombe. `least` le remplace, et l’emporte.",
    ),
]
Most = Annotated[int, Field(ge=1, le=LARGEST_MAIL, description="Suggestions par courriel, au plus.")]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=300)]

EXAMPLES: dict[str, Any] = {
    "un acteur": {
        "value": {
            "email": "camille@exemple.invalid",
            "label": "Camille, réseau des chantiers",
            "actor_id": "c9f0f895-fb98-5b91-a3b4-0242ac120002",
            "frequency": "weekly",
            "weekday": 1,
        }
    },
    "une recherche": {
        "value": {
            "email": "camille@exemple.invalid",
            "search": "entretien d’espaces verts",
            "departments": ["26"],
            "least": "good_lead",
            "most": 3,
        }
    },
}


class SubscriptionIn(BaseModel):
    """Un acteur, ou une recherche en toutes lettres, que suit une personne."""

    model_config = ConfigDict(extra="forbid")

    email: str = Field(max_length=254, description="À qui écrire. La personne doit confirmer par courriel.")
    label: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)] = Field(
        "", description="Comment vous l’appelez ; vide, ce qui est noté reste."
    )
    actor_id: str | None = Field(None, max_length=36)
    search: Words | None = None
    departments: list[DepartmentCode] = Field([], max_length=101, description="N’annoncer que ceux-là ; vide, tous.")
    frequency: Frequency = Frequency.NIGHTLY
    weekday: Weekday = 0
    least: Least = LeastSection.TO_STUDY
    threshold: Threshold = None
    most: Most = 5


class SubscriptionChanges(BaseModel):
    """Un champ absent ne change pas."""

    model_config = ConfigDict(extra="forbid")

    departments: Annotated[list[DepartmentCode], Field(max_length=101)] = []
    frequency: Frequency = Frequency.NIGHTLY
    weekday: Weekday = 0
    least: Least = LeastSection.TO_STUDY
    threshold: Threshold = None
    most: Most = 5


class SubscriptionOut(BaseModel):
    id: str
    partner_id: str
    email: str
    label: str
    partner_status: str = Field(description="pending, active, suspended (le courrier n’arrive pas) ou unsubscribed.")
    actor_id: str | None
    actor_name: str | None
    search: str | None
    departments: list[str]
    frequency: Frequency
    weekday: int
    least: LeastSection
    threshold: float = Field(deprecated=True, description="Ancien : le plus petit score de `least`.")
    most: int
    confirmed_at: datetime | None = Field(description="Absent tant que la personne n’a pas confirmé.")
    served_on: date | None = Field(description="La dernière nuit où l’on a cherché pour elle.")
    created_at: datetime

    @classmethod
    def of(cls, row: SubscriptionRow) -> Self:
        subscription, partner, actor = row
        return cls(
            **subscription.model_dump(),
            threshold=FLOORS[Section(subscription.least)],
            email=partner.email,
            label=partner.label,
            partner_status=partner.status,
            actor_name=actor.name if actor else None,
        )


class SubscriptionPage(BaseModel):
    subscriptions: list[SubscriptionOut]
    next: str | None = Field(description="À redonner dans `after` pour la page suivante ; absent à la fin.")


def _wishes(asked: SubscriptionIn | SubscriptionChanges, *, exclude_unset: bool = False) -> dict[str, Any]:
    """Return the fields asked for, the threshold of before as the section that it stands for."""
    wishes = asked.model_dump(exclude_unset=exclude_unset)
    threshold = wishes.pop("threshold", None)
    if threshold is not None and "least" not in asked.model_fields_set:
        wishes["least"] = least_section(threshold)
    return wishes


@router.get("", summary="Lister les abonnements")
def list_subscriptions(
    unit: UnitDep,
    _audience: FacilitatorDep,
    partner_id: Annotated[str | None, Query(max_length=36)] = None,
    actor_id: Annotated[str | None, Query(max_length=36)] = None,
    after: Annotated[str, Query(max_length=36)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> SubscriptionPage:
    subscription_rows = standing.list_subscriptions(
        unit.session, partner_id=partner_id, actor_id=actor_id, after=after, limit=limit
    )
    return SubscriptionPage(
        subscriptions=[SubscriptionOut.of(subscription_row) for subscription_row in subscription_rows],
        next=subscription_rows[-1].subscription.id if len(subscription_rows) == limit else None,
    )


@router.post("", status_code=201, summary="Abonner une personne")
def add_subscription(
    asked: Annotated[SubscriptionIn, Body(openapi_examples=EXAMPLES)],
    engine: EngineDep,
    unit: UnitDep,
    audience: FacilitatorDep,
    signer: SignerDep,
    options: SettingsDep,
    now: NowDep,
) -> SubscriptionOut:
    """La personne reçoit un courriel où elle confirme ; redemandé, l’abonnement prend les nouveaux réglages."""
    added = subscribe.subscribe(engine, signer, **_wishes(asked), now=now, by=audience.by, options=options)
    return SubscriptionOut.of(standing.read_subscription(unit.session, added.id))


@router.patch("/{subscription_id}", summary="Régler un abonnement")
def change_subscription(
    subscription_id: str,
    changes: Annotated[SubscriptionChanges, Body(openapi_examples={"en pause": {"value": {"frequency": "paused"}}})],
    engine: EngineDep,
    unit: UnitDep,
    _audience: FacilitatorDep,
) -> SubscriptionOut:
    """Un champ absent ne change pas."""
    subscribe.change(engine, subscription_id, _wishes(changes, exclude_unset=True))
    return SubscriptionOut.of(standing.read_subscription(unit.session, subscription_id))


@router.delete("/{subscription_id}", summary="Supprimer un abonnement")
def remove_subscription(
    subscription_id: str, engine: EngineDep, unit: UnitDep, audience: FacilitatorDep
) -> SubscriptionOut:
    """Rend l’abonnement tel qu’il était."""
    removed = SubscriptionOut.of(standing.read_subscription(unit.session, subscription_id))
    subscribe.remove(engine, subscription_id, by=audience.by)
    return removed
