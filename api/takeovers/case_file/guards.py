"""What must be on file before a file moves on. What the house may judge itself is overruled by name, with a reason.

The law is not judged here: that the employees were not informed is a warning, and somebody answers for it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from api.core.french import NBSP, day
from api.core.settings import TakeoverSettings
from api.takeovers.calendar.computed_days import CalendarFacts, earliest_sale
from api.takeovers.calendar.date_kinds import DateKind
from api.takeovers.case_file.exclusivity import running_until
from api.takeovers.stages.reasons import Reason
from api.takeovers.stages.transitions import OWNER_TRACK, Move, Stage, Standing, Way
from models.takeovers import TakeoverDate

# What an offer to a court holds: the nine heads of C. com., art. L642-2 II, and the statement of L642-3.
OFFER_HEADS = 10


@dataclass(frozen=True)
class Gap:
    """What is missing, in French. may_be_overruled: a facilitator may go on, and says why."""

    words: str
    may_be_overruled: bool = False


@dataclass(frozen=True)
class Grounds:
    """What is known when a move is asked for. rows, given: the days with those of the same form; stored: without them.

    heads: how many heads of the offer were ticked. asks_jobs: the form asked for the jobs kept.
    """

    rows: Mapping[DateKind, TakeoverDate]
    given: Mapping[DateKind, date]
    stored: Mapping[DateKind, date]
    facts: CalendarFacts
    today: date
    options: TakeoverSettings
    reasons: Sequence[Reason] = ()
    heads: int = 0
    asks_jobs: bool = False

    def is_past(self, kind: DateKind) -> bool:
        """Return whether somebody gave this day, and it has come."""
        return kind in self.rows and self.rows[kind].day <= self.today


# What a stage says took place, by the stage: the day of it must be on file, and have come.
_EVIDENCE: Mapping[Stage, tuple[DateKind, str]] = {
    Stage.MANDATE: (DateKind.AGREEMENT, "l’accord du cédant"),
    Stage.APPROACHED: (DateKind.SHEET_APPROVED, "l’approbation de la fiche aveugle par le cédant"),
    Stage.COMMITTED: (DateKind.COMMITMENT, "l’engagement de confidentialité signé"),
    Stage.INTENT: (DateKind.INTENT_SIGNED, "la signature de la lettre d’intention"),
    Stage.PROTOCOL: (DateKind.PROTOCOL, "la signature du protocole"),
    Stage.FILED: (DateKind.OFFER_FILED, "le dépôt de l’offre"),
    Stage.HEARD: (DateKind.HEARING, "l’audience"),
    Stage.PLAN: (DateKind.PLAN, "le jugement qui arrête le plan"),
    Stage.POSSESSION: (DateKind.POSSESSION, "l’entrée en jouissance"),
    Stage.CLOSED: (DateKind.CLOSING, "la signature de la cession"),
    Stage.JUDGMENT: (DateKind.JUDGMENT, "le jugement d’ouverture"),
}
# What tells somebody outside of the case.
_TELLING = (Stage.BLIND_SHEET, Stage.APPROACHED, Stage.COMMITTED)


def gaps(standing: Standing, move: Move, grounds: Grounds) -> Sequence[Gap]:
    """Return what is missing for a move, all of it. A correction needs nothing; nor does the trade that goes back."""
    return list(_gaps(standing, move, grounds))


def evidence_of(move: Move) -> DateKind | None:
    """Return the day that a move says has come, for the form that asks for it."""
    if move.way not in (Way.FORWARD, Way.SWITCH):
        return None
    return _EVIDENCE[move.to][0] if move.to in _EVIDENCE and move != Move(Way.SWITCH, Stage.MANDATE) else None


def _gaps(standing: Standing, move: Move, grounds: Grounds) -> Iterator[Gap]:
    if move == Move(Way.OUT, Stage.WITHDRAWN) and Reason.NOT_READY in grounds.reasons:
        resume = grounds.given.get(DateKind.RESUME_ON)
        if resume is None or resume <= grounds.today:
            yield Gap("dites quand y revenir, à une date à venir")
    if (kind := evidence_of(move)) and not grounds.is_past(kind):
        yield Gap(f"il manque la date de ce qui a eu lieu{NBSP}: {_EVIDENCE[move.to][1]}")
    if move.way != Way.FORWARD:
        if move.to == Stage.JUDGMENT and move.way == Way.SWITCH and not _note(grounds, DateKind.JUDGMENT):
            yield Gap("dites quel tribunal a ouvert la procédure")
        return
    if move.to in (Stage.MANDATE, *_TELLING):
        yield from _agreement(grounds)
    if move.to == Stage.INTENT:
        yield from _exclusivity(standing, grounds)
    after_audit = standing.stage == Stage.AUDIT and move.to in (Stage.FINANCED, Stage.CLOSED)
    if after_audit and not grounds.is_past(DateKind.PROTOCOL):
        yield Gap("le protocole n’a pas de date")
    if move.to == Stage.CLOSED and standing.stage in OWNER_TRACK:
        yield from _employees(grounds)
    if move.to == Stage.CALL and DateKind.OFFERS_DUE not in grounds.given:
        yield Gap("il manque la date limite de dépôt des offres, et qui l’a dite")
    if move.to == Stage.FILED:
        yield from _offer(grounds)
    if move.to == Stage.DONE and not grounds.asks_jobs:
        yield Gap("dites combien d’emplois sont maintenus, ou qu’on ne le sait pas")


def _note(grounds: Grounds, kind: DateKind) -> str:
    return grounds.rows[kind].note if kind in grounds.rows else ""


def _agreement(grounds: Grounds) -> Iterator[Gap]:
    """Nobody outside learns anything before the owner agreed: by whom, when, and what may be said."""
    if not grounds.is_past(DateKind.AGREEMENT):
        yield Gap("l’accord du cédant n’est pas noté")
    elif not (grounds.rows[DateKind.AGREEMENT].said_by and grounds.rows[DateKind.AGREEMENT].note):
        yield Gap("de l’accord du cédant, il manque qui l’a donné ou ce qui peut être dit")


def _exclusivity(standing: Standing, grounds: Grounds) -> Iterator[Gap]:
    """A second letter while the first still binds the owner."""
    if Stage.INTENT not in standing.trail:
        return
    if ends := running_until(grounds.stored, grounds.facts, today=grounds.today, options=grounds.options):
        yield Gap(
            f"l’exclusivité d’une autre lettre d’intention court jusqu’au {day(ends.isoformat())}",
            may_be_overruled=True,
        )


def _employees(grounds: Grounds) -> Iterator[Gap]:
    """Proved, or renounced by all, or exempt with the reason; through the council (CSE) where there is one."""
    facts, options = grounds.facts, grounds.options
    is_exempt = facts.headcount == 0 or bool(_note(grounds, DateKind.EMPLOYEES_EXEMPT))
    has_council = facts.headcount is not None and (
        options.employee_notice_headcount <= facts.headcount < options.employee_notice_ceiling
    )
    if is_exempt or DateKind.EMPLOYEES_RENOUNCED in grounds.rows:
        return
    if has_council and grounds.is_past(DateKind.COUNCIL_OPINION):
        return
    informed = grounds.rows.get(DateKind.EMPLOYEES_INFORMED)
    if informed is None:
        yield Gap(
            "rien ne dit que les salariés ont été informés, y ont renoncé, ou que la règle ne s’applique pas", True
        )
        return
    earliest = grounds.given.get(DateKind.EARLIEST_SALE, earliest_sale(informed.day, options))
    closing = grounds.given.get(DateKind.CLOSING)
    if closing and closing < earliest:
        yield Gap(
            f"les salariés ont été informés trop tard{NBSP}: la vente se signe au plus tôt le "
            f"{day(earliest.isoformat())}",
            may_be_overruled=True,
        )


def _offer(grounds: Grounds) -> Iterator[Gap]:
    if grounds.heads < OFFER_HEADS:
        yield Gap("cochez chacun des points que l’offre contient, et l’attestation")
    due, filed = grounds.given.get(DateKind.OFFERS_DUE), grounds.given.get(DateKind.OFFER_FILED)
    if due and filed and filed > due:
        yield Gap(f"l’offre est déposée après la date limite du {day(due.isoformat())}", may_be_overruled=True)
