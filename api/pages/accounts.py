"""Signing in and out, invitations, and the list of accounts."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from api.errors import InvalidError, UnauthorizedError
from api.journeys import accounts
from api.pages.rendering import EngineDep, page, see
from api.pages.visitors import (
    AdministratorDep,
    forget_session,
    keep_session,
    local_path,
    same_origin,
    session_token,
)
from api.wording import ACCOUNT_ROLES, ACCOUNT_STATES
from models.base import utc_now

router = APIRouter(include_in_schema=False, dependencies=[Depends(same_origin)])


@router.get("/connexion")
def sign_in_form(retour: str = "/") -> Response:
    return page("sign_in.html", back=local_path(retour), email="", error="")


@router.post("/connexion")
def sign_in(
    request: Request,
    engine: EngineDep,
    email: Annotated[str, Form(max_length=300)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    retour: Annotated[str, Form()] = "/",
) -> Response:
    try:
        token = accounts.sign_in(engine, email, password, now=utc_now())
    except UnauthorizedError as error:
        return page("sign_in.html", 401, back=local_path(retour), email=email, error=error.detail)
    return keep_session(see(local_path(retour)), token, request.app.state.settings)


@router.post("/deconnexion")
def sign_out(request: Request, engine: EngineDep) -> Response:
    if token := session_token(request):
        accounts.sign_out(engine, token, now=utc_now())
    return forget_session(see("/connexion"), request.app.state.settings)


@router.get("/invitation/{token}")
def invitation_form(token: str, engine: EngineDep) -> Response:
    return page("invitation.html", invited=accounts.invited(engine, token, now=utc_now()), token=token, error="")


@router.post("/invitation/{token}")
def accept_invitation(token: str, engine: EngineDep, password: Annotated[str, Form(max_length=1000)] = "") -> Response:
    try:
        accounts.accept(engine, token, password, now=utc_now())
    except InvalidError as error:
        invited = accounts.invited(engine, token, now=utc_now())
        return page("invitation.html", 422, invited=invited, token=token, error=error.fields[0][1])
    return see("/connexion")


@router.get("/comptes")
def account_list(visitor: AdministratorDep, engine: EngineDep) -> Response:
    return _accounts_page(engine, visitor)


@router.post("/comptes")
def invite(
    request: Request,
    visitor: AdministratorDep,
    engine: EngineDep,
    email: Annotated[str, Form(max_length=300)] = "",
    name: Annotated[str, Form(max_length=300)] = "",
    role: Annotated[str, Form()] = accounts.FACILITATOR,
) -> Response:
    try:
        token = accounts.invite(engine, email, " ".join(name.split()), role, now=utc_now())
    except InvalidError as error:
        return _accounts_page(engine, visitor, 422, error=error.detail)
    return _accounts_page(engine, visitor, link=f"{request.app.state.settings.public_url}/invitation/{token}")


@router.post("/comptes/{account_id}/fermer")
def close_account(account_id: str, visitor: AdministratorDep, engine: EngineDep) -> Response:
    if account_id == visitor.account_id:
        return _accounts_page(engine, visitor, 409, error="Vous ne pouvez pas fermer votre propre compte.")
    accounts.disable(engine, account_id, now=utc_now())
    return see("/comptes")


def _accounts_page(
    engine: EngineDep, visitor: accounts.Visitor, status: int = 200, *, link: str = "", error: str = ""
) -> Response:
    rows = [(one, ACCOUNT_STATES[accounts.state_of(one)]) for one in accounts.list_accounts(engine)]
    return page("accounts.html", status, visitor=visitor, accounts=rows, roles=ACCOUNT_ROLES, link=link, error=error)
