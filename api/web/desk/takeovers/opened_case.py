"""The takeover case whose page is opened."""

from api.catalogue.records import OpportunityFile, read_opportunity
from api.core.errors import NotFoundError
from api.web.visitors import Visitor
from matcher.types import OpportunityKind
from models.unit_of_work import UnitOfWork


def opened_case(unit: UnitOfWork, opportunity_id: str, visitor: Visitor) -> OpportunityFile:
    """Return a takeover case; the look at a confidential one is noted. Raises NotFoundError for anything else."""
    case = read_opportunity(unit, opportunity_id, visitor.audience)
    if case.opportunity.kind != OpportunityKind.TAKEOVER:
        raise NotFoundError("Ce n’est pas un cas de reprise.")
    return case
