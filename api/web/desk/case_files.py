"""Lists of cases as files: those of « Suivi », the answers that wait, those of an opportunity."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from api.accounts.accounts import account_names
from api.brokerage.queries import CaseRow, cases_of_opportunity
from api.brokerage.transitions import CLOSED, State
from api.brokerage.wording import GROUPS, STATES
from api.brokerage.worklist import Worklist, read_cases, read_worklist
from api.brokerage.worklist_queries import NamedCase
from api.catalogue import records
from api.core.clock import day_in_france
from api.core.table_files import Cell
from api.learning.wording import rating_in_words
from api.web.checked_router import CheckedRouter
from api.web.components.cases import what, who
from api.web.components.list_files import CONFIDENTIAL, ListFile, ListFileDep, day_cell, yes_cell
from api.web.dependencies import SettingsDep
from api.web.desk.worklist import CLOSED_ONES, chosen_facilitator
from api.web.error_pages import DeskRoute
from api.web.fields import QueryWord

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False)

InCharge = Annotated[str, Query(max_length=36)]
COLUMNS = (
    "Acteur", "Opportunité", "État", "Ce qui attend", "Relance", "Dernière étape", "Responsable", CONFIDENTIAL,
)  # fmt: skip


@router.get("/dossiers.{file_format}")
def cases(file: ListFileDep, options: SettingsDep, responsable: InCharge = "moi", etat: QueryWord = "") -> Response:
    """The cases of the page « Suivi »: those that wait, or those of a state."""
    names = account_names(file.session)
    facilitator_id = chosen_facilitator(responsable, file.visitor, names)
    grouped: Iterable[tuple[str, NamedCase]]
    if etat in STATES or etat == CLOSED_ONES:
        states = [State(etat)] if etat in STATES else list(CLOSED)
        grouped = [("", row) for row in read_cases(file.session, states, facilitator_id=facilitator_id)]
    else:
        groups = _worklist(file, options.quiet_days, facilitator_id).groups.items()
        grouped = chain.from_iterable(((GROUPS[group], row) for row in rows) for group, rows in groups)
    return file.answer("dossiers", COLUMNS, [_cells(row, group, names) for group, row in grouped])


@router.get("/dossiers/reponses.{file_format}")
def answers(file: ListFileDep, options: SettingsDep, responsable: InCharge = "moi") -> Response:
    """The answers of partners that nobody has dealt with yet."""
    facilitator_id = chosen_facilitator(responsable, file.visitor, account_names(file.session))
    rows = [
        (
            what(answer.pair),
            who(answer.pair),
            rating_in_words(answer.rating),
            answer.rating.comment or "",
            answer.partner.label,
            day_cell(day_in_france(answer.rating.created_at)),
            yes_cell(
                answer.pair.opportunity.confidential or bool(answer.pair.actor and answer.pair.actor.confidential)
            ),
        )
        for answer in _worklist(file, options.quiet_days, facilitator_id).answers
    ]
    columns = ("Opportunité", "Pour", "Réponse", "Commentaire", "De", "Date", CONFIDENTIAL)
    return file.answer("reponses", columns, rows)


@router.get("/opportunites/{opportunity_id}/dossiers.{file_format}")
def opportunity_cases(opportunity_id: str, file: ListFileDep) -> Response:
    """All cases of an opportunity, cancelled ones too."""
    records.read_opportunity(file.unit, opportunity_id, file.visitor.audience)
    names = account_names(file.session)
    rows = cases_of_opportunity(file.session, opportunity_id)
    return file.answer("dossiers", COLUMNS, [_cells(row, "", names) for row in rows])


def _worklist(file: ListFile, quiet_days: int, facilitator_id: str | None) -> Worklist:
    return read_worklist(file.session, today=file.today, quiet_days=quiet_days, facilitator_id=facilitator_id)


def _cells(row: CaseRow | NamedCase, group: str, names_by_account: Mapping[str, str]) -> Sequence[Cell]:
    case, pair = row.case, row.pair
    return (
        who(pair),
        what(pair),
        STATES[case.state],
        group,
        day_cell(case.remind_on),
        day_cell(day_in_france(case.touched_at)),
        names_by_account.get(case.facilitator_id or "", ""),
        yes_cell(pair.opportunity.confidential or bool(pair.actor and pair.actor.confidential)),
    )
