"""A pasted need: what was understood of it, to be corrected; the actors for each lot; kept as an opportunity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Form, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.responses import Response

from api.catalogue.wording import RESERVATIONS
from api.core.errors import InvalidError, SourceError
from api.core.french import plural, sentence
from api.matching.answer import Answer
from api.matching.snapshot import Snapshot
from api.matching.suggest import actors_for_need
from api.understanding.correcting import TypedLot, TypedNeed, corrected
from api.understanding.drafts import Draft, Drafts
from api.understanding.keeping import keep_need
from api.understanding.need import Need
from api.understanding.reading_files import MOST_BYTES, text_of_file
from api.understanding.understand import LONGEST_TEXT, understand
from api.web.body_limit import allow_body, declared_length
from api.web.checked_router import CheckedRouter
from api.web.components.bars import ListSection, excluded_lines, explained_entry, sections_of
from api.web.components.contacts import ShownContact, whom_to_call
from api.web.components.forms import desk_page
from api.web.components.maps import Map, ranked_map
from api.web.components.need_form import NeedForm, need_form, typed_form
from api.web.dependencies import AccountKeysDep, EngineDep, NowDep, PlacesDep, TodayDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import LINE, FormLine, FormText, FormWord, FormWords
from api.web.house import EncoderDep, ImpressionsDep, SnapshotDep
from api.web.null_characters import refuse_in
from api.web.rendering import see
from api.web.visitors import Visitor, VisitorDep

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False, prefix="/recherche")

SHORTEST = 3
# Bytes that a form adds around its file.
ENVELOPE = 100_000
# Lines of a list: of the only one, and of each lot's.
LENGTH, LOT_LENGTH = 10, 5

FormLines = Annotated[Sequence[Annotated[str, Field(max_length=LINE)]], Form(max_length=50)]


async def _drafts(request: Request, keys: AccountKeysDep) -> Drafts:
    return Drafts(keys.set_aside, request.app.state.unwritten_drafts)


DraftsDep = Annotated[Drafts, Depends(_drafts)]


@dataclass(frozen=True)
class PasteView:
    """The form that takes a text."""

    text: str = ""
    problem: str = ""
    file_problem: str = ""


@dataclass(frozen=True)
class RankedList:
    """The actors for the whole, or for one lot."""

    heading: str
    about: str
    prefix: str
    sections: Sequence[ListSection]
    nearest: Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class NeedView:
    """A need as it was understood, its form, and a list for each lot. lots_left: how many have none."""

    token: str
    form: NeedForm
    note: str
    lists: Sequence[RankedList]
    callees: Mapping[str, ShownContact]  # by actor
    lots_left: str
    considered: str
    map: Map | None


@router.get("")
def paste_form(visitor: VisitorDep) -> Response:
    return desk_page("recherche.html", visitor, "/opportunites", view=PasteView())


@router.post("")
def paste(
    visitor: VisitorDep,
    engine: EngineDep,
    snapshot: SnapshotDep,
    drafts: DraftsDep,
    now: NowDep,
    today: TodayDep,
    texte: FormText = "",
) -> Response:
    """Understand a text, and show it under an address that says nothing of it."""
    pasted_text = texte.replace("\0", "").strip()
    problem = ""
    if len(pasted_text) < SHORTEST:
        problem = "Collez ou écrivez le besoin : quelques mots suffisent."
    elif len(pasted_text) > LONGEST_TEXT:
        problem = "Ce texte est trop long : 60 000 caractères au plus. Gardez l’objet et les lots."
    if problem:
        return desk_page("recherche.html", visitor, "/opportunites", 422, view=PasteView(texte, problem))
    understood = understand(pasted_text, snapshot.gazetteer, snapshot.departments, today)
    return see(f"/recherche/{drafts.keep(engine, visitor.account_id, understood, now)}")


@router.post("/fichier")
async def drop(
    request: Request,
    visitor: VisitorDep,
    engine: EngineDep,
    snapshot: SnapshotDep,
    drafts: DraftsDep,
    now: NowDep,
    today: TodayDep,
) -> Response:
    """Understand a file as a pasted text; neither it nor its text is kept."""
    length = declared_length(request.headers)
    if length is None or length > MOST_BYTES + ENVELOPE:
        # Refused before the body is read: an upload cannot fill the disk.
        return _refused_file(visitor, "Ce fichier dépasse 10 Mo : collez-en le texte utile.", 413)
    allow_body(request, MOST_BYTES + ENVELOPE)
    async with request.form(max_files=1, max_fields=5) as form:
        uploaded = form.get("fichier")
        if not isinstance(uploaded, UploadFile) or not uploaded.filename:
            return _refused_file(visitor, "Choisissez un fichier.", 422)
        try:
            refuse_in([("fichier", uploaded.filename)])
            text, note = await run_in_threadpool(text_of_file, uploaded.file, uploaded.filename)
        except InvalidError as invalid:
            return _refused_file(visitor, sentence(invalid.fields[0][1]), 422)
        except SourceError as unreadable:
            return _refused_file(visitor, unreadable.detail, 422)
    understood = await run_in_threadpool(understand, text, snapshot.gazetteer, snapshot.departments, today)
    token = await run_in_threadpool(drafts.keep, engine, visitor.account_id, understood, now, note=note)
    return see(f"/recherche/{token}")


def _refused_file(visitor: Visitor, problem: str, status_code: int) -> Response:
    return desk_page("recherche.html", visitor, "/opportunites", status_code, view=PasteView(file_problem=problem))


@router.get("/{draft_token}")
def need(
    draft_token: str,
    visitor: VisitorDep,
    unit: UnitDep,
    snapshot: SnapshotDep,
    encoder: EncoderDep,
    impressions: ImpressionsDep,
    drafts: DraftsDep,
    now: NowDep,
    today: TodayDep,
) -> Response:
    draft = drafts.find(unit.session, draft_token, visitor.account_id, now)
    understood_need = draft.understood.need
    answers = actors_for_need(
        unit.session,
        snapshot,
        encoder,
        understood_need,
        visitor.audience,
        k=LOT_LENGTH if understood_need.lots else LENGTH,
        today=today,
    )
    impressions.note(snapshot, answers, visitor.audience, day=today)
    callees = whom_to_call(unit.session, [entry.card.id for answer in answers for entry in answer.entries])
    view = _view(draft_token, draft, need_form(draft.understood, snapshot), answers, snapshot, callees)
    return desk_page("besoin.html", visitor, "/opportunites", view=view)


@router.post("/{draft_token}")
def correct(
    draft_token: str,
    visitor: VisitorDep,
    unit: UnitDep,
    engine: EngineDep,
    places: PlacesDep,
    snapshot: SnapshotDep,
    drafts: DraftsDep,
    now: NowDep,
    acte: FormWord = "",
    genre: FormWord = "",
    objet: FormLine = "",
    details: FormText = "",
    lieu: FormLine = "",
    cpv: FormLine = "",
    metiers: FormLine = "",
    montant: FormWord = "",
    limite: FormWord = "",
    reserve: FormWords = (),
    clause: FormWord = "",
    acheteur: FormLine = "",
    effectif: FormWord = "",
    chiffre: FormWord = "",
    prix: FormWord = "",
    cause: FormWord = "",
    lot_numero: FormWords = (),
    lot_titre: FormLines = (),
    lot_montant: FormWords = (),
    lot_reserve: FormWords = (),
) -> Response:
    """Rank again with what was corrected, or keep it as an opportunity (`acte`)."""
    draft = drafts.find(unit.session, draft_token, visitor.account_id, now)
    lots = [TypedLot(*values) for values in zip(lot_numero, lot_titre, lot_montant, lot_reserve, strict=False)]
    typed = TypedNeed(
        genre, objet, details, lieu, cpv, metiers, montant, limite, reserve, bool(clause), acheteur, lots,
        effectif, chiffre, prix, cause,
    )  # fmt: skip
    understood, problems = corrected(draft.understood, typed, snapshot.gazetteer, snapshot.departments)
    if not problems and acte == "garder":
        try:
            opportunity_id = keep_need(engine, understood.need, draft.reference, by=visitor.by, places=places)
            return see(f"/opportunites/{opportunity_id}?fait=ajoute")
        except InvalidError as invalid:
            problems = {field_name: sentence(message) for field_name, message in invalid.fields}
    if problems:
        form = typed_form(draft.understood, typed, problems, snapshot)
        return desk_page(
            "besoin.html", visitor, "/opportunites", 422, view=_view(draft_token, draft, form, [], snapshot, {})
        )
    following = drafts.keep(engine, visitor.account_id, understood, now, reference=draft.reference, note=draft.note)
    return see(f"/recherche/{following}")


def _view(
    token: str,
    draft: Draft,
    form: NeedForm,
    answers: Sequence[Answer],
    snapshot: Snapshot,
    callees: Mapping[str, ShownContact],
) -> NeedView:
    need_asked = draft.understood.need
    lots_left = len(need_asked.lots) - len(answers) if answers else 0
    return NeedView(
        token=token,
        form=form,
        note=draft.note,
        lists=[
            RankedList(
                heading=f"Lot {answer.lot.number} : {answer.lot.title}" if answer.lot else "Acteurs pour ce besoin",
                about=_about(need_asked, position),
                prefix=f"lot-{position + 1}-" if answer.lot else "",
                sections=sections_of([explained_entry(entry, snapshot.matcher.weights) for entry in answer.entries]),
                nearest=excluded_lines(answer.refused[:1]),
            )
            for position, answer in enumerate(answers)
        ],
        callees=callees,
        lots_left=plural(lots_left, "lot n’a", "lots n’ont") if lots_left > 0 else "",
        considered=plural(answers[0].n_candidates, "acteur examiné", "acteurs examinés") if answers else "",
        # One map beside several lists would mix their ranks.
        map=ranked_map(snapshot, answers[0].entries) if len(answers) == 1 else None,
    )


def _about(need_asked: Need, position: int) -> str:
    """Return what is asked of a lot's actors, in words."""
    reserved = need_asked.lots[position].reserved if need_asked.lots else need_asked.reserved
    reserved = reserved or need_asked.reserved
    return f"Réservé {' ou '.join(RESERVATIONS[reservation] for reservation in reserved)}." if reserved else ""
