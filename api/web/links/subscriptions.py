"""Consent: a subscription confirmed from its owner's own mailbox, and stopped with one click."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import Response

from api.core.french import WEEKDAYS
from api.mailing.links import Purpose
from api.subscriptions.confirming import confirm, resubscribe, unsubscribe
from api.subscriptions.partner_status import PartnerStatus
from api.subscriptions.standing import followed_in_words, read_standing, read_subscription
from api.web.dependencies import EngineDep, SignerDep, UnitDep
from api.web.error_pages import LinkRoute
from api.web.rendering import page, see
from models.base import utc_now

router = APIRouter(route_class=LinkRoute, include_in_schema=False)
SHOW = ["GET", "HEAD"]

ONE_CLICK = "One-Click"
EVERYTHING, BACK = "tout", "retour"


@router.api_route("/confirmer/{token}", methods=SHOW)
def confirm_form(token: str, unit: UnitDep, signer: SignerDep) -> Response:
    subscription, partner, actor = read_subscription(unit.session, signer.read(Purpose.CONFIRM, token)["u"])
    rhythm = {"nightly": "chaque nuit", "paused": "quand vous le demanderez"}
    return page(
        "confirm.html",
        confirmed=subscription.confirmed_at is not None and partner.status == PartnerStatus.ACTIVE,
        what=followed_in_words(actor, subscription.search),
        rhythm=rhythm.get(subscription.frequency, f"chaque {WEEKDAYS[subscription.weekday]}"),
        most=subscription.most,
        action=f"/confirmer/{token}",
    )


@router.post("/confirmer/{token}")
def confirm_it(token: str, engine: EngineDep, signer: SignerDep) -> Response:
    confirm(engine, signer.read(Purpose.CONFIRM, token)["u"], now=utc_now())
    return see(f"/confirmer/{token}")


@router.api_route("/desinscription/{token}", methods=SHOW)
def unsubscribe_form(token: str, engine: EngineDep, signer: SignerDep) -> Response:
    claims = signer.read(Purpose.UNSUBSCRIBE, token)
    standing = read_standing(engine, claims["p"], claims.get("u"))
    return page("unsubscribe.html", standing=standing, one="u" in claims, action=f"/desinscription/{token}")


@router.post("/desinscription/{token}")
def unsubscribe_now(
    token: str,
    engine: EngineDep,
    signer: SignerDep,
    one_click: Annotated[str, Form(alias="List-Unsubscribe")] = "",
    choix: Annotated[str, Form()] = "",
) -> Response:
    """A mail program posts `List-Unsubscribe=One-Click` and follows no redirection (RFC 8058)."""
    claims = signer.read(Purpose.UNSUBSCRIBE, token)
    partner_id, subscription_id = claims["p"], claims.get("u")
    if one_click != ONE_CLICK and choix == BACK:
        resubscribe(engine, partner_id, subscription_id, now=utc_now())
    else:
        everything = one_click != ONE_CLICK and choix == EVERYTHING
        unsubscribe(engine, partner_id, None if everything else subscription_id, now=utc_now())
    return unsubscribe_form(token, engine, signer) if one_click == ONE_CLICK else see(f"/desinscription/{token}")
