"""The blind sheet of a takeover case, for facilitators: what it says, the owner's agreement, what could be found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from starlette.responses import Response

from api.accounts.accounts import account_names
from api.audit.log import journal_about
from api.confidentiality.teaser import is_announced
from api.contacts.queries import contacts_of
from api.core.clock import day_in_france
from api.core.errors import ConflictError, InvalidError, NotFoundError, PoleSudError
from api.core.french import day, sentence, spaced
from api.core.settings import Settings
from api.takeovers.company.records import read_facts
from api.takeovers.reach.sheet_reading import READ_ACTION
from api.takeovers.sheet.approval import BY_WORDS, HOW_WORDS, ApprovedBy, ApprovedHow
from api.takeovers.sheet.blind_sheets import SheetDraft, approve_version, save_version, withdraw_sheet
from api.takeovers.sheet.crowd import crowd_of
from api.takeovers.sheet.leaking_words import KnownSecrets, proper_nouns
from api.takeovers.sheet.queries import figures_of, standing_sheet, versions_of
from api.takeovers.sheet.sheet_facts import MOST_STRENGTHS, SheetChoices, recorded_words
from api.takeovers.sheet.state import Change, changes_since, state_of
from api.takeovers.sheet.wording import SHEET_STATES
from api.web.checked_router import CheckedRouter
from api.web.components.forms import desk_page
from api.web.components.journal import actor_in_words, moment_in_words
from api.web.components.takeovers.blind_sheet import ShownSheet, shown_sheet
from api.web.components.takeovers.register_preview import PreviewRow, preview_rows
from api.web.components.takeovers.sheet_form import (
    ApprovalForm,
    SheetForm,
    TypedApproval,
    TypedApprovalDep,
    TypedSheet,
    TypedSheetDep,
    approval_form,
    read_approval,
    sheet_form,
)
from api.web.dependencies import EngineDep, NowDep, PlacesDep, SettingsDep, TodayDep, UnitDep
from api.web.desk.takeovers.opened_case import opened_case
from api.web.error_pages import DeskRoute
from api.web.fields import FormWord, QueryWord, seen_version
from api.web.rendering import see
from api.web.visitors import Visitor, VisitorDep
from models.blind_sheets import BlindSheet
from models.contacts import Contact
from models.database import writing
from models.opportunities import Opportunity
from models.unit_of_work import UnitOfWork

router = CheckedRouter(
    route_class=DeskRoute, include_in_schema=False, prefix="/opportunites/{opportunity_id}/reprise/fiche"
)

DONE = {
    "enregistree": "La fiche est enregistrée. Personne ne la lit dehors tant que l’accord du cédant n’est pas noté.",
    "approuvee": "L’accord du cédant est noté : à qui le cas est proposé ou ouvert, la fiche se lit dès maintenant.",
    "retiree": "La fiche est retirée ; cela vaut dès la prochaine page demandée.",
}


@dataclass(frozen=True)
class SheetPageView:
    """The sheet of a case. sheet: the newest version; standing: what is read outside, where it is another.

    doubts: words that look like names. history: version, what became of it. readers: when and who. problems: by field.
    """

    case: Opportunity
    base: str
    announced: bool
    state: str
    number: int
    sheet: ShownSheet | None
    is_standing: bool
    agreement: str
    standing: ShownSheet | None
    changes: Sequence[Change]
    is_faithful: bool
    line: str
    doubts: Sequence[str]
    preview: Sequence[PreviewRow]
    least: int
    form: SheetForm
    approval: ApprovalForm | None
    most_strengths: int
    history: Sequence[tuple[int, str, str]]
    readers: Sequence[tuple[str, str]]
    day: date
    done_message: str
    problems: Mapping[str, str]
    is_scripted: bool = True


@dataclass(frozen=True)
class OpenCaseView:
    """A case that is no secret, and so has no blind sheet."""

    case: Opportunity
    problems: Mapping[str, str] = field(default_factory=dict)
    is_scripted: bool = True


@router.get("")
def sheet_page(
    opportunity_id: str, visitor: VisitorDep, unit: UnitDep, options: SettingsDep, today: TodayDep, fait: QueryWord = ""
) -> Response:
    return _page(visitor, unit, options, opportunity_id, today, done_message=DONE.get(fait, ""))


@router.post("")
def change(
    opportunity_id: str,
    visitor: VisitorDep,
    engine: EngineDep,
    unit: UnitDep,
    places: PlacesDep,
    options: SettingsDep,
    now: NowDep,
    today: TodayDep,
    typed_sheet: TypedSheetDep,
    typed_approval: TypedApprovalDep,
    acte: FormWord = "",
    vue: FormWord = "",
) -> Response:
    """acte: `enregistrer`, `approuver` or `retirer`. vue: the number of the newest version when the form was shown."""
    session = unit.session
    opportunity_file = opened_case(unit, opportunity_id, visitor)
    seen = seen_version(vue)
    try:
        if acte == "enregistrer":
            crowd = crowd_of(session, opportunity_file.opportunity, options.departments)
            choices = SheetChoices.of(typed_sheet.recorded, typed_sheet.chosen)
            draft = SheetDraft(choices, typed_sheet.strengths, crowd.teaser, crowd.splits_first)
            known = KnownSecrets(
                opportunity_file.opportunity,
                opportunity_file.takeover,
                [contact.name for contact in _contacts(unit, opportunity_id)],
                places.current(session).gazetteer,
                frozenset(options.departments),
            )
            unit.end_reading()
            with writing(engine, durable=True) as written:
                save_version(written, opportunity_id, draft, known, seen=seen, by=visitor.by, now=now)
            return see(f"{_here(opportunity_id)}?fait=enregistree#fiche")
        if acte == "approuver":
            newest = next(iter(versions_of(session, opportunity_id)), None)
            if newest is None:
                raise NotFoundError("Cette version n’existe pas.")
            approval = read_approval(typed_approval, saved_on=day_in_france(newest.saved_at), today=today)
            teaser = crowd_of(session, opportunity_file.opportunity, options.departments).teaser
            unit.end_reading()
            with writing(engine, durable=True) as written:
                approve_version(written, opportunity_id, seen, approval, teaser, by=visitor.by, now=now)
            return see(f"{_here(opportunity_id)}?fait=approuvee#fiche")
        if acte == "retirer":
            unit.end_reading()
            with writing(engine, durable=True) as written:
                withdraw_sheet(written, opportunity_id, by=visitor.by, now=now)
            return see(f"{_here(opportunity_id)}?fait=retiree#fiche")
        raise InvalidError([("acte", "Cet envoi est incomplet.")])
    except (InvalidError, ConflictError) as refused:
        unit.end_reading()
        return _page(
            visitor,
            unit,
            options,
            opportunity_id,
            today,
            typed_sheet=typed_sheet if acte == "enregistrer" else None,
            typed_approval=typed_approval if acte == "approuver" else None,
            refused=refused,
        )


def _here(opportunity_id: str) -> str:
    return f"/opportunites/{opportunity_id}/reprise/fiche"


def _contacts(unit: UnitOfWork, opportunity_id: str) -> Sequence[Contact]:
    return contacts_of(unit.session, opportunity_ids=[opportunity_id]).get(opportunity_id, ())


def _page(
    visitor: Visitor,
    unit: UnitOfWork,
    options: Settings,
    opportunity_id: str,
    today: date,
    *,
    typed_sheet: TypedSheet | None = None,
    typed_approval: TypedApproval | None = None,
    refused: PoleSudError | None = None,
    done_message: str = "",
) -> Response:
    session, case = unit.session, opened_case(unit, opportunity_id, visitor).opportunity
    if not case.confidential:
        return desk_page("reprise_fiche.html", visitor, "/opportunites", view=OpenCaseView(case))
    versions, standing = versions_of(session, opportunity_id), standing_sheet(session, opportunity_id)
    newest = versions[0] if versions else None
    figures, crowd = figures_of(session, opportunity_id), crowd_of(session, case, options.departments)
    changes = changes_since(newest, figures, teaser=crowd.teaser, is_first_split=crowd.splits_first) if newest else ()
    contacts, names = _contacts(unit, opportunity_id), account_names(session)
    is_standing = newest is not None and standing is not None and newest.number == standing.number
    may_approve = newest is not None and newest.approved_on is None
    choices = SheetChoices.stored(newest.choices) if newest else SheetChoices()
    return desk_page(
        "reprise_fiche.html",
        visitor,
        "/opportunites",
        refused.status if refused else 200,
        view=SheetPageView(
            case=case,
            base=_here(opportunity_id),
            announced=is_announced(case),
            state=SHEET_STATES[state_of(newest, standing, changes)],
            number=newest.number if newest else 0,
            sheet=shown_sheet(newest) if newest else None,
            is_standing=is_standing,
            agreement=_agreement(standing, contacts) if standing else "",
            standing=shown_sheet(standing) if standing and not is_standing else None,
            changes=changes,
            is_faithful=crowd.teaser.faithful,
            line=crowd.teaser.text,
            doubts=proper_nouns(newest.strengths) if newest else (),
            preview=preview_rows(crowd, figures, choices) if newest else (),
            least=crowd.least,
            form=sheet_form(
                typed_sheet or TypedSheet.of(newest, read_facts(session, opportunity_id).facts.premises),
                recorded_words(figures, is_first_split=crowd.splits_first),
            ),
            approval=approval_form(typed_approval or TypedApproval(on=today.isoformat()), contacts)
            if may_approve
            else None,
            most_strengths=MOST_STRENGTHS,
            history=[(version.number, _saved(version, names), _fate(version, contacts)) for version in versions],
            readers=[
                (moment_in_words(entry.at, with_seconds=True), actor_in_words(entry.actor, names))
                for entry in journal_about(session, opportunity_id, (READ_ACTION,))
            ],
            day=today,
            done_message=spaced(done_message),
            problems=_problems(refused),
        ),
    )


def _problems(refused: PoleSudError | None) -> dict[str, str]:
    if refused is None:
        return {}
    fields = refused.fields if isinstance(refused, InvalidError) else (("acte", refused.detail),)
    return {name: spaced(sentence(why)) for name, why in fields}


def _saved(version: BlindSheet, names: Mapping[str, str]) -> str:
    return f"{moment_in_words(version.saved_at.isoformat())}, {actor_in_words(version.saved_by, names)}"


def _agreement(version: BlindSheet, contacts: Sequence[Contact]) -> str:
    """Return who agreed to a version, how and when; empty where nobody did."""
    if version.approved_on is None:
        return ""
    person = next((contact.name for contact in contacts if contact.id == version.approved_contact_id), "")
    by = BY_WORDS[ApprovedBy(version.approved_by)]
    who = f"{by} ({person})" if person else by
    return f"{who}, {HOW_WORDS[ApprovedHow(version.approved_how)]}, le {day(version.approved_on.isoformat())}"


def _fate(version: BlindSheet, contacts: Sequence[Contact]) -> str:
    agreed = _agreement(version, contacts)
    parts = [f"approuvée par {agreed}" if agreed else "jamais approuvée" if version.withdrawn_at else "à approuver"]
    if version.withdrawn_at:
        parts.append(f"remplacée ou retirée le {moment_in_words(version.withdrawn_at.isoformat())}")
    return " ; ".join(parts)
