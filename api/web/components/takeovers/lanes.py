"""Where a takeover case is, a line for each of its pages: the stage, the sheet, who was approached, the financing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from api.confidentiality import agreement_summary
from api.core.french import NBSP, day, number, plural
from api.matching.role_wording import ROLE_TITLES
from api.takeovers.calendar.wording import DATES
from api.takeovers.case_file.summary import StageSummary
from api.takeovers.financing import records as financing
from api.takeovers.reach import proposals
from api.takeovers.sheet import state as sheet_state
from api.takeovers.sheet.state import SheetState
from api.takeovers.sheet.wording import SHEET_STATES
from api.takeovers.stages.transitions import ENDS
from api.takeovers.stages.wording import STAGES
from matcher.types import Role
from models.opportunities import Opportunity


@dataclass(frozen=True)
class Lane:
    """What is there, in words. end: of the address of the page that it is about, after that of the case."""

    name: str
    words: str
    end: str
    is_urgent: bool = False


def lanes_of(session: Session, case: Opportunity, stages: StageSummary, missing_roles: Sequence[Role]) -> list[Lane]:
    """Return the lines of a case. missing_roles: those that nobody plays yet.

    A public case has neither sheet nor agreements; of an ended one, no role is looked for.
    """
    return [
        *_stage(stages),
        *([] if missing_roles and stages.stage in ENDS else [_roles(missing_roles)]),
        _proposals(session, case.id),
        *([_sheet(session, case.id), _agreements(session, case.id)] if case.confidential else []),
        _financing(session, case.id),
    ]


def _stage(stages: StageSummary) -> Iterator[Lane]:
    onward = " ou ".join(STAGES[move.to] for move in stages.forward)
    since = f"{STAGES[stages.stage]}, depuis le {day(stages.since.isoformat())}"
    yield Lane("Étape", f"{since} ; ensuite{NBSP}: {onward}" if onward else since, "/etapes")
    for line in stages.called_to_mind:
        words = f"{DATES[line.kind]}, le {day(line.day.isoformat())}"
        yield Lane("Date dépassée" if line.days_left < 0 else "Date proche", words, "/etapes", is_urgent=True)


def _roles(missing: Sequence[Role]) -> Lane:
    if not missing:
        return Lane("Rôles", "reprendre, accompagner, financer : chacun a un candidat", "/roles")
    words = ", ".join(f"{ROLE_TITLES[role][:1].lower()}{ROLE_TITLES[role][1:]}" for role in missing)
    return Lane("Rôles", f"reste à trouver{NBSP}: {words}", "/roles")


def _proposals(session: Session, opportunity_id: str) -> Lane:
    made = proposals.summary(session, opportunity_id)
    if not made.told:
        return Lane("Proposé", "ce cas n’est pas diffusé", "/proposer")
    words = f"à {plural(made.standing, 'acteur')}" if made.standing else "à personne encore"
    return Lane("Proposé", words, "/proposer")


def _sheet(session: Session, opportunity_id: str) -> Lane:
    sheet = sheet_state.summary(session, opportunity_id)
    words = SHEET_STATES[sheet.state]
    if sheet.state == SheetState.APPROVED and sheet.approved_on:
        words += f", le {day(sheet.approved_on.isoformat())}"
    return Lane("Fiche aveugle", words, "/fiche", is_urgent=sheet.state == SheetState.CHANGED)


def _agreements(session: Session, opportunity_id: str) -> Lane:
    agreements = agreement_summary.summary(session, opportunity_id)
    if not agreements.signed:
        return Lane("Engagements", "aucun n’est signé", "/engagement")
    names = sorted({name for _, name, _ in agreements.signed})
    count = plural(len(agreements.signed), "engagement signé", "engagements signés")
    return Lane("Engagements", f"{count}{NBSP}: {', '.join(names)}", "/engagement")


def _financing(session: Session, opportunity_id: str) -> Lane:
    plan = financing.summary(session, opportunity_id)
    if plan is None:
        return Lane("Financement", "pas encore de plan", "/financement")
    words = f"{_euros(plan.total_uses)} d’emplois, {_euros(plan.total_sources)} de ressources"
    if not plan.is_balanced:
        words += f" ; {'il manque' if plan.gap < 0 else 'de trop'}{NBSP}: {_euros(abs(plan.gap))}"
    if plan.jobs_kept is not None:
        words += f" ; {plural(plan.jobs_kept, 'emploi maintenu', 'emplois maintenus')}"
    return Lane("Financement", words, "/financement")


def _euros(amount: int) -> str:
    return f"{number(amount)}{NBSP}€"
