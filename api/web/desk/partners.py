"""The partners' accounts that speak for an actor: facilitators invite them and unlink them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from api.accounts import partner_accounts
from api.catalogue import records
from api.core.errors import ConflictError, InvalidError
from api.core.french import spaced
from api.web.admin.accounts import PROBLEMS
from api.web.checked_router import CheckedRouter
from api.web.components.forms import desk_page
from api.web.components.shown_once import ShownOnce, invitation_shown
from api.web.components.state_badge import StateBadge, account_badge
from api.web.dependencies import EngineDep, NowDep, SettingsDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import FormLine, FormWord, QueryWord
from api.web.rendering import see
from api.web.visitors import Visitor, VisitorDep
from models.accounts import Account
from models.actors import Actor
from models.unit_of_work import UnitOfWork

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False, prefix="/acteurs/{actor_id}/partenaires")

DONE = {
    "lie": "Ce compte partenaire existait déjà : il voit maintenant aussi cet acteur.",
    "retire": "Ce compte ne voit plus cet acteur.",
}


@dataclass(frozen=True)
class PartnersView:
    """The accounts that speak for an actor. shown: the link of an invitation."""

    actor: Actor
    accounts: Sequence[tuple[Account, StateBadge]]
    done_message: str
    problem_text: str
    shown: ShownOnce | None
    given_fields: Mapping[str, str]


@router.get("")
def partners(actor_id: str, visitor: VisitorDep, unit: UnitDep, fait: QueryWord = "") -> Response:
    return _page(visitor, unit, actor_id, done_message=DONE.get(fait, ""))


@router.post("")
def change(
    actor_id: str,
    visitor: VisitorDep,
    engine: EngineDep,
    unit: UnitDep,
    options: SettingsDep,
    now: NowDep,
    acte: FormWord = "",
    compte: FormLine = "",
    courriel: FormLine = "",
    nom: FormLine = "",
) -> Response:
    """Invite or unlink an account. The link is shown once, in the answer, as on the page of accounts."""
    page_address = f"/acteurs/{actor_id}/partenaires"
    if acte == "retirer":
        partner_accounts.take_actor(engine, compte, actor_id, by=visitor.by, now=now)
        return see(f"{page_address}?fait=retire")
    try:
        invitation_link = partner_accounts.invite_partner(
            engine, courriel, actor_id, name=nom, mailed=True, by=visitor.by, now=now, options=options
        )
    except (InvalidError, ConflictError) as refused_invitation:
        problem_text = refused_invitation.detail
        if isinstance(refused_invitation, InvalidError):
            problem_text = PROBLEMS.get(refused_invitation.fields[0][0], refused_invitation.detail)
        given_fields = {"courriel": courriel, "nom": nom}
        return _page(
            visitor,
            unit,
            actor_id,
            problem_text=problem_text,
            given_fields=given_fields,
            status_code=refused_invitation.status,
        )
    if invitation_link is None:
        return see(f"{page_address}?fait=lie")
    return _page(visitor, unit, actor_id, shown=invitation_shown(invitation_link, courriel, options))


def _page(
    visitor: Visitor,
    unit: UnitOfWork,
    actor_id: str,
    *,
    done_message: str = "",
    problem_text: str = "",
    shown: ShownOnce | None = None,
    given_fields: dict[str, str] | None = None,
    status_code: int = 200,
) -> Response:
    return desk_page(
        "partenaires.html",
        visitor,
        "/acteurs",
        status_code,
        view=PartnersView(
            actor=records.read_actor(unit, actor_id, visitor.audience).actor,
            accounts=[
                (account, account_badge(account)) for account in partner_accounts.partners_of(unit.session, actor_id)
            ],
            done_message=spaced(done_message),
            problem_text=spaced(problem_text),
            shown=shown,
            given_fields=given_fields or {"courriel": "", "nom": ""},
        ),
    )
