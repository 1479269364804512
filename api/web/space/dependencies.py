"""The space of the partner who is signed in: all that these pages are given of the desk."""

from typing import Annotated

from fastapi import Depends, Request

from api.core.errors import NotReadyError
from api.partner_view.building import PartnerSpaces
from api.partner_view.proposals import PartnerSpace
from api.web.dependencies import SignerDep, TodayDep
from api.web.visitors import PartnerDep


def _space(request: Request, visitor: PartnerDep, signer: SignerDep, today: TodayDep) -> PartnerSpace:
    spaces: PartnerSpaces | None = getattr(request.app.state, "partner_spaces", None)
    if spaces is None:
        raise NotReadyError("Le service démarre : réessayez dans quelques secondes.")
    return spaces.open(visitor.account_id, signer, today=today)


SpaceDep = Annotated[PartnerSpace, Depends(_space)]
