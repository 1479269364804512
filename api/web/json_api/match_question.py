"""What may be asked: which actors for an opportunity or a text, or which opportunities for an actor."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from api.catalogue.schemas import DepartmentCode, Id
from api.understanding.understand import LONGEST_TEXT
from matcher.types import ActorKind, OpportunityKind

# As many as there are départements.
MOST_FILTERS = 101

EXAMPLES: dict[str, Any] = {
    "texte": {
        "summary": "Un besoin collé",
        "value": {"text": "Tonte et débroussaillage du parc communal, 2 hectares, à Crest", "k": 5},
    },
    "opportunité": {
        "summary": "Les acteurs d’une opportunité",
        "value": {"opportunity_id": "8f14e45f-ceea-5467-9c3d-0242ac120002", "k": 10},
    },
    "acteur": {
        "summary": "Les marchés ouverts à un acteur",
        "value": {
            "actor_id": "c9f0f895-fb98-5b91-a3b4-0242ac120002",
            "filters": {"opportunity_kinds": ["market"], "departments": ["26"]},
        },
    },
}


class FiltersIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    actor_kinds: list[ActorKind] = Field([], max_length=MOST_FILTERS, description="Ne retenir que ces types d’acteurs.")
    opportunity_kinds: list[OpportunityKind] = Field(
        [], max_length=MOST_FILTERS, description="Ne retenir que ces types d’opportunités."
    )
    departments: list[DepartmentCode] = Field(
        [], max_length=MOST_FILTERS, description="Ne retenir que les candidats de ces départements."
    )


PastedText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=LONGEST_TEXT)]


class MatchRequest(BaseModel):
    """Une question, et une seule : une opportunité, un acteur, ou un texte."""

    model_config = ConfigDict(extra="forbid")

    opportunity_id: Id | None = Field(None, description="Une opportunité, ou un lot : quels acteurs appeler ?")
    actor_id: Id | None = Field(None, description="Un acteur : quelles opportunités pour lui ?")
    text: PastedText | None = Field(
        None, description="Un besoin en toutes lettres : quels acteurs appeler ? Le texte n’est pas conservé."
    )
    filters: FiltersIn = FiltersIn()
    even_closed: bool = Field(False, description="Compter aussi les opportunités closes : qui aurait convenu ?")
    share: bool = Field(
        False,
        description="Faire tourner les propositions : qui a souvent été proposé sans répondre cède parfois sa place, "
        "qui ne l’a guère été est essayé ; l’ordre reste celui des scores, et la liste y perd au plus 3 %. Réservé aux "
        "animateurs et animatrices ; de toute la journée, la "
        "liste ne change pas.",
    )
    k: int = Field(10, ge=1, le=1_000, description="Longueur de la liste ; le service en refuse de plus longues.")

    @model_validator(mode="after")
    def _one_question(self) -> Self:
        if sum(question is not None for question in (self.opportunity_id, self.actor_id, self.text)) != 1:
            raise ValueError("donnez un champ, et un seul, parmi opportunity_id, actor_id et text")
        if self.actor_id and self.filters.actor_kinds:
            raise ValueError("actor_kinds filtre des acteurs : ce sont ici des opportunités qui sont classées")
        if not self.actor_id and self.filters.opportunity_kinds:
            raise ValueError("opportunity_kinds filtre des opportunités : ce sont ici des acteurs qui sont classés")
        if self.actor_id and self.share:
            raise ValueError("share partage l’attention entre acteurs : ce sont ici des opportunités qui sont classées")
        return self
