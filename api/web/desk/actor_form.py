"""Actors added and corrected on the desk."""

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType

from starlette.responses import Response

from api.catalogue import record_changes, records
from api.core.errors import ChangedMeanwhileError, ConflictError, InvalidError, SourceError
from api.core.settings import Settings
from api.entry.actor_entry import ACTOR_FIELDS, NEW_FIELDS, SIRET, actor_form, actor_problems, on_the_form, read_actor
from api.entry.carriers import carrier_names, carriers_named
from api.entry.companies import ask_company, asks_service
from api.entry.entry_fields import by_field, changed_names, stored_in_words, written_fields
from api.entry.entry_place import PLACE, written_place
from api.entry.known_company import known_company
from api.entry.queries import is_secret_company, typed_row
from api.entry.saving import actor_content, changes_of, save_actor
from api.entry.similar import SimilarRow, company_digits, similar_actors
from api.entry.typed_form import TypedForm
from api.matching.snapshot import Snapshot
from api.web.checked_router import CheckedRouter
from api.web.components.contact_form import SENT
from api.web.components.entry_form import (
    NOTHING_SIMILAR,
    EntryForm,
    SimilarView,
    contact_part,
    places_offered,
    read_contact_part,
    reference_of,
)
from api.web.components.forms import desk_page
from api.web.components.sent_forms import KeptFormDep, SentFormDep
from api.web.components.shown_fields import TypedFormDep, general_problems, shown_field, shown_fields
from api.web.dependencies import EngineDep, NowDep, PlacesDep, SettingsDep, TodayDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.house import SnapshotDep
from api.web.rendering import page, see
from api.web.visitors import Visitor, VisitorDep
from models.actors import Actor
from models.unit_of_work import UnitOfWork

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False, prefix="/acteurs")

NEW = "/acteurs/nouveau"


@router.get("/nouveau")
def new_actor(visitor: VisitorDep, snapshot: SnapshotDep, kept: KeptFormDep, today: TodayDep) -> Response:
    return _new_page(visitor, snapshot, today, kept or TypedForm(), is_restored=kept is not None)


@router.post("/nouveau")
def add_actor(
    visitor: VisitorDep,
    engine: EngineDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    places: PlacesDep,
    options: SettingsDep,
    typed: SentFormDep,
    now: NowDep,
    today: TodayDep,
) -> Response:
    """Fill the form from a SIREN, look for similar actors, or store the actor (`acte`)."""
    act, reference = typed.text("acte"), reference_of(typed)
    if act == "abandonner":
        return see("/acteurs")
    if act == "completer":
        return _completed(visitor, unit, snapshot, typed, options, today)
    if stored_id := typed_row(unit.session, Actor, reference):
        # The same form, sent twice.
        return see(f"/acteurs/{stored_id}?fait=ajoute")
    values, problems = read_actor(typed, snapshot.gazetteer, snapshot.departments)
    similar = similar_actors(unit.session, values)
    unit.end_reading()
    if act == "ressemblances":
        notes = [] if similar else [NOTHING_SIMILAR]
        return _new_page(visitor, snapshot, today, typed, similar=similar, notes=notes)
    content = actor_content(values, reference)
    carriers, unknown = carriers_named(values.get("member_of") or (), snapshot.actor_cards.values())
    contact, contact_problems = read_contact_part(typed, today)
    problems = {**actor_problems(content), **problems, **_unknown_carriers(unknown), **contact_problems}
    if similar and similar[0].is_same:
        problems.setdefault(SIRET.name, "Un acteur du bureau porte déjà ce SIRET : corrigez-le plutôt.")
    if problems:
        return _new_page(visitor, snapshot, today, typed, problems, similar=similar, status_code=422)
    if similar and act != "distinct":
        return _new_page(visitor, snapshot, today, typed, similar=similar, asks_whether_other=True, status_code=409)
    try:
        saved = save_actor(engine, content, carriers, contact, by=visitor.by, now=now, places=places)
    except ConflictError as conflict:
        problems = {SIRET.name: conflict.detail}
    except InvalidError as invalid:
        problems = on_the_form(by_field(invalid.fields))
    else:
        return see(f"/acteurs/{saved.row_id}?fait=ajoute")
    return _new_page(visitor, snapshot, today, typed, problems, similar=similar, status_code=422)


@router.post("/ressemblances")
def similar_to_typed(visitor: VisitorDep, unit: UnitDep, snapshot: SnapshotDep, typed: TypedFormDep) -> Response:  # noqa: ARG001
    """Return the part of the page that names similar actors, for the script that asks while somebody types."""
    values, _ = read_actor(typed, snapshot.gazetteer, snapshot.departments)
    similar = similar_actors(unit.session, values, but=typed.text("fiche"))
    return page("ressemblances.html", view=SimilarView(similar, "/acteurs/"))


@router.get("/{actor_id}/corriger")
def correction_form(
    actor_id: str, visitor: VisitorDep, unit: UnitDep, snapshot: SnapshotDep, kept: KeptFormDep
) -> Response:
    actor_file = records.read_actor(unit, actor_id, visitor.audience)
    typed = kept or _shown(actor_file, snapshot)
    seen = kept.text("vu") if kept else actor_file.actor.content_hash
    return _correction_page(visitor, snapshot, actor_file, typed, seen=seen, is_restored=kept is not None)


@router.post("/{actor_id}/corriger")
def correct_actor(
    actor_id: str,
    visitor: VisitorDep,
    engine: EngineDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    places: PlacesDep,
    typed: SentFormDep,
) -> Response:
    actor_file = records.read_actor(unit, actor_id, visitor.audience)
    if typed.text("acte") == "abandonner":
        return see(f"/acteurs/{actor_id}")
    actor, shown = actor_file.actor, _shown(actor_file, snapshot)
    unit.end_reading()
    fields = (SIRET, *ACTOR_FIELDS) if actor.siret is None else ACTOR_FIELDS
    values, problems = read_actor(typed, snapshot.gazetteer, snapshot.departments, vars(actor))
    changed = changed_names(fields, shown, typed)
    problems = {name: why for name, why in problems.items() if name in changed}
    changes = changes_of(values, changed)
    carriers, unknown = carriers_named(values.get("member_of") or (), snapshot.actor_cards.values())
    problems |= _unknown_carriers(unknown) if "member_of" in changed else {}
    if typed.text("vu") != actor.content_hash:
        problems = {"": record_changes.CARD_CHANGED} | stored_in_words(fields, shown, changed) | problems
    if not problems and not changes:
        return see(f"/acteurs/{actor_id}?fait=inchange")
    if not problems:
        try:
            named = {(actor.source, words): carrier_id for words, carrier_id in carriers.items()}
            seen = typed.text("vu")
            record_changes.change_actor(engine, actor_id, changes, by=visitor.by, places=places, named=named, seen=seen)
        except ChangedMeanwhileError as stale:
            problems = {"": stale.detail}
        except ConflictError as conflict:
            problems = {SIRET.name if "siret" in changed else "": conflict.detail}
        except InvalidError as invalid:
            problems = on_the_form(by_field(invalid.fields))
        else:
            return see(f"/acteurs/{actor_id}?fait=corrige")
    return _correction_page(visitor, snapshot, actor_file, typed, problems, seen=actor.content_hash, status_code=422)


def _completed(
    visitor: Visitor, unit: UnitOfWork, snapshot: Snapshot, typed: TypedForm, options: Settings, today: date
) -> Response:
    """Fill what is empty from what is known of the company: in the tables, else by the service of companies."""
    digits = company_digits(typed.text(SIRET.name))
    if not digits:
        problem = {SIRET.name: "Écrivez un SIREN (9 chiffres) ou un SIRET (14 chiffres)."}
        return _new_page(visitor, snapshot, today, typed, problem, status_code=422)
    similar = similar_actors(unit.session, {"siret": digits})
    may_ask = asks_service(options) and not is_secret_company(unit.session, digits[:9])
    company, notes = known_company(unit.session, digits), list[str]()
    unit.end_reading()
    if may_ask:
        try:
            asked = ask_company(digits, options, today)
            company |= asked.content
            notes += ["Le registre dit cette entreprise fermée."] if asked.is_closed else []
        except SourceError as unreachable:
            notes.append(unreachable.detail)
    place = written_place(company, snapshot.gazetteer)
    known = written_fields((SIRET, *ACTOR_FIELDS), {**company, PLACE: place or None})
    if company:
        notes.insert(0, f"Complété depuis ce qui est connu de {company['name']} : vérifiez, puis enregistrez.")
    else:
        notes.insert(0, "Rien n’est connu de cette entreprise : complétez la fiche à la main.")
    filled_form = typed.over(known)
    if "siret" in company:
        filled_form = TypedForm({**filled_form.values, SIRET.name: known.texts(SIRET.name)})
    return _new_page(visitor, snapshot, today, filled_form, notes=notes, similar=similar)


def _shown(actor_file: records.ActorFile, snapshot: Snapshot) -> TypedForm:
    carriers = [carrier.name for carrier in actor_file.carriers]
    return actor_form(vars(actor_file.actor), carriers, snapshot.gazetteer)


def _unknown_carriers(unknown: Sequence[str]) -> dict[str, str]:
    if not unknown:
        return {}
    return {"member_of": f"Aucun acteur du bureau, ou plusieurs, ne s’appelle « {unknown[0]} » : donnez son SIRET."}


def _new_page(
    visitor: Visitor,
    snapshot: Snapshot,
    today: date,
    typed: TypedForm,
    problems: Mapping[str, str] = MappingProxyType({}),
    *,
    notes: Sequence[str] = (),
    similar: Sequence[SimilarRow] = (),
    asks_whether_other: bool = False,
    is_restored: bool = False,
    status_code: int = 200,
) -> Response:
    fields, folded = shown_fields(NEW_FIELDS, typed, problems)
    form = EntryForm(
        address=NEW,
        heading="Ajouter un acteur",
        crumb=("/acteurs", "Acteurs"),
        number=shown_field(SIRET, typed, problems),
        fields=fields,
        folded=folded,
        problems=general_problems(problems, (SIRET, *NEW_FIELDS), *SENT.values()),
        notes=notes,
        reference=reference_of(typed),
        similar=SimilarView(similar, "/acteurs/"),
        similar_address="/acteurs/ressemblances",
        asks_whether_other=asks_whether_other,
        contact=contact_part(typed, problems, today),
        places=places_offered(snapshot),
        carriers=carrier_names(snapshot.actor_cards.values()),
        is_restored=is_restored,
    )
    return desk_page("fiche.html", visitor, "/acteurs", status_code, view=form)


def _correction_page(
    visitor: Visitor,
    snapshot: Snapshot,
    actor_file: records.ActorFile,
    typed: TypedForm,
    problems: Mapping[str, str] = MappingProxyType({}),
    *,
    seen: str,
    is_restored: bool = False,
    status_code: int = 200,
) -> Response:
    actor = actor_file.actor
    fields, folded = shown_fields(ACTOR_FIELDS, typed, problems)
    number = [] if actor.siret else [shown_field(SIRET, typed, problems)]
    form = EntryForm(
        address=f"/acteurs/{actor.id}/corriger",
        heading="Corriger la fiche",
        crumb=(f"/acteurs/{actor.id}", actor.name),
        fields=[*number, *fields],
        folded=folded,
        problems=general_problems(problems, (SIRET, *ACTOR_FIELDS)),
        seen=seen,
        places=places_offered(snapshot),
        carriers=carrier_names(snapshot.actor_cards.values()),
        is_restored=is_restored,
    )
    return desk_page("fiche.html", visitor, "/acteurs", status_code, view=form)
