"""A password that is chosen by a link: of an invitation, shown or mailed, or after a forgotten password.

Whether an address has an account shows neither in the page nor in its time: what an account causes is written later, in
the background.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response

from api.accounts import invitations, mailed_links, passwords, throttle
from api.accounts.email_address import normalize_email
from api.accounts.hashing_pool import HashingPool
from api.core.errors import BusyError, InvalidError, PoleSudError, TooManyError
from api.core.settings import Settings
from api.mailing.links import Purpose
from api.web.account.sign_in import with_wait
from api.web.checked_router import CheckedRouter
from api.web.dependencies import AccountKeysDep, EngineDep, HashingDep, NowDep, SettingsDep, SignerDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import FormLine, FormSecret, QueryWord
from api.web.house_contact import house_contact
from api.web.rendering import page, see
from models.accounts import Account

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False)
SHOW = ["GET", "HEAD"]
FORGOTTEN = "/mot-de-passe-oublie"
MAILED = f"/{Purpose.PASSWORD.value}"
NOT_THE_SAME = "Les deux mots de passe ne sont pas les mêmes."


@dataclass(frozen=True)
class ForgottenView:
    """The form to ask for a link. is_asked: the answer, the same whether there is an account or not."""

    email: str
    problem_text: str
    is_asked: bool


@dataclass(frozen=True)
class ChosenPasswordView:
    """The form to choose a password. address: where it is posted."""

    address: str
    name: str
    email: str
    least_length: int
    field_problems: Mapping[str, str]


@router.api_route(FORGOTTEN, methods=SHOW)
def forgotten_form(options: SettingsDep, fait: QueryWord = "") -> Response:
    return _forgotten_page(options, is_asked=bool(fait))


@router.post(FORGOTTEN)
def ask_for_link(
    request: Request,
    engine: EngineDep,
    unit: UnitDep,
    options: SettingsDep,
    now: NowDep,
    keys: AccountKeysDep,
    courriel: FormLine = "",
) -> Response:
    try:
        email = normalize_email(courriel)
        client_address = request.client.host if request.client else ""
        throttle.count_request(engine, client_address, keys.counters[-1], now)
    except InvalidError as error:
        problem = "Écrivez une adresse électronique entière, comme prenom.nom@exemple.fr."
        return _forgotten_page(options, email=courriel, problem_text=problem, error=error)
    except TooManyError as error:
        return _forgotten_page(options, email=courriel, problem_text=error.detail, error=error)
    unit.later(partial(mailed_links.mail_forgotten, email=email, now=now, options=options))
    return see(f"{FORGOTTEN}?fait=oui")


@router.api_route("/invitation/{token}", methods=SHOW)
def invitation_form(token: str, unit: UnitDep, options: SettingsDep, now: NowDep) -> Response:
    account = invitations.read_invitation(unit.session, token, now=now)
    return _password_page(f"/invitation/{token}", account, options)


@router.post("/invitation/{token}")
async def accept_invitation(
    token: str,
    engine: EngineDep,
    unit: UnitDep,
    options: SettingsDep,
    now: NowDep,
    hashing: HashingDep,
    mot_de_passe: FormSecret = "",
    encore: FormSecret = "",
) -> Response:
    account = await run_in_threadpool(invitations.read_invitation, unit.session, token, now=now)
    await run_in_threadpool(unit.end_reading)
    set_password = partial(invitations.set_password, engine, token, now=now)
    chosen = (mot_de_passe, encore)
    return await _choose(f"/invitation/{token}", account, chosen, hashing, set_password, options)


@router.api_route(f"{MAILED}/{{token}}", methods=SHOW)
def mailed_form(token: str, unit: UnitDep, signer: SignerDep, options: SettingsDep, now: NowDep) -> Response:
    account = mailed_links.read_link(unit.session, signer, token, now=now)
    return _password_page(f"{MAILED}/{token}", account, options)


@router.post(f"{MAILED}/{{token}}")
async def accept_mailed(
    token: str,
    engine: EngineDep,
    unit: UnitDep,
    signer: SignerDep,
    options: SettingsDep,
    now: NowDep,
    hashing: HashingDep,
    mot_de_passe: FormSecret = "",
    encore: FormSecret = "",
) -> Response:
    account = await run_in_threadpool(mailed_links.read_link, unit.session, signer, token, now=now)
    await run_in_threadpool(unit.end_reading)
    set_password = partial(invitations.set_password_by_mail, engine, signer, token, now=now)
    return await _choose(f"{MAILED}/{token}", account, (mot_de_passe, encore), hashing, set_password, options)


async def _choose(
    address: str,
    account: Account,
    chosen: tuple[str, str],
    hashing: HashingPool,
    set_password: Callable[[str], None],
    options: Settings,
) -> Response:
    """Set the password that was typed twice, and go on to the sign-in."""

    def refused(field_problems: Mapping[str, str], error: PoleSudError | None = None) -> HTMLResponse:
        return _password_page(address, account, options, field_problems, error)

    if chosen[0] != chosen[1]:
        return refused({"encore": NOT_THE_SAME})
    try:
        # Whoever has a link is no stranger.
        with hashing.place(known=True) as executor:
            hashed = executor.submit(passwords.hash_password, chosen[0], account.email, account.name)
            password_hash = await asyncio.wrap_future(hashed)
        await run_in_threadpool(set_password, password_hash)
    except InvalidError as error:
        return refused({"mot_de_passe": f"Ce mot de passe ne va pas : {error.fields[0][1]}."})
    except BusyError as error:
        return refused({"mot_de_passe": error.detail}, error)
    return see("/connexion?fait=oui")


def _forgotten_page(
    options: Settings,
    *,
    email: str = "",
    problem_text: str = "",
    is_asked: bool = False,
    error: PoleSudError | None = None,
) -> HTMLResponse:
    view = ForgottenView(email, problem_text, is_asked)
    status_code = error.status if error else 200
    return with_wait(page("forgotten.html", status_code, view=view, house=house_contact(options)), error)


def _password_page(
    address: str,
    account: Account,
    options: Settings,
    field_problems: Mapping[str, str] | None = None,
    error: PoleSudError | None = None,
) -> HTMLResponse:
    view = ChosenPasswordView(address, account.name, account.email, passwords.MIN_LENGTH, field_problems or {})
    status_code = error.status if error else 422 if field_problems else 200
    return with_wait(page("invitation.html", status_code, view=view, house=house_contact(options)), error)
