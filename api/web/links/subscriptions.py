"""Consent by mail: confirmation of a subscription, and unsubscription with one click."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from api.core.french import WEEKDAYS
from api.mailing.links import Purpose
from api.subscriptions.confirming import confirm, resubscribe, unsubscribe
from api.subscriptions.partner_status import PartnerStatus
from api.subscriptions.preferences import LeastSection
from api.subscriptions.standing import Standing, followed_in_words, read_standing, read_subscription
from api.subscriptions.wording import LEAST_WORDS
from api.web.checked_router import CheckedRouter
from api.web.dependencies import EngineDep, NowDep, SignerDep, UnitDep
from api.web.error_pages import LinkRoute
from api.web.fields import FormWord
from api.web.rendering import page, see

router = CheckedRouter(route_class=LinkRoute, include_in_schema=False)
SHOW = ["GET", "HEAD"]

ONE_CLICK = "One-Click"
EVERYTHING, BACK = "tout", "retour"


@dataclass(frozen=True)
class ConfirmView:
    """A subscription to confirm, or confirmed. rhythm: how often mails are sent, in words.

    least: the lowest section that is announced; choices: those that may be chosen, in words.
    """

    is_confirmed: bool
    followed: str
    rhythm: str
    most_suggestions: int
    least: LeastSection
    choices: Mapping[LeastSection, str]
    address: str


@dataclass(frozen=True)
class UnsubscribeView:
    """The mails that a partner receives, and the buttons to stop them. of_subscription: the link names one."""

    standing: Standing
    of_subscription: bool
    address: str


@router.api_route("/confirmer/{token}", methods=SHOW)
def confirm_form(token: str, unit: UnitDep, signer: SignerDep) -> Response:
    subscription, partner, actor = read_subscription(unit.session, signer.read(Purpose.CONFIRM, token)["u"])
    rhythm_words = {"nightly": "chaque nuit", "paused": "quand vous le demanderez"}
    return page(
        "confirm.html",
        view=ConfirmView(
            is_confirmed=subscription.confirmed_at is not None and partner.status == PartnerStatus.ACTIVE,
            followed=followed_in_words(actor, subscription.search),
            rhythm=rhythm_words.get(subscription.frequency, f"chaque {WEEKDAYS[subscription.weekday]}"),
            most_suggestions=subscription.most,
            least=LeastSection(subscription.least),
            choices=LEAST_WORDS,
            address=f"/confirmer/{token}",
        ),
    )


@router.post("/confirmer/{token}")
def confirm_it(token: str, engine: EngineDep, signer: SignerDep, now: NowDep, au_moins: FormWord = "") -> Response:
    confirm(engine, signer.read(Purpose.CONFIRM, token)["u"], least=au_moins, now=now)
    return see(f"/confirmer/{token}")


@router.api_route("/desinscription/{token}", methods=SHOW)
def unsubscribe_form(token: str, engine: EngineDep, signer: SignerDep) -> Response:
    claims = signer.read(Purpose.UNSUBSCRIBE, token)
    standing = read_standing(engine, claims["p"], claims.get("u"))
    return page("unsubscribe.html", view=UnsubscribeView(standing, "u" in claims, f"/desinscription/{token}"))


@router.post("/desinscription/{token}")
def unsubscribe_now(
    token: str,
    engine: EngineDep,
    signer: SignerDep,
    now: NowDep,
    one_click: Annotated[str, Form(alias="List-Unsubscribe", max_length=60)] = "",
    choix: FormWord = "",
) -> Response:
    """A mail program posts `List-Unsubscribe=One-Click` and follows no redirection (RFC 8058)."""
    claims = signer.read(Purpose.UNSUBSCRIBE, token)
    partner_id, subscription_id = claims["p"], claims.get("u")
    if one_click != ONE_CLICK and choix == BACK:
        resubscribe(engine, partner_id, subscription_id, now=now)
    else:
        is_everything = one_click != ONE_CLICK and choix == EVERYTHING
        unsubscribe(engine, partner_id, None if is_everything else subscription_id, now=now)
    return unsubscribe_form(token, engine, signer) if one_click == ONE_CLICK else see(f"/desinscription/{token}")
