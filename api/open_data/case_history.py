"""What the public notices of a takeover case say, in French: each of them, and how the case ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from api.core.french import day
from api.open_data import queries
from api.open_data.case_notices import stored_notice
from api.open_data.case_state import fold_case, standing_notices
from api.open_data.sources.contract import CaseNotice, Step

STEPS: dict[Step | None, str] = {
    "opening": "ouverture d’une procédure collective",
    "conversion": "conversion de la procédure",
    "sold": "plan de cession de l’entreprise",
    "sale": "vente d’un fonds de commerce",
    "plan": "plan de redressement ou de sauvegarde",
    "insufficient_assets": "clôture pour insuffisance d’actif",
    "debts_paid": "clôture pour extinction du passif",
    "closed": "clôture de la procédure",
    "ended": "fin de la procédure",
    "withdrawn": "rétractation du jugement",
    None: "autre décision",
}
OUTCOMES: dict[Step, str] = {
    "sold": "entreprise cédée par un plan de cession",
    "sale": "fonds de commerce vendu",
    "plan": "plan arrêté : l’entreprise continue",
    "insufficient_assets": "procédure close pour insuffisance d’actif, sans cession publiée",
    "debts_paid": "procédure close, le passif étant éteint",
    "closed": "procédure close",
    "ended": "fin de la procédure : l’entreprise continue",
    "withdrawn": "ouverture annulée ou rétractée",
}


@dataclass(frozen=True)
class NoticeLine:
    """A notice: when it was published, what it says, and what became of it (« annulée »), empty while it stands."""

    published_on: date
    words: str
    gone: str
    url: str


@dataclass(frozen=True)
class CaseHistory:
    """outcome: how the case ended, and when that was published; empty while it is open. notices: oldest first."""

    outcome: str
    notices: Sequence[NoticeLine]


def case_history(session: Session, source: str, source_id: str) -> CaseHistory:
    """Return the notices of a case, known by its source's id; none where no notice made it."""
    rows = queries.case_notices(session, source, [source_id])
    if not rows:
        return CaseHistory("", [])
    notices = [stored_notice(row) for row in rows]
    state, standing = fold_case(notices, {}), {notice.reference for notice in standing_notices(notices)}
    replaced = {notice.amends for notice in notices if notice.amendment == "replaces"}
    lines = [
        NoticeLine(
            notice.published_on,
            _words(notice),
            "" if notice.reference in standing else "remplacée" if notice.reference in replaced else "annulée",
            row.content.get("url", ""),
        )
        for row, notice in zip(rows, notices, strict=True)
    ]
    ended_on = day(state.last.published_on.isoformat())
    return CaseHistory(f"{OUTCOMES[state.outcome]} (annonce du {ended_on})" if state.outcome else "", lines)


def _words(notice: CaseNotice) -> str:
    step_words = STEPS[notice.step]
    if notice.amendment == "annuls" and notice.step != "withdrawn":
        return f"Annulation d’une annonce : {step_words}" if notice.step else "Annulation d’une annonce"
    if notice.amendment == "replaces":
        return f"Rectification : {step_words}"
    return step_words[0].upper() + step_words[1:]
