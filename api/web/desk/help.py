"""« Aide »: the ten jobs with their pictures, the words of the desk, whom to call."""

from dataclasses import dataclass

from starlette.responses import Response

from api.web.checked_router import CheckedRouter
from api.web.components.forms import desk_page
from api.web.dependencies import SettingsDep
from api.web.error_pages import DeskRoute
from api.web.house_contact import HouseContact, house_contact
from api.web.visitors import VisitorDep

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False)

HELP = "/aide"


@dataclass(frozen=True)
class HelpView:
    house: HouseContact
    has_pictures: bool = True


@router.get(HELP)
def help_page(visitor: VisitorDep, options: SettingsDep) -> Response:
    return desk_page("aide.html", visitor, HELP, view=HelpView(house_contact(options)))
