"""The accounts, for administrators."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.responses import HTMLResponse, Response

from api.accounts import accounts, invitations, second_factor
from api.accounts.accounts import ACCOUNT_ROLES
from api.core.errors import ConflictError, InvalidError
from api.core.settings import Settings
from api.web.checked_router import CheckedRouter
from api.web.components.forms import desk_page
from api.web.components.shown_once import ShownOnce, invitation_shown
from api.web.components.state_badge import StateBadge, account_badge
from api.web.dependencies import EngineDep, NowDep, SettingsDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import FormLine, FormWord, QueryWord
from api.web.rendering import see
from api.web.visitors import AdministratorDep, Visitor
from models.unit_of_work import UnitOfWork

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False)
SHOW = ["GET", "HEAD"]

DONE = {
    "desactive": "Le compte est désactivé, et ses sessions sont fermées.",
    "reactive": "Le compte est réactivé.",
    "sessions": "Les sessions du compte sont fermées.",
    "role": "Le rôle du compte est changé.",
    "facteur": "Le second facteur du compte est remis à zéro, et ses sessions sont fermées.",
}
PROBLEMS = {
    "email": "Cette adresse n’est pas valide.",
    "name": f"Le nom a {accounts.NAME_LENGTH} caractères au plus.",
    "role": "Choisissez un rôle.",
}


@dataclass(frozen=True)
class AccountsView:
    """All accounts. states: by their ids; shown: the link of an invitation."""

    rows: Sequence[accounts.AccountWithSessions]
    states: Mapping[str, StateBadge]
    offered_roles: Mapping[str, str]
    role_names: Mapping[str, str]
    done_message: str
    problem_text: str
    shown: ShownOnce | None
    given_fields: Mapping[str, str]


@router.api_route("/comptes", methods=SHOW)
def accounts_page(
    unit: UnitDep, visitor: AdministratorDep, options: SettingsDep, now: NowDep, fait: QueryWord = ""
) -> Response:
    return _accounts_page(unit, visitor, options, now, done_message=DONE.get(fait, ""))


@router.post("/comptes")
def invite(
    engine: EngineDep,
    unit: UnitDep,
    visitor: AdministratorDep,
    options: SettingsDep,
    now: NowDep,
    courriel: FormLine = "",
    nom: FormLine = "",
    role: FormWord = "",
) -> Response:
    """Invite somebody. The link is shown once, in the answer: it is neither in an address nor in the tables."""
    given_fields = {"courriel": courriel, "nom": nom, "role": role}
    try:
        invitation_link = invitations.invite(
            engine, courriel, role, name=nom, mailed=True, by=visitor.by, now=now, options=options
        )
    except InvalidError as refused_invitation:
        problem_text = PROBLEMS.get(refused_invitation.fields[0][0], refused_invitation.detail)
        return _accounts_page(
            unit, visitor, options, now, problem_text=problem_text, given_fields=given_fields, status_code=422
        )
    except ConflictError as refused_invitation:
        return _accounts_page(
            unit,
            visitor,
            options,
            now,
            problem_text=refused_invitation.detail,
            given_fields=given_fields,
            status_code=409,
        )
    return _accounts_page(unit, visitor, options, now, shown=invitation_shown(invitation_link, courriel, options))


@router.post("/comptes/{account_id}")
def change_account(
    account_id: str,
    engine: EngineDep,
    unit: UnitDep,
    visitor: AdministratorDep,
    options: SettingsDep,
    now: NowDep,
    acte: FormWord = "",
    role: FormWord = "",
) -> Response:
    try:
        if acte == "lien":
            invitation_link = invitations.invite_again(
                engine, account_id, mailed=True, by=visitor.by, now=now, options=options
            )
            shown = invitation_shown(invitation_link, _email(unit, options, now, account_id), options)
            return _accounts_page(unit, visitor, options, now, shown=shown)
        if acte == "sessions":
            accounts.revoke_sessions(engine, account_id, by=visitor.by, now=now)
        elif acte == "desactive":
            accounts.disable(engine, account_id, by=visitor.by, now=now)
        elif acte == "reactive":
            accounts.enable(engine, account_id, by=visitor.by, now=now)
        elif acte == "facteur":
            second_factor.reset(engine, account_id, by=visitor.by, now=now)
        elif acte == "role":
            accounts.change_role(engine, account_id, role, by=visitor.by, now=now)
        else:
            raise InvalidError([("acte", "inconnu")])
    except ConflictError as conflict_error:
        return _accounts_page(unit, visitor, options, now, problem_text=conflict_error.detail, status_code=409)
    return see(f"/comptes?fait={acte}")


def _accounts_page(
    unit: UnitOfWork,
    visitor: Visitor,
    options: Settings,
    now: datetime,
    *,
    done_message: str = "",
    problem_text: str = "",
    shown: ShownOnce | None = None,
    given_fields: dict[str, str] | None = None,
    status_code: int = 200,
) -> HTMLResponse:
    rows = accounts.list_accounts(unit.session, now=now, options=options)
    return desk_page(
        "accounts.html",
        visitor,
        "/comptes",
        status_code,
        view=AccountsView(
            rows=rows,
            states={row.account.id: account_badge(row.account, row.sessions) for row in rows},
            offered_roles={role: ACCOUNT_ROLES[role] for role in (accounts.FACILITATOR, accounts.ADMINISTRATOR)},
            role_names=ACCOUNT_ROLES,
            done_message=done_message,
            problem_text=problem_text,
            shown=shown,
            given_fields=given_fields or {"courriel": "", "nom": "", "role": accounts.FACILITATOR},
        ),
    )


def _email(unit: UnitOfWork, options: Settings, now: datetime, account_id: str) -> str:
    account_rows = accounts.list_accounts(unit.session, now=now, options=options)
    return next(account_row.account.email for account_row in account_rows if account_row.account.id == account_id)
