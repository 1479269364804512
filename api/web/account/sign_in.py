"""Sign-in by password and code, and sign-out.

Passwords are compared and hashed in the pool of `app.state.hashing`: a request that waits for it holds no thread.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.accounts import passwords, second_factor, sessions
from api.accounts.account_keys import AccountKeys
from api.accounts.devices import device_in_words
from api.accounts.throttle import Attempt
from api.core.errors import BusyError, PoleSudError, RefusedSignInError, TooManyError
from api.core.settings import Settings
from api.web.checked_router import CheckedRouter
from api.web.cookie import Cookie, DeviceCookie
from api.web.dependencies import AccountKeysDep, EngineDep, HashingDep, NowDep, SettingsDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import FormAddress, FormLine, FormSecret, FormWord, QueryAddress, QueryWord
from api.web.house_contact import house_contact
from api.web.rendering import page, see
from api.web.visitors import HOME, local

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False)
SHOW = ["GET", "HEAD"]


@dataclass(frozen=True)
class SignInView:
    """The form to sign in. return_address: where to go on; welcome: a password has just been chosen."""

    return_address: str
    email: str
    problem_text: str
    welcome: bool


@dataclass(frozen=True)
class CodeView:
    """The form for the code of the second factor."""

    return_address: str
    problem_text: str


def attempt_of(request: Request, email: str, keys: AccountKeys, options: Settings, now: datetime) -> Attempt:
    """Return an attempt at an account, from this client and this browser."""
    client_address = request.client.host if request.client else ""
    device = DeviceCookie.of(options, keys).read(request, email, now)
    return sessions.attempt_of(email, client_address, keys.counters[-1], device)


def device_name(request: Request) -> str:
    """Return the coarse name of the browser."""
    return device_in_words(request.headers.get("user-agent", ""))


@router.api_route("/connexion", methods=SHOW)
def sign_in_form(options: SettingsDep, retour: QueryAddress = "", fait: QueryWord = "") -> Response:
    return _sign_in_page(options, local(retour), welcome=bool(fait))


@router.post("/connexion")
async def sign_in(
    request: Request,
    engine: EngineDep,
    options: SettingsDep,
    now: NowDep,
    keys: AccountKeysDep,
    hashing: HashingDep,
    courriel: FormLine = "",
    mot_de_passe: FormSecret = "",
    retour: FormAddress = "",
) -> Response:
    session_cookie, return_address = Cookie.of(options), local(retour)
    attempt = attempt_of(request, courriel, keys, options, now)
    try:
        with hashing.place(known=attempt.device is not None) as executor:
            begun = await run_in_threadpool(sessions.begin_sign_in, engine, attempt, now=now)
            comparison = executor.submit(passwords.check_password, mot_de_passe, begun.stored_hash)
            checked = await asyncio.wrap_future(comparison)
        opened = await run_in_threadpool(
            sessions.finish_sign_in,
            engine,
            begun,
            checked,
            former_token=session_cookie.read(request),
            device_name=device_name(request),
            now=now,
            options=options,
        )
    except (RefusedSignInError, TooManyError, BusyError) as refused_sign_in:
        return _sign_in_page(options, return_address, email=courriel, refused=refused_sign_in)
    next_address = return_address
    if opened.awaits_code:
        code_query = "" if return_address == HOME else f"?retour={quote(return_address, safe='/')}"
        next_address = f"/connexion/code{code_query}"
    answer = see(next_address)
    session_cookie.put(answer, opened.token)
    if not opened.awaits_code:
        DeviceCookie.of(options, keys).put(answer, attempt.email, now)
    return answer


@router.api_route("/connexion/code", methods=SHOW)
def code_form(
    request: Request, unit: UnitDep, options: SettingsDep, now: NowDep, retour: QueryAddress = ""
) -> Response:
    if second_factor.awaiting_account(unit.session, Cookie.of(options).read(request), now=now) is None:
        return see("/connexion")
    return _code_page(options, local(retour))


@router.post("/connexion/code")
def sign_in_with_code(
    request: Request,
    engine: EngineDep,
    unit: UnitDep,
    options: SettingsDep,
    now: NowDep,
    keys: AccountKeysDep,
    code: FormWord = "",
    retour: FormAddress = "",
) -> Response:
    session_cookie, return_address = Cookie.of(options), local(retour)
    awaiting_token = session_cookie.read(request)
    account = second_factor.awaiting_account(unit.session, awaiting_token, now=now)
    unit.end_reading()
    if account is None:
        return see("/connexion")
    try:
        token = second_factor.finish_with_code(
            engine,
            awaiting_token,
            code[:50],
            attempt=attempt_of(request, account.email, keys, options, now),
            device_name=device_name(request),
            keys=keys.factors,
            now=now,
            options=options,
        )
    except (RefusedSignInError, TooManyError) as refused_code:
        return _code_page(options, return_address, refused_code)
    answer = see(return_address)
    session_cookie.put(answer, token)
    DeviceCookie.of(options, keys).put(answer, account.email, now)
    return answer


@router.post("/deconnexion")
def sign_out(request: Request, engine: EngineDep, options: SettingsDep, now: NowDep) -> Response:
    sessions.sign_out(engine, Cookie.of(options).read(request), now=now)
    return _signed_out(options)


def _signed_out(options: Settings) -> RedirectResponse:
    answer = see("/connexion")
    Cookie.of(options).clear(answer)
    return answer


def _sign_in_page(
    options: Settings,
    return_address: str,
    *,
    email: str = "",
    welcome: bool = False,
    refused: PoleSudError | None = None,
) -> HTMLResponse:
    view = SignInView(return_address, email, refused.detail if refused else "", welcome)
    return with_wait(
        page("sign_in.html", refused.status if refused else 200, view=view, house=house_contact(options)), refused
    )


def _code_page(options: Settings, return_address: str, refused: PoleSudError | None = None) -> HTMLResponse:
    view = CodeView(return_address, refused.detail if refused else "")
    return with_wait(
        page("sign_in_code.html", refused.status if refused else 200, view=view, house=house_contact(options)), refused
    )


def with_wait(answer: HTMLResponse, error: PoleSudError | None) -> HTMLResponse:
    """Return an answer that says how long to wait, where an error knows."""
    answer.headers.update(error.headers if error else {})
    return answer
