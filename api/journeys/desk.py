"""What lies on the desk, as the matcher sees it: rows become values and arrays here, and nowhere else."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from sqlalchemy import Engine

from api import codes
from api.axes import Axis
from api.errors import NotFoundError
from api.journeys.axis import axis_of_row
from api.journeys.gazetteer import Gazetteer
from api.journeys.teaser import Teaser, Teasers, facts_of, home_departments
from api.journeys.vectors import Progress, VectorStore
from api.schemas import OpportunityStatus
from matcher.embedding import Encoder
from matcher.index import ActorIndex, OpportunityIndex
from matcher.matching import Matcher
from matcher.scoring import PRIOR, ByKind, Weights, alike
from matcher.tuning import prior_deviations
from matcher.types import Actor, ActorKind, BoolArray, Opportunity, OpportunityKind, Point, Reservation, Seeking
from models import open_data_queries, queries
from models.base import identifier
from models.database import reading, writing
from models.tables import Actor as ActorRow
from models.tables import Lot as LotRow
from models.tables import Opportunity as OpportunityRow
from models.tables import TakeoverCase as TakeoverRow
from models.weights import WeightsVersion

# Of each weight, by kind of opportunity.
Deviations = Mapping[OpportunityKind, Mapping[str, float]]


@dataclass(frozen=True)
class ActorCard:
    """What a reader is shown of an actor in a list."""

    id: str
    name: str
    kind: str
    commune: str | None
    department: str | None


@dataclass(frozen=True)
class OpportunityCard:
    """What a reader is shown of an opportunity, or of one of its lots, in a list; `id` is then the lot's."""

    id: str
    opportunity_id: str
    lot_id: str | None
    lot_number: str | None
    title: str
    lot_title: str | None
    kind: str
    commune: str | None
    department: str | None
    deadline: str | None
    axis: Axis

    @property
    def display_title(self) -> str:
        """The whole's title, then the lot's."""
        return f"{self.title} – lot {self.lot_number} : {self.lot_title}" if self.lot_id else self.title


@dataclass(frozen=True)
class Snapshot:
    """The desk at one moment."""

    actors: ActorIndex
    opportunities: OpportunityIndex
    actor_cards: dict[str, ActorCard]
    opportunity_cards: dict[str, OpportunityCard]
    confidential: frozenset[str]  # ids of confidential actors, opportunities and lots
    teasers: Mapping[str, Opportunity]  # ids of confidential cases → what outsiders are told of them
    teaser_texts: Mapping[str, str]  # the same → how it reads
    cancelled: frozenset[str]  # ids of opportunities and lots
    gazetteer: Gazetteer
    matcher: Matcher
    deviations: Deviations
    weights_id: str

    @cached_property
    def public_actors(self) -> BoolArray:
        """Which of `actors.actors` an outsider may see `(n_actors,)`."""
        return np.array([actor.id not in self.confidential for actor in self.actors.actors], np.bool_)

    @cached_property
    def public_opportunities(self) -> BoolArray:
        """Which of `opportunities` an outsider may see `(n_opportunities,)`."""
        rows = self.opportunities.opportunities
        return np.array([row.id not in self.confidential for row in rows], np.bool_)

    def lots_of(self, opportunity_id: str, *, confidential: bool) -> list[Opportunity]:
        """Return the lots of an opportunity (or one lot by its id), or the opportunity itself where it has none.

        Raises NotFoundError, for what is confidential to the asker as for what does not exist.
        """
        rows = [
            row
            for row in self.opportunities.opportunities
            if opportunity_id in (row.id, self.opportunity_cards[row.id].opportunity_id)
            and (confidential or row.id not in self.confidential)
        ]
        if not rows:
            raise NotFoundError("Cette opportunité n’existe pas.")
        return sorted(rows, key=lambda row: (self.opportunity_cards[row.id].lot_number or "").zfill(9))

    def spots(self, actor_ids: Sequence[str]) -> dict[str, Point]:
        """Return where these actors are, as far as it is known."""
        wanted = set(actor_ids)
        return {actor.id: actor.point for actor in self.actors.actors if actor.id in wanted and actor.point}

    def actor(self, actor_id: str, *, confidential: bool) -> Actor:
        """Return an actor. Raises NotFoundError, as above."""
        for actor in self.actors.actors:
            if actor.id == actor_id and (confidential or actor_id not in self.confidential):
                return actor
        raise NotFoundError("Cet acteur n’existe pas.")


class Desk:
    """Keeps a snapshot of the tables, and makes a new one when they changed."""

    def __init__(self, engine: Engine, encoder: Encoder, progress: Progress | None = None) -> None:
        self.engine = engine
        self.encoder = encoder
        self.vectors = VectorStore(engine, encoder, progress)
        self._lock = threading.Lock()
        self._stamp: object = None
        self._snapshot: Snapshot | None = None

    def snapshot(self) -> Snapshot:
        """Return the desk as it is now; only one thread rebuilds it."""
        with self._lock:
            stamp = self._read_stamp()
            if self._snapshot is None or stamp != self._stamp:
                self._snapshot = self._build()
                self._stamp = stamp
            return self._snapshot

    def _read_stamp(self) -> object:
        # With no weights yet, this makes the first: the stamp must not change because it was read.
        weights_id = active_version(self.engine).id
        with reading(self.engine) as session:
            contracts = open_data_queries.contracts_stamp(session)
            return queries.actors_stamp(session), queries.opportunities_stamp(session), contracts, weights_id

    def _build(self) -> Snapshot:
        version = active_version(self.engine)
        content = read_content(self.engine)
        return Snapshot(
            actors=ActorIndex.build(content.actors, self.vectors.rows),
            opportunities=OpportunityIndex.build(content.opportunities, self.vectors.rows),
            actor_cards=content.actor_cards,
            opportunity_cards=content.opportunity_cards,
            confidential=content.confidential,
            teasers=content.teasers,
            teaser_texts=content.teaser_texts,
            cancelled=content.cancelled,
            gazetteer=content.gazetteer,
            matcher=Matcher(read_weights(version.values), self.encoder.similarity_range),
            deviations=read_deviations(version.values),
            weights_id=version.id,
        )


@dataclass(frozen=True)
class Content:
    """What the tables hold, as the matcher sees it and as a reader is shown it."""

    actors: tuple[Actor, ...]
    opportunities: tuple[Opportunity, ...]
    actor_cards: dict[str, ActorCard]
    opportunity_cards: dict[str, OpportunityCard]
    confidential: frozenset[str]
    teasers: dict[str, Opportunity]
    teaser_texts: dict[str, str]
    cancelled: frozenset[str]
    gazetteer: Gazetteer


def read_content(engine: Engine) -> Content:
    """Return the actors with their members, and the opportunities lot by lot."""
    with reading(engine) as session:
        gazetteer = Gazetteer(queries.all_communes(session))
        actor_rows = queries.all_actors(session)
        memberships = queries.all_memberships(session)
        opportunity_rows = queries.all_opportunities(session)
        lots = queries.all_lots(session)
        cases = {case.opportunity_id: case for case in queries.all_takeover_cases(session)}
        other = open_data_queries.hidden_as_duplicates(session)
        contracts = open_data_queries.contracts_by_siret(session)
    # What a person said is another: that other stands for both, unless one has become confidential since.
    secret = {row.id: row.confidential for rows in (actor_rows, opportunity_rows) for row in rows}
    other = {one: kept for one, kept in other.items() if secret.get(one) == secret.get(kept)}
    actor_rows = [row for row in actor_rows if row.id not in other]
    opportunity_rows = [row for row in opportunity_rows if row.id not in other]
    won = {siret: tuple(dict.fromkeys(one.title for one in rows)) for siret, rows in contracts.items()}
    lone = {row.id: actor_value(row, gazetteer.point(row), won.get(row.siret or "", ())) for row in actor_rows}
    members: dict[str, list[Actor]] = {}
    hidden = {row.id for row in actor_rows if row.confidential}
    for membership in memberships:
        # What a confidential member adds to its network would betray it to an outsider.
        member, carrier = (other.get(one, one) for one in (membership.member_id, membership.carrier_id))
        joined = members.setdefault(carrier, []) if member in lone and member != carrier else []
        if member not in hidden and member in lone and lone[member] not in joined:
            joined.append(lone[member])
    lots_by_opportunity: dict[str, list[LotRow]] = {}
    for lot in lots:
        lots_by_opportunity.setdefault(lot.opportunity_id, []).append(lot)
    opportunities: list[Opportunity] = []
    cards: dict[str, OpportunityCard] = {}
    confidential, cancelled = set(hidden), set[str]()
    teasers: dict[str, Opportunity] = {}
    teaser_texts: dict[str, str] = {}
    told = [row for row in opportunity_rows if is_told(row)]
    describe = _describer(actor_rows, cases, gazetteer) if told else None
    for row in opportunity_rows:
        own_lots = lots_by_opportunity.get(row.id, [])
        parts: Sequence[LotRow | None] = own_lots or [None]
        axis = axis_of_row(row, own_lots)
        for part in parts:
            value = opportunity_value(row, gazetteer.point(row), part, cases.get(row.id))
            opportunities.append(value)
            cards[value.id] = _opportunity_card(row, part, gazetteer.name(row), axis)
            if row.status == OpportunityStatus.CANCELLED:
                cancelled.add(value.id)
            if row.confidential:
                confidential.add(value.id)
                if describe and is_told(row):
                    teaser = describe(row)
                    teasers[value.id], teaser_texts[value.id] = blind(value, teaser.activity), teaser.text
    return Content(
        actors=tuple(
            replace(actor, members=tuple(members[actor.id])) if actor.id in members else actor
            for actor in lone.values()
        ),
        opportunities=tuple(opportunities),
        actor_cards={
            row.id: ActorCard(row.id, row.name, row.kind, gazetteer.name(row), row.department) for row in actor_rows
        },
        opportunity_cards=cards,
        confidential=frozenset(confidential),
        teasers=teasers,
        teaser_texts=teaser_texts,
        cancelled=frozenset(cancelled),
        gazetteer=gazetteer,
    )


def is_told(row: OpportunityRow) -> bool:
    """Return whether outsiders may hear of a confidential case: a facilitator wrote a teaser for it.

    They are told what `api.journeys.teaser` makes of the case, never the words of the facilitator.
    """
    return row.confidential and bool(row.teaser) and row.kind == OpportunityKind.TAKEOVER


def _describer(
    actors: Sequence[ActorRow], cases: Mapping[str, TakeoverRow], gazetteer: Gazetteer
) -> Callable[[OpportunityRow], Teaser]:
    establishments = [row for row in actors if not row.confidential and row.kind != ActorKind.NETWORK]
    teasers = Teasers(establishments, home_departments())

    def describe(row: OpportunityRow) -> Teaser:
        case = cases.get(row.id)
        return teasers.of(facts_of(row, case.headcount if case else None), gazetteer.names)

    return describe


def active_version(engine: Engine) -> WeightsVersion:
    """Return the version of the weights that ranks; with none, the prior becomes the first."""
    with reading(engine) as session:
        version = queries.active_weights(session)
    if version is None:
        version = WeightsVersion(
            id=identifier("weights", PRIOR.revision),
            status="active",
            values=stored_weights(alike(PRIOR)),
            note="prior",
        )
        with writing(engine) as session:
            session.merge(version)
    return version


def active_weights(engine: Engine) -> tuple[str, ByKind]:
    """Return the weights that rank, and their version's id."""
    version = active_version(engine)
    return version.id, read_weights(version.values)


def stored_weights(weights: ByKind, deviations: Deviations | None = None) -> dict[str, Any]:
    """Return weights as a version holds them, `{"market": {...}, "takeover": {...}}`, and how sure they are."""
    stored: dict[str, Any] = {
        kind.value: {"bias": one.bias, "values": dict(one.values), "neutral": dict(one.neutral)}
        for kind, one in weights.items()
    }
    if deviations:
        stored["deviations"] = {kind.value: dict(one) for kind, one in deviations.items()}
    return stored


def read_weights(values: Mapping[str, Any]) -> ByKind:
    """Return what a version holds; versions of before had one set for all kinds."""
    if "bias" in values:
        return alike(Weights(**values))
    return {kind: Weights(**values[kind]) for kind in OpportunityKind}


def read_deviations(values: Mapping[str, Any]) -> Deviations:
    """Return how sure the weights of a version are; where nothing was learned, what is believed before any rating."""
    stored = values.get("deviations")
    return {kind: stored[kind] if stored else prior_deviations(PRIOR) for kind in OpportunityKind}


def actor_value(row: ActorRow, point: Point | None, references: tuple[str, ...] = ()) -> Actor:
    """Return an actor as the matcher sees it, without its members; references: titles of contracts that it won."""
    return Actor(
        id=row.id,
        kind=ActorKind(row.kind),
        name=row.name,
        activities=tuple(row.activities),
        naf=tuple(activity["code"] for activity in row.naf),
        point=point,
        department=row.department,
        commune=row.commune_code,
        radius_km=row.radius_km,
        area_departments=frozenset(row.area_departments),
        area_communes=frozenset(row.area_communes),
        headcount=_headcount(row),
        turnover_eur=row.turnover_eur,
        approvals=frozenset(row.approvals),
        seeks=frozenset(Seeking(seeking) for seeking in row.seeks),
        ess=True if row.esus else row.ess,
        siren=row.siret[:9] if row.siret else None,
        informed_on=row.information_date,
        references=references,
    )


def opportunity_value(
    row: OpportunityRow, point: Point | None, lot: LotRow | None, case: TakeoverRow | None
) -> Opportunity:
    """Return an opportunity, or one of its lots, as the matcher sees it."""
    takeover = row.kind == OpportunityKind.TAKEOVER
    sirens = [row.buyer_siret[:9] if row.buyer_siret else None, case.holder_siren if case else None]
    price = (case.price_max_eur or case.price_min_eur) if case else None
    return Opportunity(
        id=lot.id if lot else row.id,
        kind=OpportunityKind(row.kind),
        # A case's teaser says the trade; its title is the company's name.
        title=(row.teaser or row.title) if takeover else row.title,
        description=row.description or "",
        lot_title=lot.title if lot else "",
        naf=tuple(activity["code"] for activity in row.naf),
        cpv=tuple((lot.cpv if lot else None) or row.cpv),
        point=point,
        department=row.department,
        commune=row.commune_code,
        amount_eur=price if takeover else (lot.amount_eur if lot else row.amount_eur),
        headcount=case.headcount if case else None,
        subcontract=row.origin == "subcontract",
        reserved=frozenset(Reservation(r) for r in ((lot.reserved if lot else None) or row.reserved)),
        required_approvals=frozenset(row.required_approvals),
        own_sirens=frozenset(siren for siren in sirens if siren),
        published_on=row.published_on,
        deadline=row.deadline,
        open=row.status == "open",
    )


def blind(case: Opportunity, activity: str) -> Opportunity:
    """Return what an outsider is told of a confidential case, as the matcher sees it: the trade that its teaser names.

    A score made from it can say no more than it. `own_sirens` excludes the holder from hearing of its own case, and is
    in no score.
    """
    return Opportunity(id=case.id, kind=case.kind, title=activity, own_sirens=case.own_sirens, open=case.open)


def _headcount(row: ActorRow) -> float | None:
    """Return the headcount, or the middle of its band (the lowest of an open one)."""
    if row.headcount is not None:
        return row.headcount
    low, high = codes.HEADCOUNT_BANDS.get(row.headcount_band or "NN", (None, None))
    if low is None:
        return None
    return low if high is None else (low + high) / 2


def _opportunity_card(row: OpportunityRow, lot: LotRow | None, commune: str | None, axis: Axis) -> OpportunityCard:
    return OpportunityCard(
        id=lot.id if lot else row.id,
        opportunity_id=row.id,
        lot_id=lot.id if lot else None,
        lot_number=lot.number if lot else None,
        title=row.title,
        lot_title=lot.title if lot else None,
        kind=row.kind,
        commune=commune,
        department=row.department,
        deadline=row.deadline.isoformat() if row.deadline else None,
        axis=axis,
    )
