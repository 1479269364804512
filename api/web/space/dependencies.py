"""The space of the partner who is signed in: all that these pages are given of the desk."""

from typing import Annotated

from fastapi import Depends, Request

from api.core.errors import NotReadyError
from api.partner_view.building import PartnerSpaces
from api.partner_view.proposals import PartnerSpace
from api.web.dependencies import LookedAtDep, SignerDep, TodayDep, UnitDep
from api.web.visitors import PartnerDep


def _space(
    request: Request,
    visitor: PartnerDep,
    unit: UnitDep,
    signer: SignerDep,
    today: TodayDep,
    is_looked_at: LookedAtDep,
) -> PartnerSpace:
    spaces: PartnerSpaces | None = getattr(request.app.state, "partner_spaces", None)
    if spaces is None:
        raise NotReadyError("Le service démarre : réessayez dans quelques secondes.")
    return spaces.open(unit, visitor.account_id, signer, today=today, is_looked_at=is_looked_at)


SpaceDep = Annotated[PartnerSpace, Depends(_space)]
