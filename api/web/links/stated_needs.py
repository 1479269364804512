"""Behind the link of a mail: a need is confirmed, shows where it stands, and is taken back.

Nothing that was written is shown even here: a mailbox may have several readers, and none may tell an owner's project
from a buyer's need.
"""

from dataclasses import dataclass

from starlette.responses import Response

from api.core.clock import day_in_france
from api.core.errors import InvalidError, NotFoundError
from api.core.french import day
from api.mailing.links import Purpose
from api.stated_needs.kinds import StatedStatus
from api.stated_needs.mailed import need_of_link
from api.stated_needs.queries import is_closed
from api.stated_needs.stating import confirm_need, withdraw_need
from api.web.checked_router import CheckedRouter
from api.web.components.state_badge import StateBadge, own_need_badge
from api.web.dependencies import EngineDep, NowDep, SettingsDep, SignerDep, UnitDep
from api.web.error_pages import LinkRoute
from api.web.fields import FormWord
from api.web.house_contact import house_contact
from api.web.rendering import page, see
from models.database import writing
from models.stated_needs import StatedNeed

router = CheckedRouter(route_class=LinkRoute, include_in_schema=False)

SHOW = ["GET", "HEAD"]


@dataclass(frozen=True)
class FollowedNeed:
    """What its sender reads behind the link, the same for each kind. day: when it was stated."""

    address: str
    day: str
    state: StateBadge
    answer: str
    days: int
    is_unconfirmed: bool
    may_withdraw: bool
    is_withdrawn: bool


@router.api_route("/besoin/{token}", methods=SHOW)
def followed(token: str, unit: UnitDep, signer: SignerDep, options: SettingsDep, now: NowDep) -> Response:
    need = unit.session.get(StatedNeed, need_of_link(signer, token, now=now))
    if need is None:
        raise NotFoundError("Ce lien ne mène à rien.")
    status = StatedStatus.CLOSED if is_closed(unit.session, need) else StatedStatus(need.status)
    view = FollowedNeed(
        address=f"/{Purpose.NEED.value}/{token}",
        day=day(day_in_france(need.stated_at).isoformat()),
        state=own_need_badge(need.kind, status),
        answer=need.answer,
        days=options.unconfirmed_need_days,
        is_unconfirmed=status == StatedStatus.UNCONFIRMED,
        may_withdraw=status != StatedStatus.WITHDRAWN,
        is_withdrawn=status == StatedStatus.WITHDRAWN,
    )
    return page("besoin_suivi.html", view=view, house=house_contact(options))


@router.post("/besoin/{token}")
def act(token: str, engine: EngineDep, signer: SignerDep, now: NowDep, acte: FormWord = "") -> Response:
    """`confirmer` hands the need over to the facilitators, `retirer` takes it back."""
    need_id = need_of_link(signer, token, now=now)
    if acte not in ("confirmer", "retirer"):
        raise InvalidError([("acte", "dites ce que vous voulez faire")])
    with writing(engine, durable=True) as session:
        if acte == "confirmer":
            confirm_need(session, need_id, now=now)
        else:
            withdraw_need(session, need_id, now=now)
    return see(f"/{Purpose.NEED.value}/{token}")
