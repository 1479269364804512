"""The journal's actions and actors, in French."""

import json
import re
from collections.abc import Mapping
from datetime import datetime

from api.accounts.accounts import ACCOUNT_ROLES
from api.brokerage.wording import STATES
from api.confidentiality.document_folders import FOLDERS
from api.core.clock import PARIS
from api.core.french import day
from api.imports.columns import known_fields
from api.imports.shown_rows import meaning
from api.takeovers.stages.wording import STAGES

ACTIONS = {
    "sign_in.ok": "s’est connecté·e",
    "sign_in.failed": "connexion refusée",
    "account.invited": "compte ouvert",
    "account.link_given": "nouveau lien donné",
    "account.link_asked": "nouveau mot de passe demandé par courriel",
    "account.renamed": "nom changé",
    "account.password_set": "mot de passe choisi",
    "account.disabled": "compte désactivé",
    "account.enabled": "compte réactivé",
    "account.role_changed": "rôle changé",
    "account.sessions_revoked": "sessions fermées",
    "factor.begun": "second facteur commencé",
    "factor.set": "second facteur mis en place",
    "factor.off": "second facteur retiré",
    "factor.reset": "second facteur remis à zéro",
    "factor.failed": "code refusé",
    "factor.recovery_used": "code de secours utilisé",
    "key.created": "clé d’API créée",
    "key.revoked": "clé d’API révoquée",
    "account.actor_given": "compte lié à un acteur",
    "account.actor_taken": "compte délié d’un acteur",
    "actor.seen": "acteur confidentiel lu",
    "actor.created": "acteur ajouté",
    "actor.changed": "acteur modifié",
    "actor.finance_added": "financement ajouté à un acteur",
    "actor.finance_changed": "financement d’un acteur modifié",
    "actor.finance_removed": "financement d’un acteur retiré",
    "actor.kept_listed": "acteur gardé dans les listes",
    "actor.follows_registers": "acteur listé d’après les registres",
    "actor.sheet_exported": "feuille pour un acheteur téléchargée",
    "list.exported": "liste exportée",
    "bulk.archived": "fiches archivées ensemble",
    "bulk.axis_set": "axe changé sur plusieurs opportunités",
    "bulk.assigned": "dossiers confiés ensemble",
    "bulk.undone": "acte groupé annulé",
    "actor.archived": "acteur archivé",
    "actor.unarchived": "acteur sorti des archives",
    "actor.undone": "modification d’un acteur annulée",
    "opportunity.archived": "opportunité archivée",
    "opportunity.unarchived": "opportunité sortie des archives",
    "opportunity.candidates_chosen": "candidats choisis par rôle",
    "opportunity.undone": "modification d’une opportunité annulée",
    "correction.proposed": "correction d’une fiche proposée",
    "correction.accepted": "correction d’une fiche acceptée",
    "correction.declined": "correction d’une fiche refusée",
    "need.stated": "besoin déposé",
    "need.confirmed": "besoin confirmé par courriel",
    "need.seen": "projet de cession déposé, lu",
    "need.taken": "besoin pris en charge",
    "need.published": "besoin déposé, devenu une opportunité",
    "need.closed": "besoin clos",
    "need.withdrawn": "besoin retiré par son auteur",
    "opportunity.seen": "opportunité confidentielle lue",
    "opportunity.created": "opportunité ajoutée",
    "opportunity.changed": "opportunité modifiée",
    "takeover_file.facts_noted": "informations d’un cas de reprise notées",
    "contact.added": "contact ajouté",
    "contact.changed": "contact modifié",
    "contact.removed": "contact supprimé",
    "case.opened": "dossier ouvert",
    "case.moved": "dossier passé à une autre étape",
    "case.noted": "dossier complété",
    "takeover_file.moved": "reprise passée à une autre étape",
    "takeover_file.noted": "reprise complétée",
    "takeover_file.calendar_exported": "calendrier d’une reprise téléchargé",
    "interaction.noted": "échange noté",
    "interaction.removed": "échange retiré",
    "mailing.sent": "mail envoyé à des contacts",
    "mailing.taken_back": "mail à des contacts annulé avant son départ",
    "mail_template.saved": "modèle de mail enregistré",
    "mail_template.removed": "modèle de mail supprimé",
    "report.exported": "rapport exporté",
    "consent.given": "accord donné",
    "consent.withdrawn": "accord retiré",
    "proposal.made": "cas proposé à un acteur",
    "proposal.withdrawn": "proposition d’un cas retirée",
    "financing.saved": "plan de financement enregistré",
    "financing.exported": "plan de financement téléchargé",
    "identity.revealed": "identité révélée",
    "document.added": "document ajouté",
    "document.removed": "document retiré",
    "document.moved": "document rangé dans un autre dossier",
    "agreement.text_written": "nouvelle version de l’engagement de confidentialité",
    "agreement.signed": "engagement de confidentialité signé",
    "agreement.noted": "engagement signé sur papier, noté",
    "document.downloaded": "document téléchargé",
    "sheet.saved": "fiche aveugle enregistrée",
    "sheet.approved": "accord du cédant sur la fiche aveugle noté",
    "sheet.withdrawn": "fiche aveugle retirée",
    "sheet.read": "fiche aveugle lue",
    "file.imported": "fichier importé",
    "file.undone": "import annulé",
    "confidentiality.lowered": "fiche rendue publique, ou son type changé",
    "confidentiality.raised": "fiche rendue confidentielle, ou son type changé",
    "opportunity.published": "débouché attendu, publié",
    "source.synchronised": "source publique lue",
    "register.loaded": "registre d’établissements compté",
    "duplicate.decided": "doublon tranché",
    "weights.activated": "poids activés",
    "weights.rolled_back": "poids rétablis",
    "subscription.asked": "abonnement demandé",
    "subscription.confirmed": "abonnement confirmé",
    "subscription.stopped": "abonnement arrêté",
    "subscription.removed": "abonnement supprimé",
    "partner.unsubscribed": "partenaire désinscrit",
    "partner.came_back": "partenaire réinscrit",
    "person.exported": "données d’une personne exportées",
    "person.erased": "données d’une personne effacées",
    "database.restored": "sauvegarde remise en place",
}

_DETAILS = {
    "created": "ajoutés",
    "changed": "modifiés",
    "fields": "champs",
    "restored": "rendus comme avant",
    "deleted": "supprimés",
    "left": "laissés",
    "contacts": "contacts",
    "role": "rôle",
    "from": "de",
    "to": "à",
}

_VALUES = ACCOUNT_ROLES | {"holder": "cédant", "actor": "acteur", "documents": "documents"}

_ALONE = {"cli": "ligne de commande", "night": "la nuit", "anonymous": "quelqu’un, non identifié"}

# Families of acts, as they begin, which the journal can be narrowed to.
FAMILIES = {
    "sign_in": "Connexions",
    "account": "Comptes",
    "factor": "Second facteur",
    "key": "Clés d’API",
    "actor": "Acteurs",
    "opportunity": "Opportunités",
    "confidentiality": "Diffusion",
    "consent": "Accords",
    "agreement": "Engagements de confidentialité",
    "document": "Documents",
    "sheet": "Fiches aveugles",
    "financing": "Plans de financement",
    "proposal": "Propositions de cas",
    "contact": "Contacts",
    "interaction": "Échanges",
    "mailing": "Envois",
    "case": "Dossiers",
    "takeover_file": "Reprises",
    "bulk": "Actes groupés",
    "list": "Listes exportées",
    "file": "Imports",
    "source": "Sources",
    "correction": "Corrections",
    "mail_template": "Modèles de mail",
    "need": "Besoins déposés",
    "duplicate": "Doublons",
    "subscription": "Abonnements",
    "partner": "Partenaires",
    "weights": "Réglage du score",
    "report": "Rapports",
    "person": "Données personnelles",
}

_KINDS = {"key": "clé d’API", "partner": "partenaire", "account": "compte"}

_DETAILS |= {"backup": "sauvegarde", "entries": "révocations lues", "replayed": "rejoué"}

_DETAILS |= {"problem": "sans registre entier", "reason": "motif"}

_DETAILS |= {"mails": "mails", "rows": "fiches", "list": "liste", "format": "format", "count": "lignes"}

_DETAILS |= {"version": "version"}

_DETAILS |= {"actor": "acteur", "side": "côté", "document": "document", "as": "décision"}

_DETAILS |= {"folder": "dossier", "sha256": "empreinte"}

_DETAILS |= {"restored": "rendus comme avant", "deleted": "supprimés", "left": "laissés"}

_VALUES |= {"same": "même chose", "different": "différents"}

ROW_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

# Codes that say another thing elsewhere.
_VALUES_OF: dict[str, dict[str, str]] = {
    "from": {**STAGES, **STATES},
    "to": {**STAGES, **STATES},
    "as": {"proposed": "à revoir"},
    "folder": {folder.value: name for folder, name in FOLDERS.items()},
}

_FIELDS = {"confidential": "confidentialité", "kind": "type", "axis": "axe"}


def actor_in_words(journal_actor: str, account_names: Mapping[str, str]) -> str:
    """Return the actor in words; account_names: id → name, of existing accounts, keys and partners."""
    if journal_actor in _ALONE:
        return _ALONE[journal_actor]
    actor_kind, _, actor_id = journal_actor.partition(":")
    return account_names.get(actor_id) or f"{_KINDS.get(actor_kind, actor_kind)} {actor_id[:8]}"


def detail_in_words(detail_json: str, names: Mapping[str, str] | None = None) -> str:
    """Return the detail of an entry, e.g. « ajoutés : 12 »; a text of another form is returned unchanged.

    names: id → name, of what a detail may name by its id.
    """
    try:
        detail_parts = json.loads(detail_json).items()
    except (ValueError, AttributeError):
        return detail_json
    return ", ".join(
        f"{_DETAILS.get(field_name, field_name)}\N{NO-BREAK SPACE}: {_value(field_name, field_value, names or {})}"
        for field_name, field_value in detail_parts
        if field_value not in ([], "")
    )


def _value(field_name: str, field_value: object, names: Mapping[str, str]) -> str:
    if isinstance(field_value, list):
        is_fields = field_name == "fields"
        return ", ".join(_field(str(part)) if is_fields else str(part) for part in field_value)
    words = {**_VALUES, **_VALUES_OF.get(field_name, {})}.get(str(field_value)) or names.get(str(field_value))
    return words or ROW_ID.sub(lambda match: match[0][:8], str(field_value))


def _field(name: str) -> str:
    return _FIELDS.get(name) or meaning(name, "opportunities" if name in known_fields("opportunities") else "actors")


def moment_in_words(iso_moment: str, *, with_seconds: bool = False) -> str:
    """Return a moment in French, in the time of France; as it stands where it is none."""
    try:
        paris_moment = datetime.fromisoformat(iso_moment).astimezone(PARIS)
    except ValueError:
        # Somebody altered the journal: the raw text is shown.
        return iso_moment
    return f"{day(paris_moment.date().isoformat())}, {paris_moment:{'%H:%M:%S' if with_seconds else '%H:%M'}}"
