"""Mails to one or several contacts: written, sent through the outbox, and followed: who answered?"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from api.accounts.accounts import account_names
from api.core.clock import day_in_france
from api.core.errors import InvalidError, NotFoundError
from api.core.french import plural
from api.interactions import letters, queries
from api.interactions.acting import Act, note_act
from api.interactions.kinds import InteractionKind
from api.interactions.letters import Letter, send_letter, take_back_letter
from api.interactions.mail_templates import Draft
from api.interactions.placeholders import fill
from api.web.checked_router import CheckedRouter
from api.web.components.cases import by_in_words
from api.web.components.followed_letters import FollowedLetter, followed_letters
from api.web.components.forms import PER_PAGE, Pages, desk_page
from api.web.components.letter_form import LetterForm, letter_page, recipient_choices
from api.web.dependencies import EngineDep, NowDep, SettingsDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import WORD, FormLine, FormText, FormWord, FormWords, QueryWord
from api.web.rendering import see
from api.web.visitors import VisitorDep
from models.interactions import Interaction, Mailing, MailTemplate
from models.opportunities import Opportunity

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False, prefix="/courriers")

Ids = Annotated[Sequence[Annotated[str, Field(max_length=WORD)]], Query(max_length=letters.MOST_RECIPIENTS)]


@dataclass(frozen=True)
class MailingsView:
    """A page of all mailings, the newest first."""

    rows: Sequence[Mapping[str, object]]
    pages: Pages
    done_message: str


@router.get("")
def mailings(
    visitor: VisitorDep,
    unit: UnitDep,
    page: Annotated[int, Query(ge=-100_000, le=100_000)] = 1,
    fait: QueryWord = "",
) -> Response:
    result_pages = Pages(queries.mailing_count(unit.session), page)
    mailing_rows = queries.mailings(unit.session, limit=PER_PAGE, offset=result_pages.slice.start)
    names_by_account = account_names(unit.session)
    rows = [
        {
            "address": f"/courriers/{mailing_row.mailing.id}",
            "subject": fill(mailing_row.mailing.subject, {}),
            "day": day_in_france(mailing_row.mailing.at),
            "by": by_in_words(mailing_row.mailing.by, names_by_account),
            "mails": plural(mailing_row.mails, "destinataire"),
            "replies": plural(mailing_row.replies, "réponse"),
        }
        for mailing_row in mailing_rows
    ]
    return desk_page("courriers.html", visitor, "/courriers", view=MailingsView(rows, result_pages, DONE.get(fait, "")))


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
    form = LetterForm(str(uuid.uuid4()), acteur, contact, opportunite, modele if template else "", draft)
    return letter_page(visitor, unit, form)


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
    """Send a mail; or, by `acte`, take a template (`modele`) or show how it will read (`apercu`).

    `direct` sends a template to the actors that were ticked in a list, unless one of them cannot be written to.
    """
    contact_ids = [contact_id for contact_id in contact if contact_id]
    form = LetterForm(_token(jeton), acteur, contact_ids, opportunite, modele, Draft(sujet, texte))
    if acte in ("modele", "direct"):
        template = unit.session.get(MailTemplate, modele) if modele else None
        form = form.with_draft(Draft(template.subject, template.body) if template else form.draft)
    if acte == "direct":
        reachable = letters.recipients(unit.session, contact_ids=contact_ids, actor_ids=acteur)
        choices = recipient_choices(unit, form, reachable)
        contact_ids = [choice.chosen for choice in choices if choice.chosen]
        if missing := [choice.name for choice in choices if not choice.chosen]:
            lack = "n’a" if len(missing) == 1 else "n’ont"
            why = f"rien n’est encore parti : {' ; '.join(missing)} {lack} pas d’adresse où écrire"
            return letter_page(visitor, unit, form, {"contact": why}, 422)
    elif acte == "modele":
        return letter_page(visitor, unit, form)
    if acte == "apercu":
        return letter_page(visitor, unit, form)
    letter = Letter(form.token, form.draft, contact_ids, opportunite or None)
    try:
        send_letter(engine, letter, visitor.account_id, by=visitor.by, now=now, options=options)
    except InvalidError as error:
        return letter_page(visitor, unit, form, dict(error.fields), error.status)
    return see(f"/courriers/{form.token}?fait=envoye")


@dataclass(frozen=True)
class FollowView:
    """A mailing: what became of each mail, and who answered."""

    mailing: Mailing
    subject: str
    day: date
    by: str
    opportunity: Opportunity | None
    rows: Sequence[FollowedLetter]
    summary: str
    text: str
    can_take_back: bool
    remind_address: str
    done_message: str


DONE = {
    "annule": "L’envoi est annulé : aucun de ces mails n’est parti.",
    "annule_en_partie": "L’envoi est annulé pour ceux qui n’étaient pas encore partis.",
    "envoye": "C’est prêt : les mails partent dans deux minutes. D’ici là, vous pouvez encore annuler l’envoi.",
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
            fill(mailing.subject, {}),
            day_in_france(mailing.at),
            by_in_words(mailing.by, account_names(unit.session)),
            opportunity,
            rows,
            f"{plural(len(rows), 'mail')}, {plural(answered, 'réponse')}",
            rows[0].text if rows else "",
            mailing.by == visitor.by and any(row.is_waiting for row in rows),
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
    acte: FormWord = "",
) -> Response:
    """Note that whoever a mail went to answered; or take back (`annuler`) what has not left."""
    if acte == "annuler":
        left = take_back_letter(engine, mailing_id, by=visitor.by, now=now)
        return see(f"/courriers/{mailing_id}?fait=annule_en_partie" if left else "/courriers?fait=annule")
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


def _token(token: str) -> str:
    """Return the id that a form was made with; a new one for anything else."""
    try:
        return str(uuid.UUID(token))
    except ValueError:
        return str(uuid.uuid4())
