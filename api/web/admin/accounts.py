"""Signing in and out, choosing a password, and, for administrators, who may."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, Response

from api.accounts import accounts, invitations, passwords, sessions
from api.accounts.accounts import ACCOUNT_ROLES
from api.core.errors import ConflictError, InvalidError, RefusedSignInError, TooManyError
from api.core.settings import Settings
from api.web.cookie import Cookie
from api.web.dependencies import EngineDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.rendering import page, see
from api.web.visitors import AdministratorDep, Visitor, local
from models.base import utc_now
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


@router.api_route("/connexion", methods=SHOW)
def sign_in_form(retour: str = "", fait: str = "") -> Response:
    return _sign_in_page(local(retour), welcome=bool(fait))


@router.post("/connexion")
def sign_in(
    request: Request,
    engine: EngineDep,
    courriel: Annotated[str, Form()] = "",
    mot_de_passe: Annotated[str, Form()] = "",
    retour: Annotated[str, Form()] = "",
) -> Response:
    options: Settings = request.app.state.settings
    cookie, back = Cookie.of(options), local(retour)
    try:
        token = sessions.sign_in(
            engine,
            courriel,
            mot_de_passe,
            client_address=request.client.host if request.client else "",
            former_token=cookie.read(request),
            now=utc_now(),
            options=options,
        )
    except (RefusedSignInError, TooManyError) as refused:
        return _sign_in_page(back, email=courriel, problem=refused.detail, status=refused.status)
    answer = see(back)
    cookie.put(answer, token)
    return answer


@router.post("/deconnexion")
def sign_out(request: Request, engine: EngineDep) -> Response:
    cookie = Cookie.of(request.app.state.settings)
    sessions.sign_out(engine, cookie.read(request), now=utc_now())
    answer = see("/connexion")
    cookie.clear(answer)
    return answer


@router.api_route("/invitation/{token}", methods=SHOW)
def invitation_form(token: str, unit: UnitDep) -> Response:
    return _invitation_page(token, unit)


@router.post("/invitation/{token}")
def accept_invitation(
    token: str,
    engine: EngineDep,
    unit: UnitDep,
    mot_de_passe: Annotated[str, Form()] = "",
    encore: Annotated[str, Form()] = "",
) -> Response:
    if mot_de_passe != encore:
        return _invitation_page(token, unit, {"encore": "Les deux mots de passe ne sont pas les mêmes."})
    try:
        invitations.accept(engine, token, mot_de_passe, now=utc_now())
    except InvalidError as refused:
        return _invitation_page(token, unit, {"mot_de_passe": f"Ce mot de passe ne va pas : {refused.fields[0][1]}."})
    return see("/connexion?fait=oui")


@router.api_route("/comptes", methods=SHOW)
def accounts_page(request: Request, unit: UnitDep, visitor: AdministratorDep, fait: str = "") -> Response:
    return _accounts_page(request, unit, visitor, said=DONE.get(fait, ""))


@router.post("/comptes")
def invite(
    request: Request,
    engine: EngineDep,
    unit: UnitDep,
    visitor: AdministratorDep,
    courriel: Annotated[str, Form()] = "",
    nom: Annotated[str, Form()] = "",
    role: Annotated[str, Form()] = "",
) -> Response:
    """The link is shown in the answer, once: it is neither in an address nor in the tables."""
    options: Settings = request.app.state.settings
    given = {"courriel": courriel, "nom": nom, "role": role}
    try:
        link = invitations.invite(engine, courriel, role, name=nom, by=visitor.by, now=utc_now(), options=options)
    except InvalidError as refused:
        problem = PROBLEMS.get(refused.fields[0][0], refused.detail)
        return _accounts_page(request, unit, visitor, problem=problem, given=given, status=422)
    except ConflictError as refused:
        return _accounts_page(request, unit, visitor, problem=refused.detail, given=given, status=409)
    return _accounts_page(request, unit, visitor, link=link, link_for=courriel.strip())


@router.post("/comptes/{account_id}")
def change_account(
    account_id: str,
    request: Request,
    engine: EngineDep,
    unit: UnitDep,
    visitor: AdministratorDep,
    acte: Annotated[str, Form()] = "",
    role: Annotated[str, Form()] = "",
) -> Response:
    options, now = request.app.state.settings, utc_now()
    try:
        if acte == "lien":
            link = invitations.invite_again(engine, account_id, by=visitor.by, now=now, options=options)
            return _accounts_page(request, unit, visitor, link=link, link_for=_email(unit, request, account_id))
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
    except ConflictError as refused:
        return _accounts_page(request, unit, visitor, problem=refused.detail, status=409)
    return see(f"/comptes?fait={acte}")


def _sign_in_page(
    back: str, *, email: str = "", problem: str = "", welcome: bool = False, status: int = 200
) -> HTMLResponse:
    return page("sign_in.html", status, back=back, email=email, problem=problem, welcome=welcome)


def _invitation_page(token: str, unit: UnitOfWork, problems: dict[str, str] | None = None) -> HTMLResponse:
    account = invitations.read_invitation(unit.session, token, now=utc_now())
    return page(
        "invitation.html",
        422 if problems else 200,
        action=f"/invitation/{token}",
        name=account.name,
        email=account.email,
        least=passwords.MIN_LENGTH,
        problems=problems or {},
    )


def _accounts_page(
    request: Request,
    unit: UnitOfWork,
    visitor: Visitor,
    *,
    said: str = "",
    problem: str = "",
    link: str = "",
    link_for: str = "",
    given: dict[str, str] | None = None,
    status: int = 200,
) -> HTMLResponse:
    options: Settings = request.app.state.settings
    return page(
        "accounts.html",
        status,
        visitor=visitor,
        here="/comptes",
        rows=accounts.list_accounts(unit.session, now=utc_now(), options=options),
        roles={role: ACCOUNT_ROLES[role] for role in (accounts.FACILITATOR, accounts.ADMINISTRATOR)},
        names=ACCOUNT_ROLES,
        said=said,
        problem=problem,
        link=link,
        link_for=link_for,
        link_days=options.invitation_days,
        given=given or {"courriel": "", "nom": "", "role": accounts.FACILITATOR},
    )


def _email(unit: UnitOfWork, request: Request, account_id: str) -> str:
    rows = accounts.list_accounts(unit.session, now=utc_now(), options=request.app.state.settings)
    return next(one.account.email for one in rows if one.account.id == account_id)
