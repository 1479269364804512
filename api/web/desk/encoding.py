"""How many rows are still being encoded: what the bar of the house's pages asks for."""

from api.web.checked_router import CheckedRouter
from api.web.encoding_view import EncodingView, encoding_view
from api.web.error_pages import DeskRoute
from api.web.house import DeskDep
from api.web.visitors import VisitorDep

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False)


@router.get("/encodage")
def encoding_progress(_visitor: VisitorDep, desk: DeskDep) -> EncodingView:
    return encoding_view(desk.encoding)
