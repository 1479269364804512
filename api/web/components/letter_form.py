"""The page that writes a mail: to whom, which contacts may be chosen, how it will read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from starlette.responses import Response

from api.core.errors import InvalidError
from api.core.french import sentence
from api.interactions import letters, queries
from api.interactions.letters import Recipient
from api.interactions.mail_templates import BODY_LENGTH, SUBJECT_LENGTH, Draft
from api.interactions.placeholders import PLACEHOLDERS, fill, values_for
from api.web.components.act_form import contact_in_words
from api.web.components.forms import desk_page
from api.web.visitors import Visitor
from models.accounts import Account
from models.interactions import MailTemplate
from models.opportunities import Opportunity
from models.unit_of_work import UnitOfWork


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


@dataclass(frozen=True)
class LetterForm:
    """What was sent, or is asked for."""

    token: str
    actor_ids: Sequence[str]
    contact_ids: Sequence[str]
    opportunity_id: str
    template_id: str
    draft: Draft

    def with_draft(self, draft: Draft) -> "LetterForm":
        return LetterForm(self.token, self.actor_ids, self.contact_ids, self.opportunity_id, self.template_id, draft)


def letter_page(
    visitor: Visitor,
    unit: UnitOfWork,
    form: LetterForm,
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
    choices = recipient_choices(unit, form, reachable)
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
            {name: sentence(why) for name, why in problems.items()},
        ),
    )


def recipient_choices(unit: UnitOfWork, form: LetterForm, reachable: Sequence[Recipient]) -> Sequence[RecipientChoice]:
    """Return a choice for each actor that was ticked, then one for each other contact."""
    by_actor: dict[str, list[Recipient]] = {}
    for recipient in reachable:
        if recipient.actor_id:
            by_actor.setdefault(recipient.actor_id, []).append(recipient)
    names = queries.actor_names(unit.session, form.actor_ids)
    choices = [
        _choice(names[actor_id], f"/acteurs/{actor_id}", by_actor.get(actor_id, []), form.contact_ids)
        for actor_id in dict.fromkeys(form.actor_ids)
        if actor_id in names
    ]
    for recipient in reachable:
        if recipient.actor_id not in names:
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
    row = recipient.row
    values = values_for(row.contact, row.actor, opportunity or row.opportunity, sender)
    return Draft(fill(draft.subject, values), fill(draft.body, values))
