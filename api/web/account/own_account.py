"""« Mon compte »: the name, the open sessions, which their owner may end, and another password."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.accounts import accounts, password_change, passwords, sessions
from api.accounts.partner_accounts import email_of
from api.core.clock import PARIS
from api.core.errors import BusyError, InvalidError, PoleSudError, TooManyError
from api.core.french import day
from api.core.settings import Settings
from api.web.account.sign_in import attempt_of
from api.web.checked_router import CheckedRouter
from api.web.components.forms import desk_page
from api.web.cookie import Cookie
from api.web.dependencies import AccountKeysDep, EngineDep, HashingDep, NowDep, SettingsDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import FormLine, FormSecret, FormWord, QueryWord
from api.web.rendering import see
from api.web.visitors import OWN_ACCOUNT, SignedInDep, Visitor, VisitorDep
from models.unit_of_work import UnitOfWork

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False)

DONE = {
    "nom": "Votre nom est enregistré.",
    "matin": "« Ma journée » vous sera envoyée par mail, les matins où elle dit quelque chose.",
    "sans-matin": "« Ma journée » ne vous sera plus envoyée par mail.",
    "fermee": "La session est fermée.",
    "autres": "Vos autres sessions sont fermées.",
    "mot-de-passe": "Votre mot de passe est changé, et vos autres sessions sont fermées.",
    "facteur": "Le second facteur ne sert plus.",
}


@dataclass(frozen=True)
class OwnAccountView:
    """One's own account. rows: the open sessions; second_factor: « sert », « proposé », or empty if there is none.

    problem_heading: what was not done, above field_problems. morning_mail: whether it was chosen, None for a partner.
    """

    email: str
    name: str
    morning_mail: bool | None
    most_name: int
    rows: Sequence[Mapping[str, Any]]
    least_length: int
    second_factor: str
    done_message: str
    field_problems: Mapping[str, str]
    problem_heading: str


@router.api_route("/compte", methods=["GET", "HEAD"])
def own_account(
    request: Request, visitor: SignedInDep, unit: UnitDep, options: SettingsDep, now: NowDep, fait: QueryWord = ""
) -> Response:
    return _page(request, visitor, unit, options, now, done_message=DONE.get(fait, ""))


@router.post("/compte/sessions")
def end_sessions(
    request: Request,
    visitor: SignedInDep,
    unit: UnitDep,
    engine: EngineDep,
    options: SettingsDep,
    now: NowDep,
    acte: FormWord = "",
    session: FormLine = "",
) -> Response:
    """End one session, or all but this one."""
    if acte == "fermer":
        sessions.end_own_session(engine, visitor.account_id, session, now=now)
        return see(f"{OWN_ACCOUNT}?fait=fermee")
    if acte != "autres":
        raise InvalidError([("acte", "inconnu")])
    token = Cookie.of(options).read(request)
    end_others = partial(sessions.end_other_sessions, account_id=visitor.account_id, token=token, now=now)
    unit.later(end_others, durable=True)
    return see(f"{OWN_ACCOUNT}?fait=autres")


@router.post("/compte/nom")
def rename(
    request: Request,
    visitor: SignedInDep,
    unit: UnitDep,
    engine: EngineDep,
    options: SettingsDep,
    now: NowDep,
    nom: FormLine = "",
) -> Response:
    try:
        accounts.rename(engine, visitor.account_id, nom, now=now)
    except InvalidError as error:
        problem_text = (
            "Écrivez votre nom." if not nom.strip() else f"Votre nom a {accounts.NAME_LENGTH} caractères au plus."
        )
        return _page(request, visitor, unit, options, now, field_problems={"nom": problem_text}, error=error, name=nom)
    return see(f"{OWN_ACCOUNT}?fait=nom")


@router.post("/compte/matin")
def choose_morning_mail(visitor: VisitorDep, engine: EngineDep, matin: FormWord = "") -> Response:
    """Choose « Ma journée » by mail, or no longer."""
    accounts.choose_morning_mail(engine, visitor.account_id, bool(matin))
    return see(f"{OWN_ACCOUNT}?fait={'matin' if matin else 'sans-matin'}")


@router.post("/compte/mot-de-passe")
async def change_password(
    request: Request,
    visitor: SignedInDep,
    unit: UnitDep,
    engine: EngineDep,
    options: SettingsDep,
    now: NowDep,
    keys: AccountKeysDep,
    hashing: HashingDep,
    actuel: FormSecret = "",
    mot_de_passe: FormSecret = "",
    encore: FormSecret = "",
) -> Response:
    def refused(field_problems: dict[str, str], error: PoleSudError | None = None) -> Response:
        unit.end_reading()
        return _page(request, visitor, unit, options, now, field_problems=field_problems, error=error)

    if mot_de_passe != encore:
        return await run_in_threadpool(refused, {"encore": "Les deux mots de passe ne sont pas les mêmes."})
    email = await run_in_threadpool(email_of, unit.session, visitor.account_id)
    await run_in_threadpool(unit.end_reading)
    try:
        # First, so that one who looks for a password that is accepted uses up no attempt.
        await run_in_threadpool(passwords.accepted, mot_de_passe, email, visitor.name)
        with hashing.place(known=True) as executor:
            attempt = attempt_of(request, email, keys, options, now)
            begun = await run_in_threadpool(sessions.begin_sign_in, engine, attempt, now=now)
            work = partial(
                password_change.compare_and_hash, actuel, mot_de_passe, begun.stored_hash, email, visitor.name
            )
            checked, new_hash = await asyncio.wrap_future(executor.submit(work))
        token = Cookie.of(options).read(request)
        change = partial(password_change.change_password, engine, begun, checked, new_hash, token=token, now=now)
        await run_in_threadpool(change)
    except InvalidError as error:
        field_name, reason = error.fields[0]
        problem = {"actuel": "Ce n’est pas votre mot de passe actuel."}
        if field_name == "password":
            problem = {"mot_de_passe": f"Ce mot de passe ne va pas : {reason}."}
        return await run_in_threadpool(refused, problem)
    except (TooManyError, BusyError) as error:
        return await run_in_threadpool(refused, {"actuel": error.detail}, error)
    return see(f"{OWN_ACCOUNT}?fait=mot-de-passe")


def _page(
    request: Request,
    visitor: Visitor,
    unit: UnitOfWork,
    options: Settings,
    now: datetime,
    *,
    done_message: str = "",
    field_problems: Mapping[str, str] | None = None,
    error: PoleSudError | None = None,
    name: str | None = None,
) -> Response:
    token = Cookie.of(options).read(request)
    rows = [
        {
            "mark": row.mark,
            "device": row.device,
            "began": _moment(row.began_at),
            "seen": _moment(row.seen_at),
            "is_current": row.is_current,
        }
        for row in sessions.own_sessions(unit.session, visitor.account_id, token, now=now, options=options)
    ]
    factor = "sert" if visitor.has_factor else "proposé" if options.second_factor != "off" else ""
    answer = desk_page(
        "own_account.html",
        visitor,
        OWN_ACCOUNT,
        error.status if error else 422 if field_problems else 200,
        view=OwnAccountView(
            email=email_of(unit.session, visitor.account_id),
            name=visitor.name if name is None else name,
            morning_mail=None if visitor.is_partner else accounts.has_morning_mail(unit.session, visitor.account_id),
            most_name=accounts.NAME_LENGTH,
            rows=rows,
            least_length=passwords.MIN_LENGTH,
            second_factor="" if visitor.is_partner else factor,
            done_message=done_message,
            field_problems=field_problems or {},
            problem_heading=f"Votre {'nom' if name is not None else 'mot de passe'} n’est pas changé",
        ),
    )
    answer.headers.update(error.headers if error else {})
    return answer


def _moment(moment: datetime) -> str:
    paris_moment = moment.astimezone(PARIS)
    return f"{day(paris_moment.date().isoformat())}, {paris_moment:%H:%M}"
