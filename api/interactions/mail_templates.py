"""Mail templates: what the house writes often."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from api.audit import log
from api.core.errors import ConflictError, InvalidError, NotFoundError
from api.core.french import plural
from api.core.stale_forms import refuse_stale, state_of
from api.interactions import queries
from api.interactions.placeholders import check_placeholders
from models.database import writing
from models.interactions import MailTemplate

NAME_LENGTH, SUBJECT_LENGTH, BODY_LENGTH = 100, 200, 5000


@dataclass(frozen=True)
class Draft:
    """A mail as it was written; name: of the template, empty for a mail that is none."""

    subject: str
    body: str
    name: str = ""

    def normalized(self) -> "Draft":
        """Return the draft without needless blanks; lines end as on Unix."""
        return Draft(
            " ".join(self.subject.split()), self.body.replace("\r\n", "\n").strip(), " ".join(self.name.split())
        )


# A house that has no template yet may begin with these.
EXAMPLES: Sequence[Draft] = (
    Draft(
        "Une opportunité pour {acteur}",
        "Bonjour {contact},\n\n"
        "Nous accompagnons les structures de l’économie sociale et solidaire de Drôme et d’Ardèche vers de nouveaux"
        " marchés. Nous avons pensé à {acteur}.\n\n"
        "Quand pourrions-nous en parler quelques minutes au téléphone ?\n\n"
        "Bien cordialement,\n{animateur}",
        "Prise de contact",
    ),
    Draft(
        "{opportunite} : réponse avant le {echeance}",
        "Bonjour {contact},\n\n"
        "Cette consultation pourrait convenir à {acteur} : {opportunite} ({acheteur}, {lieu}). Les offres sont"
        " attendues avant le {echeance}.\n\n"
        "Êtes-vous intéressés ? Répondez à ce courriel, nous vous aiderons à préparer votre réponse.\n\n"
        "Bien cordialement,\n{animateur}",
        "Marché à saisir",
    ),
)


def check_draft(draft: Draft) -> None:
    """Check subject and body. Raises InvalidError with every field that is wrong."""
    problems: list[tuple[str, str]] = []
    for field_name, text, most, missing in (
        ("sujet", draft.subject, SUBJECT_LENGTH, "donnez un objet à ce mail"),
        ("texte", draft.body, BODY_LENGTH, "écrivez le texte du mail"),
    ):
        if not text:
            problems.append((field_name, missing))
        elif len(text) > most:
            problems.append((field_name, f"{plural(most, 'caractère')} au plus"))
        else:
            try:
                check_placeholders(field_name, text)
            except InvalidError as error:
                problems += error.fields
    if problems:
        raise InvalidError(problems)


def draft_of(template: MailTemplate) -> Draft:
    """Return a template as a draft."""
    return Draft(template.subject, template.body, template.name)


def save_template(
    engine: Engine, template_id: str | None, draft: Draft, *, by: str, now: datetime, seen: str = ""
) -> str:
    """Store a template, a new one without an id, and return its id.

    seen: the `state_of` the template that the person had before them. Raises InvalidError, NotFoundError, ConflictError
    (another template has this name), ChangedMeanwhileError (somebody else has saved this one since).
    """
    draft = draft.normalized()
    if not draft.name or len(draft.name) > NAME_LENGTH:
        why = f"{NAME_LENGTH} caractères au plus" if draft.name else "donnez un nom à ce modèle"
        raise InvalidError([("nom", why)])
    check_draft(draft)
    with writing(engine, durable=True) as session:
        template = session.get(MailTemplate, template_id) if template_id else None
        if template_id and template is None:
            raise NotFoundError("Ce modèle n’existe pas, ou plus.")
        if template is not None and draft_of(template) != draft:
            refuse_stale(seen, state_of(template), "Quelqu’un d’autre a enregistré ce modèle entre-temps.")
        template_id = template_id or str(uuid.uuid4())
        namesake = queries.template_by_name(session, draft.name)
        if namesake is not None and namesake.id != template_id:
            raise ConflictError("Un autre modèle porte déjà ce nom : choisissez-en un autre.")
        if template is None:
            template = MailTemplate(id=template_id, name="", subject="", body="", updated_by=by)
        template.name, template.subject, template.body = draft.name, draft.subject, draft.body
        template.updated_by, template.updated_at = by, now
        session.add(template)
        log.note(session, by=by, action="mail_template.saved", kind="mail_template", of=template.id, now=now)
        return template.id


def add_examples(engine: Engine, *, by: str, now: datetime) -> None:
    """Store the examples whose names are still free."""
    for draft in EXAMPLES:
        try:
            save_template(engine, None, draft, by=by, now=now)
        except ConflictError:
            continue


def remove_template(engine: Engine, template_id: str, *, by: str, now: datetime) -> None:
    """Delete a template; mails that were written with it stay. Raises NotFoundError."""
    with writing(engine, durable=True) as session:
        template = session.get(MailTemplate, template_id)
        if template is None:
            raise NotFoundError("Ce modèle n’existe pas, ou plus.")
        session.delete(template)
        log.note(session, by=by, action="mail_template.removed", kind="mail_template", of=template_id, now=now)
