"""Visitors of pages: sign-in by the session's cookie, roles, and the refusal of forms from other sites."""

import time
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Annotated, Protocol
from urllib.parse import quote

from fastapi import Depends, FastAPI, Request
from sqlmodel import Session
from starlette.responses import RedirectResponse

from api.accounts import rate_limits
from api.accounts.accounts import ADMINISTRATOR, PARTNER
from api.accounts.audience import Audience
from api.accounts.sessions import note_use, who
from api.brokerage.worklist import count_worklist
from api.core.clock import day_in_france
from api.core.errors import ForbiddenError
from api.core.progress import EncodingProgress
from api.core.settings import Settings
from api.web.cookie import Cookie
from api.web.dependencies import SAFE_METHODS, NowDep, RateLimitsDep, SettingsDep, UnitDep
from api.web.encoding_view import EncodingView, encoding_view
from api.web.kept_forms import keep_sent_form
from api.web.rendering import see
from api.web.same_origin import OwnPagesOnly

HOME = "/"
OWN_ACCOUNT, SECOND_FACTOR = "/compte", "/compte/second-facteur"
# The count takes a tenth of a second with tens of thousands of answers: too much for every page.
COUNT_SECONDS = 20.0


class _EncodingDesk(Protocol):
    """The desk, as far as pages of partners may know it by import rule 4."""

    @property
    def encoding(self) -> EncodingProgress: ...


@dataclass(frozen=True)
class Visitor:
    """The signed-in account. role: administrator, facilitator or partner."""

    account_id: str
    name: str
    role: str
    audience: Audience
    waiting: int = 0  # how many things wait for them today
    session_to_note: str | None = None  # whose last use is to be written
    has_factor: bool = False  # a second factor is in use
    encoding: EncodingView | None = None  # for the house: rows that are not shown as they are yet

    @property
    def is_administrator(self) -> bool:
        return self.role == ADMINISTRATOR

    @property
    def is_partner(self) -> bool:
        return self.role == PARTNER

    @property
    def may_go_without_factor(self) -> bool:
        """Whether nothing is missing where the house requires a second factor."""
        return self.has_factor or self.is_partner

    @property
    def by(self) -> str:
        """Name of the account in the journal."""
        return f"account:{self.account_id}"


class SignInNeededError(Exception):
    """The request needs a sign-in. back: the address to continue at afterwards."""

    def __init__(self, back: str) -> None:
        super().__init__()
        self.back = back


class SecondFactorNeededError(Exception):
    """The house requires a second factor, and the visitor has none yet."""


def signed_in(request: Request, unit: UnitDep, now: NowDep, options: SettingsDep, limits: RateLimitsDep) -> Visitor:
    """Return the signed-in visitor, of the house or a partner.

    Raises SignInNeededError, SecondFactorNeededError, TooManyError.
    """
    signed_in_visitor = visitor_of(request, unit.session, now, options)
    if signed_in_visitor is None:
        # A posted form is lost: continue at an address that can be shown.
        asked_address = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        raise SignInNeededError(asked_address if request.method in SAFE_METHODS else HOME)
    request.state.visitor = signed_in_visitor
    limits.count(rate_limits.ACCOUNT, signed_in_visitor.account_id)
    is_own_account = f"{request.url.path}/".startswith(f"{OWN_ACCOUNT}/")
    if options.second_factor == "required" and not (signed_in_visitor.may_go_without_factor or is_own_account):
        raise SecondFactorNeededError
    if signed_in_visitor.session_to_note:
        unit.later(partial(note_use, session_id=signed_in_visitor.session_to_note, now=now), may_be_lost=True)
    if request.method not in SAFE_METHODS:
        # What an earlier page showed may be what this form is about; rows read before the change are read again.
        unit.settle(options.write_wait_s)
    return signed_in_visitor


def visitor_of(request: Request, session: Session, now: datetime, options: Settings) -> Visitor | None:
    """Return the visitor of the browser's session; None for an ended one."""
    session_owner = who(session, Cookie.of(options).read(request), now=now, options=options)
    if session_owner is None:
        return None
    audience = Audience(confidential=session_owner.role != PARTNER, account_id=session_owner.account_id)
    waiting_count, encoding = 0, None
    if session_owner.role != PARTNER:
        encoding = _encoding(request)
        waiting_count = _waiting(request, session, session_owner.account_id, day_in_france(now), options.quiet_days)
    return Visitor(
        session_owner.account_id,
        session_owner.name,
        session_owner.role,
        audience,
        waiting_count,
        session_owner.session_id,
        session_owner.has_factor,
        encoding,
    )


SignedInDep = Annotated[Visitor, Depends(signed_in)]


def visitor(signed_in_visitor: SignedInDep) -> Visitor:
    """Return the signed-in visitor of the house. A partner gets 403 before the address is looked up."""
    if signed_in_visitor.is_partner:
        raise ForbiddenError("Cette page est réservée à l’équipe de Pôle Sud.")
    return signed_in_visitor


async def partner(signed_in_visitor: SignedInDep) -> Visitor:
    if not signed_in_visitor.is_partner:
        raise ForbiddenError("Cette page est réservée aux partenaires.")
    return signed_in_visitor


async def _visitor(signed_in_visitor: SignedInDep) -> Visitor:
    # Not worth a thread.
    return visitor(signed_in_visitor)


VisitorDep = Annotated[Visitor, Depends(_visitor)]


async def administrator(house_visitor: VisitorDep) -> Visitor:
    if not house_visitor.is_administrator:
        raise ForbiddenError("Cette page est réservée à l’administration.")
    return house_visitor


def _encoding(request: Request) -> EncodingView | None:
    """Return how far the encoding of new rows is; None when all are encoded, and while the service starts."""
    desk: _EncodingDesk | None = getattr(request.app.state, "desk", None)
    return encoding_view(desk.encoding) if desk and desk.encoding.waiting else None


def _waiting(request: Request, session: Session, account_id: str, today: date, quiet_days: int) -> int:
    """Return the count beside « Suivi »: fresh on its own pages, elsewhere at most COUNT_SECONDS old."""
    counted_before: dict[str, tuple[float, int]] = request.app.state.waiting
    monotonic_now = time.monotonic()
    if account_id in counted_before and not request.url.path.startswith("/dossiers"):
        counted_at, count = counted_before[account_id]
        if monotonic_now - counted_at < COUNT_SECONDS:
            return count
    count = count_worklist(session, account_id, today=today, quiet_days=quiet_days)
    counted_before[account_id] = monotonic_now, count
    return count


PartnerDep = Annotated[Visitor, Depends(partner)]
AdministratorDep = Annotated[Visitor, Depends(administrator)]


def local(path: str) -> str:
    """Return a path of this site unchanged; the desk's for anything else."""
    is_local = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if is_local else HOME


def install(app: FastAPI, options: Settings) -> None:
    """Redirect to the sign-in page where it is needed, and refuse forms posted from other sites."""

    async def sign_in_first(request: Request, error: Exception) -> RedirectResponse:
        assert isinstance(error, SignInNeededError)
        back = await keep_sent_form(request, options) or error.back
        return see("/connexion" if back == HOME else f"/connexion?retour={quote(back, safe='/')}")

    async def second_factor_first(_request: Request, _error: Exception) -> RedirectResponse:
        return see(SECOND_FACTOR)

    app.state.waiting = {}
    app.add_exception_handler(SignInNeededError, sign_in_first)
    app.add_exception_handler(SecondFactorNeededError, second_factor_first)
    app.add_middleware(OwnPagesOnly, options=options)
