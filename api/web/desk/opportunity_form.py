"""Openings with their lots, and takeover cases, added and corrected on the desk."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import partial
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlmodel import Session
from starlette.responses import Response

from api.catalogue import record_changes, records
from api.contacts.schemas import RETENTION
from api.core.errors import ConflictError, InvalidError, NotFoundError
from api.entry.actor_entry import on_the_form
from api.entry.entry_fields import by_field, changed_names, stored_in_words, written_fields
from api.entry.entry_place import PLACE, written_place
from api.entry.known_company import known_holder
from api.entry.opportunity_entry import (
    HOLDER,
    HOLDER_SIREN,
    fields_of,
    lots_differ,
    new_fields_of,
    opportunity_form,
    opportunity_problems,
    read_opportunity,
)
from api.entry.queries import typed_row
from api.entry.saving import changes_of, opportunity_content, save_opportunity
from api.entry.similar import SimilarRow, company_digits, similar_opportunities
from api.entry.typed_form import TypedForm
from api.matching.snapshot import Snapshot
from api.stated_needs.kinds import opportunity_kind
from api.stated_needs.prefilled import NEED, form_of
from api.stated_needs.reading import read_need, sender_of
from api.stated_needs.stating import publish_need
from api.web.checked_router import CheckedRouter
from api.web.components.contact_form import SENT
from api.web.components.entry_form import (
    EMPTY_LOTS,
    MORE_LOTS,
    NOTHING_SIMILAR,
    EntryForm,
    SimilarView,
    contact_part,
    lots_to_show,
    places_offered,
    read_contact_part,
    reference_of,
)
from api.web.components.forms import desk_page
from api.web.components.sent_forms import KeptFormDep, SentFormDep
from api.web.components.shown_fields import TypedFormDep, general_problems, shown_field, shown_fields
from api.web.dependencies import EngineDep, NowDep, PlacesDep, TodayDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import QueryWord
from api.web.house import SnapshotDep
from api.web.rendering import page, see
from api.web.visitors import Visitor, VisitorDep
from matcher.types import OpportunityKind
from models.opportunities import Opportunity
from models.unit_of_work import UnitOfWork

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False)

MARKET, TAKEOVER = OpportunityKind.MARKET.value, OpportunityKind.TAKEOVER.value
NEW = {MARKET: "/opportunites/nouvelle", TAKEOVER: "/reprises/nouvelle"}
HEADINGS = {MARKET: "Ajouter une opportunité", TAKEOVER: "Ajouter un cas de reprise"}
LIST = "/opportunites"
CRUMB = (LIST, "Opportunités")
# Where stated needs wait.
NEEDS = "/a-valider"
_FIRST = {MARKET: TypedForm(), TAKEOVER: TypedForm({"takeover.cause": ("other",)})}


async def _asked_kind(request: Request) -> str:
    """Return the kind of what an address adds."""
    return TAKEOVER if request.url.path.startswith("/reprises/") else MARKET


KindDep = Annotated[str, Depends(_asked_kind)]


@router.get("/opportunites/nouvelle")
@router.get("/reprises/nouvelle")
def new_opportunity(
    visitor: VisitorDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    kept: KeptFormDep,
    kind: KindDep,
    now: NowDep,
    today: TodayDep,
    besoin: QueryWord = "",
) -> Response:
    """besoin: the id of a stated need, of which the form is filled."""
    typed = kept or _FIRST[kind]
    if besoin and kept is None:
        need = read_need(unit, besoin, by=visitor.by, now=now)
        if opportunity_kind(need.kind) != kind:
            return see(f"{NEW[opportunity_kind(need.kind)]}?besoin={need.id}")
        typed = form_of(need, sender_of(unit.session, need), SENT, today + RETENTION)
    return _new_page(visitor, snapshot, today, typed, kind, is_restored=kept is not None)


@router.post("/opportunites/nouvelle")
@router.post("/reprises/nouvelle")
def add_opportunity(
    visitor: VisitorDep,
    engine: EngineDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    places: PlacesDep,
    typed: SentFormDep,
    kind: KindDep,
    now: NowDep,
    today: TodayDep,
) -> Response:
    """Fill the form from a SIREN, offer more lots, look for similar rows, or store the opportunity (`acte`)."""
    act, reference = typed.text("acte"), reference_of(typed)
    if act == "abandonner":
        return see(LIST)
    if act == "lots":
        return _new_page(visitor, snapshot, today, typed, kind, more_lots=MORE_LOTS)
    if act == "completer":
        return _completed(visitor, unit, snapshot, typed, today)
    if stored_id := typed_row(unit.session, Opportunity, reference):
        # The same form, sent twice.
        return see(f"/opportunites/{stored_id}?fait=ajoute")
    values, problems = read_opportunity(typed, kind, snapshot.gazetteer, snapshot.departments)
    content = opportunity_content(values, kind, reference)
    similar = similar_opportunities(unit.session, content)
    unit.end_reading()
    if act == "ressemblances":
        notes = [] if similar else [NOTHING_SIMILAR]
        return _new_page(visitor, snapshot, today, typed, kind, similar=similar, notes=notes)
    contact, contact_problems = read_contact_part(typed, today)
    problems = {**opportunity_problems(content), **problems, **contact_problems}
    if problems:
        return _new_page(visitor, snapshot, today, typed, kind, problems, similar=similar, status_code=422)
    if similar and act != "distinct":
        return _new_page(
            visitor, snapshot, today, typed, kind, similar=similar, asks_whether_other=True, status_code=409
        )
    try:
        also = partial(_publish, need_id=need_id, by=visitor.by, now=now) if (need_id := typed.text(NEED)) else None
        saved = save_opportunity(engine, content, contact, by=visitor.by, now=now, places=places, also=also)
    except (ConflictError, NotFoundError) as refused:
        # Of the stated need: somebody else was quicker, or its sender withdrew it.
        problems = {"": refused.detail}
        return _new_page(visitor, snapshot, today, typed, kind, problems, similar=similar, status_code=refused.status)
    except InvalidError as invalid:
        problems = on_the_form(by_field(invalid.fields))
        return _new_page(visitor, snapshot, today, typed, kind, problems, similar=similar, status_code=422)
    return see(f"/opportunites/{saved.row_id}?fait=ajoute")


@router.post("/opportunites/ressemblances")
@router.post("/reprises/ressemblances")
def similar_to_typed(
    visitor: VisitorDep,  # noqa: ARG001
    unit: UnitDep,
    snapshot: SnapshotDep,
    typed: TypedFormDep,
    kind: KindDep,
) -> Response:
    """Return the part of the page that names similar rows, for the script that asks while somebody types."""
    values, _ = read_opportunity(typed, kind, snapshot.gazetteer, snapshot.departments)
    similar = similar_opportunities(unit.session, opportunity_content(values, kind, ""))
    return page("ressemblances.html", view=SimilarView(similar, "/opportunites/"))


@router.get("/opportunites/{opportunity_id}/corriger")
def correction_form(
    opportunity_id: str,
    visitor: VisitorDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    kept: KeptFormDep,
) -> Response:
    opportunity_file = records.read_opportunity(unit, opportunity_id, visitor.audience)
    typed = kept or _shown(opportunity_file, snapshot)
    seen = kept.text("vu") if kept else opportunity_file.opportunity.content_hash
    return _correction_page(visitor, snapshot, opportunity_file, typed, seen=seen, is_restored=kept is not None)


@router.post("/opportunites/{opportunity_id}/corriger")
def correct_opportunity(
    opportunity_id: str,
    visitor: VisitorDep,
    engine: EngineDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    places: PlacesDep,
    typed: SentFormDep,
) -> Response:
    opportunity_file = records.read_opportunity(unit, opportunity_id, visitor.audience)
    opportunity = opportunity_file.opportunity
    own_address = f"/opportunites/{opportunity_id}"
    act, shown = typed.text("acte"), _shown(opportunity_file, snapshot)
    unit.end_reading()
    if act == "abandonner":
        return see(own_address)
    if act == "lots":
        seen = typed.text("vu")
        return _correction_page(visitor, snapshot, opportunity_file, typed, seen=seen, more_lots=MORE_LOTS)
    kind = opportunity.kind
    values, problems = read_opportunity(typed, kind, snapshot.gazetteer, snapshot.departments, vars(opportunity))
    changed = changed_names(fields_of(kind), shown, typed) | ({"lots"} if lots_differ(shown, typed) else set())
    problems = {name: why for name, why in problems.items() if name in changed}
    changes = changes_of(values, changed)
    if typed.text("vu") != opportunity.content_hash:
        lots = {"lots": "Les lots de la fiche ne sont pas, ou plus, ceux-ci."} if "lots" in changed else {}
        stored = stored_in_words(fields_of(kind), shown, changed)
        problems = {"": record_changes.CARD_CHANGED} | stored | lots | problems
    if not problems and not changes:
        return see(f"{own_address}?fait=inchange")
    if not problems:
        try:
            seen = typed.text("vu")
            record_changes.change_opportunity(engine, opportunity_id, changes, by=visitor.by, places=places, seen=seen)
        except ConflictError as conflict:
            problems = {"": conflict.detail}
        except InvalidError as invalid:
            problems = on_the_form(by_field(invalid.fields))
        else:
            return see(f"{own_address}?fait=corrige")
    seen = opportunity.content_hash
    return _correction_page(visitor, snapshot, opportunity_file, typed, problems, seen=seen, status_code=422)


def _publish(session: Session, opportunity_id: str, *, need_id: str, by: str, now: datetime) -> None:
    publish_need(session, need_id, session.get_one(Opportunity, opportunity_id), by=by, now=now)


def _completed(visitor: Visitor, unit: UnitOfWork, snapshot: Snapshot, typed: TypedForm, today: date) -> Response:
    """Fill what is empty of a takeover case from the tables alone."""
    siren = company_digits(typed.text(HOLDER))[:9]
    if not siren:
        problem = {HOLDER: "Écrivez le SIREN de l’entreprise : neuf chiffres."}
        return _new_page(visitor, snapshot, today, typed, TAKEOVER, problem, status_code=422)
    known = known_holder(unit.session, siren)
    similar = similar_opportunities(unit.session, {"kind": TAKEOVER, "takeover": {"holder_siren": siren}})
    unit.end_reading()
    shown: dict[str, Any] = {**known, HOLDER: siren, PLACE: written_place(known, snapshot.gazetteer) or None}
    form = typed.over(written_fields(fields_of(TAKEOVER), shown))
    note = (
        "Complété depuis les fiches du bureau : vérifiez, puis enregistrez. Aucun service public n’a été interrogé."
        if known
        else "Cette entreprise n’est pas au bureau : complétez à la main. Aucun service public n’a été interrogé."
    )
    return _new_page(visitor, snapshot, today, form, TAKEOVER, notes=[note], similar=similar)


def _shown(opportunity_file: records.OpportunityFile, snapshot: Snapshot) -> TypedForm:
    case = opportunity_file.takeover
    return opportunity_form(
        vars(opportunity_file.opportunity),
        [vars(lot) for lot in opportunity_file.lots],
        vars(case) if case else None,
        snapshot.gazetteer,
    )


def _new_page(
    visitor: Visitor,
    snapshot: Snapshot,
    today: date,
    typed: TypedForm,
    kind: str,
    problems: Mapping[str, str] = MappingProxyType({}),
    *,
    notes: Sequence[str] = (),
    similar: Sequence[SimilarRow] = (),
    asks_whether_other: bool = False,
    more_lots: int = EMPTY_LOTS,
    is_restored: bool = False,
    status_code: int = 200,
) -> Response:
    own_fields = [entry for entry in new_fields_of(kind) if entry.name != HOLDER]
    fields, folded = shown_fields(own_fields, typed, problems)
    form = EntryForm(
        address=NEW[kind],
        heading=HEADINGS[kind],
        crumb=(NEEDS, "À valider") if typed.text(NEED) else CRUMB,
        number=shown_field(HOLDER_SIREN, typed, problems) if kind == TAKEOVER else None,
        fields=fields,
        folded=folded,
        problems=general_problems(problems, (HOLDER_SIREN, *own_fields), *SENT.values()),
        notes=notes,
        reference=reference_of(typed),
        stated_need=typed.text(NEED),
        similar=SimilarView(similar, "/opportunites/"),
        similar_address="/reprises/ressemblances" if kind == TAKEOVER else "/opportunites/ressemblances",
        asks_whether_other=asks_whether_other,
        contact=contact_part(typed, problems, today),
        lots=None if kind == TAKEOVER else lots_to_show(typed, more_lots),
        lot_problem=problems.get("lots", ""),
        places=places_offered(snapshot),
        is_restored=is_restored,
    )
    return desk_page("fiche.html", visitor, LIST, status_code, view=form)


def _correction_page(
    visitor: Visitor,
    snapshot: Snapshot,
    opportunity_file: records.OpportunityFile,
    typed: TypedForm,
    problems: Mapping[str, str] = MappingProxyType({}),
    *,
    seen: str,
    more_lots: int = EMPTY_LOTS,
    is_restored: bool = False,
    status_code: int = 200,
) -> Response:
    opportunity = opportunity_file.opportunity
    own_fields = fields_of(opportunity.kind)
    fields, folded = shown_fields(own_fields, typed, problems)
    form = EntryForm(
        address=f"/opportunites/{opportunity.id}/corriger",
        heading="Corriger la fiche",
        crumb=(f"/opportunites/{opportunity.id}", opportunity.title),
        fields=fields,
        folded=folded,
        problems=general_problems(problems, own_fields),
        seen=seen,
        lots=None if opportunity.kind == TAKEOVER else lots_to_show(typed, more_lots),
        lot_problem=problems.get("lots", ""),
        places=places_offered(snapshot),
        is_restored=is_restored,
    )
    return desk_page("fiche.html", visitor, LIST, status_code, view=form)
