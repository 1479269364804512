"""What waits for a facilitator: needs that came in by themselves, and what partners propose to correct in their cards.

A correction is accepted field by field, or not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from api.catalogue.card_corrections import WaitingCorrection, decide_correction, waiting_corrections
from api.catalogue.correctable_fields import PLACE_FIELDS
from api.catalogue.wording import place
from api.core.errors import ChangedMeanwhileError, ConflictError, InvalidError
from api.core.json_values import to_json
from api.stated_needs.fields import heading_of, kind_in_words
from api.stated_needs.kinds import StatedKind
from api.stated_needs.queries import waiting_needs
from api.web.checked_router import CheckedRouter
from api.web.components.field_names import field_in_words, value_in_words
from api.web.components.forms import desk_page
from api.web.components.journal import moment_in_words
from api.web.components.state_badge import StateBadge, need_badge
from api.web.dependencies import EngineDep, NowDep, PlacesDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import FormLine, FormText, FormWord, FormWords, QueryWord
from api.web.rendering import see
from api.web.visitors import Visitor, VisitorDep
from models.database import writing
from models.stated_needs import StatedNeed
from models.unit_of_work import UnitOfWork

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False, prefix="/a-valider")

DONE = {
    "accepte": "La fiche est corrigée. Le partenaire le voit dans son espace.",
    "refuse": "La fiche reste comme elle est. Le partenaire voit votre réponse dans son espace.",
    "clos": "Le besoin est clos. Son auteur lit votre réponse par son lien, ou dans son espace.",
    "note": "C’est noté.",
}
MOST_NEEDS = 50


@dataclass(frozen=True)
class CorrectedField:
    """A field of a proposal. now: what the card holds today, where that is not what the partner saw."""

    name: str
    words: str
    before: str
    after: str
    now: str


@dataclass(frozen=True)
class RefusedDecision:
    """A decision that could not be taken, and why. ticked: the fields to accept; answer: as it was typed."""

    correction_id: str = ""
    ticked: Sequence[str] = ()
    answer: str = ""
    problem: str = ""


@dataclass(frozen=True)
class ShownCorrection:
    """A proposal that waits. seen: the hash of the card; refused: the decision on it that was sent, if it was refused.

    ticked: names of the fields to accept.
    """

    id: str
    actor_id: str
    actor_name: str
    who: str
    when: str
    note: str
    fields: Sequence[CorrectedField]
    ticked: Sequence[str]
    seen: str
    refused: RefusedDecision


@dataclass(frozen=True)
class WaitingNeed:
    """A need that waits. who: whether a partner stated it, or somebody else."""

    address: str
    title: str
    kind: str
    state: StateBadge
    who: str
    when: str
    is_confidential: bool


@dataclass(frozen=True)
class CorrectionsView:
    """The needs and the proposals that wait, the oldest first."""

    needs: Sequence[WaitingNeed]
    more_needs: int
    corrections: Sequence[ShownCorrection]
    done_message: str
    problem_text: str


_NONE_REFUSED = RefusedDecision()


@router.get("")
def corrections(visitor: VisitorDep, unit: UnitDep, fait: QueryWord = "") -> Response:
    return _page(visitor, unit, done_message=DONE.get(fait, ""))


@router.post("/{correction_id}")
def decide(
    correction_id: str,
    visitor: VisitorDep,
    engine: EngineDep,
    unit: UnitDep,
    places: PlacesDep,
    now: NowDep,
    acte: FormWord = "",
    champ: FormWords = (),
    reponse: FormText = "",
    vu: FormLine = "",
) -> Response:
    """`accepter` writes the ticked fields into the card, `refuser` none; champ: their names; vu: the card's hash."""
    if acte not in ("accepter", "refuser"):
        raise InvalidError([("acte", "dites si vous acceptez la correction")])
    accepted = champ if acte == "accepter" else ()
    unit.end_reading()
    try:
        with writing(engine, durable=True) as session:
            decided = decide_correction(
                session, correction_id, accepted, reponse, by=visitor.by, now=now, places=places, seen=vu
            )
            status = decided.status
    except ChangedMeanwhileError as stale:
        refused = RefusedDecision(correction_id, champ, reponse, stale.detail)
        return _page(visitor, unit, refused=refused, status_code=stale.status)
    except ConflictError as conflict:
        return _page(visitor, unit, problem_text=conflict.detail, status_code=conflict.status)
    except InvalidError as invalid:
        problem = " ; ".join(f"{field_in_words(name)} : {why}" for name, why in invalid.fields)
        refused = RefusedDecision(correction_id, champ, reponse, problem)
        return _page(visitor, unit, refused=refused, status_code=invalid.status)
    return see(f"/a-valider?fait={'accepte' if status == 'accepted' else 'refuse'}")


def _page(
    visitor: Visitor,
    unit: UnitOfWork,
    *,
    done_message: str = "",
    problem_text: str = "",
    refused: RefusedDecision = _NONE_REFUSED,
    status_code: int = 200,
) -> Response:
    count, needs = waiting_needs(unit.session, MOST_NEEDS, confidential=True)
    return desk_page(
        "a_valider.html",
        visitor,
        "/",
        status_code,
        view=CorrectionsView(
            [_waiting_need(need) for need in needs],
            count - len(needs),
            [_shown(waiting, refused) for waiting in waiting_corrections(unit.session)],
            done_message,
            problem_text,
        ),
    )


def _waiting_need(need: StatedNeed) -> WaitingNeed:
    return WaitingNeed(
        address=f"/a-valider/besoins/{need.id}",
        title=heading_of(need.typed),
        kind=kind_in_words(need.kind),
        state=need_badge(need.status),
        who="un partenaire" if need.account_id else "la page publique",
        when=moment_in_words((need.confirmed_at or need.stated_at).isoformat()),
        is_confidential=need.kind == StatedKind.TAKEOVER,
    )


def _shown(waiting: WaitingCorrection, refused: RefusedDecision) -> ShownCorrection:
    correction = waiting.correction
    fields = corrected_fields(correction.changes, waiting.actor.model_dump())
    is_refused = correction.id == refused.correction_id
    return ShownCorrection(
        id=correction.id,
        actor_id=waiting.actor.id,
        actor_name=waiting.actor.name,
        who=waiting.account_name or "compte sans nom",
        when=moment_in_words(correction.proposed_at.isoformat()),
        note=correction.note,
        fields=fields,
        ticked=refused.ticked if is_refused else [field.name for field in fields],
        seen=waiting.actor.content_hash,
        refused=refused if is_refused else _NONE_REFUSED,
    )


def corrected_fields(changes: Mapping[str, Sequence[Any]], card: Mapping[str, Any]) -> list[CorrectedField]:
    """Return the fields of a proposal in words; those of the place are one line. card: the row as it is now."""
    fields = []
    for name, (before, after) in changes.items():
        if name not in PLACE_FIELDS:
            now = to_json(card[name])
            words = value_in_words(name, now) if now not in (before, after) else ""
            in_words = value_in_words(name, before), value_in_words(name, after)
            fields.append(CorrectedField(name, field_in_words(name), *in_words, words))
    moved = [name for name in PLACE_FIELDS if name in changes]
    if moved:
        sides = [
            {name: changes[name][side] if name in changes else card[name] for name in PLACE_FIELDS} for side in (0, 1)
        ]
        before, after, now = (_place_in_words(side) for side in (*sides, card))
        fields.insert(0, CorrectedField(moved[0], "Lieu", before, after, now if now not in (before, after) else ""))
    return fields


def _place_in_words(row: Mapping[str, Any]) -> str:
    words = place(row["commune_name"], row["department"])
    return f"{row['postcode']} {words}" if row["postcode"] else words or "–"
