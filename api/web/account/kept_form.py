"""What was sent after its session had expired: shown to its sender, to be sent again."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from api.web.checked_router import CheckedRouter
from api.web.components.forms import desk_page
from api.web.components.sent_forms import SentFormsDep
from api.web.dependencies import EngineDep, NowDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import QueryAddress, QueryWord
from api.web.kept_forms import KEPT_FORM
from api.web.rendering import see
from api.web.visitors import HOME, SignedInDep

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False)


@dataclass(frozen=True)
class KeptFormView:
    """A form. send_address, drop_address: of what may be done with it.

    items: its fields; texts: what of them a reader knows again.
    """

    send_address: str
    drop_address: str
    items: Sequence[tuple[str, str]]
    texts: Sequence[str]


@router.get(KEPT_FORM)
def kept_form(visitor: SignedInDep, unit: UnitDep, sent_forms: SentFormsDep, now: NowDep) -> Response:
    form = sent_forms.last(unit.session, visitor.account_id, now)
    if form is None:
        return see(HOME)
    texts = [text for _, text in form.items if " " in text.strip()]
    send_address = f"{KEPT_FORM}?{urlencode({'adresse': form.address})}"
    view = KeptFormView(send_address, f"{send_address}&renoncer=oui", form.items, texts)
    return desk_page("envoi_en_attente.html", visitor, "", view=view)


@router.post(KEPT_FORM)
def send_again(
    visitor: SignedInDep,
    unit: UnitDep,
    engine: EngineDep,
    sent_forms: SentFormsDep,
    now: NowDep,
    adresse: QueryAddress = "",
    renoncer: QueryWord = "",
) -> Response:
    """Send a form on to where it goes, or give it up (`renoncer`); it waits no longer: nobody sends it twice.

    adresse: where it goes, which one that waits must have.
    """
    form = sent_forms.find(unit.session, visitor.account_id, adresse, now)
    if form is None:
        return see(HOME)
    sent_forms.drop(engine, visitor.account_id, form.address)
    # The browser sends there what it has sent here.
    return see(HOME) if renoncer else RedirectResponse(form.address, 307)
