"""The public pages where a buyer or an owner states a need. Without a setting they do not exist.

What an owner writes is confidential: it is sent once, by POST, and from then on only facilitators read it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated

from fastapi import Depends, Request
from starlette.responses import Response

from api.accounts import throttle
from api.core.errors import InvalidError, NotFoundError, PoleSudError, TooManyError
from api.core.settings import Settings
from api.entry.entry_fields import by_field
from api.entry.typed_form import TypedForm
from api.stated_needs.fields import fields_of, kept_texts, problems_of
from api.stated_needs.kinds import StatedKind
from api.stated_needs.mailed import mail_confirmation
from api.stated_needs.stating import Sender, state_need
from api.web.account.sign_in import with_wait
from api.web.checked_router import CheckedRouter
from api.web.components.contact_form import LABELS, SENT, read_contact
from api.web.components.shown_fields import ShownField, TypedFormDep, general_problems, shown_fields
from api.web.dependencies import AccountKeysDep, EngineDep, NowDep, PlacesDep, SettingsDep, TodayDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.house_contact import house_contact
from api.web.rendering import page, see
from models.database import writing

ROOT = "/deposer"
ADDRESSES = {StatedKind.NEED: f"{ROOT}/besoin", StatedKind.TAKEOVER: f"{ROOT}/cession"}
SHOW = ["GET", "HEAD"]
# What one network may state in a row: several people of one town hall, but no flood.
FREE = 10
PERSON = ("name", "email", "phone")
PERSON_LABELS = {
    "name": "Votre nom",
    "email": "Votre adresse électronique (obligatoire)",
    "phone": "Votre téléphone (facultatif)",
}


async def _open(options: SettingsDep) -> None:
    if not options.needs_page:
        raise NotFoundError("Cette page n’existe pas.")


router = CheckedRouter(route_class=DeskRoute, include_in_schema=False, prefix=ROOT, dependencies=[Depends(_open)])


@dataclass(frozen=True)
class PersonField:
    """A field about the sender, with what was typed in it and what is wrong with that."""

    sent: str
    name: str
    label: str
    text: str
    problem: str


@dataclass(frozen=True)
class StatingView:
    """The form. is_takeover: it is an owner's. problems: those of no single field."""

    address: str
    is_takeover: bool
    fields: Sequence[ShownField]
    person: Sequence[PersonField]
    problems: Sequence[str]
    is_wrong: bool
    days: int


@dataclass(frozen=True)
class ReceivedView:
    """The answer to a form, the same whatever was stated. days: how long it waits to be confirmed."""

    days: int


async def _stated_kind(request: Request) -> StatedKind:
    """Return the kind of what an address states."""
    return StatedKind.TAKEOVER if request.url.path == ADDRESSES[StatedKind.TAKEOVER] else StatedKind.NEED


KindDep = Annotated[StatedKind, Depends(_stated_kind)]


@router.api_route("", methods=SHOW)
def choice(options: SettingsDep) -> Response:
    return page("deposer.html", house=house_contact(options))


@router.api_route("/besoin", methods=SHOW)
@router.api_route("/cession", methods=SHOW)
def stating_form(kind: KindDep, options: SettingsDep) -> Response:
    return _form_page(kind, TypedForm(), options)


@router.post("/besoin")
@router.post("/cession")
def state(
    request: Request,
    kind: KindDep,
    engine: EngineDep,
    unit: UnitDep,
    places: PlacesDep,
    options: SettingsDep,
    keys: AccountKeysDep,
    typed: TypedFormDep,
    now: NowDep,
    today: TodayDep,
) -> Response:
    gazetteer = places.current(unit.session).gazetteer
    unit.end_reading()
    problems = problems_of(kind, typed, gazetteer, frozenset(options.departments))
    words = dict.fromkeys(SENT, "") | {name: typed.text(SENT[name]) for name in PERSON} | {"source": "x"}
    sender = Sender()
    try:
        contact = read_contact(words, today)
        sender = Sender(name=contact.name, email=contact.email, phone=contact.phone)
    except InvalidError as invalid:
        problems |= by_field(invalid.fields)
    if not words["email"]:
        # A phone alone is no way to confirm: what is asked for is the address.
        problems.pop(SENT["name"], None)
        problems[SENT["email"]] = "Écrivez votre adresse : un lien à confirmer y arrive."
    if problems:
        return _form_page(kind, typed, options, problems)
    client_address = request.client.host if request.client else ""
    try:
        with writing(engine, durable=True) as session:
            throttle.count_use(session, "need", client_address, keys.counters[-1], now, free=FREE)
            need = state_need(session, kind, kept_texts(kind, typed), sender, now=now)
            mail_confirmation(session, need, now, options)
    except TooManyError as error:
        return _form_page(kind, typed, options, {"": error.detail}, error)
    return see(f"{ROOT}/recu")


@router.api_route("/recu", methods=SHOW)
def received(options: SettingsDep) -> Response:
    return page("depose.html", view=ReceivedView(options.unconfirmed_need_days), house=house_contact(options))


def _form_page(
    kind: StatedKind,
    typed: TypedForm,
    options: Settings,
    problems: Mapping[str, str] = MappingProxyType({}),
    error: PoleSudError | None = None,
) -> Response:
    fields = fields_of(kind)
    shown, _ = shown_fields(fields, typed, problems)
    person = [
        PersonField(SENT[name], name, PERSON_LABELS[name], typed.text(SENT[name]), problems.get(SENT[name], ""))
        for name in PERSON
    ]
    view = StatingView(
        address=ADDRESSES[kind],
        is_takeover=kind == StatedKind.TAKEOVER,
        fields=shown,
        person=person,
        problems=general_problems(problems, fields, *LABELS),
        is_wrong=bool(problems),
        days=options.unconfirmed_need_days,
    )
    status_code = error.status if error else 422 if problems else 200
    return with_wait(page("deposer_form.html", status_code, view=view, house=house_contact(options)), error)
