"""What was sent after its session had expired: shown to its sender, to be sent again."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.responses import Response

from api.web.components.forms import desk_page
from api.web.components.sent_forms import SentFormsDep
from api.web.dependencies import NowDep
from api.web.error_pages import DeskRoute
from api.web.kept_forms import KEPT_FORM
from api.web.rendering import see
from api.web.visitors import HOME, SignedInDep

router = APIRouter(route_class=DeskRoute, include_in_schema=False)


@dataclass(frozen=True)
class KeptFormView:
    """A form. address: where it goes to; items: its fields; texts: what of them a reader knows again."""

    address: str
    items: Sequence[tuple[str, str]]
    texts: Sequence[str]


@router.get(KEPT_FORM)
def kept_form(visitor: SignedInDep, sent_forms: SentFormsDep, now: NowDep) -> Response:
    form = sent_forms.last(visitor.account_id, now)
    if form is None:
        return see(HOME)
    texts = [text for _, text in form.items if " " in text.strip()]
    return desk_page("envoi_en_attente.html", visitor, "", view=KeptFormView(form.address, form.items, texts))
