"""The API keys, for administrators: listed, created, revoked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from starlette.responses import HTMLResponse, Response

from api.accounts import api_keys
from api.core.errors import InvalidError
from api.core.french import day
from api.core.settings import Settings
from api.web.checked_router import CheckedRouter
from api.web.components.forms import desk_page
from api.web.components.shown_once import ShownOnce
from api.web.dependencies import EngineDep, NowDep, SettingsDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import FormLine, FormWord, QueryWord
from api.web.rendering import see
from api.web.visitors import AdministratorDep, Visitor
from models.accounts import ApiKey
from models.unit_of_work import UnitOfWork

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False, prefix="/cles")

ROLES = {api_keys.CLIENT: "client", api_keys.FACILITATOR: "animation"}
DONE = {"revoquee": "La clé est révoquée : elle n’ouvre plus rien."}


@dataclass(frozen=True)
class KeysView:
    """All keys, the revoked ones last. shown: the secret of a new key."""

    rows: Sequence[Mapping[str, Any]]
    role_names: Mapping[str, str]
    key_days: int
    shown: ShownOnce | None
    done_message: str
    problem_text: str
    given_name: str


@router.api_route("", methods=["GET", "HEAD"])
def keys(visitor: AdministratorDep, unit: UnitDep, options: SettingsDep, now: NowDep, fait: QueryWord = "") -> Response:
    return _page(visitor, unit, options, now, done_message=DONE.get(fait, ""))


@router.post("")
def create(
    visitor: AdministratorDep,
    unit: UnitDep,
    engine: EngineDep,
    options: SettingsDep,
    now: NowDep,
    nom: FormLine = "",
    role: FormWord = "",
) -> Response:
    """Create a key. Its secret is shown once, in the answer."""
    try:
        secret = api_keys.create_key(engine, nom, role, by=visitor.by, now=now, days=options.key_days)
    except InvalidError as error:
        return _page(visitor, unit, options, now, problem=(422, error.fields[0][1]), given_name=nom)
    if secret is None:
        problem = (409, "Une clé porte déjà ce nom : révoquez-la, ou prenez un autre nom.")
        return _page(visitor, unit, options, now, problem=problem, given_name=nom)
    shown = ShownOnce(f"Voici la clé « {nom.strip()} ». Elle ne sera plus montrée\N{NO-BREAK SPACE}:", secret)
    return _page(visitor, unit, options, now, shown=shown)


@router.post("/{key_id}")
def change(key_id: str, visitor: AdministratorDep, engine: EngineDep, now: NowDep, acte: FormWord = "") -> Response:
    if acte != "revoquer":
        raise InvalidError([("acte", "inconnu")])
    api_keys.revoke_key(engine, key_id, by=visitor.by, now=now)
    return see("/cles?fait=revoquee")


def _page(
    visitor: Visitor,
    unit: UnitOfWork,
    options: Settings,
    now: datetime,
    *,
    shown: ShownOnce | None = None,
    done_message: str = "",
    problem: tuple[int, str] = (200, ""),
    given_name: str = "",
) -> HTMLResponse:
    return desk_page(
        "keys.html",
        visitor,
        "/cles",
        problem[0],
        view=KeysView(
            rows=[_row(api_key, now) for api_key in api_keys.list_keys(unit.session)],
            role_names=ROLES,
            key_days=options.key_days,
            shown=shown,
            done_message=done_message,
            problem_text=problem[1],
            given_name=given_name,
        ),
    )


def _row(api_key: ApiKey, now: datetime) -> dict[str, Any]:
    is_expired = api_key.expires_at is None or api_key.expires_at <= now
    return {
        "id": api_key.id,
        "name": api_key.name,
        "role": ROLES.get(api_key.role, api_key.role),
        "created": _day(api_key.created_at.date()),
        "used": _day(api_key.last_used_on) if api_key.last_used_on else "jamais",
        "expires": _day(api_key.expires_at.date()) if api_key.expires_at else "–",
        "is_open": api_key.revoked_at is None and not is_expired,
        "state": "révoquée" if api_key.revoked_at else "expirée",
    }


def _day(moment: date) -> str:
    return day(moment.isoformat())
