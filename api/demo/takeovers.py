"""Files of takeover cases of the demonstration: one of each fate, on both tracks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from api.accounts import accounts
from api.accounts.audience import Audience
from api.audit import log
from api.brokerage import cases
from api.catalogue import records
from api.core.clock import day_in_france
from api.core.settings import Settings
from api.takeovers.calendar.date_kinds import DateKind
from api.takeovers.case_file.changes import FileChange, GivenDay, change_file
from api.takeovers.case_file.history import read_file
from api.takeovers.stages.reasons import Reason
from api.takeovers.stages.transitions import Move, Procedure, Sells, Stage, Way
from models.database import reading

SEEING_ALL = Audience(confidential=True)


@dataclass(frozen=True)
class Step:
    """A step of a file. ago: how many days ago. days: kind → (days from now, who said it, note)."""

    ago: int
    to: Stage | None = None
    days: Mapping[DateKind, tuple[int, str, str]] = field(default_factory=dict)
    note: str = ""
    way: Way = Way.FORWARD
    fields: Mapping[str, Any] = field(default_factory=dict)


def _agreed(ago: int, by: str) -> Step:
    return Step(ago, Stage.MANDATE, {DateKind.AGREEMENT: (-ago, by, "le métier et le secteur, sans la commune")})


OWNER, COUNCIL = "le cédant", "Me Roche, conseil du cédant"
FILES: Mapping[str, Sequence[Step]] = {
    "r001": (
        _agreed(13, OWNER),
        Step(9, Stage.BLIND_SHEET, fields={"sells": Sells.SHARES}),
        Step(6, Stage.APPROACHED, {DateKind.SHEET_APPROVED: (-7, OWNER, "première version")}, "Deux candidats."),
    ),
    "r002": (
        _agreed(60, OWNER),
        Step(58, Stage.COMMITTED, {DateKind.COMMITMENT: (-58, "le candidat", "")}, "Repreneur déjà connu du cédant."),
        Step(30, Stage.MET, {DateKind.MEETING: (-30, OWNER, "")}),
        Step(20, Stage.INTENT, {DateKind.INTENT_SIGNED: (-20, COUNCIL, "")}, fields={"sells": Sells.BUSINESS}),
        Step(12, Stage.AUDIT),
        Step(3, Stage.PROTOCOL, {
            DateKind.PROTOCOL: (-3, COUNCIL, ""),
            DateKind.EMPLOYEES_INFORMED: (-40, OWNER, "remise contre signature, douze salariés"),
            DateKind.CLOSING: (36, COUNCIL, ""),
        }, "Rendez-vous pris chez le notaire pour la cession."),
    ),
    "r005": (
        Step(12, days={DateKind.JUDGMENT: (-20, "BODACC", "tribunal de commerce")},
             fields={"procedure": Procedure.RECOVERY}),
        Step(10, Stage.ADMINISTRATOR, note="L’administrateur ouvre la salle de données après engagement."),
        Step(8, Stage.CALL, {DateKind.OFFERS_DUE: (10, "l’administrateur", "")}),
        Step(4, Stage.PREPARING, {DateKind.HEARING: (26, "l’administrateur", "tribunal de commerce")}),
    ),
    "r004": (
        _agreed(50, OWNER),
        Step(5, Stage.LOST, way=Way.OUT, note="Le prix attendu reste loin de celui des candidats.",
             fields={"reasons": [Reason.PRICE, Reason.NO_CANDIDATE]}),
    ),
    "r016": (
        Step(15, Stage.WITHDRAWN, {DateKind.RESUME_ON: (75, OWNER, "")}, way=Way.OUT,
             fields={"reasons": [Reason.NOT_READY]}),
    ),
    "r021": (
        _agreed(140, OWNER),
        Step(130, Stage.COMMITTED, {DateKind.COMMITMENT: (-130, "le candidat", "")}),
        Step(110, Stage.MET),
        Step(70, Stage.PROTOCOL, {DateKind.PROTOCOL: (-70, COUNCIL, "")}),
        Step(30, Stage.CLOSED, {
            DateKind.CLOSING: (-30, COUNCIL, ""),
            DateKind.EMPLOYEES_INFORMED: (-95, OWNER, "remise contre signature, quatre salariés"),
        }),
        Step(29, Stage.HANDOVER, note="Deux jours par semaine, six mois."),
    ),
}  # fmt: skip


def invent_takeovers(engine: Engine, *, now: datetime, options: Settings) -> int:
    """Play the files once, and return their number. A facilitator is in charge of each; a case that is gone is left."""
    with reading(engine) as session:
        account_ids = [account.id for account in accounts.all_accounts(session) if cases.may_be_in_charge(account)]
    for number, (reference, steps) in enumerate(FILES.items()):
        opportunity_id = records.find(engine, "opportunities", reference, SEEING_ALL)
        with reading(engine) as session:
            is_played = read_file(session, opportunity_id).row.version > 0
        if is_played:
            continue
        in_charge = account_ids[number % len(account_ids)] if account_ids else None
        for seen, step in enumerate(steps):
            change = FileChange(
                move=Move(step.way, step.to) if step.to else None,
                days=[
                    GivenDay(kind, day_in_france(now + timedelta(days=shift)), said_by, note)
                    for kind, (shift, said_by, note) in step.days.items()
                ],
                note=step.note,
                facilitator_id=in_charge,
                **step.fields,
            )
            by = f"account:{in_charge}" if in_charge else log.CLI
            at = now - timedelta(days=step.ago)
            change_file(engine, opportunity_id, change, seen=seen, by=by, now=at, options=options)
    return len(FILES)
