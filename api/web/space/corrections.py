"""A partner corrects its own card: what it asks for waits until a facilitator accepts it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from starlette.responses import Response

from api.catalogue.correctable_fields import CORRECTABLE, PLACE_FIELDS
from api.catalogue.places.places_in_text import Gazetteer
from api.core.errors import InvalidError
from api.core.french import sentence
from api.entry.actor_entry import ACTOR_FIELDS, actor_form, on_the_form
from api.entry.entry_fields import by_field, changed_names, read_fields
from api.entry.entry_place import PLACE, read_place
from api.entry.typed_form import TypedForm
from api.partner_view.corrections import correct_own_card, own_corrections
from api.partner_view.proposals import OwnActor
from api.web.checked_router import CheckedRouter
from api.web.components.forms import desk_page
from api.web.components.sent_forms import KeptFormDep, SentFormDep
from api.web.components.shown_fields import ShownField, general_problems, shown_fields
from api.web.dependencies import EngineDep, NowDep, PlacesDep, SettingsDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.rendering import see
from api.web.space.dependencies import SpaceDep
from api.web.visitors import PartnerDep, Visitor

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False, prefix="/espace/acteurs/{actor_mark}/corriger")

NOTE = "note"
CARD_FIELDS = tuple(field for field in ACTOR_FIELDS if field.name in CORRECTABLE or field.name == PLACE)


@dataclass(frozen=True)
class CorrectionView:
    """The form of an own card. note: words for the team; is_restored: it was sent after its session had ended.

    replaces: another proposal waits, which this one replaces.
    """

    address: str
    back: str
    actor_name: str
    fields: Sequence[ShownField]
    note: str
    note_problem: str
    problems: Sequence[str]
    is_wrong: bool
    is_restored: bool
    replaces: bool


@router.get("")
def correction_form(
    actor_mark: str,
    visitor: PartnerDep,
    space: SpaceDep,
    unit: UnitDep,
    places: PlacesDep,
    kept: KeptFormDep,
) -> Response:
    own = space.own_actor(actor_mark)
    typed = kept or _shown(own, places.current(unit.session).gazetteer)
    return _page(visitor, space, own, actor_mark, typed, is_restored=kept is not None)


@router.post("")
def ask_correction(
    actor_mark: str,
    visitor: PartnerDep,
    space: SpaceDep,
    engine: EngineDep,
    unit: UnitDep,
    places: PlacesDep,
    options: SettingsDep,
    typed: SentFormDep,
    now: NowDep,
) -> Response:
    own = space.own_actor(actor_mark)
    gazetteer = places.current(unit.session).gazetteer
    changed = changed_names(CARD_FIELDS, _shown(own, gazetteer), typed)
    values, problems = _read(typed, gazetteer, frozenset(options.departments))
    problems = {name: why for name, why in problems.items() if name in changed}
    if not problems:
        names = {*changed, *(PLACE_FIELDS if PLACE in changed else ())}
        changes = {name: value for name, value in values.items() if name in names}
        try:
            correct_own_card(space, engine, own, changes, typed.text(NOTE), now=now, places=places)
        except InvalidError as invalid:
            problems = on_the_form(by_field(invalid.fields))
        else:
            return see(f"/espace/acteurs/{actor_mark}?fait=propose")
    return _page(visitor, space, own, actor_mark, typed, problems)


def _address(actor_mark: str) -> str:
    return f"/espace/acteurs/{actor_mark}/corriger"


def _shown(own: OwnActor, gazetteer: Gazetteer) -> TypedForm:
    return actor_form(vars(own.actor), (), gazetteer)


def _read(
    typed: TypedForm, gazetteer: Gazetteer, home_departments: frozenset[str]
) -> tuple[dict[str, Any], dict[str, str]]:
    values, problems = read_fields(CARD_FIELDS, typed)
    try:
        values |= read_place(values.pop(PLACE) or "", gazetteer, home_departments)
    except ValueError as error:
        problems[PLACE] = sentence(str(error))
    return values, problems


def _page(
    visitor: Visitor,
    space: SpaceDep,
    own: OwnActor,
    actor_mark: str,
    typed: TypedForm,
    problems: Mapping[str, str] = MappingProxyType({}),
    *,
    is_restored: bool = False,
) -> Response:
    fields, folded = shown_fields(CARD_FIELDS, typed, problems)
    own_problems = {name: why for name, why in problems.items() if name != NOTE}
    return desk_page(
        "espace_corriger.html",
        visitor,
        "/espace/acteurs",
        422 if problems else 200,
        view=CorrectionView(
            address=_address(actor_mark),
            back=f"/espace/acteurs/{actor_mark}",
            actor_name=own.actor.name,
            fields=[*fields, *folded],
            note=typed.text(NOTE),
            note_problem=problems.get(NOTE, ""),
            problems=general_problems(own_problems, CARD_FIELDS),
            is_wrong=bool(problems),
            is_restored=is_restored,
            replaces=any(correction.status == "waiting" for correction in own_corrections(space, own)),
        ),
    )
