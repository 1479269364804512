"""Who follows an actor by mail: facilitators subscribe somebody, set how often, and remove."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from api.catalogue import records
from api.core.digits import is_digits
from api.core.errors import InvalidError, NotFoundError
from api.core.french import WEEKDAYS, sentence
from api.subscriptions import standing
from api.subscriptions import subscriptions as subscribe
from api.subscriptions.partner_status import PartnerStatus
from api.subscriptions.preferences import LARGEST_MAIL, Frequency, LeastSection
from api.subscriptions.queries import SubscriptionRow
from api.subscriptions.wording import FREQUENCIES, LEAST_WORDS
from api.web.checked_router import CheckedRouter
from api.web.components.forms import desk_page
from api.web.components.state_badge import StateBadge
from api.web.dependencies import EngineDep, NowDep, SettingsDep, SignerDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import FormLine, FormWord, QueryWord
from api.web.rendering import see
from api.web.visitors import Visitor, VisitorDep
from models.unit_of_work import UnitOfWork

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False, prefix="/acteurs/{actor_id}/abonnements")

# Subscriptions to one actor that the page shows.
SHOWN = 200
DONE = {
    "demande": "La demande est enregistrée : un courriel part, et l’abonnement commence quand la personne le confirme.",
    "regle": "Les réglages sont enregistrés.",
    "retire": "L’abonnement est supprimé : cette personne ne recevra plus rien au sujet de cet acteur.",
}
# The field of the form that a problem is about.
FIELDS = {"email": "courriel", "label": "nom", "actor_id": "courriel", "weekday": "jour", "least": "au_moins"}
FIELDS |= {"most": "au_plus", "frequency": "rythme"}


@dataclass(frozen=True)
class Subscriber:
    """A subscription to the actor."""

    id: str
    label: str
    email: str
    state: StateBadge
    wishes: Mapping[str, str]


@dataclass(frozen=True)
class SubscribersView:
    """The subscriptions to an actor, and the form of a new one. given: what its fields hold.

    problems: by field; refused: the id of the subscription whose settings were refused, empty for the new one.
    """

    actor_id: str
    actor_name: str
    confidential: bool
    rows: Sequence[Subscriber]
    done_message: str
    given: Mapping[str, str]
    problems: Mapping[str, str]
    refused: str
    frequencies: Mapping[Frequency, str]
    weekdays: Sequence[tuple[str, str]]
    least_words: Mapping[LeastSection, str]
    largest: int


NEW = {"courriel": "", "nom": "", "rythme": "nightly", "jour": "0", "au_moins": "to_study", "au_plus": "5"}


@router.get("")
def subscribers(actor_id: str, visitor: VisitorDep, unit: UnitDep, fait: QueryWord = "") -> Response:
    return _page(visitor, unit, actor_id, done_message=DONE.get(fait, ""))


@router.post("")
def change(
    actor_id: str,
    visitor: VisitorDep,
    engine: EngineDep,
    unit: UnitDep,
    signer: SignerDep,
    options: SettingsDep,
    now: NowDep,
    acte: FormWord = "abonner",
    abonnement: FormWord = "",
    courriel: FormLine = "",
    nom: FormLine = "",
    rythme: FormWord = "nightly",
    jour: FormWord = "0",
    au_moins: FormWord = "to_study",
    au_plus: FormWord = "5",
) -> Response:
    """Subscribe somebody (`abonner`), change a subscription (`regler`) or remove it (`retirer`)."""
    given = {"courriel": courriel, "nom": nom, "rythme": rythme, "jour": jour, "au_moins": au_moins, "au_plus": au_plus}
    if acte != "abonner":
        _own(unit, actor_id, abonnement)
    unit.end_reading()
    try:
        if acte == "retirer":
            subscribe.remove(engine, abonnement, by=visitor.by)
            return _back(actor_id, "retire")
        wishes: dict[str, Any] = {
            "frequency": rythme,
            "weekday": _whole(jour),
            "least": au_moins,
            "most": _whole(au_plus),
        }
        if acte == "regler":
            subscribe.change(engine, abonnement, wishes)
            return _back(actor_id, "regle")
        label = " ".join(nom.split())
        subscribe.subscribe(
            engine,
            signer,
            courriel,
            actor_id=actor_id,
            label=label,
            **wishes,
            now=now,
            by=visitor.by,
            options=options,
        )
    except InvalidError as invalid:
        problems = {FIELDS.get(name, "courriel"): sentence(why) for name, why in invalid.fields}
        return _page(visitor, unit, actor_id, given=given, problems=problems, refused=abonnement)
    return _back(actor_id, "demande")


def _back(actor_id: str, done: str) -> Response:
    return see(f"/acteurs/{actor_id}/abonnements?fait={done}")


def _own(unit: UnitOfWork, actor_id: str, subscription_id: str) -> None:
    """Raises NotFoundError unless the subscription is one to this actor."""
    if standing.read_subscription(unit.session, subscription_id).subscription.actor_id != actor_id:
        raise NotFoundError("Cet abonnement n’existe pas.")


def _whole(text: str) -> int:
    """Return a number that a form sent; what is none is beyond all bounds."""
    return int(text) if is_digits(text) else -1


def _page(
    visitor: Visitor,
    unit: UnitOfWork,
    actor_id: str,
    *,
    done_message: str = "",
    given: Mapping[str, str] = NEW,
    problems: Mapping[str, str] | None = None,
    refused: str = "",
) -> Response:
    actor = records.read_actor(unit, actor_id, visitor.audience).actor
    rows = standing.list_subscriptions(unit.session, actor_id=actor_id, limit=SHOWN)
    return desk_page(
        "abonnements.html",
        visitor,
        "/acteurs",
        422 if problems else 200,
        view=SubscribersView(
            actor_id=actor_id,
            actor_name=actor.name,
            confidential=actor.confidential,
            rows=[_subscriber(row, given if row.subscription.id == refused else None) for row in rows],
            done_message=done_message,
            given=NEW if refused else given,
            problems=problems or {},
            refused=refused,
            frequencies=FREQUENCIES,
            weekdays=[(str(number), name) for number, name in enumerate(WEEKDAYS)],
            least_words=LEAST_WORDS,
            largest=LARGEST_MAIL,
        ),
    )


def _subscriber(row: SubscriptionRow, given: Mapping[str, str] | None) -> Subscriber:
    """Return a line of the page. given: what was typed for it, if that was refused."""
    subscription, partner, _ = row
    stored = {
        "rythme": subscription.frequency,
        "jour": str(subscription.weekday),
        "au_moins": subscription.least,
        "au_plus": str(subscription.most),
    }
    return Subscriber(
        subscription.id, partner.label or "sans nom", partner.email, subscription_badge(row), stored | dict(given or {})
    )


def subscription_badge(row: SubscriptionRow) -> StateBadge:
    """Return whether a subscription is written to."""
    if row.partner.status == PartnerStatus.UNSUBSCRIBED:
        return StateBadge("s’est désinscrit·e", "closed")
    if row.partner.status == PartnerStatus.SUSPENDED:
        return StateBadge("le courrier n’arrive pas", "lost")
    if row.subscription.confirmed_at:
        return StateBadge("confirmé", "won")
    return StateBadge("attend sa confirmation", "waiting")
