"""Noting calls, mails, visits and notes in one click, and taking back what was noted by mistake."""

from datetime import date

from starlette.responses import Response

from api.core.errors import InvalidError
from api.core.french_input import day as read_day
from api.entry.entry_fields import by_field
from api.interactions.acting import Act, note_act, take_back
from api.interactions.kinds import InteractionKind
from api.web.checked_router import CheckedRouter
from api.web.components.act_form import BUTTONS, ActForm, Subject, contact_choices
from api.web.components.forms import desk_page
from api.web.components.timeline import TAKEN_BACK
from api.web.dependencies import EngineDep, NowDep, TodayDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import FormText, FormWord
from api.web.rendering import see
from api.web.visitors import VisitorDep

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False, prefix="/echanges")


@router.post("")
def note(
    visitor: VisitorDep,
    unit: UnitDep,
    engine: EngineDep,
    now: NowDep,
    today: TodayDep,
    page: FormWord = "",
    acteur: FormWord = "",
    opportunite: FormWord = "",
    dossier: FormWord = "",
    geste: FormWord = "",
    contact: FormWord = "",
    jour: FormWord = "",
    note: FormText = "",
) -> Response:
    """Note an act and return to the page that it was noted on; a form with mistakes is shown again as it was."""
    subject = Subject(page, acteur, opportunite, dossier)
    try:
        if geste not in {kind.value for kind in BUTTONS}:
            raise InvalidError([("geste", "choisissez ce que vous notez : appel, mail, visite ou note")])
        act = Act(
            InteractionKind(geste),
            note,
            actor_id=acteur or None,
            opportunity_id=opportunite or None,
            case_id=dossier or None,
            contact_id=contact or None,
            on=_day(jour),
        )
        interaction_id = note_act(engine, act, by=visitor.by, now=now)
    except InvalidError as error:
        form = ActForm(
            subject,
            contact_choices(unit.session, subject),
            today.isoformat(),
            jour,
            contact,
            note,
            by_field(error.fields),
        )
        return desk_page("echange.html", visitor, "", error.status, view=form)
    return see(f"{subject.address}?echange={interaction_id}")


@router.post("/{interaction_id}/retirer")
def take_back_act(
    interaction_id: str,
    visitor: VisitorDep,
    engine: EngineDep,
    now: NowDep,
    page: FormWord = "",
    acteur: FormWord = "",
    opportunite: FormWord = "",
    dossier: FormWord = "",
) -> Response:
    take_back(engine, interaction_id, by=visitor.by, now=now)
    return see(f"{Subject(page, acteur, opportunite, dossier).address}?echange={TAKEN_BACK}")


def _day(day_text: str) -> date | None:
    """Read a day as browsers send it, or as people write it; empty is today. Raises InvalidError."""
    try:
        return read_day(day_text.strip()) if day_text.strip() else None
    except ValueError as error:
        raise InvalidError([("jour", str(error))]) from error
