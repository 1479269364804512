"""The saving of what is known of a company: each adds a version, whole, and nothing is changed afterwards.

So the history says who noted what, and when.
"""

from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session

from api.audit import log
from api.core.clock import day_in_france
from api.core.errors import ChangedMeanwhileError
from api.takeovers.cases import takeover_case
from api.takeovers.company import queries
from api.takeovers.company.company_facts import CompanyFacts
from api.takeovers.company.records import read_facts
from api.takeovers.company.rules import check_facts
from models.database import writing
from models.takeover_facts import TakeoverFacts, TakeoverYear

CHANGED = "Ces informations ont changé depuis que vous les avez ouvertes."


def save_facts(engine: Engine, opportunity_id: str, facts: CompanyFacts, *, seen: int, by: str, now: datetime) -> bool:
    """Note the facts as a new version, in a unit of work of its own; return whether they differ from the last one.

    seen: the version that the person had before them. Raises NotFoundError for what is no takeover case,
    ChangedMeanwhileError, InvalidError (fields by the names of `CompanyFacts` and `YearFigures`).
    """
    with writing(engine, durable=True) as session:
        takeover_case(session, opportunity_id, held=True)
        stored = read_facts(session, opportunity_id)
        if stored.version != seen:
            raise ChangedMeanwhileError(CHANGED)
        names = queries.contact_names(session, opportunity_id)
        check_facts(facts, names, today=day_in_france(now))
        if facts == stored.facts:
            return False
        _add_version(session, opportunity_id, facts, stored.version + 1, by, now)
        log.note(session, by=by, action="takeover_file.facts_noted", kind="opportunity", of=opportunity_id, now=now)
    return True


def _add_version(
    session: Session, opportunity_id: str, facts: CompanyFacts, version: int, by: str, now: datetime
) -> None:
    session.add(
        TakeoverFacts(
            opportunity_id=opportunity_id,
            version=version,
            at=now,
            by=by,
            reason=facts.reason,
            premises=facts.premises.value if facts.premises else "",
            premises_note=facts.premises_note,
            key_roles=list(facts.key_roles),
        )
    )
    session.flush()
    for year in facts.years:
        session.add(TakeoverYear(opportunity_id=opportunity_id, version=version, **vars(year)))
