"""A partner states what it needs, or a subcontract; sees where it stands, and takes it back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from starlette.responses import Response

from api.core.clock import day_in_france
from api.core.errors import ConflictError
from api.core.french import day
from api.entry.typed_form import TypedForm
from api.partner_view.needs import OwnNeed, own_needs, state_own_need, withdraw_own_need
from api.stated_needs.fields import BUYER, KIND, fields_of, kept_texts, kind_in_words, problems_of
from api.stated_needs.kinds import StatedKind
from api.web.checked_router import CheckedRouter
from api.web.components.forms import desk_page
from api.web.components.sent_forms import KeptFormDep, SentFormDep
from api.web.components.shown_fields import ShownField, general_problems, shown_fields
from api.web.components.state_badge import StateBadge, own_need_badge
from api.web.dependencies import EngineDep, NowDep, PlacesDep, SettingsDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import QueryWord
from api.web.rendering import see
from api.web.space.dependencies import SpaceDep
from api.web.visitors import PartnerDep, Visitor

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False, prefix="/espace/besoins")

LIST = "/espace/besoins"
DONE = {
    "envoye": "C’est envoyé. L’équipe de Pôle Sud le lit, et vous voyez ici où il en est.",
    "retire": "C’est retiré : rien de ce que vous aviez écrit n’est gardé.",
}


@dataclass(frozen=True)
class ShownNeed:
    """A line of the page. kind: in words; when: the day on which it was stated, in words."""

    need: OwnNeed
    kind: str
    state: StateBadge
    when: str


@dataclass(frozen=True)
class OwnNeedsView:
    """What an account stated."""

    needs: Sequence[ShownNeed]
    done_message: str


@dataclass(frozen=True)
class NeedFormView:
    """The form. is_restored: it was sent after its session had ended."""

    fields: Sequence[ShownField]
    problems: Sequence[str]
    is_wrong: bool
    is_restored: bool


@router.get("")
def needs_page(visitor: PartnerDep, space: SpaceDep, fait: QueryWord = "") -> Response:
    shown = [
        ShownNeed(
            need,
            kind_in_words(need.kind),
            own_need_badge(need.kind, need.status),
            day(day_in_france(need.stated_at).isoformat()),
        )
        for need in own_needs(space)
    ]
    return desk_page("espace_besoins.html", visitor, LIST, view=OwnNeedsView(shown, DONE.get(fait, "")))


@router.get("/nouveau")
def need_form(visitor: PartnerDep, space: SpaceDep, kept: KeptFormDep) -> Response:
    names = [actor.name for actor in space.own_actors()]
    typed = kept or TypedForm({BUYER: tuple(names[:1])})
    return _form_page(visitor, typed, is_restored=kept is not None)


@router.post("/nouveau")
def state(
    visitor: PartnerDep,
    space: SpaceDep,
    engine: EngineDep,
    unit: UnitDep,
    places: PlacesDep,
    options: SettingsDep,
    typed: SentFormDep,
    now: NowDep,
) -> Response:
    kind = StatedKind.SUBCONTRACT if typed.text(KIND) == StatedKind.SUBCONTRACT else StatedKind.NEED
    gazetteer = places.current(unit.session).gazetteer
    problems = problems_of(kind, typed, gazetteer, frozenset(options.departments), own=True)
    if problems:
        return _form_page(visitor, typed, problems)
    try:
        state_own_need(space, engine, kind, kept_texts(kind, typed, own=True), now=now)
    except ConflictError as conflict:
        return _form_page(visitor, typed, {"": conflict.detail}, status_code=conflict.status)
    return see(f"{LIST}?fait=envoye")


@router.post("/{need_id}")
def withdraw(
    need_id: str,
    visitor: PartnerDep,  # noqa: ARG001
    space: SpaceDep,
    engine: EngineDep,
    now: NowDep,
) -> Response:
    withdraw_own_need(space, engine, need_id, now=now)
    return see(f"{LIST}?fait=retire")


def _form_page(
    visitor: Visitor,
    typed: TypedForm,
    problems: Mapping[str, str] = MappingProxyType({}),
    *,
    is_restored: bool = False,
    status_code: int = 0,
) -> Response:
    fields = fields_of(StatedKind.NEED, own=True)
    shown, _ = shown_fields(fields, typed, problems)
    view = NeedFormView(shown, general_problems(problems, fields), bool(problems), is_restored)
    return desk_page("espace_besoin.html", visitor, LIST, status_code or (422 if problems else 200), view=view)
