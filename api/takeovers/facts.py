"""The facts of a takeover case beside its card: the owner's agreement, the company's years, premises, people, reason.

Each saving adds a version, whole; nothing is changed afterwards, so that the history says who noted what, and when.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session

from api.audit import log
from api.core.clock import day_in_france
from api.core.errors import ChangedMeanwhileError, NotFoundError
from api.takeovers import facts_queries as queries
from api.takeovers.company_facts import AgreedBy, Agreement, CompanyFacts, NotedFacts, Premises, YearFigures
from api.takeovers.facts_rules import check_facts
from models.database import writing
from models.opportunities import Opportunity
from models.takeover_facts import TakeoverFacts, TakeoverYear

CHANGED = "Ces informations ont changé depuis que vous les avez ouvertes."


def read_facts(session: Session, opportunity_id: str) -> NotedFacts:
    """Return the last version of the facts of a case."""
    row = queries.last_facts(session, opportunity_id)
    if row is None:
        return NotedFacts()
    return _noted(row, queries.years_of(session, opportunity_id, row.version))


def agreement_of(session: Session, opportunity_id: str) -> Agreement | None:
    """Return the owner's agreement to be told of; None where there is none in the last version."""
    row = queries.last_facts(session, opportunity_id)
    return _agreement(row) if row else None


def facts_history(session: Session, opportunity_id: str) -> list[NotedFacts]:
    """Return every version, the oldest first."""
    years: dict[int, list[TakeoverYear]] = {}
    for year in queries.all_years(session, opportunity_id):
        years.setdefault(year.version, []).append(year)
    return [_noted(row, years.get(row.version, [])) for row in queries.all_facts(session, opportunity_id)]


def save_facts(engine: Engine, opportunity_id: str, facts: CompanyFacts, *, seen: int, by: str, now: datetime) -> bool:
    """Note the facts as a new version, in a unit of work of its own; return whether they differ from the last one.

    seen: the version that the person had before them. Raises NotFoundError for what is no takeover case,
    ChangedMeanwhileError, InvalidError (fields by the names of `CompanyFacts`, `Agreement` and `YearFigures`).
    """
    with writing(engine, durable=True) as session:
        held_case(session, opportunity_id)
        stored = read_facts(session, opportunity_id)
        if stored.version != seen:
            raise ChangedMeanwhileError(CHANGED)
        contacts = queries.contact_names(session, opportunity_id)
        check_facts(facts, contacts, today=day_in_france(now))
        if facts == stored.facts:
            return False
        _add_version(session, opportunity_id, facts, stored.version + 1, by, now)
        log.note(session, by=by, action="takeover.noted", kind="opportunity", of=opportunity_id, now=now)
    return True


def held_case(session: Session, opportunity_id: str) -> Opportunity:
    """Return a takeover case, its row locked until this unit of work ends. Raises NotFoundError for anything else."""
    case = queries.opportunity_held(session, opportunity_id)
    if case is None or case.kind != "takeover":
        raise NotFoundError("Ce cas de reprise n’existe pas.")
    return case


def _add_version(
    session: Session, opportunity_id: str, facts: CompanyFacts, version: int, by: str, now: datetime
) -> None:
    agreement = facts.agreement
    session.add(
        TakeoverFacts(
            opportunity_id=opportunity_id,
            version=version,
            at=now,
            by=by,
            agreed_by=agreement.by.value if agreement else "",
            agreed_contact_id=agreement.contact_id if agreement else None,
            agreed_on=agreement.on if agreement else None,
            may_be_told=agreement.may_be_told if agreement else "",
            reason=facts.reason,
            premises=facts.premises.value if facts.premises else "",
            premises_note=facts.premises_note,
            key_roles=list(facts.key_roles),
        )
    )
    session.flush()
    for year in facts.years:
        session.add(TakeoverYear(opportunity_id=opportunity_id, version=version, **vars(year)))


def _noted(row: TakeoverFacts, years: Sequence[TakeoverYear]) -> NotedFacts:
    facts = CompanyFacts(
        agreement=_agreement(row),
        reason=row.reason,
        premises=Premises(row.premises) if row.premises else None,
        premises_note=row.premises_note,
        key_roles=tuple(row.key_roles),
        years=tuple(
            YearFigures(year.year, year.turnover_eur, year.result_eur, year.ebitda_eur)
            for year in sorted(years, key=lambda year: -year.year)
        ),
    )
    return NotedFacts(facts, row.version, row.at, row.by)


def _agreement(row: TakeoverFacts) -> Agreement | None:
    if not row.agreed_by or row.agreed_on is None:
        return None
    return Agreement(AgreedBy(row.agreed_by), row.agreed_on, row.may_be_told, row.agreed_contact_id)
