"""The forms that arrived after their session had expired, for routes that show them again.

A form that is restored on its own page is sent to the address of that page.
"""

from typing import Annotated

from fastapi import Depends, Request

from api.entry.drafts import SentForms
from api.entry.typed_form import TypedForm
from api.web.components.shown_fields import TypedFormDep
from api.web.dependencies import AccountKeysDep, EngineDep, NowDep, UnitDep
from api.web.visitors import SignedInDep


async def _sent_forms(keys: AccountKeysDep) -> SentForms:
    return SentForms(keys.set_aside)


SentFormsDep = Annotated[SentForms, Depends(_sent_forms)]


def _kept_form(
    request: Request, visitor: SignedInDep, unit: UnitDep, sent_forms: SentFormsDep, now: NowDep
) -> TypedForm | None:
    sent = sent_forms.find(unit.session, visitor.account_id, request.url.path, now)
    return TypedForm.of(sent.items) if sent else None


def _sent_form(
    request: Request,
    visitor: SignedInDep,
    unit: UnitDep,
    sent_forms: SentFormsDep,
    engine: EngineDep,
    now: NowDep,
    typed: TypedFormDep,
) -> TypedForm:
    if sent_forms.find(unit.session, visitor.account_id, request.url.path, now):
        sent_forms.drop(engine, visitor.account_id, request.url.path)
    return typed


# What the visitor sent to this page in vain, for the route that shows the form; None where there is nothing.
KeptFormDep = Annotated[TypedForm | None, Depends(_kept_form)]
# What is sent now, for the route that takes the form: nothing is kept of it any longer.
SentFormDep = Annotated[TypedForm, Depends(_sent_form)]
