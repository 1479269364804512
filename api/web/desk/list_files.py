"""Lists of the desk as files: whole, with the filters of their page in the address."""

from collections.abc import Sequence

from sqlmodel import Session
from starlette.responses import Response

from api.accounts import partner_accounts
from api.accounts.accounts import account_names
from api.catalogue import records
from api.catalogue.archiving import archived_page
from api.catalogue.card_corrections import waiting_corrections
from api.catalogue.schemas import RecordKind
from api.catalogue.wording import OPPORTUNITY_KINDS, kind_in_words
from api.contacts.phone_numbers import phone_in_words
from api.contacts.queries import contacts_of_file
from api.core.clock import day_in_france
from api.core.errors import NotFoundError
from api.core.table_files import Cell
from api.interactions import queries as interaction_queries
from api.interactions.placeholders import fill
from api.open_data.wording import source_in_words
from api.subscriptions import standing
from api.subscriptions.preferences import Frequency, LeastSection
from api.subscriptions.wording import FREQUENCIES, LEAST_WORDS
from api.web.checked_router import CheckedRouter
from api.web.components.cases import by_in_words
from api.web.components.followed_letters import followed_letters
from api.web.components.list_files import CONFIDENTIAL, ListFile, ListFileDep, day_cell, yes_cell
from api.web.components.state_badge import account_badge
from api.web.desk.corrections import corrected_fields
from api.web.desk.row_history import KINDS
from api.web.desk.subscribers import subscription_badge
from api.web.desk.to_come import SearchText
from api.web.error_pages import DeskRoute
from api.web.fields import QueryWord
from models.interactions import Mailing

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False)

# More rows than any of these lists has.
ALL = 1_000_000


@router.get("/a-venir.{file_format}")
def openings_to_come(file: ListFileDep, texte: SearchText = "", departement: QueryWord = "") -> Response:
    openings = records.openings_to_come(file.session, texte.strip(), departement, file.visitor.audience)
    columns = ("Débouché", "Publication attendue", "Acheteur", "Montant (€)", "Commune", "Département", "Source")
    rows = [
        (
            opening.title,
            day_cell(opening.published_on),
            opening.buyer_name or "",
            opening.amount_eur,
            opening.commune_name or "",
            opening.department or "",
            source_in_words(opening.source),
            yes_cell(opening.confidential),
        )
        for opening in openings
    ]
    return file.answer("debouches-a-venir", (*columns, CONFIDENTIAL), rows)


@router.get("/titulaires.{file_format}")
def holders(file: ListFileDep, texte: SearchText = "", departement: QueryWord = "") -> Response:
    actors = records.holders_by_contracts(file.session, texte.strip(), departement, file.visitor.audience)
    columns = ("Nom", "Type", "SIRET", "Commune", "Département", CONFIDENTIAL)
    rows = [
        (
            actor.name,
            kind_in_words(actor.kind),
            actor.siret or "",
            actor.commune_name or "",
            actor.department or "",
            yes_cell(actor.confidential),
        )
        for actor in actors
    ]
    return file.answer("titulaires", columns, rows)


@router.get("/archives.{file_format}")
def archive(file: ListFileDep, quoi: QueryWord = "", texte: SearchText = "") -> Response:
    kind = KINDS.get(quoi, "opportunities")
    archived, _ = archived_page(file.session, kind, texte.strip(), offset=0, limit=ALL)
    rows = [
        (
            row.name,
            kind_in_words(row.kind) if kind == "actors" else OPPORTUNITY_KINDS[row.kind].capitalize(),
            row.commune or "",
            row.department or "",
            day_cell(day_in_france(row.archived_at)),
        )
        for row in archived
    ]
    return file.answer("archives", ("Nom", "Type", "Commune", "Département", "Archivée le"), rows)


@router.get("/courriers.{file_format}")
def mailings(file: ListFileDep) -> Response:
    names = account_names(file.session)
    rows = [
        (
            fill(row.mailing.subject, {}),
            day_cell(day_in_france(row.mailing.at)),
            by_in_words(row.mailing.by, names),
            row.mails,
            row.replies,
        )
        for row in interaction_queries.mailings(file.session, limit=ALL)
    ]
    return file.answer("courriers", ("Objet", "Date", "Par", "Destinataires", "Réponses"), rows)


@router.get("/courriers/{mailing_id}.{file_format}")
def letters(mailing_id: str, file: ListFileDep) -> Response:
    mailing = file.session.get(Mailing, mailing_id)
    if mailing is None:
        raise NotFoundError("Ce courrier n’existe pas, ou plus.")
    rows = [
        (letter.name, letter.contact, letter.state.words, " ; ".join(letter.news), yes_cell(letter.has_answered))
        for letter in followed_letters(file.session, mailing)
    ]
    return file.answer("courrier", ("Acteur", "Contact", "Mail", "Depuis", "A répondu"), rows)


@router.get("/acteurs/{actor_id}/abonnements.{file_format}")
def subscribers(actor_id: str, file: ListFileDep) -> Response:
    records.read_actor(file.unit, actor_id, file.visitor.audience)
    rows = [
        (
            row.partner.label,
            row.partner.email,
            subscription_badge(row).words,
            FREQUENCIES[Frequency(row.subscription.frequency)],
            LEAST_WORDS[LeastSection(row.subscription.least)],
            row.subscription.most,
        )
        for row in standing.list_subscriptions(file.session, actor_id=actor_id, limit=ALL)
    ]
    return file.answer("abonnements", ("Nom", "Courriel", "État", "Rythme", "Au moins", "Au plus"), rows)


@router.get("/acteurs/{actor_id}/partenaires.{file_format}")
def partners(actor_id: str, file: ListFileDep) -> Response:
    records.read_actor(file.unit, actor_id, file.visitor.audience)
    rows = [
        (account.name, account.email, account_badge(account).words)
        for account in partner_accounts.partners_of(file.session, actor_id)
    ]
    return file.answer("partenaires", ("Nom", "Courriel", "État"), rows)


@router.get("/acteurs/{actor_id}/contacts.{file_format}")
def actor_contacts(actor_id: str, file: ListFileDep) -> Response:
    return _contacts(
        file, "actors", actor_id, records.read_actor(file.unit, actor_id, file.visitor.audience).actor.confidential
    )


@router.get("/opportunites/{opportunity_id}/contacts.{file_format}")
def opportunity_contacts(opportunity_id: str, file: ListFileDep) -> Response:
    stored = records.read_opportunity(file.unit, opportunity_id, file.visitor.audience).opportunity
    return _contacts(file, "opportunities", opportunity_id, stored.confidential)


def _contacts(file: ListFile, kind: RecordKind, row_id: str, confidential: bool) -> Response:
    """Return the contacts of a row. Raises NotFoundError for a confidential one: its owner is read here alone."""
    if confidential:
        raise NotFoundError("Les contacts d’une fiche confidentielle ne se téléchargent pas.")
    rows = [
        (
            contact.name,
            contact.role,
            phone_in_words(contact.phone) if contact.phone else "",
            contact.email,
            contact.source,
            day_cell(contact.retained_until),
        )
        for contact in contacts_of_file(file.session, kind, row_id)
    ]
    return file.answer("contacts", ("Nom", "Fonction", "Téléphone", "Courriel", "Source", "Gardé jusqu’au"), rows)


@router.get("/a-valider.{file_format}")
def corrections(file: ListFileDep) -> Response:
    rows = _correction_rows(file.session)
    return file.answer("a-valider", ("Acteur", "Par", "Date", "Champ", "Avant", "Après", "Mot du partenaire"), rows)


def _correction_rows(session: Session) -> Sequence[Sequence[Cell]]:
    """Return a row a field that a proposal would change; one for a proposal that is only a word."""
    rows: list[Sequence[Cell]] = []
    for waiting in waiting_corrections(session):
        head = (waiting.actor.name, waiting.account_name, day_cell(day_in_france(waiting.correction.proposed_at)))
        fields = corrected_fields(waiting.correction.changes, waiting.actor.model_dump())
        rows += [(*head, field.words, field.before, field.after, waiting.correction.note) for field in fields]
        if not fields:
            rows.append((*head, "", "", "", waiting.correction.note))
    return rows
