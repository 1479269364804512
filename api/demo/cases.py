"""Brokerage cases of the demonstration, in every state, and ratings that wait for an answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine

from api.accounts import accounts, invitations
from api.accounts.audience import Audience
from api.audit import log
from api.brokerage import cases
from api.brokerage.case_changes import Change, Keep
from api.brokerage.transitions import State
from api.brokerage.worklist import read_cases
from api.catalogue import records
from api.core.clock import day_in_france
from api.core.settings import Settings
from api.learning.ratings import rate
from api.matching.desk import Desk
from api.matching.impressions import note_shown
from api.matching.snapshot import Snapshot
from api.matching.suggest import actors_for_opportunity
from matcher.learning.observations import Objection
from models.base import identifier
from models.database import reading, writing
from models.partners import Partner
from models.unit_of_work import unit_of_work

FACILITATORS = (("camille.demo@exemple.invalid", "Camille Demo"), ("sacha.demo@exemple.invalid", "Sacha Demo"))

PARTNER = identifier("partners", "demo")

SEEING_ALL = Audience(confidential=True)

ANSWERS = (("m001", 2, 3, "Oui, appelez-moi."), ("m011", 0, 2, ""), ("m010", 1, 1, "Si le chantier se décale."))


@dataclass(frozen=True)
class Step:
    """A step of a case. ago: how many days ago. remind_in: days from the step to the reminder, None for no reminder."""

    ago: int
    to: State | None
    note: str = ""
    remind_in: int | None = None
    reasons: tuple[Objection, ...] = ()
    jobs: tuple[int | None, int | None] | None = None


# Opportunity's id in the fixtures, actor's position in its list (from 0), days since the case was opened, its steps.
CASES: tuple[tuple[str, int, int, tuple[Step, ...]], ...] = (
    ("m001", 0, 12, (
        Step(11, State.CONTACTED, "Au téléphone : ont la place au printemps, demandent le cahier des charges.", 4),
        Step(6, State.INTERESTED, "Cahier des charges lu. Hésitent sur la taille des haies.", 4),
    )),
    ("m001", 1, 12, (
        Step(10, State.REFUSED, "Planning complet jusqu’en juin.", None, (Objection.NO_CAPACITY,)),
    )),
    ("m012", 0, 20, (
        Step(18, State.CONTACTED, "", 7),
        Step(11, State.INTERESTED, "Prêts à mener un groupement.", 3),
        Step(8, State.INTRODUCED, "Réunion avec la communauté de communes.", 8),
    )),
    ("m014", 0, 30, (
        Step(28, State.CONTACTED, ""),
        Step(25, State.INTRODUCED, "Visite de l’atelier par la commune."),
        Step(4, State.WON, "Commande signée.", None, (), (1, 3)),
    )),
    ("m017", 0, 40, (Step(33, State.CONTACTED, "Message laissé au standard."),)),
    ("m016", 0, 26, (
        Step(24, State.INTERESTED, "Rappellent d’eux-mêmes."),
        Step(9, State.LOST, "La verrerie a gardé son fournisseur.", None, (Objection.WRONG_SIZE,)),
    )),
    ("r001", 0, 15, (Step(13, State.CONTACTED, "Premier échange sans nommer l’entreprise.", 20),)),
    ("r002", 0, 45, (
        Step(44, State.CONTACTED, ""),
        Step(38, State.INTERESTED, ""),
        Step(30, State.INTRODUCED, "Rencontre chez le cédant."),
        Step(3, State.WON, "Protocole signé ; effectif repris en entier.", None, (), (None, 12)),
    )),
)  # fmt: skip


def invent_cases(engine: Engine, desk: Desk, *, now: datetime, options: Settings) -> int:
    """Open the cases once, and return their number. Existing facilitators are in charge, or invented ones.

    An opportunity or a position that the fixtures no longer have is left out.
    """
    with reading(engine) as session:
        n_existing = len(read_cases(session, list(State)))
        known_accounts = accounts.all_accounts(session)
    if n_existing:
        return n_existing
    snapshot = desk.snapshot()
    account_ids = [account.id for account in known_accounts if cases.may_be_in_charge(account)]
    if not account_ids:
        for account_email, account_name in FACILITATORS:
            invitations.invite(
                engine, account_email, accounts.FACILITATOR, name=account_name, by=log.CLI, now=now, options=options
            )
            account_ids.append(accounts.find_account(engine, account_email).id)
    n_made = 0
    for case_number, (reference, actor_rank, days_ago, case_steps) in enumerate(CASES):
        suggestion_id = _suggestion(engine, snapshot, reference, actor_rank, now)
        if suggestion_id is None:
            continue
        account_id = account_ids[case_number // 2 % len(account_ids)]
        actor_name, opened_at = f"account:{account_id}", now - timedelta(days=days_ago)
        case_id = cases.open_case(engine, suggestion_id, account_id, by=actor_name, now=opened_at)
        for step_number, step in enumerate(case_steps, 1):
            cases.advance(
                engine, case_id, _change(step, now), seen=step_number, by=actor_name, now=now - timedelta(days=step.ago)
            )
        n_made += 1
    _answer(engine, snapshot, now)
    return n_made


def _change(step: Step, now: datetime) -> Change:
    step_day = day_in_france(now - timedelta(days=step.ago))
    return Change(
        to=step.to,
        note=step.note,
        reasons=step.reasons,
        jobs=Keep.KEEP if step.jobs is None else step.jobs,
        remind_on=None if step.remind_in is None else step_day + timedelta(days=step.remind_in),
    )


def _answer(engine: Engine, snapshot: Snapshot, now: datetime) -> None:
    with writing(engine) as session:
        if session.get(Partner, PARTNER) is None:
            session.add(Partner(id=PARTNER, email="reseau.demo@exemple.invalid", label="Réseau Demo", status="active"))
    for answer_number, (reference, actor_rank, interest, comment) in enumerate(ANSWERS):
        suggestion_id = _suggestion(engine, snapshot, reference, actor_rank, now)
        if suggestion_id:
            answered_at = now - timedelta(days=answer_number + 1)
            rate(engine, PARTNER, suggestion_id, interest=interest, comment=comment, now=answered_at)


def _suggestion(engine: Engine, snapshot: Snapshot, reference: str, actor_rank: int, now: datetime) -> str | None:
    opportunity_id = records.find(engine, "opportunities", reference, SEEING_ALL)
    today = day_in_france(now)
    with unit_of_work(engine) as unit:
        answers = actors_for_opportunity(
            unit.session, snapshot, opportunity_id, SEEING_ALL, k=actor_rank + 1, even_closed=True, today=today
        )
        note_shown(unit, snapshot, answers, SEEING_ALL, day=today)
    entries = answers[0].entries if answers else ()
    return entries[actor_rank].suggestion_id if len(entries) > actor_rank else None
