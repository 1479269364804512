"""« Mon compte », second factor: begin it, confirm it by a code, take it away."""

from collections.abc import Sequence
from dataclasses import dataclass

import segno
from fastapi import Request
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from api.accounts import second_factor
from api.accounts.account_keys import AccountKeys
from api.accounts.partner_accounts import email_of
from api.core.errors import ForbiddenError, InvalidError, PoleSudError, TooManyError
from api.core.settings import Settings
from api.web.account.sign_in import attempt_of
from api.web.checked_router import CheckedRouter
from api.web.components.forms import desk_page
from api.web.cookie import Cookie
from api.web.dependencies import AccountKeysDep, EngineDep, NowDep, SettingsDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import FormWord
from api.web.rendering import see
from api.web.visitors import OWN_ACCOUNT, SECOND_FACTOR, Visitor, VisitorDep
from models.unit_of_work import UnitOfWork

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False, prefix=SECOND_FACTOR)


@dataclass(frozen=True)
class SecondFactorView:
    """The state of the second factor.

    secret, picture: those that wait to be confirmed. codes: the recovery codes, shown once.
    """

    in_use: bool
    required: bool
    secret: str
    picture: Markup
    codes: Sequence[str]
    codes_left: int
    problem_text: str


@router.api_route("", methods=["GET", "HEAD"])
def show(visitor: VisitorDep, unit: UnitDep, options: SettingsDep, keys: AccountKeysDep) -> Response:
    return _page(visitor, unit, options, keys)


@router.post("")
def act(
    request: Request,
    visitor: VisitorDep,
    unit: UnitDep,
    engine: EngineDep,
    options: SettingsDep,
    now: NowDep,
    keys: AccountKeysDep,
    acte: FormWord = "",
    code: FormWord = "",
) -> Response:
    try:
        if acte == "commencer":
            if options.second_factor == "off":
                raise ForbiddenError("Le second facteur n’est pas proposé ici.")
            token = Cookie.of(options).read(request)
            second_factor.begin_enrolment(engine, visitor.account_id, token=token, keys=keys.factors, now=now)
            return see(SECOND_FACTOR)
        if acte == "confirmer":
            token = Cookie.of(options).read(request)
            codes = second_factor.confirm_enrolment(
                engine, visitor.account_id, code[:50], token=token, keys=keys.factors, now=now
            )
            return _page(visitor, unit, options, keys, codes=codes)
        if acte == "retirer" and options.second_factor != "required":
            attempt = attempt_of(request, email_of(unit.session, visitor.account_id), keys, options, now)
            unit.end_reading()
            second_factor.turn_off(engine, visitor.account_id, code[:50], attempt=attempt, keys=keys.factors, now=now)
            return see(f"{OWN_ACCOUNT}?fait=facteur")
    except (InvalidError, TooManyError) as refused:
        return _page(visitor, unit, options, keys, refused=refused)
    raise InvalidError([("acte", "inconnu")])


def _page(
    visitor: Visitor,
    unit: UnitOfWork,
    options: Settings,
    keys: AccountKeys,
    *,
    codes: Sequence[str] = (),
    refused: PoleSudError | None = None,
) -> HTMLResponse:
    waiting = second_factor.waiting_secret(unit.session, visitor.account_id, keys=keys.factors)
    secret, address = waiting or ("", "")
    problem_text = refused.fields[0][1] if isinstance(refused, InvalidError) else refused.detail if refused else ""
    answer = desk_page(
        "second_factor.html",
        visitor,
        OWN_ACCOUNT,
        refused.status if refused else 200,
        view=SecondFactorView(
            in_use=visitor.has_factor or bool(codes),
            required=options.second_factor == "required",
            secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
            picture=_picture(address) if address else Markup(),
            codes=codes,
            codes_left=second_factor.recovery_codes_left(unit.session, visitor.account_id),
            problem_text=problem_text,
        ),
    )
    answer.headers.update(refused.headers if refused else {})
    return answer


def _picture(address: str) -> Markup:
    """Return a QR code as SVG within the page: no other request, no style, no `data:` address."""
    code = segno.make(address, error="m", micro=False)
    drawing = code.svg_inline(scale=5, border=4, light="#fff", svgclass="qr", lineclass=None, title="Code QR")
    return Markup(drawing)  # noqa: S704 - made of numbers by a library, from no text of a user
