"""Sign-in, sign-out, the choice of a password; for administrators, the accounts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from api.accounts import accounts, invitations, passwords, sessions
from api.accounts.accounts import ACCOUNT_ROLES
from api.core.errors import ConflictError, InvalidError, RefusedSignInError, TooManyError
from api.core.settings import Settings
from api.web.components.forms import desk_page
from api.web.cookie import Cookie
from api.web.dependencies import EngineDep, NowDep, SettingsDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import FormAddress, FormLine, FormWord, QueryAddress, QueryWord
from api.web.rendering import page, see
from api.web.visitors import AdministratorDep, Visitor, local
from models.unit_of_work import UnitOfWork

router = APIRouter(route_class=DeskRoute, include_in_schema=False)
SHOW = ["GET", "HEAD"]

DONE = {
    "desactive": "Le compte est désactivé, et ses sessions sont fermées.",
    "reactive": "Le compte est réactivé.",
    "sessions": "Les sessions du compte sont fermées.",
    "role": "Le rôle du compte est changé.",
}
PROBLEMS = {
    "email": "Cette adresse n’est pas valide.",
    "name": f"Le nom a {accounts.NAME_LENGTH} caractères au plus.",
    "role": "Choisissez un rôle.",
}


@dataclass(frozen=True)
class SignInView:
    """The form to sign in. return_address: where to go on; welcome: a password has just been chosen."""

    return_address: str
    email: str
    problem_text: str
    welcome: bool


@dataclass(frozen=True)
class InvitationView:
    """The form to choose a password."""

    address: str
    name: str
    email: str
    least_length: int
    field_problems: Mapping[str, str]


@dataclass(frozen=True)
class AccountsView:
    """All accounts. link: that of an invitation, shown once, for the address `link_for`."""

    rows: Sequence[accounts.AccountWithSessions]
    offered_roles: Mapping[str, str]
    role_names: Mapping[str, str]
    done_message: str
    problem_text: str
    link: str
    link_for: str
    link_days: int
    given_fields: Mapping[str, str]


@router.api_route("/connexion", methods=SHOW)
def sign_in_form(retour: QueryAddress = "", fait: QueryWord = "") -> Response:
    return _sign_in_page(local(retour), welcome=bool(fait))


@router.post("/connexion")
def sign_in(
    request: Request,
    engine: EngineDep,
    options: SettingsDep,
    now: NowDep,
    courriel: FormLine = "",
    mot_de_passe: FormLine = "",
    retour: FormAddress = "",
) -> Response:
    session_cookie, return_address = Cookie.of(options), local(retour)
    try:
        session_token = sessions.sign_in(
            engine,
            courriel,
            mot_de_passe,
            client_address=request.client.host if request.client else "",
            former_token=session_cookie.read(request),
            now=now,
            options=options,
        )
    except (RefusedSignInError, TooManyError) as refused_sign_in:
        return _sign_in_page(
            return_address, email=courriel, problem_text=refused_sign_in.detail, status_code=refused_sign_in.status
        )
    redirect_answer = see(return_address)
    session_cookie.put(redirect_answer, session_token)
    return redirect_answer


@router.post("/deconnexion")
def sign_out(request: Request, engine: EngineDep, options: SettingsDep, now: NowDep) -> Response:
    session_cookie = Cookie.of(options)
    sessions.sign_out(engine, session_cookie.read(request), now=now)
    redirect_answer = see("/connexion")
    session_cookie.clear(redirect_answer)
    return redirect_answer


@router.api_route("/invitation/{token}", methods=SHOW)
def invitation_form(token: str, unit: UnitDep, now: NowDep) -> Response:
    return _invitation_page(token, unit, now)


@router.post("/invitation/{token}")
def accept_invitation(
    token: str,
    engine: EngineDep,
    unit: UnitDep,
    now: NowDep,
    mot_de_passe: FormLine = "",
    encore: FormLine = "",
) -> Response:
    if mot_de_passe != encore:
        return _invitation_page(token, unit, now, {"encore": "Les deux mots de passe ne sont pas les mêmes."})
    try:
        invitations.accept(engine, token, mot_de_passe, now=now)
    except InvalidError as invalid_password:
        return _invitation_page(
            token, unit, now, {"mot_de_passe": f"Ce mot de passe ne va pas : {invalid_password.fields[0][1]}."}
        )
    return see("/connexion?fait=oui")


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
        invitation_link = invitations.invite(engine, courriel, role, name=nom, by=visitor.by, now=now, options=options)
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
    return _accounts_page(unit, visitor, options, now, invitation_link=invitation_link, link_for=courriel.strip())


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
            invitation_link = invitations.invite_again(engine, account_id, by=visitor.by, now=now, options=options)
            return _accounts_page(
                unit,
                visitor,
                options,
                now,
                invitation_link=invitation_link,
                link_for=_email(unit, options, now, account_id),
            )
        if acte == "sessions":
            accounts.revoke_sessions(engine, account_id, by=visitor.by, now=now)
        elif acte == "desactive":
            accounts.disable(engine, account_id, by=visitor.by, now=now)
        elif acte == "reactive":
            accounts.enable(engine, account_id, by=visitor.by, now=now)
        elif acte == "role":
            accounts.change_role(engine, account_id, role, by=visitor.by, now=now)
        else:
            raise InvalidError([("acte", "inconnu")])
    except ConflictError as conflict_error:
        return _accounts_page(unit, visitor, options, now, problem_text=conflict_error.detail, status_code=409)
    return see(f"/comptes?fait={acte}")


def _sign_in_page(
    return_address: str, *, email: str = "", problem_text: str = "", welcome: bool = False, status_code: int = 200
) -> HTMLResponse:
    return page("sign_in.html", status_code, view=SignInView(return_address, email, problem_text, welcome))


def _invitation_page(
    token: str, unit: UnitOfWork, now: datetime, field_problems: dict[str, str] | None = None
) -> HTMLResponse:
    account = invitations.read_invitation(unit.session, token, now=now)
    return page(
        "invitation.html",
        422 if field_problems else 200,
        view=InvitationView(
            address=f"/invitation/{token}",
            name=account.name,
            email=account.email,
            least_length=passwords.MIN_LENGTH,
            field_problems=field_problems or {},
        ),
    )


def _accounts_page(
    unit: UnitOfWork,
    visitor: Visitor,
    options: Settings,
    now: datetime,
    *,
    done_message: str = "",
    problem_text: str = "",
    invitation_link: str = "",
    link_for: str = "",
    given_fields: dict[str, str] | None = None,
    status_code: int = 200,
) -> HTMLResponse:
    return desk_page(
        "accounts.html",
        visitor,
        "/comptes",
        status_code,
        view=AccountsView(
            rows=accounts.list_accounts(unit.session, now=now, options=options),
            offered_roles={role: ACCOUNT_ROLES[role] for role in (accounts.FACILITATOR, accounts.ADMINISTRATOR)},
            role_names=ACCOUNT_ROLES,
            done_message=done_message,
            problem_text=problem_text,
            link=invitation_link,
            link_for=link_for,
            link_days=options.invitation_days,
            given_fields=given_fields or {"courriel": "", "nom": "", "role": accounts.FACILITATOR},
        ),
    )


def _email(unit: UnitOfWork, options: Settings, now: datetime, account_id: str) -> str:
    account_rows = accounts.list_accounts(unit.session, now=now, options=options)
    return next(account_row.account.email for account_row in account_rows if account_row.account.id == account_id)
