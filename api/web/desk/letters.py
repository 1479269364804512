"""Mails to one or several contacts: written, sent through the outbox, and followed: who answered?"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from api.accounts.accounts import account_names
from api.core.clock import day_in_france
from api.core.errors import InvalidError, NotFoundError
from api.core.french import plural
from api.interactions import letters, queries
from api.interactions.acting import Act, note_act
from api.interactions.kinds import InteractionKind
from api.interactions.letters import Letter, Recipient, send_letter
from api.interactions.mail_templates import BODY_LENGTH, SUBJECT_LENGTH, Draft
from api.interactions.placeholders import PLACEHOLDERS, fill, values_for
from api.web.components.act_form import contact_in_words
from api.web.components.cases import by_in_words
from api.web.components.followed_letters import FollowedLetter, followed_letters
from api.web.components.forms import PER_PAGE, Pages, desk_page
from api.web.dependencies import EngineDep, NowDep, SettingsDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import WORD, FormLine, FormText, FormWord, FormWords, QueryWord
from api.web.rendering import see
from api.web.visitors import Visitor, VisitorDep
from models.accounts import Account
from models.actors import Actor
from models.interactions import Interaction, Mailing, MailTemplate
from models.opportunities import Opportunity
from models.unit_of_work import UnitOfWork

router = APIRouter(route_class=DeskRoute, include_in_schema=False, prefix="/courriers")

Ids = Annotated[Sequence[Annotated[str, Field(max_length=WORD)]], Query(max_length=letters.MOST_RECIPIENTS)]


@dataclass(frozen=True)
class MailingsView:
    """A page of all mailings, the newest first."""

    rows: Sequence[Mapping[str, object]]
    pages: Pages


@router.get("")
def mailings(visitor: VisitorDep, unit: UnitDep, page: Annotated[int, Query(ge=-100_000, le=100_000)] = 1) -> Response:
    result_pages = Pages(queries.mailing_count(unit.session), page)
    mailing_rows = queries.mailings(unit.session, limit=PER_PAGE, offset=result_pages.slice.start)
    names_by_account = account_names(unit.session)
    rows = [
        {
            "address": f"/courriers/{mailing_row.mailing.id}",
            "subject": mailing_row.mailing.subject,
            "day": day_in_france(mailing_row.mailing.at),
            "by": by_in_words(mailing_row.mailing.by, names_by_account),
            "mails": plural(mailing_row.mails, "destinataire"),
            "replies": plural(mailing_row.replies, "réponse"),
        }
        for mailing_row in mailing_rows
    ]
    return desk_page("courriers.html", visitor, "/courriers", view=MailingsView(rows, result_pages))


@dataclass(frozen=True)
class RecipientChoice:
    """Whom one mail goes to: an actor with its contacts to choose from, or one contact; refusal: why to nobody."""

    name: str
    address: str
    contacts: Sequence[tuple[str, str]]
    chosen: str
    refusal: str


@dataclass(frozen=True)
class LetterView:
    """A mail that is being written. problems: by field. preview: subject and text as the first recipient reads them."""

    token: str
    choices: Sequence[RecipientChoice]
    actor_ids: Sequence[str]
    opportunity: Opportunity | None
    templates: Sequence[MailTemplate]
    template_id: str
    draft: Draft
    placeholders: Mapping[str, str]
    lengths: Mapping[str, int]
    preview: Draft | None
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def can_send(self) -> bool:
        return any(choice.contacts for choice in self.choices)


@router.get("/nouveau")
def new_letter(
    visitor: VisitorDep,
    unit: UnitDep,
    acteur: Ids = (),
    contact: Ids = (),
    modele: QueryWord = "",
    opportunite: QueryWord = "",
) -> Response:
    template = unit.session.get(MailTemplate, modele) if modele else None
    draft = Draft(template.subject, template.body) if template else Draft("", "")
    form = _Form(str(uuid.uuid4()), acteur, contact, opportunite, modele if template else "", draft)
    return _letter_page(visitor, unit, form)


@router.post("")
def send(
    visitor: VisitorDep,
    unit: UnitDep,
    engine: EngineDep,
    options: SettingsDep,
    now: NowDep,
    jeton: FormWord = "",
    acteur: FormWords = (),
    contact: FormWords = (),
    modele: FormWord = "",
    opportunite: FormWord = "",
    sujet: FormLine = "",
    texte: FormText = "",
    acte: FormWord = "",
) -> Response:
    """Send a mail; or, by `acte`, take a template (`modele`) or show how it will read (`apercu`)."""
    contact_ids = [contact_id for contact_id in contact if contact_id]
    form = _Form(_token(jeton), acteur, contact_ids, opportunite, modele, Draft(sujet, texte))
    if acte == "modele":
        template = unit.session.get(MailTemplate, modele) if modele else None
        draft = Draft(template.subject, template.body) if template else form.draft
        return _letter_page(visitor, unit, form.with_draft(draft))
    if acte == "apercu":
        return _letter_page(visitor, unit, form)
    letter = Letter(form.token, form.draft, contact_ids, opportunite or None)
    try:
        send_letter(engine, letter, visitor.account_id, by=visitor.by, now=now, options=options)
    except InvalidError as error:
        return _letter_page(visitor, unit, form, dict(error.fields), error.status)
    return see(f"/courriers/{form.token}?fait=envoye")


@dataclass(frozen=True)
class FollowView:
    """A mailing: what became of each mail, and who answered."""

    mailing: Mailing
    day: date
    by: str
    opportunity: Opportunity | None
    rows: Sequence[FollowedLetter]
    summary: str
    remind_address: str
    done_message: str


DONE = {
    "envoye": "Les mails sont prêts : ils partent dans les minutes qui viennent.",
    "reponse": "La réponse est notée.",
}


@router.get("/{mailing_id}")
def follow(mailing_id: str, visitor: VisitorDep, unit: UnitDep, fait: QueryWord = "") -> Response:
    mailing = unit.session.get(Mailing, mailing_id)
    if mailing is None:
        raise NotFoundError("Ce courrier n’existe pas, ou plus.")
    rows = followed_letters(unit.session, mailing)
    unanswered = [row.actor_id for row in rows if not row.has_answered and row.actor_id]
    opportunity = unit.session.get(Opportunity, mailing.opportunity_id) if mailing.opportunity_id else None
    remind = [f"acteur={actor_id}" for actor_id in dict.fromkeys(unanswered)]
    remind += [f"opportunite={opportunity.id}"] if opportunity else []
    answered = sum(row.has_answered for row in rows)
    return desk_page(
        "courrier.html",
        visitor,
        "/courriers",
        view=FollowView(
            mailing,
            day_in_france(mailing.at),
            by_in_words(mailing.by, account_names(unit.session)),
            opportunity,
            rows,
            f"{plural(len(rows), 'mail')}, {plural(answered, 'réponse')}",
            f"/courriers/nouveau?{'&'.join(remind)}" if unanswered else "",
            DONE.get(fait, ""),
        ),
    )


@router.post("/{mailing_id}")
def note_reply(
    mailing_id: str,
    visitor: VisitorDep,
    unit: UnitDep,
    engine: EngineDep,
    now: NowDep,
    mail: FormWord = "",
    note: FormText = "",
) -> Response:
    """Note that whoever a mail went to answered."""
    letter = unit.session.get(Interaction, mail)
    if letter is None or letter.mailing_id != mailing_id:
        raise NotFoundError("Ce mail n’existe pas, ou plus.")
    reply = Act(
        InteractionKind.REPLY,
        note,
        actor_id=letter.actor_id,
        opportunity_id=letter.opportunity_id,
        contact_id=letter.contact_id,
        mailing_id=mailing_id,
    )
    unit.end_reading()
    note_act(engine, reply, by=visitor.by, now=now)
    return see(f"/courriers/{mailing_id}?fait=reponse")


@dataclass(frozen=True)
class _Form:
    """What was sent, or is asked for."""

    token: str
    actor_ids: Sequence[str]
    contact_ids: Sequence[str]
    opportunity_id: str
    template_id: str
    draft: Draft

    def with_draft(self, draft: Draft) -> "_Form":
        return _Form(self.token, self.actor_ids, self.contact_ids, self.opportunity_id, self.template_id, draft)


def _letter_page(
    visitor: Visitor,
    unit: UnitOfWork,
    form: _Form,
    problems: Mapping[str, str] | None = None,
    status_code: int = 200,
) -> Response:
    problems = dict(problems or {})
    opportunity = None
    try:
        opportunity = letters.letter_opportunity(unit.session, form.opportunity_id)
    except InvalidError as error:
        problems |= dict(error.fields)
        status_code = error.status
    reachable = letters.recipients(unit.session, contact_ids=form.contact_ids, actor_ids=form.actor_ids)
    choices = _choices(unit, form, reachable)
    return desk_page(
        "ecrire.html",
        visitor,
        "/courriers",
        status_code,
        view=LetterView(
            form.token,
            choices,
            form.actor_ids,
            opportunity,
            queries.templates(unit.session),
            form.template_id,
            form.draft,
            PLACEHOLDERS,
            {"sujet": SUBJECT_LENGTH, "texte": BODY_LENGTH},
            _preview(unit, form.draft, choices, reachable, opportunity, visitor),
            {name: f"{why[:1].upper()}{why[1:]}." for name, why in problems.items()},
        ),
    )


def _choices(unit: UnitOfWork, form: _Form, reachable: Sequence[Recipient]) -> Sequence[RecipientChoice]:
    """Return a choice for each actor that was ticked, then one for each other contact."""
    by_actor: dict[str, list[Recipient]] = {}
    for recipient in reachable:
        if recipient.actor_id:
            by_actor.setdefault(recipient.actor_id, []).append(recipient)
    actors = {actor_id: unit.session.get(Actor, actor_id) for actor_id in dict.fromkeys(form.actor_ids)}
    choices = [
        _choice(actor.name, f"/acteurs/{actor.id}", by_actor.get(actor.id, []), form.contact_ids)
        for actor in actors.values()
        if actor is not None
    ]
    for recipient in reachable:
        if recipient.actor_id not in actors:
            row = recipient.row
            name = row.actor.name if row.actor else row.opportunity.title if row.opportunity else ""
            kind = "acteurs" if row.actor else "opportunites"
            owner_id = recipient.actor_id or row.contact.opportunity_id
            choices.append(_choice(name, f"/{kind}/{owner_id}", [recipient], form.contact_ids))
    return choices


def _choice(name: str, address: str, recipients: Sequence[Recipient], chosen_ids: Iterable[str]) -> RecipientChoice:
    allowed = [(row.row.contact.id, _words(row)) for row in recipients if not row.refusal]
    chosen = next((contact_id for contact_id, _ in allowed if contact_id in set(chosen_ids)), "")
    refusal = (
        "" if allowed else next((row.refusal for row in recipients), "aucune adresse de mail : appelez, ou ajoutez-la")
    )
    return RecipientChoice(name, address, allowed, chosen or (allowed[0][0] if allowed else ""), refusal)


def _words(recipient: Recipient) -> str:
    contact = recipient.row.contact
    words = contact_in_words(contact)
    return words if words.startswith(contact.email) else f"{words} ({contact.email})"


def _preview(
    unit: UnitOfWork,
    draft: Draft,
    choices: Sequence[RecipientChoice],
    reachable: Sequence[Recipient],
    opportunity: Opportunity | None,
    visitor: Visitor,
) -> Draft | None:
    first_id = next((choice.chosen for choice in choices if choice.chosen), "")
    recipient = next((one for one in reachable if one.row.contact.id == first_id), None)
    if recipient is None or not draft.body.strip():
        return None
    sender = unit.session.get_one(Account, visitor.account_id)
    values = values_for(recipient.row.contact, recipient.row.actor, opportunity, sender)
    return Draft(fill(draft.subject, values), fill(draft.body, values))


def _token(token: str) -> str:
    """Return the id that a form was made with; a new one for anything else."""
    try:
        return str(uuid.UUID(token))
    except ValueError:
        return str(uuid.uuid4())
